/* A drop-in: tables of what it may hold, and how the items of its lists are made. */
#include <errno.h>
#include <string.h>

#include "conf/parts.h"

#define ITEMS 1024 /* of one list in one file */

const char *const conf_input_keys[] = {"type", "parser", "multiline", "templates", "collection", "zone", NULL};
const char *const conf_parser_keys[] = {"name", "type", "time", NULL};
const char *const conf_filter_keys[] = {"type", NULL};
const char *const conf_service_others[] = {"fields", "inputs", "parsers", "filters", "samples", "alerts", NULL};
const char *const conf_main_others[] = {
	"output", "service", "fields", "inputs", "parsers", "filters", "samples", "alerts", NULL};

const struct genlog_opt conf_service_rows[] = {
	{.type = GENLOG_OPT_STR,
		.name = "service",
		.offset = offsetof(struct conf_service, name),
		.help = "becomes `module` where a line names none; default: the name of the file"},
	{0},
};

static const struct genlog_opt input_rows[] = {
	GENLOG_STR(struct conf_input, type, .required = true, .help = "name of the plugin"),
	GENLOG_STR(struct conf_input, parser, .def = "auto",
		.help = "a plugin, or the name of a parser of any drop-in; auto finds one"),
	GENLOG_STR(struct conf_input, collection, .def = "system_logs", .help = "where the documents go"),
	GENLOG_BOOL(struct conf_input, templates, .def = "yes",
		.help = "give a message_template to events that bring none; not with the parser raw"),
	{.type = GENLOG_OPT_STR,
		.name = "zone",
		.offset = offsetof(struct conf_input, zone_name),
		.help = "zone of timestamps that name none, like Europe/Berlin or +01:00; default: the host's"},
	{0},
};

static const struct genlog_opt time_rows[] = {
	GENLOG_LIST(struct conf_time, timestamp,
		.help = "patterns like '%Y-%m-%d %H:%M:%S,%L', or auto; the first that fits"),
	GENLOG_STR(struct conf_time, zone, .help = "as that of an input, and before it"),
	{0},
};

static const struct genlog_opt parser_rows[] = {
	GENLOG_STR(struct conf_parser, name, .required = true, .help = "what inputs call it; one of its name only"),
	GENLOG_STR(struct conf_parser, type, .required = true, .help = "name of the plugin"),
	GENLOG_GROUP(struct conf_parser, time, time_rows, .help = "how its timestamps are read"),
	{0},
};

static const struct genlog_opt filter_rows[] = {
	GENLOG_STR(struct conf_filter, type, .required = true, .help = "name of the plugin"),
	{0},
};

static const struct genlog_opt sample_rows[] = {
	GENLOG_STR(struct conf_sample, line, .required = true, .help = "a line as the service writes it"),
	{0},
};

static int zone_load(struct conf *c, const char *name, struct genlog_pos pos, const struct tz **out)
{
	struct genlog_err err = {0};
	int r = tz_load(out, &c->arena, name, &err);

	return r == 0 || r == -ENOMEM ? r : conf_error(c, pos, "%s", err.text);
}

static int input_build(struct conf *c, const struct conf_node *node, void *item)
{
	struct conf_input *in = item;
	int r = conf_apply(c, input_rows, node, "input", in);

	in->node = node;
	in->zone = c->host_zone;
	r = conf_worse(r, conf_multiline_build(c, conf_get(node, "multiline"), &in->multiline));
	if (in->zone_name)
		r = conf_worse(r, zone_load(c, in->zone_name, conf_where(node, "zone", -1), &in->zone));
	return r;
}

static int formats_build(struct conf *c, const struct conf_node *time, struct conf_parser *p)
{
	const struct genlog_strs *in = &p->time.timestamp;
	struct time_format *f = arena_array(&c->arena, in->n + 1, sizeof(*f));
	struct genlog_err err = {0};
	int r = 0;

	if (!f)
		return -ENOMEM;
	for (size_t i = 0; i < in->n; i++) {
		if (time_format_init(&f[i], in->v[i], NULL, &err) < 0)
			r = conf_worse(r, conf_error(c, conf_where(time, "timestamp", (int)i), "%s", err.text));
	}
	p->formats = f;
	p->n_formats = in->n;
	return r;
}

static int parser_build(struct conf *c, const struct conf_node *node, void *item)
{
	struct conf_parser *p = item;
	const struct conf_node *time = conf_get(node, "time");
	int r = conf_apply(c, parser_rows, node, "parser", p);

	p->node = node;
	r = conf_worse(r, conf_unknown(c, time_rows, NULL, time, "time"));
	r = conf_worse(r, formats_build(c, time, p));
	if (p->time.zone)
		r = conf_worse(r, zone_load(c, p->time.zone, conf_where(time, "zone", -1), &p->zone));
	return r;
}

static int filter_build(struct conf *c, const struct conf_node *node, void *item)
{
	struct conf_filter *f = item;

	f->node = node;
	return conf_apply(c, filter_rows, node, "filter", f);
}

static int sample_build(struct conf *c, const struct conf_node *node, void *item)
{
	static const char *const others[] = {"document", NULL};
	struct conf_sample *s = item;
	int r = conf_apply(c, sample_rows, node, "sample", s);

	r = conf_worse(r, conf_unknown(c, sample_rows, others, node, "sample"));
	s->pos = node->pos;
	s->document = conf_get(node, "document");
	if (!s->document)
		return conf_worse(r, conf_error(c, node->pos, "sample: the setting \"document\" is missing"));
	if (s->document->kind != CONF_MAP)
		return conf_worse(r, conf_error(c, s->document->pos, "\"document\" has to be a map, not %s",
					     conf_kind_name(s->document)));
	return r;
}

#define LIST(f, type) offsetof(struct conf_service, f), offsetof(struct conf_service, n_##f), sizeof(struct type)

const struct conf_section conf_sections[] = {
	{"inputs", "input", LIST(inputs, conf_input), input_build, input_rows,
		"where lines come from; `multiline: auto`, `none`, a language or `{start: REGEX}` joins them to "
		"events"},
	{"parsers", "parser", LIST(parsers, conf_parser), parser_build, parser_rows, "how lines are read"},
	{"filters", "filter", LIST(filters, conf_filter), filter_build, filter_rows,
		"what is kept, dropped or changed, in this order"},
	{"samples", "sample", LIST(samples, conf_sample), sample_build, sample_rows,
		"lines and the `document` each must become; checked by `genlogctl check`"},
	{"alerts", "alert", LIST(alerts, conf_alert), conf_alert_build, conf_alert_rows,
		"when somebody is told by a document in notifications, a command, or a webhook"},
	{0},
};

/* The pointer's type differs by section, so it is stored as bytes. */
static void store(struct conf_service *s, const struct conf_section *sec, void *items, size_t n)
{
	memcpy((char *)s + sec->at, &items, sizeof(items));
	memcpy((char *)s + sec->count_at, &n, sizeof(n));
}

static int section_build(
	struct conf *c, struct conf_service *s, const struct conf_section *sec, const struct conf_node *list)
{
	char *items, *at;
	int r = 0;

	if (list->kind != CONF_LIST)
		return conf_error(c, list->pos, "\"%s\" has to be a list, not %s", sec->name, conf_kind_name(list));
	if (list->n > ITEMS)
		return conf_error(c, list->pos, "more than %d %s in one file", ITEMS, sec->name);
	items = at = arena_array(&c->arena, list->n + 1, sec->size);
	if (!items)
		return -ENOMEM;
	for (const struct conf_node *n = list->first; n && r != -ENOMEM; n = n->next, at += sec->size) {
		if (n->kind == CONF_MAP)
			r = conf_worse(r, sec->build(c, n, at));
		else
			r = conf_worse(
				r, conf_error(c, n->pos, "%s has to be a map, not %s", sec->what, conf_kind_name(n)));
	}
	store(s, sec, items, list->n);
	return r;
}

int conf_service_build(struct conf *c, struct conf_service *s, const struct conf_node *root)
{
	int r = conf_apply(c, conf_service_rows, root, NULL, s);

	r = conf_worse(r, conf_fields_build(c, conf_get(root, "fields"), &c->agent.fields, &s->fields));
	for (const struct conf_section *sec = conf_sections; sec->name && r != -ENOMEM; sec++) {
		const struct conf_node *list = conf_get(root, sec->name);

		if (list)
			r = conf_worse(r, section_build(c, s, sec, list));
	}
	return r;
}
