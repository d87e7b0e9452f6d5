/*
 * libyaml's events to a tree.  Bounded in size, depth and number of nodes, so that no file costs more than it looks
 * like; what YAML allows and a configuration does not need (merge keys, own tags, several documents) is refused.
 */
#include <errno.h>
#include <string.h>
#include <yaml.h>

#include "base/text.h"
#include "conf/parts.h"

struct anchor {
	const char *name;
	const struct conf_node *node;
	struct anchor *next;
};

struct build {
	struct conf *c;
	const struct conf_file *file;
	yaml_parser_t parser;
	struct anchor *anchors;
	size_t nodes;
	unsigned depth;
	bool wrong; /* an error was told, and reading went on */
};

static int node_read(struct build *b, yaml_event_t *ev, struct conf_node **out);

static struct genlog_pos pos_of(const struct build *b, const yaml_mark_t *m)
{
	return (struct genlog_pos){b->file->path, (int)m->line + 1, (int)m->column + 1};
}

/* Told, and gone on: only memory ends the reading. */
static int wrong(struct build *b, int r)
{
	b->wrong = true;
	return r == -EINVAL ? 0 : r;
}

/* libyaml's reader counts bytes and knows no lines. */
static struct genlog_pos pos_of_byte(const struct build *b, size_t at)
{
	struct genlog_pos pos = {b->file->path, 1, 1};

	for (size_t i = 0; i < at && i < b->file->len; i++) {
		bool nl = b->file->text[i] == '\n';

		pos.line += nl;
		pos.col = nl ? 1 : pos.col + ((b->file->text[i] & 0xc0) != 0x80);
	}
	return pos;
}

static bool tab_at(const struct build *b, const yaml_mark_t *m)
{
	return m->index < b->file->len && b->file->text[m->index] == '\t';
}

static int syntax_error(struct build *b)
{
	const yaml_parser_t *p = &b->parser;
	const char *problem = p->problem ? p->problem : "not YAML";

	if (p->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	if (p->error == YAML_READER_ERROR)
		return conf_error(b->c, pos_of_byte(b, p->problem_offset), "%s", problem);
	if (tab_at(b, &p->problem_mark))
		return conf_error(b->c, pos_of(b, &p->problem_mark), "a tab cannot indent in YAML; use spaces");
	if (!p->context || p->context_mark.line == p->problem_mark.line)
		return conf_error(b->c, pos_of(b, &p->problem_mark), "%s", problem);
	return conf_error(b->c, pos_of(b, &p->problem_mark), "%s, %s that begins in line %zu", problem, p->context,
		p->context_mark.line + 1);
}

static int next(struct build *b, yaml_event_t *ev)
{
	memset(ev, 0, sizeof(*ev));
	return yaml_parser_parse(&b->parser, ev) ? 0 : syntax_error(b);
}

static struct conf_node *node_new(struct build *b, enum conf_kind kind, struct genlog_pos pos)
{
	struct conf_node *n = arena_alloc(&b->c->arena, sizeof(*n));

	if (!n)
		return NULL;
	n->kind = kind;
	n->pos = n->key_pos = pos;
	return n;
}

static int count(struct build *b, struct genlog_pos pos)
{
	if (++b->nodes <= CONF_MAX_NODES)
		return 0;
	return conf_error(b->c, pos, "too much: more than %d values, aliases counted each time", CONF_MAX_NODES);
}

static int anchor_add(struct build *b, const yaml_char_t *name, const struct conf_node *node)
{
	struct anchor *a = name ? arena_alloc(&b->c->arena, sizeof(*a)) : NULL;

	if (!name)
		return 0;
	if (!a)
		return -ENOMEM;
	a->name = arena_str(&b->c->arena, (const char *)name);
	a->node = node;
	a->next = b->anchors;
	b->anchors = a;
	return a->name ? 0 : -ENOMEM;
}

/* A copy of what an alias stands for; each value in it counts anew, which is what stops exponential files. */
static int copy(struct build *b, const struct conf_node *from, struct genlog_pos pos, struct conf_node **out)
{
	struct conf_node *n, **tail;
	int r = count(b, pos);

	if (r < 0)
		return r;
	n = arena_alloc(&b->c->arena, sizeof(*n));
	if (!n)
		return -ENOMEM;
	*n = *from;
	n->next = n->first = NULL;
	tail = &n->first;
	for (const struct conf_node *i = from->first; r == 0 && i; i = i->next) {
		r = copy(b, i, pos, tail);
		if (r == 0)
			tail = &(*tail)->next;
	}
	*out = n;
	return r;
}

static int alias_read(struct build *b, yaml_event_t *ev, struct conf_node **out)
{
	const char *name = (const char *)ev->data.alias.anchor;
	struct genlog_pos pos = pos_of(b, &ev->start_mark);
	const struct anchor *a = b->anchors;
	int r;

	while (a && strcmp(a->name, name) != 0)
		a = a->next;
	if (!a)
		return conf_error(b->c, pos, "no anchor \"&%s\" stands before this alias", name);
	r = copy(b, a->node, pos, out);
	if (r < 0)
		return r;
	(*out)->key = NULL;
	(*out)->key_pos = (*out)->pos;
	return 0;
}

/* Tags of YAML itself say nothing new; `!file` is ours. */
static int tag_check(struct build *b, const yaml_char_t *tag, struct genlog_pos pos, bool *file)
{
	*file = tag && strcmp((const char *)tag, "!file") == 0;
	if (!tag || *file || strncmp((const char *)tag, "tag:yaml.org,2002:", 18) == 0 ||
		strcmp((const char *)tag, "!") == 0)
		return 0;
	return wrong(b, conf_error(b->c, pos, "unknown tag \"%s\"; there is only !file", (const char *)tag));
}

static int scalar_read(struct build *b, yaml_event_t *ev, struct conf_node **out)
{
	struct genlog_pos pos = pos_of(b, &ev->start_mark);
	const char *text = (const char *)ev->data.scalar.value;
	struct conf_node *n = node_new(b, CONF_SCALAR, pos);
	bool file = false;
	int r;

	if (!n)
		return -ENOMEM;
	n->plain = ev->data.scalar.plain_implicit;
	n->text = n->written = arena_copy(&b->c->arena, text, ev->data.scalar.length);
	if (!n->text)
		return -ENOMEM;
	*out = n;
	if (memchr(text, 0, ev->data.scalar.length))
		return wrong(b, conf_error(b->c, pos, "a NUL byte cannot stand in a text"));
	r = tag_check(b, ev->data.scalar.tag, pos, &file);
	if (r == 0)
		r = conf_subst(b->c, n, file);
	if (r == -EINVAL)
		r = wrong(b, r);
	return r < 0 ? r : anchor_add(b, ev->data.scalar.anchor, n);
}

/* The value that begins with the next event; `end` is set instead when a list or map ends there. */
static int value_next(struct build *b, bool *end, struct conf_node **out)
{
	yaml_event_t ev;
	int r = next(b, &ev);

	if (r < 0)
		return r;
	*end = ev.type == YAML_SEQUENCE_END_EVENT || ev.type == YAML_MAPPING_END_EVENT;
	if (!*end)
		r = node_read(b, &ev, out);
	yaml_event_delete(&ev);
	return r;
}

static int list_fill(struct build *b, struct conf_node *list)
{
	struct conf_node **tail = &list->first;
	bool end = false;
	int r = value_next(b, &end, tail);

	for (; r == 0 && !end; r = value_next(b, &end, tail)) {
		tail = &(*tail)->next;
		list->n++;
	}
	return r;
}

static const struct conf_node *twin(const struct conf_node *map, const struct conf_node *upto, const char *key)
{
	const struct conf_node *n = map->first;

	while (n && n != upto && strcmp(n->key, key) != 0)
		n = n->next;
	return n == upto ? NULL : n;
}

static int key_check(struct build *b, const struct conf_node *map, const struct conf_node *n, const char *key)
{
	const struct conf_node *t = twin(map, n, key);

	if (map->n >= CONF_MAX_KEYS)
		return conf_error(b->c, n->key_pos, "more than %d settings in one map", CONF_MAX_KEYS);
	if (t)
		return wrong(
			b, conf_error(b->c, n->key_pos, "\"%s\" is set twice; first in line %d", key, t->key_pos.line));
	if (strcmp(key, "<<") == 0)
		return wrong(
			b, conf_error(b->c, n->key_pos, "merge keys (<<) are not supported; write the settings out"));
	return 0;
}

/* A key is a scalar as it stands: nothing is put into it. */
static int key_read(struct build *b, const yaml_event_t *ev, const char **key)
{
	struct genlog_pos pos = pos_of(b, &ev->start_mark);

	if (ev->type != YAML_SCALAR_EVENT)
		return conf_error(b->c, pos, "a key has to be a text");
	if (memchr(ev->data.scalar.value, 0, ev->data.scalar.length))
		return conf_error(b->c, pos, "a NUL byte cannot stand in a key");
	*key = arena_copy(&b->c->arena, (const char *)ev->data.scalar.value, ev->data.scalar.length);
	return *key ? 0 : -ENOMEM;
}

static int pair_read(struct build *b, struct conf_node *map, bool *end, struct conf_node **out)
{
	struct genlog_pos pos;
	const char *key = "";
	yaml_event_t ev;
	bool none = false;
	int r = next(b, &ev);

	if (r < 0)
		return r;
	pos = pos_of(b, &ev.start_mark);
	*end = ev.type == YAML_MAPPING_END_EVENT;
	if (!*end)
		r = key_read(b, &ev, &key);
	yaml_event_delete(&ev);
	if (r < 0 || *end)
		return r;
	r = value_next(b, &none, out);
	if (r == 0 && none)
		r = conf_error(b->c, pos, "a key without a value");
	if (r < 0)
		return r;
	(*out)->key = key;
	(*out)->key_pos = pos;
	return key_check(b, map, *out, key);
}

static int map_fill(struct build *b, struct conf_node *map)
{
	struct conf_node **tail = &map->first;
	bool end = false;
	int r = pair_read(b, map, &end, tail);

	for (; r == 0 && !end; r = pair_read(b, map, &end, tail)) {
		tail = &(*tail)->next;
		map->n++;
	}
	return r;
}

static int inner_read(struct build *b, yaml_event_t *ev, struct conf_node **out)
{
	bool is_map = ev->type == YAML_MAPPING_START_EVENT, file;
	const yaml_char_t *tag = is_map ? ev->data.mapping_start.tag : ev->data.sequence_start.tag;
	const yaml_char_t *anchor = is_map ? ev->data.mapping_start.anchor : ev->data.sequence_start.anchor;
	struct genlog_pos pos = pos_of(b, &ev->start_mark);
	struct conf_node *n = node_new(b, is_map ? CONF_MAP : CONF_LIST, pos);
	int r = n ? tag_check(b, tag, pos, &file) : -ENOMEM;

	if (r == 0 && file)
		r = wrong(b, conf_error(b->c, pos, "!file wants a path"));
	if (r == 0 && ++b->depth > CONF_MAX_DEPTH)
		r = conf_error(b->c, pos, "nested more than %d deep", CONF_MAX_DEPTH);
	if (r == 0)
		r = is_map ? map_fill(b, n) : list_fill(b, n);
	b->depth--;
	if (r < 0)
		return r;
	*out = n;
	return anchor_add(b, anchor, n);
}

static int node_read(struct build *b, yaml_event_t *ev, struct conf_node **out)
{
	int r = count(b, pos_of(b, &ev->start_mark));

	if (r < 0)
		return r;
	if (ev->type == YAML_SCALAR_EVENT)
		return scalar_read(b, ev, out);
	if (ev->type == YAML_ALIAS_EVENT)
		return alias_read(b, ev, out);
	return inner_read(b, ev, out);
}

static bool begins_value(const yaml_event_t *ev)
{
	return ev->type == YAML_SCALAR_EVENT || ev->type == YAML_ALIAS_EVENT || ev->type == YAML_SEQUENCE_START_EVENT ||
	       ev->type == YAML_MAPPING_START_EVENT;
}

/* stream start, document start, a value, document end, stream end */
static int stream_read(struct build *b, struct conf_node **root)
{
	unsigned documents = 0;
	bool end = false;
	int r = 0;

	while (r == 0 && !end) {
		yaml_event_t ev;

		r = next(b, &ev);
		if (r < 0)
			return r;
		end = ev.type == YAML_STREAM_END_EVENT;
		if (ev.type == YAML_DOCUMENT_START_EVENT && documents++)
			r = conf_error(b->c, pos_of(b, &ev.start_mark), "a second document in one file");
		else if (begins_value(&ev))
			r = node_read(b, &ev, root);
		yaml_event_delete(&ev);
	}
	return r;
}

int conf_yaml(struct conf *c, const struct conf_file *file, struct conf_node **root)
{
	struct build b = {.c = c, .file = file};
	int r;

	*root = NULL;
	if (!yaml_parser_initialize(&b.parser))
		return -ENOMEM;
	yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b.parser, (const unsigned char *)file->text, file->len);
	r = stream_read(&b, root);
	yaml_parser_delete(&b.parser);
	if (r == 0 && b.wrong)
		r = -EINVAL;
	return r;
}
