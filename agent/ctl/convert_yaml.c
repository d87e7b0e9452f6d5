/*
 * YAML of others to sections: maps become keys with dots, lists become keys that come several times, and the items of
 * the lists that a format names become sections.  Aliases are followed within bounds; nothing is put in from outside.
 */
#include <string.h>
#include <yaml.h>

#include "ctl/convert.h"

#define DEPTH 32
#define NODES 20000

struct walk {
	struct convert *c;
	yaml_document_t doc;
	const struct conv_list *lists;
	size_t nodes;
};

static void walk(struct walk *w, int id, const char *path, struct conv_section *s, int depth);

static const char *list_name(const struct walk *w, const char *path)
{
	const struct conv_list *l = w->lists;

	while (l->path && strcmp(l->path, path) != 0)
		l++;
	return l->name;
}

static void map(struct walk *w, const yaml_node_t *n, const char *path, struct conv_section *s, int depth)
{
	if (n->data.mapping.pairs.start == n->data.mapping.pairs.top && *path)
		conv_pair(w->c, s, path, "", (int)n->start_mark.line + 1);
	for (const yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
		const yaml_node_t *key = yaml_document_get_node(&w->doc, p->key);
		const char *name;

		if (!key || key->type != YAML_SCALAR_NODE)
			continue;
		name = conv_copy(
			w->c, (const char *)key->data.scalar.value, strlen((const char *)key->data.scalar.value));
		walk(w, p->value, *path ? conv_fmt(w->c, "%s.%s", path, name) : name, s, depth);
	}
}

static void list(struct walk *w, const yaml_node_t *n, const char *path, struct conv_section *s, int depth)
{
	const char *name = list_name(w, path);

	for (const yaml_node_item_t *i = n->data.sequence.items.start; i < n->data.sequence.items.top; i++) {
		const yaml_node_t *item = yaml_document_get_node(&w->doc, *i);
		struct conv_section *own;

		if (!name || !item || item->type != YAML_MAPPING_NODE) {
			walk(w, *i, path, s, depth);
			continue;
		}
		own = conv_section(w->c, name, (int)item->start_mark.line + 1);
		if (own)
			own->parent = s && *s->name ? s : NULL;
		walk(w, *i, "", own, depth);
	}
}

static void scalar(struct convert *c, struct conv_section *s, const char *path, const char *value, int line)
{
	if (c->env != CONV_ENV_NONE && strstr(value, "${"))
		conv_note(c, line,
			"%s: ${…} is taken from genlogd's environment; a variable that is not set there sets the "
			"drop-in aside",
			path);
	conv_pair(c, s, path, conv_copy(c, value, strlen(value)), line);
}

static void walk(struct walk *w, int id, const char *path, struct conv_section *s, int depth)
{
	const yaml_node_t *n = yaml_document_get_node(&w->doc, id);
	int line = n ? (int)n->start_mark.line + 1 : 0;

	if (!n || w->c->refused)
		return;
	if (++w->nodes > NODES || depth > DEPTH) {
		conv_refuse(w->c, line, "%s; nothing is translated",
			depth > DEPTH ? "nested more than 32 deep"
				      : "more than 20000 values, aliases counted each time");
		return;
	}
	if (n->type == YAML_SCALAR_NODE)
		scalar(w->c, s, path, (const char *)n->data.scalar.value, line);
	else if (n->type == YAML_MAPPING_NODE)
		map(w, n, path, s, depth + 1);
	else if (n->type == YAML_SEQUENCE_NODE)
		list(w, n, path, s, depth + 1);
}

/* The loader keeps a stack of its own, and what is too deep for it or us is told before it costs anything. */
static void too_deep(struct convert *c)
{
	yaml_parser_t parser;
	yaml_event_t ev;
	bool more = true;
	int depth = 0;

	if (!yaml_parser_initialize(&parser))
		return;
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)c->text, c->len);
	while (more && !c->refused && yaml_parser_parse(&parser, &ev)) {
		bool in = ev.type == YAML_MAPPING_START_EVENT || ev.type == YAML_SEQUENCE_START_EVENT;

		more = ev.type != YAML_STREAM_END_EVENT;
		depth += in - (ev.type == YAML_MAPPING_END_EVENT || ev.type == YAML_SEQUENCE_END_EVENT);
		if (depth > DEPTH)
			conv_refuse(c, (int)ev.start_mark.line + 1, "nested more than 32 deep; nothing is translated");
		yaml_event_delete(&ev);
	}
	yaml_parser_delete(&parser);
}

static void load(struct walk *w, yaml_parser_t *parser)
{
	const yaml_node_t *root;

	if (!yaml_parser_load(parser, &w->doc)) {
		conv_refuse(w->c, (int)parser->problem_mark.line + 1, "not YAML: %s; nothing is translated",
			parser->problem ? parser->problem : "it ends too early");
		return;
	}
	root = yaml_document_get_root_node(&w->doc);
	if (root && root->type == YAML_MAPPING_NODE)
		walk(w, 1, "", conv_section(w->c, "", (int)root->start_mark.line + 1), 0);
	else
		conv_refuse(w->c, 1, "no map of settings; nothing is translated");
	yaml_document_delete(&w->doc);
}

void conv_read_yaml(struct convert *c, const struct conv_list *lists)
{
	struct walk w = {.c = c, .lists = lists};
	yaml_parser_t parser;

	too_deep(c);
	if (c->refused)
		return;
	if (!yaml_parser_initialize(&parser)) {
		c->arena.short_of = true;
		return;
	}
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)c->text, c->len);
	load(&w, &parser);
	yaml_parser_delete(&parser);
}
