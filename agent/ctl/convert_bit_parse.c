/* fluent-bit: its parsers, and the rules by which lines are joined. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ctl/convert.h"

/* Parsers that come with fluent-bit, for inputs that name them. */
static const struct conv_name stock[] = {{"docker", NULL, "docker"}, {"cri", NULL, "cri"}, {"json", NULL, "json"},
	{"logfmt", NULL, "logfmt"}, {"ltsv", NULL, "ltsv"}, {"apache", NULL, "access"}, {"apache2", NULL, "access"},
	{"nginx", NULL, "access"}, {"k8s-nginx-ingress", NULL, "access"}, {"syslog-rfc5424", NULL, "syslog"},
	{"syslog-rfc3164", NULL, "syslog"}, {"syslog-rfc3164-local", NULL, "syslog"}, {"mongodb", NULL, "auto"},
	{"apache_error", NULL, "auto"}, {"envoy", NULL, "auto"}, {0}};

const struct conv_section *conv_bit_named(const struct convert *c, const char *section, const char *name)
{
	const struct conv_section *s = c->sections;

	while (s && (strcasecmp(s->name, section) != 0 || strcmp(conv_value(s, "Name", ""), name) != 0))
		s = s->next;
	return s;
}

/* The parser in the drop-in: it is not there if it could not be made. */
static bool is_made(const struct convert *c, const char *name)
{
	const struct conv_out *parsers = conv_has(&c->dropin, "parsers"), *p = parsers ? parsers->first : NULL;

	while (p && strcmp(conv_has(p, "name")->text, name) != 0)
		p = p->next;
	return p != NULL;
}

const char *conv_bit_parser(struct convert *c, int line, const char *name)
{
	const struct conv_name *n = conv_name_find(stock, name);

	if (is_made(c, name))
		return name;
	if (!n)
		conv_note(
			c, line, "parser \"%s\" is not in this file; genlog finds one by itself (auto) instead", name);
	return n ? n->words : "auto";
}

/* A group of the pattern under another name. */
static const char *renamed(struct convert *c, const char *pattern, const char *from, const char *to)
{
	const char *group = conv_fmt(c, "(?<%s>", from), *at = *from ? strstr(pattern, group) : NULL;

	return at ? conv_fmt(c, "%.*s(?<%s>%s", (int)(at - pattern), pattern, to, at + strlen(group)) : pattern;
}

static void regex(struct convert *c, struct conv_section *s)
{
	const struct conv_pair *p = conv_find(s, "Regex");
	struct conv_out *out;
	const char *pattern;

	if (!p) {
		conv_note(c, s->line, "parser \"%s\": without Regex; left out", conv_value(s, "Name", ""));
		return;
	}
	pattern = renamed(c, p->value, conv_value(s, "Time_Key", ""), "timestamp");
	if (!conv_regex(c, p->line, p->key, pattern))
		return;
	if (strstr(pattern, "\\h"))
		conv_note(c, p->line, "%s: \\h, there a hexadecimal digit, is a blank in PCRE2; write [0-9a-fA-F]",
			p->key);
	out = conv_item(c, "parsers");
	conv_put(c, out, "name", conv_value(s, "Name", ""));
	conv_put(c, out, "type", "regex");
	conv_put(c, out, "pattern", pattern);
}

static void plain(struct convert *c, struct conv_section *s)
{
	static const char *const own[] = {"json", "logfmt", "ltsv", NULL};
	const char *format = conv_value(s, "Format", "");
	struct conv_out *out = conv_item(c, "parsers");

	conv_put(c, out, "name", conv_value(s, "Name", ""));
	for (size_t i = 0; own[i]; i++) {
		if (strcasecmp(own[i], format) == 0)
			conv_put(c, out, "type", own[i]);
	}
}

static const struct conv_name formats[] = {
	{"regex", regex, NULL}, {"json", plain, NULL}, {"logfmt", plain, NULL}, {"ltsv", plain, NULL}, {0}};

/* Names that genlog takes for a time's by itself. */
static const struct conv_name time_keys[] = {{"time", NULL, ""}, {"timestamp", NULL, ""}, {"@timestamp", NULL, ""},
	{"ts", NULL, ""}, {"datetime", NULL, ""}, {"date_time", NULL, ""}, {"asctime", NULL, ""}, {0}};

static void time_key(struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	(void)out;
	if (strcasecmp(conv_value(s, "Format", ""), "regex") != 0 && !conv_name_find(time_keys, p->value))
		conv_note(c, p->line, "%s: \"%s\" is not known as a time's name; the document has the time of reading",
			p->key, p->value);
}

static void time_format(
	struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	(void)s;
	conv_time_format(c, p->line, p->value, out);
}

static void time_offset(
	struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	size_t n = strlen(p->value);

	(void)s;
	if (n == 5 && strchr("+-", *p->value) && p->value[1 + strspn(p->value + 1, "0123456789")] == 0)
		conv_put(c, conv_map(c, out, "time"), "zone", conv_fmt(c, "%.3s:%s", p->value, p->value + 3));
	else
		conv_note(c, p->line, "%s: no offset like +0100; left out", p->key);
}

static const char *type_of(const char *word)
{
	static const struct conv_name types[] = {{"integer", NULL, "int"}, {"int", NULL, "int"},
		{"float", NULL, "number"}, {"bool", NULL, "bool"}, {"string", NULL, "text"}, {0}};
	const struct conv_name *n = conv_name_find(types, word);

	return n ? n->words : NULL;
}

/* "code:integer size:integer" */
static void types(struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	const char *at = p->value, *item, *pattern = conv_has(out, "pattern") ? conv_has(out, "pattern")->text : NULL;

	(void)s;
	while (conv_next(c, &at, " \t", &item)) {
		const char *colon = strchr(item, ':'), *type = colon ? type_of(colon + 1) : NULL;
		const char *group = colon ? conv_copy(c, item, (size_t)(colon - item)) : "";

		if (pattern && type && strstr(pattern, conv_fmt(c, "(?<%s>", group)))
			conv_add(c, out, "types", conv_fmt(c, "%s:%s", group, type));
		else
			conv_note(c, p->line, "%s: \"%s\" is left out: %s", p->key, item,
				!pattern ? "the format has types of its own"
				: type	 ? "no such group"
					 : "no such type");
	}
}

static const struct conv_row parser_rows[] = {
	{"Name", CONV_USED, NULL, NULL},
	{"Format", CONV_USED, NULL, NULL},
	{"Regex", CONV_USED, NULL, NULL},
	{"Time_Key", CONV_CALL, NULL, time_key},
	{"Time_Format", CONV_CALL, NULL, time_format},
	{"Time_Offset", CONV_CALL, NULL, time_offset},
	{"Types", CONV_CALL, NULL, types},
	{"Time_Keep", CONV_TELL, "left out: the time is `timestamp`, and the line as it was is not kept beside it",
		NULL},
	{"Time_Strict", CONV_TELL, "left out: a time that does not fit is told in the document", NULL},
	{"Time_System_Timezone", CONV_TELL, "not needed: times without a zone are the host's", NULL},
	{"Skip_Empty_Values", CONV_TELL, "left out", NULL},
	{"Decode_Field*", CONV_TELL, "left out: JSON in a field stays text", NULL},
	{0},
};

static void one_parser(struct convert *c, struct conv_section *s)
{
	const char *name = conv_value(s, "Name", ""), *format = conv_value(s, "Format", "");
	const struct conv_name *n = conv_name_find(formats, format);
	struct conv_out *list, *out = NULL;

	if (!*name || !n) {
		conv_note(c, s->line, "parser \"%s\": %s; left out", name,
			*name ? "its Format is none of regex, json, logfmt, ltsv" : "without a name");
		return;
	}
	if (is_made(c, name)) {
		conv_note(c, s->line, "parser \"%s\": a second one of that name; left out", name);
		return;
	}
	n->make(c, s);
	list = c->dropin.last;
	out = list && strcmp(list->key, "parsers") == 0 ? list->last : NULL;
	if (out && strcmp(conv_has(out, "name")->text, name) == 0)
		conv_apply(c, s, parser_rows, out);
}

static const struct conv_row multiline_rows[] = {
	{"Name", CONV_USED, NULL, NULL},
	{"Type", CONV_USED, NULL, NULL},
	{"flush_timeout", CONV_USED, NULL, NULL},
	{"rule", CONV_USED, NULL, NULL},
	{"rules.*", CONV_USED, NULL, NULL},
	{"parser", CONV_TELL, "left out: the input names the parser", NULL},
	{"key_content", CONV_TELL, "not needed: whole lines are joined", NULL},
	{0},
};

static void one_multiline(struct convert *c, const struct conv_section *s)
{
	if (!conv_bit_start(c, s)) {
		conv_note(c, s->line,
			"multiline parser \"%s\": without a rule for start_state that genlog takes; left out",
			conv_value(s, "Name", ""));
		return;
	}
	conv_note(c, s->line,
		"multiline parser \"%s\": an event begins where start_state matches; all other lines belong to "
		"the one before, whatever the other rules say",
		conv_value(s, "Name", ""));
	conv_apply(c, s, multiline_rows, NULL);
}

void conv_bit_parsers(struct convert *c)
{
	for (struct conv_section *s = c->sections; s; s = s->next) {
		if (strcasecmp(s->name, "PARSER") == 0)
			one_parser(c, s);
		else if (strcasecmp(s->name, "MULTILINE_PARSER") == 0)
			one_multiline(c, s);
	}
}

static const char *unslashed(struct convert *c, const char *p, size_t n)
{
	return n >= 2 && p[0] == '/' && p[n - 1] == '/' ? conv_copy(c, p + 1, n - 2) : conv_copy(c, p, n);
}

/* "start_state" "/pattern/" "cont": what stands between the second pair of quotes. */
static const char *rule(struct convert *c, const char *value)
{
	const char *p = strncmp(value, "\"start_state\"", 13) == 0 ? strchr(value + 13, '"') : NULL, *end;

	if (!p)
		return NULL;
	end = strstr(p + 1, "/\"");
	return end ? unslashed(c, p + 1, (size_t)(end - p)) : NULL;
}

const char *conv_bit_start(struct convert *c, const struct conv_section *rules)
{
	const char *start = NULL;

	for (const struct conv_pair *p = rules ? rules->first : NULL; p && !start; p = p->next) {
		if (strcasecmp(p->key, "rule") == 0)
			start = rule(c, p->value);
		else if (strcmp(p->key, "rules.state") == 0 && strcmp(p->value, "start_state") == 0 && p->next &&
			 strcmp(p->next->key, "rules.regex") == 0)
			start = unslashed(c, p->next->value, strlen(p->next->value));
	}
	return start && conv_regex(c, rules->line, "rule", start) ? start : NULL;
}
