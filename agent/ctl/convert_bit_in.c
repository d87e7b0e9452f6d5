/* fluent-bit: its inputs. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "ctl/convert.h"

#define FOR_MAIN "has no counterpart in a drop-in; the main file has spool and workers for it"
#define POSITIONS                                                                                                      \
	"positions are not taken over; genlog keeps its own with the documents, and begins where `start` says the "    \
	"first time"
#define BUFFERS "not needed: what is not delivered is in the spool, whose size is in the main file"
#define TAGS "genlog does not route by tags; the input's collection and the drop-in's service say where and what"

static void tail_parser(
	struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	(void)s;
	conv_put(c, out, "parser", conv_bit_parser(c, p->line, p->value));
}

static const struct conv_name languages[] = {
	{"java", NULL, "java"}, {"python", NULL, "python"}, {"go", NULL, "go"}, {"ruby", NULL, "ruby"}, {0}};

static void one_multiline(struct convert *c, const struct conv_pair *p, const char *name, struct conv_out *out)
{
	const struct conv_name *language = conv_name_find(languages, name);
	const struct conv_section *rules = conv_bit_named(c, "MULTILINE_PARSER", name);
	const char *start = conv_bit_start(c, rules), *timeout = conv_value(rules, "flush_timeout", NULL);
	int64_t ms;

	if (strcasecmp(name, "docker") == 0 || strcasecmp(name, "cri") == 0) {
		conv_put(c, out, "parser", strcasecmp(name, "cri") == 0 ? "cri" : "docker");
	} else if (language && !conv_has(out, "multiline")) {
		conv_put(c, out, "multiline", language->words);
	} else if (start && !conv_has(out, "multiline")) {
		conv_put(c, conv_map(c, out, "multiline"), "start", start);
		if (timeout && text_int(timeout, &ms) == 0 && ms >= 10 && ms <= 3600000)
			conv_put(c, conv_map(c, out, "multiline"), "timeout", conv_fmt(c, "%lldms", (long long)ms));
	} else {
		conv_note(c, p->line, "%s: \"%s\": %s", p->key, name,
			conv_has(out, "multiline") ? "a second one is left out; one joins the lines of an input"
						   : "its rules are not in this file; stack traces and indented lines "
						     "are joined by themselves");
	}
}

static void tail_multiline(
	struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	const char *at = p->value, *name;

	(void)s;
	while (conv_next(c, &at, ",", &name))
		one_multiline(c, p, name, out);
}

/* The pattern that begins an event is that of a parser, which reads it, too. */
static void tail_firstline(
	struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	const char *pattern = conv_value(conv_bit_named(c, "PARSER", p->value), "Regex", NULL);

	if (!conv_on(conv_value(s, "Multiline", "off"))) {
		conv_note(c, p->line, "%s: left out, for Multiline is off", p->key);
		return;
	}
	if (!pattern)
		conv_note(c, p->line, "%s: no parser \"%s\" with a Regex in this file; lines are joined by themselves",
			p->key, p->value);
	else if (conv_regex(c, p->line, p->key, pattern))
		conv_put(c, conv_map(c, out, "multiline"), "start", pattern);
	if (!conv_has(out, "parser"))
		conv_put(c, out, "parser", conv_bit_parser(c, p->line, p->value));
}

static const struct conv_row tail_rows[] = {
	{"Name", CONV_USED, NULL, NULL},
	{"Path", CONV_MANY, "paths", NULL},
	{"Exclude_Path", CONV_MANY, "exclude", NULL},
	{"Parser", CONV_CALL, NULL, tail_parser},
	{"multiline.parser", CONV_CALL, NULL, tail_multiline},
	{"Multiline", CONV_USED, NULL, NULL},
	{"Parser_Firstline", CONV_CALL, NULL, tail_firstline},
	{"Parser_*", CONV_TELL, "further parsers are left out; the one that reads the line reads all of it", NULL},
	{"Read_from_Head", CONV_USED, NULL, NULL},
	{"Rotate_Wait", CONV_WAIT, "rotate_wait", NULL},
	{"Refresh_Interval", CONV_TELL, "not needed: the kernel tells genlog of new files", NULL},
	{"Encoding", CONV_CODE, "encoding", NULL},
	{"generic.encoding", CONV_CODE, "encoding", NULL},
	{"Unicode.Encoding", CONV_CODE, "encoding", NULL},
	{"DB", CONV_TELL, POSITIONS, NULL},
	{"DB.*", CONV_TELL, "left out with DB", NULL},
	{"Skip_Long_Lines", CONV_TELL,
		"genlog skips none: it cuts at max_line of the main file, and marks the document", NULL},
	{"Skip_Empty_Lines", CONV_TELL, "left out; see what becomes of them with genlogctl explain", NULL},
	{"Buffer_*", CONV_TELL, "not needed: lines may have up to max_line of the main file", NULL},
	{"Mem_Buf_Limit", CONV_TELL, BUFFERS, NULL},
	{"storage.*", CONV_TELL, BUFFERS, NULL},
	{"Tag", CONV_TELL, TAGS, NULL},
	{"Tag_Regex", CONV_TELL, TAGS, NULL},
	{"Path_Key", CONV_TELL, "not needed: `source.path` of a document has it", NULL},
	{"Offset_Key", CONV_TELL, "not needed: `source.offset` of a document has it", NULL},
	{"Key", CONV_TELL, "the line is `message`, whatever it was called", NULL},
	{"Ignore_Older", CONV_TELL, "left out: old files are read, too; `exclude` keeps them away", NULL},
	{"Docker_Mode", CONV_TELL, "left out: the parser docker joins what the runtime has split", NULL},
	{"Docker_Mode_*", CONV_TELL, "left out: the parser docker joins what the runtime has split", NULL},
	{"Inotify_Watcher", CONV_TELL, "left out: the kernel is asked wherever it can tell", NULL},
	{"Threaded", CONV_TELL, FOR_MAIN, NULL},
	{"Alias", CONV_TELL, "left out: status and metrics name the files", NULL},
	{0},
};

static struct conv_out *input(struct convert *c, const char *type)
{
	struct conv_out *out = conv_item(c, "inputs");

	conv_put(c, out, "type", type);
	return out;
}

static void tail(struct convert *c, struct conv_section *s)
{
	struct conv_out *out;

	if (!*conv_value(s, "Path", "")) {
		conv_note(c, s->line, "input tail: without Path it reads nothing; left out");
		return;
	}
	out = input(c, "tail");
	conv_apply(c, s, tail_rows, out);
	if (!conv_on(conv_value(s, "Read_from_Head", "off")))
		conv_put(c, out, "start", "end");
}

static const struct conv_row journal_fields[] = {
	{"_SYSTEMD_UNIT", CONV_ITEM, "units", NULL},
	{"SYSLOG_IDENTIFIER", CONV_ITEM, "identifiers", NULL},
	{0},
};

static void systemd_filter(
	struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	const struct conv_row *r = journal_fields;
	const char *equals = strchr(p->value, '=');

	(void)s;
	if (!equals) {
		conv_note(c, p->line, "%s: without \"=\"; left out", p->key);
		return;
	}
	while (r->key && (strncmp(r->key, p->value, (size_t)(equals - p->value)) != 0 ||
				 strlen(r->key) != (size_t)(equals - p->value)))
		r++;
	conv_add(c, out, r->key ? r->to : "matches", r->key ? equals + 1 : p->value);
}

static const struct conv_row systemd_rows[] = {
	{"Name", CONV_USED, NULL, NULL},
	{"Path", CONV_TEXT, "path", NULL},
	{"Systemd_Filter", CONV_CALL, NULL, systemd_filter},
	{"Systemd_Filter_Type", CONV_USED, NULL, NULL},
	{"Read_From_Tail", CONV_USED, NULL, NULL},
	{"Tag", CONV_TELL, TAGS, NULL},
	{"DB", CONV_TELL, POSITIONS, NULL},
	{"DB.*", CONV_TELL, "left out with DB", NULL},
	{"Max_*", CONV_TELL, "not needed: genlog reads as fast as the spool takes it", NULL},
	{"Lowercase", CONV_TELL, "left out: genlog gives the usual fields names of its own", NULL},
	{"Strip_Underscores", CONV_TELL, "left out: genlog gives the usual fields names of its own", NULL},
	{"Mem_Buf_Limit", CONV_TELL, BUFFERS, NULL},
	{"storage.*", CONV_TELL, BUFFERS, NULL},
	{0},
};

static void systemd(struct convert *c, struct conv_section *s)
{
	struct conv_out *out = input(c, "journald");
	int kinds;

	conv_apply(c, s, systemd_rows, out);
	kinds = (conv_has(out, "units") != NULL) + (conv_has(out, "identifiers") != NULL) +
		(conv_has(out, "matches") != NULL);
	if (kinds > 1 && strcasecmp(conv_value(s, "Systemd_Filter_Type", "or"), "or") == 0)
		conv_note(c, s->line,
			"input systemd: entries have to match in each field that is named, not in one of them; "
			"an input for each field does what it did");
	if (!conv_on(conv_value(s, "Read_From_Tail", "off")))
		conv_put(c, out, "start", "beginning");
}

static const struct conv_row tls_rows[] = {
	{"tls.crt_file", CONV_TEXT, "cert", NULL},
	{"tls.key_file", CONV_TEXT, "key", NULL},
	{"tls.ca_file", CONV_TEXT, "ca", NULL},
	{0},
};

static void tls(struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	const struct conv_row *r = tls_rows;

	while (r->key && strcasecmp(r->key, p->key) != 0)
		r++;
	if (!conv_on(conv_value(s, "tls", "off")))
		conv_note(c, p->line, "%s: left out, for tls is off", p->key);
	else if (r->key)
		conv_put(c, conv_map(c, out, "tls"), r->to, p->value);
	else if (strcasecmp(p->key, "tls.verify") != 0)
		conv_note(c, p->line, "%s: has no counterpart; left out", p->key);
	else if (conv_on(p->value) && conv_find(s, "tls.ca_file"))
		conv_put(c, conv_map(c, out, "tls"), "verify", "required");
}

static const struct conv_row network_rows[] = {
	{"Name", CONV_USED, NULL, NULL},
	{"Mode", CONV_USED, NULL, NULL},
	{"Listen", CONV_USED, NULL, NULL},
	{"Port", CONV_USED, NULL, NULL},
	{"Path", CONV_USED, NULL, NULL},
	{"Unix_Path", CONV_USED, NULL, NULL},
	{"Unix_Perm", CONV_OCTAL, "mode", NULL},
	{"Shared_Key", CONV_USED, NULL, NULL},
	{"Security.Users", CONV_USED, NULL, NULL},
	{"Self_Hostname", CONV_TEXT, "self_hostname", NULL},
	{"tls", CONV_USED, NULL, NULL},
	{"tls.*", CONV_CALL, NULL, tls},
	{"Parser", CONV_TELL, "left out: genlog tells the layouts of syslog apart by itself", NULL},
	{"Receive_Buffer_Size", CONV_TELL, "left out: genlog's receive_buffer is 8 MiB", NULL},
	{"Buffer_*", CONV_TELL, "not needed: messages may have up to max_line, or chunk_limit", NULL},
	{"Source_Address_Key", CONV_TELL, "left out: the peer's address is in the context anyway", NULL},
	{"Tag", CONV_TELL, TAGS, NULL},
	{"Tag_Prefix", CONV_TELL, TAGS, NULL},
	{"Mem_Buf_Limit", CONV_TELL, BUFFERS, NULL},
	{"storage.*", CONV_TELL, BUFFERS, NULL},
	{0},
};

static const char *address(struct convert *c, const struct conv_section *s, const char *scheme, const char *port)
{
	const char *host = conv_value(s, "Listen", "0.0.0.0");
	bool six = strchr(host, ':') && *host != '[';

	if (conv_on(conv_value(s, "tls", "off")) && strcmp(scheme, "tcp") == 0)
		scheme = "tls";
	return conv_fmt(c, "%s://%s%s%s:%s", scheme, six ? "[" : "", host, six ? "]" : "",
		conv_port(c, conv_find(s, "Port"), conv_value(s, "Port", port), port));
}

static void syslog(struct convert *c, struct conv_section *s)
{
	const char *mode = conv_value(s, "Mode", "unix_udp"), *path = conv_value(s, "Path", "/run/genlog/syslog.sock");
	struct conv_out *out = input(c, "syslog");

	if (strcasecmp(mode, "tcp") == 0 || strcasecmp(mode, "udp") == 0)
		conv_add(c, out, "listen", address(c, s, strcasecmp(mode, "tcp") == 0 ? "tcp" : "udp", "5140"));
	else
		conv_add(c, out, "listen",
			conv_fmt(c, "%s:%s", strcasecmp(mode, "unix_tcp") == 0 ? "unix-stream" : "unix", path));
	conv_apply(c, s, network_rows, out);
}

/* A key is not copied, and nobody comes in without it: until it is there, only this host does. */
static void forward(struct convert *c, struct conv_section *s)
{
	struct conv_out *out = input(c, "forward");
	const struct conv_pair *key = conv_find(s, "Shared_Key"), *local = conv_find(s, "Unix_Path");

	key = key ? key : conv_find(s, "Security.Users");
	if (local) {
		conv_add(c, out, "listen", conv_fmt(c, "unix:%s", local->value));
		if (key)
			conv_note(c, key->line,
				"%s: secrets are not copied; the rights of the socket's file say who may come",
				key->key);
	} else if (key) {
		conv_add(c, out, "listen",
			conv_fmt(c, "tcp://127.0.0.1:%s",
				conv_port(c, conv_find(s, "Port"), conv_value(s, "Port", "24224"), "24224")));
		conv_note(c, key->line,
			"%s: secrets are not copied; put it into a file, then `shared_key: !file FILE` and the address "
			"into this "
			"input, which listens on 127.0.0.1 alone until then",
			key->key);
	} else {
		conv_add(c, out, "listen", address(c, s, "tcp", "24224"));
	}
	conv_apply(c, s, network_rows, out);
}

static const struct conv_name inputs[] = {
	{"tail", tail, NULL},
	{"systemd", systemd, NULL},
	{"syslog", syslog, NULL},
	{"forward", forward, NULL},
	{"kmsg", NULL, "the journal has the kernel's messages: the input journald"},
	{"docker_events", NULL, "the journal of the docker unit has them: the input journald"},
	{"tcp", NULL, "genlog takes lines by syslog or Fluent Forward"},
	{"http", NULL, "genlog takes Fluent Forward, not HTTP"},
	{"opentelemetry", NULL, "genlog takes Fluent Forward, not OTLP"},
	{"cpu", NULL, "genlog ships logs, not metrics"},
	{"mem", NULL, "genlog ships logs, not metrics"},
	{"disk", NULL, "genlog ships logs, not metrics"},
	{"netif", NULL, "genlog ships logs, not metrics"},
	{"node_exporter_metrics", NULL, "genlog ships logs, not metrics"},
	{"fluentbit_metrics", NULL, "genlog tells of itself by `metrics` and `admin` of the main file"},
	{"exec", NULL, "genlogctl run does it for jobs of cron and timers"},
	{0},
};

void conv_bit_input(struct convert *c, struct conv_section *s)
{
	const char *name = conv_value(s, "Name", "");
	const struct conv_name *n = conv_name_find(inputs, name);

	if (n && n->make)
		n->make(c, s);
	else
		conv_note(c, s->line, "input \"%s\": left out: %s", name, n ? n->words : "genlog has none like it");
}
