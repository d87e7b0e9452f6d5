/* filebeat: its processors, of all inputs or of the only one. */
#include <string.h>
#include <strings.h>

#include "ctl/convert.h"

/* Behind "rename.fields." and the like; NULL: another key. */
static const char *behind(const char *key, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(key, prefix, n) == 0 ? key + n : NULL;
}

static void add_fields(struct convert *c, struct conv_section *s)
{
	const char *target = conv_value(s, "add_fields.target", "fields"), *name;

	for (const struct conv_pair *p = s->first; p; p = p->next) {
		name = behind(p->key, "add_fields.fields.");
		if (name)
			conv_modify(c, "set", conv_fmt(c, "%s=%s", name, p->value), false);
		else if (strcmp(p->key, "add_fields.target") != 0)
			conv_note(c, p->line, "%s: has no counterpart; left out", p->key);
	}
	if (*target)
		conv_note(c, s->line,
			"add_fields: not below \"%s\": fields that genlog knows go to their place, others into the "
			"context",
			target);
}

static void add_tags(struct convert *c, struct conv_section *s)
{
	for (const struct conv_pair *p = s->first; p; p = p->next) {
		if (strcmp(p->key, "add_tags.tags") == 0)
			conv_add(c, conv_map(c, &c->dropin, "fields"), "tags", p->value);
		else
			conv_note(c, p->line, "%s: left out: tags are `tags` of the document", p->key);
	}
}

static void drop_fields(struct convert *c, struct conv_section *s)
{
	for (const struct conv_pair *p = s->first; p; p = p->next) {
		if (strcmp(p->key, "drop_fields.fields") == 0 && *p->value != '/')
			conv_modify(c, "remove", p->value, false);
		else if (strcmp(p->key, "drop_fields.ignore_missing") != 0)
			conv_note(c, p->line, "%s: %s", p->key,
				*p->value == '/' ? "a pattern of names; left out, `remove` wants each name"
						 : "has no counterpart; left out");
	}
}

/* Pairs of from and to, in the order in which they stand. */
static void pairs(struct convert *c, struct conv_section *s, const char *prefix, const char *list)
{
	const char *from = NULL, *to = NULL;

	for (const struct conv_pair *p = s->first; p; p = p->next) {
		const char *key = behind(p->key, prefix);

		if (key && strcmp(key, "from") == 0)
			from = p->value;
		else if (key && strcmp(key, "to") == 0)
			to = p->value;
		if (!from || !to)
			continue;
		conv_modify(c, list, conv_fmt(c, "%s=%s", from, to), false);
		from = to = NULL;
	}
	if (from || to)
		conv_note(c, s->line, "%s: one of from and to is missing; left out", list);
}

static void rename_fields(struct convert *c, struct conv_section *s)
{
	pairs(c, s, "rename.fields.", "rename");
}

static void copy_fields(struct convert *c, struct conv_section *s)
{
	pairs(c, s, "copy_fields.fields.", "copy");
}

/* Of a condition of filebeat the field, and the pattern that does the same. */
static const char *condition(struct convert *c, const struct conv_pair *p, const char **field)
{
	if ((*field = behind(p->key, "drop_event.when.regexp.")))
		return p->value;
	if ((*field = behind(p->key, "drop_event.when.contains.")))
		return conv_literal(c, p->value, false);
	*field = behind(p->key, "drop_event.when.equals.");
	return *field ? conv_literal(c, p->value, true) : NULL;
}

static void drop_event(struct convert *c, struct conv_section *s)
{
	const struct conv_pair *p = s->first;
	const char *field = NULL, *pattern = condition(c, p, &field);
	struct conv_out *out;

	if (!pattern || p->next) {
		conv_note(c, s->line,
			"drop_event: left out, all events are kept: only one condition of regexp, contains or equals "
			"is "
			"translated; a filter grep has `when` for more");
		return;
	}
	if (!conv_regex(c, p->line, p->key, pattern))
		return;
	out = conv_item(c, "filters");
	conv_put(c, out, "type", "grep");
	conv_put(c, out, "field", strcmp(field, "log.level") == 0 ? "level" : conv_field(c, field));
	conv_put(c, out, "pattern", pattern);
	conv_put(c, out, "on_match", "drop");
}

static void kubernetes(struct convert *c, struct conv_section *s)
{
	conv_put(c, conv_item(c, "filters"), "type", "kubernetes");
	conv_note(c, s->line,
		"add_kubernetes_metadata: pod, namespace and container are read from where the file lies; labels "
		"and annotations are not asked for, its other settings are left out");
}

static const struct conv_name processors[] = {
	{"add_fields", add_fields, NULL},
	{"add_tags", add_tags, NULL},
	{"drop_fields", drop_fields, NULL},
	{"drop_event", drop_event, NULL},
	{"rename", rename_fields, NULL},
	{"copy_fields", copy_fields, NULL},
	{"dissect", NULL, "a parser grok or regex of the input takes a line apart"},
	{"decode_json_fields", NULL,
		"the parser json reads a line; JSON behind a head of syslog or the journal is read anyway"},
	{"decode_csv_fields", NULL, "the parser csv reads a line"},
	{"timestamp", NULL, "`time` of a parser says how a time is read"},
	{"script", NULL,
		"programs are not run in the agent; filters modify, grep, level, redact and route do the usual"},
	{"include_fields", NULL, "all fields stay; a list of what is to go is `remove` of modify"},
	{"convert", NULL, "`convert` of the filter modify does it: FIELD=int, number, bool, text"},
	{"add_host_metadata", NULL, "the host is node_id in the main file"},
	{"add_cloud_metadata", NULL, "genlog asks no cloud; fields of the agent are in the main file"},
	{"add_docker_metadata", NULL, "the parser docker reads what the runtime has written"},
	{"add_kubernetes_metadata", kubernetes, NULL},
	{"add_locale", NULL, "times are UTC; `zone` of an input says of what zone a line is"},
	{"add_id", NULL, "documents have an `_id` of their own"},
	{"fingerprint", NULL, "documents have an `_id` of their own; the filter dedup counts what repeats"},
	{"rate_limit", NULL, "the filter rate_limit does it: rate, per, burst"},
	{"truncate_fields", NULL, "max_line of the main file cuts lines"},
	{"dns", NULL, "genlog does not look up addresses"},
	{0},
};

static bool has_when(const struct conv_section *s, const char *name, size_t n)
{
	for (const struct conv_pair *p = s->first; p; p = p->next) {
		if (strncmp(p->key, name, n) == 0 && strncmp(p->key + n, ".when", 5) == 0)
			return true;
	}
	return false;
}

void conv_beat_processor(struct convert *c, struct conv_section *s)
{
	size_t n = s->first ? strcspn(s->first->key, ".") : 0;
	const char *name = s->first ? conv_copy(c, s->first->key, n) : "";
	const struct conv_name *is = conv_name_find(processors, name);

	if (!is || !is->make)
		conv_note(
			c, s->line, "processor \"%s\": left out: %s", name, is ? is->words : "genlog has none like it");
	else if (s->parent && conv_count(c, "input") > 1)
		conv_note(c, s->line,
			"processor \"%s\": left out: it is for one input, and a drop-in's filters are for all of its "
			"inputs; give this input a drop-in of its own",
			name);
	else if (strcmp(name, "drop_event") != 0 && has_when(s, name, n))
		conv_note(c, s->line,
			"processor \"%s\": with `when`: left out as a whole; `when` of genlog's modify has conditions "
			"like status>=500",
			name);
	else
		is->make(c, s);
}
