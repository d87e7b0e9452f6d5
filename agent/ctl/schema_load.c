#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/place.h"
#include "conf/parts.h"
#include "ctl/schema.h"

#define OWN "/etc/genlog/schema"

const char *const schema_actions[] = {[SCHEMA_ERROR] = "error", [SCHEMA_WARN] = "warn", NULL};

static const struct genlog_opt coll_rows[] = {
	GENLOG_STR(struct schema_coll, name, .required = true, .help = "of the collection"),
	GENLOG_STR(struct schema_coll, summary, .def = "", .help = "a line about it"),
	GENLOG_BOOL(struct schema_coll, agent, .def = "no", .help = "the agent inserts into it"),
	GENLOG_BOOL(struct schema_coll, archive, .def = "no", .help = "`genlogctl archive` takes it by itself"),
	GENLOG_STR(struct schema_coll, time, .def = SCHEMA_TIME, .help = "the field that says when"),
	GENLOG_LIST(struct schema_coll, required, .help = "fields that no document may lack"),
	GENLOG_CHOICE(struct schema_coll, action, .def = "error", .choices = schema_actions,
		.help = "what becomes of a document that is not valid"),
	{0},
};
static const char *const coll_others[] = {"fields", "indexes", "shard", NULL};

static const struct genlog_opt index_rows[] = {
	GENLOG_STR(struct schema_index, name, .help = "default as MongoDB's: createdAt_1"),
	GENLOG_TIME(struct schema_index, ttl, .help = "documents go so long after the time in the field"),
	GENLOG_BOOL(struct schema_index, unique, .def = "no", .help = "no value twice"),
	GENLOG_BOOL(struct schema_index, sparse, .def = "no", .help = "without the documents that lack it"),
	{0},
};
static const char *const index_others[] = {"key", NULL};

/* {a: 1, b: -1, c: text, d: hashed} */
static int key_read(struct conf *c, const struct conf_node *map, const struct conf_node *key, bson_t *out)
{
	if (!key || key->kind != CONF_MAP || !key->first)
		return conf_error(
			c, key ? key->pos : map->pos, "a key is a map of fields, like {module: 1, timestamp: -1}");
	for (const struct conf_node *n = key->first; n; n = n->next) {
		const char *t = n->kind == CONF_SCALAR ? n->text : "";

		if (strcmp(t, "1") == 0 || strcmp(t, "-1") == 0)
			BSON_APPEND_INT32(out, n->key, *t == '-' ? -1 : 1);
		else if (strcmp(t, "text") == 0 || strcmp(t, "hashed") == 0 || strcmp(t, "2dsphere") == 0)
			BSON_APPEND_UTF8(out, n->key, t);
		else
			return conf_error(c, n->pos, "\"%.80s\" has to be 1, -1, text, hashed or 2dsphere", n->key);
	}
	return 0;
}

/* MongoDB's own way to name one. */
static const char *default_name(struct arena *a, const bson_t *key)
{
	const char *name = "";
	bson_iter_t it;

	for (bool ok = bson_iter_init(&it, key); ok && name && bson_iter_next(&it);) {
		const char *glue = *name ? "_" : "";

		if (BSON_ITER_HOLDS_UTF8(&it))
			name = arena_printf(a, "%s%s%s_%s", name, glue, bson_iter_key(&it), bson_iter_utf8(&it, NULL));
		else
			name = arena_printf(a, "%s%s%s_%d", name, glue, bson_iter_key(&it), bson_iter_int32(&it));
	}
	return name;
}

static int ttl_check(struct conf *c, const struct conf_node *map, const struct schema_index *x)
{
	struct genlog_pos at = conf_where(map, "ttl", -1);

	if (x->ttl < 0)
		return 0;
	if (bson_count_keys(x->key) != 1)
		return conf_error(c, at, "only an index on one field can have a `ttl`");
	if (x->ttl % 1000 || x->ttl / 1000 > INT32_MAX)
		return conf_error(c, at, "a `ttl` is a number of whole seconds, at most 68 years");
	return 0;
}

/* One of a kind: by name, and by key, where a plain and a TTL index cannot stand side by side. */
static int twins_check(struct conf *c, const struct schema_coll *coll, const struct schema_index *x)
{
	for (const struct schema_index *o = coll->indexes; o < x; o++) {
		if (bson_equal(o->key, x->key))
			return conf_error(c, x->pos,
				"this key has an index already, \"%s\" in line %d; MongoDB takes one of them%s",
				o->name, o->pos.line,
				(o->ttl >= 0) != (x->ttl >= 0) ? ": the one with the `ttl` serves queries too" : "");
		if (strcmp(o->name, x->name) == 0)
			return conf_error(c, x->pos, "there are two indexes \"%s\"; the first is in line %d", x->name,
				o->pos.line);
	}
	return 0;
}

static int index_read(
	struct conf *c, const struct schema_coll *coll, const struct conf_node *map, struct schema_index *x)
{
	int r;

	x->key = bson_new();
	x->ttl = -1;
	x->pos = map->pos;
	x->name = "";
	if (map->kind != CONF_MAP)
		return conf_error(c, map->pos, "an index is a map, not %s", conf_kind_name(map));
	r = conf_unknown(c, index_rows, index_others, map, "an index");
	r = conf_worse(r, conf_apply(c, index_rows, map, "an index", x));
	r = conf_worse(r, key_read(c, map, conf_get(map, "key"), x->key));
	if (!x->name || !*x->name)
		x->name = default_name(&c->arena, x->key);
	if (!x->name)
		return -ENOMEM;
	if (r == 0)
		r = ttl_check(c, map, x);
	return r == 0 ? twins_check(c, coll, x) : r;
}

static int indexes_read(struct conf *c, struct schema_coll *coll, const struct conf_node *list)
{
	int r = 0;

	if (!list)
		return 0;
	if (list->kind != CONF_LIST)
		return conf_error(c, list->pos, "\"indexes\" has to be a list, not %s", conf_kind_name(list));
	coll->indexes = arena_array(&c->arena, list->n + 1, sizeof(*coll->indexes));
	if (!coll->indexes)
		return -ENOMEM;
	for (const struct conf_node *n = list->first; n && r != -ENOMEM; n = n->next)
		r = conf_worse(r, index_read(c, coll, n, &coll->indexes[coll->n_indexes++]));
	return r;
}

static int coll_read(struct conf *c, const struct conf_node *map, struct schema_coll *coll)
{
	bson_t body;
	int r;

	coll->pos = map->pos;
	r = conf_unknown(c, coll_rows, coll_others, map, "a collection");
	r = conf_worse(r, conf_apply(c, coll_rows, map, "a collection", coll));
	if (coll->name && (!*coll->name || strchr(coll->name, '$') || strchr(coll->name, '/')))
		r = conf_worse(r, conf_error(c, conf_where(map, "name", -1), "this is not a collection's name"));
	BSON_APPEND_DOCUMENT_BEGIN(coll->validator, "$jsonSchema", &body);
	r = conf_worse(r, schema_fields(c, conf_get(map, "fields"), &coll->required, &body));
	bson_append_document_end(coll->validator, &body);
	r = conf_worse(r, indexes_read(c, coll, conf_get(map, "indexes")));
	if (conf_get(map, "shard"))
		r = conf_worse(r, key_read(c, map, conf_get(map, "shard"), coll->shard));
	return r;
}

static void coll_fini(struct schema_coll *coll)
{
	for (size_t k = 0; k < coll->n_indexes; k++)
		if (coll->indexes[k].key)
			bson_destroy(coll->indexes[k].key);
	bson_destroy(coll->validator);
	bson_destroy(coll->shard);
}

/* -EINVAL where the same folder has it already; what another folder had is replaced. */
static int place(struct schema *s, struct schema_coll *coll, size_t from)
{
	for (size_t i = 0; coll->name && i < s->n; i++) {
		if (!s->colls[i]->name || strcmp(s->colls[i]->name, coll->name) != 0)
			continue;
		if (i < from) {
			coll_fini(s->colls[i]);
			s->colls[i] = coll;
			return 0;
		}
		s->colls[s->n++] = coll;
		return conf_error(&s->conf, coll->pos, "\"%s\" is defined already, in %s:%d", coll->name,
			s->colls[i]->pos.file, s->colls[i]->pos.line);
	}
	s->colls[s->n++] = coll;
	return 0;
}

static int list_read(struct schema *s, const struct conf_node *list, size_t from)
{
	struct schema_coll **more = arena_array(&s->conf.arena, s->n + list->n + 1, sizeof(struct schema_coll *));
	int r = 0;

	if (!more)
		return -ENOMEM;
	if (s->n)
		memcpy(more, s->colls, s->n * sizeof(struct schema_coll *));
	s->colls = more;
	for (const struct conf_node *n = list->first; n && r != -ENOMEM; n = n->next) {
		struct schema_coll *coll = arena_alloc(&s->conf.arena, sizeof(*coll));

		if (!coll)
			return -ENOMEM;
		coll->validator = bson_new();
		coll->shard = bson_new();
		r = conf_worse(r, coll_read(&s->conf, n, coll));
		r = conf_worse(r, place(s, coll, from));
	}
	return r;
}

static int file_read(struct schema *s, const char *path, size_t from)
{
	static const struct genlog_opt none[] = {{0}};
	static const char *const others[] = {"collections", NULL};
	struct conf_file *f = conf_file_add(&s->conf, path);
	struct conf_node *root = NULL;
	const struct conf_node *list;
	int r = f ? conf_file_read(&s->conf, f) : -ENOMEM;

	if (r == 0)
		r = conf_yaml(&s->conf, f, &root);
	if (!root)
		return r;
	if (root->kind != CONF_MAP)
		return conf_error(&s->conf, root->pos, "definitions are a map with `collections:`");
	r = conf_worse(r, conf_unknown(&s->conf, none, others, root, "a file of definitions"));
	list = conf_get(root, "collections");
	if (list && list->kind != CONF_LIST)
		return conf_error(&s->conf, list->pos, "\"collections\" has to be a list of maps");
	return list ? conf_worse(r, list_read(s, list, from)) : r;
}

static int is_yaml(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return e->d_name[0] != '.' && n > 5 && strcmp(e->d_name + n - 5, ".yaml") == 0;
}

static int dir_read(struct schema *s, const char *dir)
{
	struct dirent **names = NULL;
	size_t from = s->n;
	int n = scandir(dir, &names, is_yaml, alphasort), r = 0;

	if (n < 0)
		return conf_error(&s->conf, (struct genlog_pos){arena_str(&s->conf.arena, dir), 0, 0},
			"definitions cannot be read: %s", strerror(errno));
	for (int i = 0; i < n; i++) {
		char *path = arena_printf(&s->conf.arena, "%s/%s", dir, names[i]->d_name);

		if (r != -ENOMEM)
			r = conf_worse(r, path ? file_read(s, path, from) : -ENOMEM);
		free(names[i]);
	}
	free(names);
	return r;
}

int schema_load(struct schema *s, const char *dir)
{
	int r;

	if (dir) {
		r = dir_read(s, dir);
	} else {
		r = dir_read(s, place_schema());
		if (access(OWN, F_OK) == 0)
			r = conf_worse(r, dir_read(s, OWN));
	}
	if (r == -ENOMEM)
		ctl_error("no memory for the definitions");
	conf_errors_print(&s->conf, stderr);
	return r;
}

void schema_fini(struct schema *s)
{
	for (size_t i = 0; i < s->n; i++)
		coll_fini(s->colls[i]);
	conf_fini(&s->conf);
	*s = (struct schema){0};
}

const struct schema_coll *schema_find(const struct schema *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->colls[i]->name && strcmp(s->colls[i]->name, name) == 0)
			return s->colls[i];
	return NULL;
}
