/* rsyslog: its inputs. */
#include <string.h>
#include <strings.h>

#include "ctl/convert.h"

static struct conv_out *input(struct convert *c, const char *type)
{
	struct conv_out *out = conv_item(c, "inputs");

	conv_put(c, out, "type", type);
	return out;
}

/* Whether they name a service is known when all inputs are. */
static void tag(struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	(void)s;
	(void)out;
	if (!c->sets)
		c->sets = arena_alloc(&c->arena, sizeof(*c->sets));
	conv_pair(c, c->sets, p->key, conv_copy(c, p->value, strcspn(p->value, ":")), p->line);
}

static void start(struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	(void)s;
	if (conv_regex(c, p->line, p->key, p->value))
		conv_put(c, conv_map(c, out, "multiline"), "start", p->value);
}

/* 1: paragraphs; 2: lines that are indented go on. */
static void read_mode(struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	(void)s;
	if (strcmp(p->value, "2") == 0)
		conv_put(c, conv_map(c, out, "multiline"), "start", "^[^ \\t]");
	else if (strcmp(p->value, "0") != 0)
		conv_note(c, p->line,
			"%s: paragraphs are not joined at empty lines; `multiline: {start: REGEX}` says how one begins",
			p->key);
}

static void fresh_start(
	struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	(void)s;
	if (conv_on(p->value))
		conv_put(c, out, "start", "end");
}

#define LEVEL "left out: the level is read from the line; the filter level gives another"
#define LIMITS "left out: rate_limit and memory of the input"

static const struct conv_row file_rows[] = {
	{"type", CONV_USED, NULL, NULL},
	{"File", CONV_ITEM, "paths", NULL},
	{"Tag", CONV_CALL, NULL, tag},
	{"Severity", CONV_TELL, LEVEL, NULL},
	{"Facility", CONV_TELL, "left out: lines of files have no facility", NULL},
	{"startmsg.regex", CONV_CALL, NULL, start},
	{"endmsg.regex", CONV_TELL, "left out: events are known by how they begin: `multiline: {start: REGEX}`", NULL},
	{"readMode", CONV_CALL, NULL, read_mode},
	{"readTimeout", CONV_TELL, "left out: an event ends after 500ms of silence; `timeout` of multiline says else",
		NULL},
	{"freshStartTail", CONV_CALL, NULL, fresh_start},
	{"addMetadata", CONV_TELL, "not needed: `source` of a document has path and offset", NULL},
	{"addCeeTag", CONV_TELL, "not needed: JSON is read as such", NULL},
	{"reopenOnTruncate", CONV_TELL, "not needed: it always does", NULL},
	{"PersistStateInterval", CONV_TELL, "not needed: a position is kept with each document", NULL},
	{"StateFile", CONV_TELL, "positions are not taken over; genlog keeps its own in the spool", NULL},
	{"ruleset", CONV_TELL, "left out: what rulesets do with messages do filters here", NULL},
	{"escapeLF*", CONV_TELL, "not needed: newlines stay in the message", NULL},
	{"MaxLinesAtOnce", CONV_TELL, "not needed: sources take turns", NULL},
	{0},
};

static void files(struct convert *c, struct conv_section *s)
{
	if (conv_find(s, "File"))
		conv_apply(c, s, file_rows, input(c, "tail"));
	else
		conv_note(c, s->line, "input \"imfile\": without File it reads nothing; left out");
}

/* ── the network ── */

static const struct conv_section *module_of(const struct convert *c, const char *name)
{
	const struct conv_section *s = c->sections;

	while (s && (strcasecmp(s->name, "module") != 0 || strcasecmp(conv_value(s, "load", ""), name) != 0))
		s = s->next;
	return s;
}

static const struct conv_row network_rows[] = {
	{"type", CONV_USED, NULL, NULL},
	{"port", CONV_USED, NULL, NULL},
	{"address", CONV_USED, NULL, NULL},
	{"path", CONV_USED, NULL, NULL},
	{"unlink", CONV_TELL, "not needed: a socket that nobody listens on is made anew", NULL},
	{"fileCreateMode", CONV_OCTAL, "mode", NULL},
	{"name*", CONV_TELL, "left out: the peer is in the context", NULL},
	{"rateLimit.*", CONV_TELL, LIMITS, NULL},
	{"rcvbufSize", CONV_TELL, "left out: genlog's receive_buffer is 8 MiB", NULL},
	{"ruleset", CONV_TELL, "left out: what rulesets do with messages do filters here", NULL},
	{"maxSessions", CONV_COUNT, "max_connections", NULL},
	{"keepAlive*", CONV_TELL, "left out: idle_timeout ends a connection that says nothing", NULL},
	{"StreamDriver*", CONV_USED, NULL, NULL},
	{"PermittedPeer", CONV_USED, NULL, NULL},
	{0},
};

/* Certificates stand in global(), or in $DefaultNetstreamDriver…; who may come, in the module. */
static const char *global_of(const struct convert *c, const char *key)
{
	for (const struct conv_section *s = c->sections; s; s = s->next) {
		if (strcasecmp(s->name, "global") == 0 && conv_find(s, key))
			return conv_value(s, key, NULL);
		if (*s->name == '$' && strcasecmp(s->name + 1, key) == 0)
			return conv_value(s, "value", NULL);
	}
	return NULL;
}

static const char *either(const struct conv_section *a, const struct conv_section *b, const char *key)
{
	return conv_value(a, key, conv_value(b, key, NULL));
}

static bool has_tls(const struct convert *c, const struct conv_section *s, const char *module)
{
	const char *mode = either(s, module_of(c, module), "StreamDriver.Mode");

	return (mode && strcmp(mode, "1") == 0) || conv_on(conv_value(s, "tls", "off"));
}

static void put_tls(struct convert *c, const struct conv_section *s, const char *module, struct conv_out *out)
{
	static const char *const names[][2] = {{"DefaultNetstreamDriverCertFile", "cert"},
		{"DefaultNetstreamDriverKeyFile", "key"}, {"DefaultNetstreamDriverCAFile", "ca"}};
	const struct conv_section *m = module_of(c, module);
	const char *mode = either(s, m, "StreamDriver.AuthMode"), *peers = either(s, m, "PermittedPeer"), *value, *item;
	struct conv_out *tls = conv_map(c, out, "tls");

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		value = global_of(c, names[i][0]);
		if (value)
			conv_put(c, tls, names[i][1], value);
		else
			conv_note(c, s->line, "%s: is not in this file; put `%s` into tls of this input", names[i][0],
				names[i][1]);
	}
	if (mode && strncasecmp(mode, "x509/", 5) == 0)
		conv_put(c, tls, "verify", "required");
	while (peers && strcasecmp(mode ? mode : "", "x509/name") == 0 && conv_next(c, &peers, ",[]\"", &item))
		conv_add(c, tls, "peers", item);
	if (mode && strcasecmp(mode, "x509/fingerprint") == 0)
		conv_note(c, s->line,
			"StreamDriver.AuthMode: fingerprints are not checked; certificates have to be of `ca`, and "
			"`peers` names who may come");
}

static void listen_on(struct convert *c, struct conv_section *s, const char *scheme, const char *module)
{
	const char *host = conv_value(s, "address", ""), *port = conv_value(s, "port", "514"), *item;
	bool six = strchr(host, ':') && *host != '[', tls = strcmp(scheme, "tcp") == 0 && has_tls(c, s, module);
	struct conv_out *out = input(c, "syslog");

	if (strcmp(host, "*") == 0)
		host = "";
	while (conv_next(c, &port, ",[]\" ", &item))
		conv_add(c, out, "listen",
			conv_fmt(c, "%s://%s%s%s:%s", tls ? "tls" : scheme, six ? "[" : "", host, six ? "]" : "",
				conv_port(c, conv_find(s, "port"), item, "514")));
	if (tls)
		put_tls(c, s, module, out);
	conv_apply(c, s, network_rows, out);
}

static void udp(struct convert *c, struct conv_section *s)
{
	listen_on(c, s, "udp", "imudp");
}

static void tcp(struct convert *c, struct conv_section *s)
{
	listen_on(c, s, "tcp", "imtcp");
}

static void ptcp(struct convert *c, struct conv_section *s)
{
	const char *path = conv_value(s, "path", NULL);
	struct conv_out *out;

	if (!path) {
		listen_on(c, s, "tcp", "imptcp");
		return;
	}
	out = input(c, "syslog");
	conv_add(c, out, "listen", conv_fmt(c, "unix-stream:%s", path));
	conv_apply(c, s, network_rows, out);
}

static const struct conv_row socket_rows[] = {
	{"type", CONV_USED, NULL, NULL},
	{"Socket", CONV_USED, NULL, NULL},
	{"*", CONV_TELL, "left out: names, times and limits are the input's own", NULL},
	{0},
};

static void local(struct convert *c, struct conv_section *s)
{
	conv_add(c, input(c, "syslog"), "listen",
		conv_fmt(c, "unix:%s", conv_value(s, "Socket", "/run/genlog/syslog.sock")));
	conv_apply(c, s, socket_rows, NULL);
}

static const struct conv_name inputs[] = {
	{"imfile", files, NULL},
	{"imudp", udp, NULL},
	{"imtcp", tcp, NULL},
	{"imptcp", ptcp, NULL},
	{"imuxsock", local, NULL},
	{"imrelp", NULL, "genlog does not speak RELP; Fluent Forward is acknowledged, too: the input forward"},
	{"imgssapi", NULL, "genlog does not speak GSSAPI; tls:// of the input syslog asks for certificates"},
	{0},
};

void conv_rsys_input(struct convert *c, struct conv_section *s)
{
	const char *type = conv_value(s, "type", "");
	const struct conv_name *n = conv_name_find(inputs, type);

	if (n && n->make)
		n->make(c, s);
	else
		conv_note(c, s->line, "input \"%s\": left out: %s", type, n ? n->words : "genlog has none like it");
}
