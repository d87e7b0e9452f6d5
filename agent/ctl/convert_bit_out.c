/* fluent-bit: its filters, and what the main file is told of its outputs. */
#include <fnmatch.h>
#include <string.h>
#include <strings.h>

#include "ctl/convert.h"

/* A filter of a drop-in is for all its inputs, so only one that was for all is taken over. */
static bool is_for_all(const struct convert *c, const struct conv_section *f)
{
	const char *match = conv_value(f, "Match", NULL);

	if (!match)
		return conv_find(f, "Match_Regex") == NULL;
	for (const struct conv_section *s = c->sections; s; s = s->next) {
		if (s->tag && fnmatch(match, s->tag, 0) != 0)
			return false;
	}
	return true;
}

/* "KEY REGEX" */
static void grep_rule(struct convert *c, const struct conv_pair *p, const char *verdict)
{
	size_t n = strcspn(p->value, " \t");
	const char *pattern = p->value + n + strspn(p->value + n, " \t");
	struct conv_out *out;

	if (!n || !conv_regex(c, p->line, p->key, pattern))
		return;
	out = conv_item(c, "filters");
	conv_put(c, out, "type", "grep");
	conv_put(c, out, "field", conv_field(c, conv_copy(c, p->value, n)));
	conv_put(c, out, "pattern", pattern);
	conv_put(c, out, "on_match", verdict);
}

static void keep(struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	(void)s;
	(void)out;
	grep_rule(c, p, "keep");
}

static void drop(struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	(void)s;
	(void)out;
	grep_rule(c, p, "drop");
}

static const struct conv_row grep_rows[] = {
	{"Name", CONV_USED, NULL, NULL},
	{"Match", CONV_USED, NULL, NULL},
	{"Logical_Op", CONV_USED, NULL, NULL},
	{"Regex", CONV_CALL, NULL, keep},
	{"Exclude", CONV_CALL, NULL, drop},
	{0},
};

static void grep(struct convert *c, struct conv_section *s)
{
	const char *op = conv_value(s, "Logical_Op", "legacy");
	size_t rules = 0;

	for (const struct conv_pair *p = s->first; p; p = p->next)
		rules += strcasecmp(p->key, "Regex") == 0 || strcasecmp(p->key, "Exclude") == 0;
	if (rules > 1 && strcasecmp(op, "legacy") != 0 && (strcasecmp(op, "and") != 0 || conv_find(s, "Exclude")))
		conv_note(c, s->line,
			"filter grep: several rules joined by Logical_Op %s: left out, all events are kept; "
			"one pattern with | does it",
			op);
	else
		conv_apply(c, s, grep_rows, NULL);
}

/* "KEY VALUE" as KEY=VALUE */
static const char *assigned(struct convert *c, const char *value)
{
	size_t n = strcspn(value, " \t");

	return conv_fmt(c, "%s=%s", conv_field(c, conv_copy(c, value, n)), value + n + strspn(value + n, " \t"));
}

/* Keys of both filters that change records: the list of the filter `modify` that does it. */
static const struct {
	const char *key, *list;
	bool two;
} changes[] = {
	{"Add", "add", true},
	{"Set", "set", true},
	{"Record", "set", true},
	{"Rename", "rename", true},
	{"Hard_rename", "rename", true},
	{"Copy", "copy", true},
	{"Hard_copy", "copy", true},
	{"Remove", "remove", false},
	{"Remove_key", "remove", false},
	{NULL, NULL, false},
};

static void change(struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out)
{
	size_t i = 0;

	(void)s;
	(void)out;
	while (changes[i].key && strcasecmp(changes[i].key, p->key) != 0)
		i++;
	if (changes[i].two && !strpbrk(p->value, " \t"))
		conv_note(c, p->line, "%s: wants a key and a value; left out", p->key);
	else
		conv_modify(
			c, changes[i].list, changes[i].two ? assigned(c, p->value) : conv_field(c, p->value), false);
}

static const struct conv_row modify_rows[] = {
	{"Name", CONV_USED, NULL, NULL},
	{"Match", CONV_USED, NULL, NULL},
	{"Add", CONV_CALL, NULL, change},
	{"Set", CONV_CALL, NULL, change},
	{"Record", CONV_CALL, NULL, change},
	{"Rename", CONV_CALL, NULL, change},
	{"Hard_rename", CONV_CALL, NULL, change},
	{"Copy", CONV_CALL, NULL, change},
	{"Hard_copy", CONV_CALL, NULL, change},
	{"Remove", CONV_CALL, NULL, change},
	{"Remove_key", CONV_CALL, NULL, change},
	{"Allowlist_key", CONV_TELL, "left out, all fields stay; a list of what is to go is `remove`", NULL},
	{"Whitelist_key", CONV_TELL, "left out, all fields stay; a list of what is to go is `remove`", NULL},
	{"Remove_*", CONV_TELL, "left out, the fields stay; `remove` wants each name", NULL},
	{"Uuid_key", CONV_TELL, "left out: documents have an `_id` of their own", NULL},
	{0},
};

static void modify(struct convert *c, struct conv_section *s)
{
	if (conv_find(s, "Condition"))
		conv_note(c, s->line,
			"filter modify: with a Condition: left out as a whole; `when` of genlog's modify has "
			"conditions like status>=500");
	else
		conv_apply(c, s, modify_rows, NULL);
}

static void kubernetes(struct convert *c, struct conv_section *s)
{
	conv_put(c, conv_item(c, "filters"), "type", "kubernetes");
	conv_note(c, s->line,
		"filter kubernetes: pod, namespace and container are read from where the file lies; labels and "
		"annotations are not asked for, its other settings are left out");
}

static const struct conv_name filters[] = {
	{"grep", grep, NULL},
	{"modify", modify, NULL},
	{"record_modifier", modify, NULL},
	{"kubernetes", kubernetes, NULL},
	{"parser", NULL,
		"an input's parser reads the whole line; a regex parser can name the part that was read again"},
	{"multiline", NULL, "lines are joined where they are read: `multiline` of the input"},
	{"lua", NULL, "programs are not run in the agent; filters modify, grep, level, redact and route do the usual"},
	{"wasm", NULL, "programs are not run in the agent"},
	{"throttle", NULL, "rate_limit does it: rate, per, burst"},
	{"rewrite_tag", NULL, "genlog does not route by tags; the filter route chooses the collection"},
	{"nest", NULL, "fields stay where they are; modify renames by paths with dots"},
	{"log_to_metrics", NULL, "genlog ships logs, not metrics"},
	{"aws", NULL, "the host's name is node_id in the main file"},
	{"sysinfo", NULL, "the host's name is node_id in the main file"},
	{"geoip2", NULL, "genlog does not look up addresses"},
	{"stdout", NULL, "genlogctl tail shows documents as they are made"},
	{0},
};

void conv_bit_filter(struct convert *c, struct conv_section *s)
{
	const char *name = conv_value(s, "Name", "");
	const struct conv_name *n = conv_name_find(filters, name);

	if (!n || !n->make)
		conv_note(c, s->line, "filter \"%s\": left out: %s", name, n ? n->words : "genlog has none like it");
	else if (!is_for_all(c, s))
		conv_note(c, s->line,
			"filter \"%s\": left out: it is for some of the inputs, and a drop-in's filters are for "
			"all of its inputs; put those inputs into a drop-in of their own, with it",
			name);
	else
		n->make(c, s);
}

static void to_forward(struct convert *c, struct conv_section *s)
{
	conv_hint(c, "output: {type: forward, servers: ['%s%s:%s']}",
		conv_on(conv_value(s, "tls", "off")) ? "tls://" : "", conv_value(s, "Host", "127.0.0.1"),
		conv_value(s, "Port", "24224"));
	if (conv_find(s, "Shared_Key"))
		conv_note(c, conv_find(s, "Shared_Key")->line,
			"Shared_Key: secrets are not copied; put it into a file, then `shared_key: !file FILE` into "
			"the output");
	conv_note(c, s->line, "output \"forward\": is a hint for the main file, at the top of the drop-in");
}

static void to_stdout(struct convert *c, struct conv_section *s)
{
	conv_hint(c, "output: {type: stdout}");
	conv_note(c, s->line, "output \"stdout\": is a hint for the main file, at the top of the drop-in");
}

static const struct conv_name outputs[] = {{"forward", to_forward, NULL}, {"stdout", to_stdout, NULL}, {0}};

void conv_bit_output(struct convert *c, struct conv_section *s)
{
	const char *name = conv_value(s, "Name", "");
	const struct conv_name *n = conv_name_find(outputs, name);

	if (n) {
		n->make(c, s);
		return;
	}
	conv_hint(c, "output: {type: mongodb, database: genims_production}   # in place of %s", name);
	conv_note(c, s->line,
		"output \"%s\": left out: genlog's outputs are mongodb, forward, archive and stdout; one of them "
		"is in the main file, for all inputs",
		name);
}
