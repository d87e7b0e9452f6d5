/* filebeat: its inputs. */
#include <string.h>
#include <strings.h>

#include "ctl/convert.h"

#define ONE_INPUT                                                                                                      \
	"left out: a drop-in's filters and fields are for all of its inputs; give this input a drop-in of its own"
#define CLOSING "not needed: a file is closed rotate_wait after it was renamed or deleted, and read to its end before"

static void paths(struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	const char *end = strstr(p->value, "://");

	(void)s;
	if (end)
		conv_note(c, p->line, "%s: only files of this host are read; left out", p->key);
	else
		conv_add(c, out, "paths", p->value);
}

/* The end of a name, as `\.gz$` says it, as a wildcard; NULL: the pattern says more than that. */
static const char *wildcard(struct convert *c, const char *pattern)
{
	char *to = arena_alloc(&c->arena, strlen(pattern) + 3);
	size_t k = 0;

	if (!to)
		return "";
	to[k++] = '*';
	for (; *pattern && strcmp(pattern, "$") != 0; pattern++) {
		if (*pattern == '\\' && pattern[1] && strchr(".-_/", pattern[1]))
			pattern++;
		else if (strchr("\\^$|?*+()[]{}.", *pattern))
			return NULL;
		to[k++] = *pattern;
	}
	if (!*pattern)
		to[k++] = '*';
	return to;
}

/* Patterns there are regular expressions on the path, here wildcards on it. */
static void exclude(struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	const char *to = wildcard(c, p->value);

	(void)s;
	if (to)
		conv_add(c, out, "exclude", to);
	else
		conv_note(c, p->line,
			"%s: only the end of a name, like '\\.gz$', becomes a wildcard; left out, write `exclude`",
			p->key);
}

static bool alone(struct convert *c, const struct conv_pair *p)
{
	if (conv_count(c, "input") == 1)
		return true;
	conv_note(c, p->line, "%s: " ONE_INPUT, p->key);
	return false;
}

/* Several patterns are joined: a line that matches any of them. */
static void lines(struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	bool keep = strcasecmp(p->key, "include_lines") == 0;
	const char *all = NULL;
	struct conv_out *filter;

	(void)out;
	if (conv_find(s, p->key) != p || !alone(c, p))
		return;
	for (const struct conv_pair *i = p; i; i = i->next) {
		if (strcasecmp(i->key, p->key) == 0 && conv_regex(c, i->line, i->key, i->value))
			all = all ? conv_fmt(c, "%s|%s", all, i->value) : i->value;
	}
	if (!all || !conv_regex(c, p->line, p->key, all))
		return;
	filter = conv_item(c, "filters");
	conv_put(c, filter, "type", "grep");
	conv_put(c, filter, "pattern", all);
	conv_put(c, filter, "on_match", keep ? "keep" : "drop");
	conv_note(c, p->line,
		"%s: looks at the message, not at the line as it was; a parser takes time and level off it", p->key);
}

static const char *prefixed(const struct conv_section *s, const char *key, const char *usual)
{
	static const char *const before[] = {"parsers.multiline.", "multiline.", NULL};

	for (size_t i = 0; before[i]; i++) {
		for (const struct conv_pair *p = s->first; p; p = p->next) {
			size_t n = strlen(before[i]);

			if (strncasecmp(p->key, before[i], n) == 0 && strcasecmp(p->key + n, key) == 0)
				return p->value;
		}
	}
	return usual;
}

/*
 * genlog knows where an event begins.  negate: true, match: after is that; negate: false, match: after says which lines
 * go on, so an event begins where the pattern does not match.  match: before is told.
 */
static void multiline(struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	const char *start = p->value;

	if (strcasecmp(prefixed(s, "match", "after"), "after") != 0) {
		conv_note(c, p->line,
			"%s: with match: before: left out; lines are joined by themselves, or by `multiline: "
			"{start: REGEX}`",
			p->key);
		return;
	}
	if (!conv_on(prefixed(s, "negate", "false")))
		start = conv_fmt(c, "^(?!.*(?:%s))", start);
	if (conv_regex(c, p->line, p->key, start))
		conv_put(c, conv_map(c, out, "multiline"), "start", start);
}

static void json(struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	(void)s;
	if (!conv_has(out, "parser"))
		conv_note(c, p->line,
			"%s: the parser json puts keys that it knows into the document's fields, others into its "
			"context",
			p->key);
	conv_put(c, out, "parser", "json");
}

static void container(struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	(void)s;
	(void)p;
	if (!conv_has(out, "parser"))
		conv_put(c, out, "parser", "auto");
}

static void tags(struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	(void)s;
	(void)out;
	if (alone(c, p))
		conv_add(c, conv_map(c, &c->dropin, "fields"), "tags", p->value);
}

static void fields(struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	(void)s;
	(void)out;
	if (alone(c, p))
		conv_beat_field(c, p);
}

static void since(struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	(void)s;
	conv_put(c, out, "start",
		strcasecmp(p->value, "head") == 0 || strcasecmp(p->value, "cursor") == 0 ? "beginning" : "end");
}

static void match(struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	const char *prefix = "_SYSTEMD_UNIT=";

	(void)s;
	if (strncmp(p->value, prefix, strlen(prefix)) == 0)
		conv_add(c, out, "units", p->value + strlen(prefix));
	else if (strchr(p->value, '=') && !strchr(p->value, '+') && !strchr(p->value, ' '))
		conv_add(c, out, "matches", p->value);
	else
		conv_note(c, p->line, "%s: no FIELD=value; left out", p->key);
}

static const struct conv_row file_rows[] = {
	{"type", CONV_USED, NULL, NULL},
	{"enabled", CONV_USED, NULL, NULL},
	{"id", CONV_TELL, "not needed: files are known by what they are", NULL},
	{"paths", CONV_CALL, NULL, paths},
	{"exclude_files", CONV_CALL, NULL, exclude},
	{"prospector.scanner.exclude_files", CONV_CALL, NULL, exclude},
	{"prospector.scanner.symlinks", CONV_YES, "follow_links", NULL},
	{"symlinks", CONV_YES, "follow_links", NULL},
	{"prospector.scanner.*", CONV_TELL, "not needed: the kernel tells genlog of new files", NULL},
	{"scan_frequency", CONV_TELL, "not needed: the kernel tells genlog of new files", NULL},
	{"include_lines", CONV_CALL, NULL, lines},
	{"exclude_lines", CONV_CALL, NULL, lines},
	{"multiline.pattern", CONV_CALL, NULL, multiline},
	{"parsers.multiline.pattern", CONV_CALL, NULL, multiline},
	{"multiline.negate", CONV_USED, NULL, NULL},
	{"multiline.match", CONV_USED, NULL, NULL},
	{"multiline.type", CONV_USED, NULL, NULL},
	{"parsers.multiline.negate", CONV_USED, NULL, NULL},
	{"parsers.multiline.match", CONV_USED, NULL, NULL},
	{"parsers.multiline.type", CONV_USED, NULL, NULL},
	{"multiline.*", CONV_TELL, "left out; an event ends after 500ms of silence, and has at most max_line", NULL},
	{"parsers.multiline.*", CONV_TELL, "left out; an event ends after 500ms of silence, and has at most max_line",
		NULL},
	{"json.*", CONV_CALL, NULL, json},
	{"parsers.ndjson.*", CONV_CALL, NULL, json},
	{"parsers.ndjson", CONV_CALL, NULL, json},
	{"parsers.container.*", CONV_CALL, NULL, container},
	{"parsers.container", CONV_CALL, NULL, container},
	{"stream", CONV_TELL, "left out, both are read: `stream` of the context says which", NULL},
	{"format", CONV_USED, NULL, NULL},
	{"fields_under_root", CONV_TELL, "not needed: fields are in the context of the document, or in its own fields",
		NULL},
	{"fields.*", CONV_CALL, NULL, fields},
	{"tags", CONV_CALL, NULL, tags},
	{"encoding", CONV_CODE, "encoding", NULL},
	{"ignore_older", CONV_TELL, "left out: old files are read, too; `exclude` keeps them away", NULL},
	{"ignore_inactive", CONV_TELL, "left out: old files are read, too; `exclude` keeps them away", NULL},
	{"tail_files", CONV_USED, NULL, NULL},
	{"close_*", CONV_TELL, CLOSING, NULL},
	{"close.*", CONV_TELL, CLOSING, NULL},
	{"clean_*", CONV_TELL, "not needed: positions of files that are gone go by themselves", NULL},
	{"harvester_*", CONV_TELL, "not needed: all files are read, the quiet ones cost nothing", NULL},
	{"max_bytes", CONV_TELL, "left out: max_line of the main file", NULL},
	{"message_max_bytes", CONV_TELL, "left out: max_line of the main file", NULL},
	{"pipeline", CONV_TELL, "left out: parsers and filters do what an ingest pipeline does", NULL},
	{"index", CONV_TELL, "left out: `collection` of the input says where documents go", NULL},
	{0},
};

static struct conv_out *input(struct convert *c, const char *type)
{
	struct conv_out *out = conv_item(c, "inputs");

	conv_put(c, out, "type", type);
	return out;
}

static void files(struct convert *c, struct conv_section *s)
{
	struct conv_out *out;

	if (!conv_find(s, "paths")) {
		conv_note(c, s->line, "input \"%s\": without paths it reads nothing; left out",
			conv_value(s, "type", ""));
		return;
	}
	out = input(c, "tail");
	conv_apply(c, s, file_rows, out);
	if (conv_on(conv_value(s, "tail_files", "no")))
		conv_put(c, out, "start", "end");
	if (strcasecmp(conv_value(s, "type", ""), "container") == 0 && !conv_has(out, "parser"))
		conv_put(c, out, "parser",
			strcasecmp(conv_value(s, "format", "auto"), "auto") == 0 ? "auto"
										 : conv_value(s, "format", "auto"));
}

static const struct conv_row journal_rows[] = {
	{"type", CONV_USED, NULL, NULL},
	{"enabled", CONV_USED, NULL, NULL},
	{"id", CONV_TELL, "not needed", NULL},
	{"paths", CONV_TEXT, "path", NULL},
	{"units", CONV_ITEM, "units", NULL},
	{"syslog_identifiers", CONV_ITEM, "identifiers", NULL},
	{"include_matches", CONV_CALL, NULL, match},
	{"include_matches.match", CONV_CALL, NULL, match},
	{"seek", CONV_CALL, NULL, since},
	{"fields.*", CONV_CALL, NULL, fields},
	{"tags", CONV_CALL, NULL, tags},
	{0},
};

static void journald(struct convert *c, struct conv_section *s)
{
	struct conv_out *out = input(c, "journald");

	conv_apply(c, s, journal_rows, out);
	if (!conv_has(out, "start"))
		conv_put(c, out, "start", "beginning");
}

static const struct conv_row network_rows[] = {
	{"type", CONV_USED, NULL, NULL},
	{"enabled", CONV_USED, NULL, NULL},
	{"id", CONV_TELL, "not needed", NULL},
	{"host", CONV_USED, NULL, NULL},
	{"protocol.udp.host", CONV_USED, NULL, NULL},
	{"protocol.tcp.host", CONV_USED, NULL, NULL},
	{"protocol.unix.path", CONV_USED, NULL, NULL},
	{"format", CONV_TELL, "not needed: genlog tells the layouts of syslog apart by itself", NULL},
	{"ssl.certificate", CONV_USED, NULL, NULL},
	{"ssl.key", CONV_USED, NULL, NULL},
	{"ssl.enabled", CONV_USED, NULL, NULL},
	{"max_message_size", CONV_TELL, "left out: max_line of the main file", NULL},
	{"fields.*", CONV_CALL, NULL, fields},
	{"tags", CONV_CALL, NULL, tags},
	{0},
};

static void listen(struct convert *c, struct conv_section *s, struct conv_out *out, const char *scheme, const char *key)
{
	const char *host = conv_value(s, key, NULL), *cert = conv_value(s, "ssl.certificate", NULL);

	if (host && cert && strcmp(scheme, "tcp") == 0) {
		conv_put(c, conv_map(c, out, "tls"), "cert", cert);
		conv_put(c, conv_map(c, out, "tls"), "key", conv_value(s, "ssl.key", ""));
		scheme = "tls";
	}
	if (host && strcmp(scheme, "unix-stream") == 0)
		conv_add(c, out, "listen", conv_fmt(c, "%s:%s", scheme, host));
	else if (host)
		conv_add(c, out, "listen", conv_fmt(c, "%s://%s", scheme, host));
}

static void network(struct convert *c, struct conv_section *s)
{
	const char *type = conv_value(s, "type", "");
	struct conv_out *out;

	if (!conv_find(s, "host") && !conv_find(s, "protocol.udp.host") && !conv_find(s, "protocol.tcp.host") &&
		!conv_find(s, "protocol.unix.path")) {
		conv_note(c, s->line, "input \"%s\": without a host; left out", type);
		return;
	}
	out = input(c, "syslog");
	listen(c, s, out, strcasecmp(type, "tcp") == 0 ? "tcp" : "udp", "host");
	listen(c, s, out, "udp", "protocol.udp.host");
	listen(c, s, out, "tcp", "protocol.tcp.host");
	listen(c, s, out, "unix-stream", "protocol.unix.path");
	conv_apply(c, s, network_rows, out);
}

static const struct conv_name types[] = {
	{"log", files, NULL},
	{"filestream", files, NULL},
	{"container", files, NULL},
	{"docker", NULL, "conf.d/docker.yaml reads what containers write"},
	{"journald", journald, NULL},
	{"syslog", network, NULL},
	{"tcp", network, NULL},
	{"udp", network, NULL},
	{"stdin", NULL, "genlogctl run ships the output of programs"},
	{"unix", NULL, "an input syslog with listen: unix:/PATH takes lines, too"},
	{"http_endpoint", NULL, "genlog takes Fluent Forward, not HTTP"},
	{0},
};

void conv_beat_input(struct convert *c, struct conv_section *s)
{
	const char *type = conv_value(s, "type", "");
	const struct conv_name *n = conv_name_find(types, type);

	if (n && n->make)
		n->make(c, s);
	else
		conv_note(c, s->line, "input \"%s\": left out: %s", type, n ? n->words : "genlog has none like it");
}
