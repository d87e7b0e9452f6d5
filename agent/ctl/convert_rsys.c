/* rsyslog: what is loaded, the directives from before RainerScript, and what the main file is told of actions. */
#include <string.h>
#include <strings.h>

#include "ctl/convert.h"

/* ── modules: those that read as soon as they are loaded, and what they say of all inputs ── */

static const struct conv_row socket_rows[] = {
	{"load", CONV_USED, NULL, NULL},
	{"value", CONV_USED, NULL, NULL},
	{"SysSock.Name", CONV_USED, NULL, NULL},
	{"SysSock.Use", CONV_USED, NULL, NULL},
	{"*", CONV_TELL, "left out: limits, users and names are the input's own", NULL},
	{0},
};

/* Of modules whose inputs stand elsewhere. */
static const struct conv_row module_rows[] = {
	{"load", CONV_USED, NULL, NULL},
	{"value", CONV_USED, NULL, NULL},
	{"StreamDriver.*", CONV_USED, NULL, NULL},
	{"PermittedPeer", CONV_USED, NULL, NULL},
	{"mode", CONV_TELL, "left out: the kernel tells genlog of changes", NULL},
	{"PollingInterval", CONV_TELL, "left out: the kernel tells genlog of changes", NULL},
	{"*", CONV_TELL, "has no counterpart; left out", NULL},
	{0},
};

static void journal(struct convert *c, struct conv_section *s)
{
	conv_put(c, conv_item(c, "inputs"), "type", "journald");
	for (const struct conv_pair *p = s->first; p; p = p->next) {
		if (strcasecmp(p->key, "load") != 0 && strcasecmp(p->key, "value") != 0)
			conv_note(c, p->line,
				"%s: left out: the position in the journal is in the spool, and nothing is dropped",
				p->key);
	}
}

static void system_socket(struct convert *c, struct conv_section *s)
{
	struct conv_out *out;

	if (strcasecmp(conv_value(s, "SysSock.Use", "on"), "off") == 0) {
		conv_note(c, s->line, "module \"imuxsock\": its socket is off, and stays so");
		return;
	}
	out = conv_item(c, "inputs");
	conv_put(c, out, "type", "syslog");
	conv_add(c, out, "listen", conv_fmt(c, "unix:%s", conv_value(s, "SysSock.Name", "/run/genlog/syslog.sock")));
	conv_apply(c, s, socket_rows, NULL);
	if (!conv_find(s, "SysSock.Name"))
		conv_note(c, s->line,
			"module \"imuxsock\": /dev/log is systemd's; this is /run/genlog/syslog.sock, to which a "
			"symbolic "
			"link may lead; what comes by /dev/log is in the journal");
}

static void elsewhere(struct convert *c, struct conv_section *s)
{
	conv_apply(c, s, module_rows, NULL);
}

static const struct conv_name modules[] = {
	{"imjournal", journal, NULL},
	{"imuxsock", system_socket, NULL},
	{"imklog", NULL, "the journal has the kernel's messages: the input journald"},
	{"imkmsg", NULL, "the journal has the kernel's messages: the input journald"},
	{"immark", NULL, "the agent's own heartbeat is `metrics` of the main file"},
	{"impstats", NULL, "the agent's own figures are `metrics` and `admin` of the main file"},
	{"imfile", elsewhere, NULL},
	{"imudp", elsewhere, NULL},
	{"imtcp", elsewhere, NULL},
	{"imptcp", elsewhere, NULL},
	{0},
};

static void module(struct convert *c, struct conv_section *s)
{
	const char *name = conv_value(s, "load", conv_value(s, "value", "")), *slash = strrchr(name, '/');
	const struct conv_name *n;

	name = slash ? slash + 1 : name;
	n = conv_name_find(modules, strcmp(name + (strlen(name) > 3 ? strlen(name) - 3 : 0), ".so") == 0
					    ? conv_copy(c, name, strlen(name) - 3)
					    : name);
	if (n && n->make)
		n->make(c, s);
	else
		conv_note(c, s->line, "module \"%s\": left out: %s", name,
			n ? n->words : "genlog has its own inputs, filters and outputs");
}

/* ── directives ── */

/* Those that gather what another one then runs: the parameter of its input. */
static const struct {
	const char *directive, *key;
} gathered[] = {
	{"InputFileName", "File"},
	{"InputFileTag", "Tag"},
	{"InputFileSeverity", "Severity"},
	{"InputFileFacility", "Facility"},
	{"InputFileStateFile", "StateFile"},
	{"InputFileReadMode", "readMode"},
	{"InputFilePersistStateInterval", "PersistStateInterval"},
	{"InputFilePollInterval", NULL},
	{"UDPServerAddress", "address"},
	{"InputTCPServerStreamDriverMode", "StreamDriver.Mode"},
	{"InputTCPServerStreamDriverAuthMode", "StreamDriver.AuthMode"},
	{"InputTCPServerStreamDriverPermittedPeer", "PermittedPeer"},
};

static const struct {
	const char *directive, *type;
} runs[] = {{"InputRunFileMonitor", "imfile"}, {"UDPServerRun", "imudp"}, {"InputTCPServerRun", "imtcp"},
	{"InputPTCPServerRun", "imptcp"}};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static bool gather(struct convert *c, struct conv_section *pending, const struct conv_section *s)
{
	for (size_t i = 0; i < COUNT(gathered); i++) {
		if (strcasecmp(gathered[i].directive, s->name + 1) != 0)
			continue;
		if (gathered[i].key)
			conv_pair(c, pending, gathered[i].key, s->first->value, s->line);
		else
			conv_note(c, s->line, "%s: left out: the kernel tells genlog of changes", s->name);
		return true;
	}
	return false;
}

static bool run(struct convert *c, struct conv_section *pending, const struct conv_section *s)
{
	for (size_t i = 0; i < COUNT(runs); i++) {
		if (strcasecmp(runs[i].directive, s->name + 1) != 0)
			continue;
		if (strcmp(runs[i].type, "imfile") != 0)
			conv_pair(c, pending, "port", s->first->value, s->line);
		conv_pair(c, pending, "type", runs[i].type, s->line);
		pending->line = s->line;
		conv_rsys_input(c, pending);
		*pending = (struct conv_section){.name = "input"};
		return true;
	}
	return false;
}

static const struct conv_row directives[] = {
	{"$DefaultNetstreamDriver*", CONV_USED, NULL, NULL},
	{"$IncludeConfig", CONV_TELL, "other files are not read; convert each", NULL},
	{"$WorkDirectory", CONV_TELL, "left out: spool.path is in the main file", NULL},
	{"$MainMsgQueue*", CONV_TELL, "left out: the spool of the main file is the queue", NULL},
	{"$ActionQueue*", CONV_TELL, "left out: the spool of the main file is the queue", NULL},
	{"$ActionResume*", CONV_TELL, "not needed: the output tries until it is delivered", NULL},
	{"$template", CONV_TELL, "left out: documents are of one form, fields are put by the filter modify", NULL},
	{"$ActionFileDefaultTemplate", CONV_TELL, "left out: documents are of one form", NULL},
	{"$File*", CONV_TELL, "left out: genlog writes no files of text", NULL},
	{"$DirCreateMode", CONV_TELL, "left out: genlog writes no files of text", NULL},
	{"$Umask", CONV_TELL, "left out: genlog writes no files of text", NULL},
	{"$PrivDropTo*", CONV_TELL, "left out: the unit of genlogd says whose rights it has", NULL},
	{"$RepeatedMsgReduction", CONV_TELL, "left out: the filter dedup counts what repeats", NULL},
	{"$SystemLogRateLimit*", CONV_TELL, "left out: the filter rate_limit does it", NULL},
	{"$AllowedSender", CONV_TELL, "left out, anybody may send: certificates (tls: peers) or a firewall say who may",
		NULL},
	{"*", CONV_TELL, "has no counterpart; left out", NULL},
	{0},
};

static void directive(struct convert *c, struct conv_section *pending, struct conv_section *s)
{
	struct conv_pair p = *s->first;
	struct conv_section one = {.name = s->name, .line = s->line, .first = &p};

	p.key = s->name;
	if (strcasecmp(s->name, "$ModLoad") == 0)
		module(c, s);
	else if (!gather(c, pending, s) && !run(c, pending, s))
		conv_apply(c, &one, directives, NULL);
}

/* ── actions ── */

#define ONE_OUTPUT                                                                                                     \
	"left out: genlog's outputs are mongodb, forward, archive and stdout; one of them is in the main file"

static void to_mongodb(struct convert *c, struct conv_section *s)
{
	conv_hint(c, "output: {type: mongodb, uri: 'mongodb://%s:%s', database: '%s'}",
		conv_value(s, "server", "127.0.0.1"), conv_value(s, "serverport", "27017"),
		conv_value(s, "db", "genims_production"));
	conv_note(c, s->line,
		"action \"ommongodb\": is a hint for the main file; user, password and uristr are not copied, "
		"password_file takes the password");
}

static void to_host(struct convert *c, struct conv_section *s)
{
	conv_hint(c,
		"output: {type: forward, servers: ['%s:24224']}   # where a genlogd, fluentd or fluent-bit listens",
		conv_value(s, "Target", "HOST"));
	conv_note(c, s->line,
		"action \"omfwd\": genlog does not send syslog; Fluent Forward is a hint for the main file");
}

static const struct conv_name actions[] = {{"ommongodb", to_mongodb, NULL}, {"omfwd", to_host, NULL},
	{"omfile", NULL, "left out: genlog writes no files of text; documents are in the database, or in an archive"},
	{"omusrmsg", NULL, "left out: alerts of a drop-in tell people"},
	{"ommail", NULL, "left out: alerts of a drop-in tell people"},
	{"omprog", NULL, "left out: alerts of a drop-in run a command"}, {0}};

static void action(struct convert *c, struct conv_section *s)
{
	const char *type = conv_value(s, "type", "");
	const struct conv_name *n = conv_name_find(actions, type);

	if (n && n->make)
		n->make(c, s);
	else
		conv_note(c, s->line, "action \"%s\": %s", type, n ? n->words : ONE_OUTPUT);
}

/* What stands behind a selector, by how it begins. */
static const struct {
	const char *begins, *words;
} old_actions[] = {
	{"/", "a file: left out: genlog writes no files of text; all messages go to the output"},
	{"-/", "a file: left out: genlog writes no files of text; all messages go to the output"},
	{"@", "another host: genlog does not send syslog; the output forward speaks Fluent Forward"},
	{":ommongodb:", "a database: the output mongodb is in the main file"},
	{":omusrmsg:", "people: left out: alerts of a drop-in tell people"},
	{"?", "a file: left out: genlog writes no files of text; all messages go to the output"},
	{"|", "a pipe: left out"},
	{"~", "thrown away: left out, the messages are kept; a filter grep with on_match: drop does it"},
	{"stop", "thrown away: left out, the messages are kept; a filter grep with on_match: drop does it"},
	{"", "is not translated; all messages go to the output"},
};

static void selector(struct convert *c, struct conv_section *s)
{
	const char *value = conv_value(s, "value", NULL);
	size_t i = 0;

	if (!value)
		return;
	while (strncmp(old_actions[i].begins, value, strlen(old_actions[i].begins)) != 0)
		i++;
	if (*value == '@')
		conv_hint(c, "output: {type: forward, servers: ['HOST:24224']}   # in place of @ in line %d", s->line);
	conv_note(c, s->line, "%s: %s", conv_value(s, "select", ""), old_actions[i].words);
}

static const struct conv_row global_rows[] = {
	{"DefaultNetstreamDriver*", CONV_USED, NULL, NULL},
	{"workDirectory", CONV_TELL, "left out: spool.path is in the main file", NULL},
	{"*", CONV_TELL, "has no counterpart; left out", NULL},
	{0},
};

static void global(struct convert *c, struct conv_section *s)
{
	conv_apply(c, s, global_rows, NULL);
}

static const struct conv_name sections[] = {
	{"module", module, NULL},
	{"input", conv_rsys_input, NULL},
	{"action", action, NULL},
	{"global", global, NULL},
	{"*", selector, NULL},
	{"template", NULL, "left out: documents are of one form, fields are put by the filter modify"},
	{"ruleset", NULL,
		"left out with all that is in it; all messages go to the output, filters grep and route choose"},
	{"if", NULL,
		"… then: left out with all that is in it; all messages go to the output, filters grep and route "
		"choose"},
	{"main_queue", NULL, "left out: the spool of the main file is the queue"},
	{"include", NULL, "other files are not read; convert each"},
	{"lookup_table", NULL, "left out: genlog has no such tables"},
	{"parser", NULL, "left out: genlog tells the layouts of syslog apart by itself"},
	{"timezone", NULL, "left out: `zone` of an input"},
	{0},
};

/* One tag of all that is read is the service; else nothing would say which input a name is of. */
static void service(struct convert *c)
{
	const struct conv_out *inputs = conv_has(&c->dropin, "inputs");
	const struct conv_pair *first = c->sets ? c->sets->first : NULL;
	size_t n = 0, tags = 0;
	bool one = first && *first->value;

	for (const struct conv_out *i = inputs ? inputs->first : NULL; i; i = i->next)
		n++;
	for (const struct conv_pair *p = first; p; p = p->next, tags++)
		one = one && strcmp(p->value, first->value) == 0;
	one = one && tags == n;
	if (one)
		conv_put(c, &c->dropin, "service", first->value);
	for (const struct conv_pair *p = first; p; p = p->next)
		conv_note(c, p->line, "%s: %s", p->key,
			one ? "is the drop-in's `service`, which becomes `module` of all of its documents"
			    : "left out: not all inputs of the drop-in have it; give this one a drop-in of its own, "
			      "with `service`");
}

void conv_rsyslog(struct convert *c)
{
	struct conv_section pending = {.name = "input"};

	conv_read_rsyslog(c);
	for (struct conv_section *s = c->refused ? NULL : c->sections; s; s = s->next) {
		const struct conv_name *n = conv_name_find(sections, s->name);

		if (n && n->make)
			n->make(c, s);
		else if (*s->name == '$' && s->first)
			directive(c, &pending, s);
		else
			conv_note(c, s->line, "%s: %s", s->name,
				n ? n->words : "is no statement that is known; left out");
	}
	service(c);
	if (pending.first)
		conv_note(c, pending.first->line,
			"%s: left out: no directive runs it ($InputRunFileMonitor, $UDPServerRun, …)",
			pending.first->key);
}
