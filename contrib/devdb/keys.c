#include "keys.h"

#include <stdio.h>
#include <string.h>

#include "conn.h"
#include "pg.h"

enum { NAME_SIZE = 256 };

/* The engine's text ends with the index's name between quotes. */
static void index_name(const char *text, char name[NAME_SIZE])
{
	const char *first = strchr(text, '\'');
	const char *last = first ? strrchr(first + 1, '\'') : NULL;

	if (last)
		snprintf(name, NAME_SIZE, "%.*s", (int)(last - first - 1), first + 1);
	else
		snprintf(name, NAME_SIZE, "?");
}

static bool has_name(const bson_iter_t *index, const char *name)
{
	bson_iter_t it;

	return bson_iter_recurse(index, &it) && bson_iter_find(&it, "name") && BSON_ITER_HOLDS_UTF8(&it) &&
	       !strcmp(bson_iter_utf8(&it, NULL), name);
}

static bool copy_key(const bson_iter_t *index, bson_t *pattern)
{
	bson_iter_t it;
	const uint8_t *p = NULL;
	uint32_t n = 0;
	bson_t key;

	if (!bson_iter_recurse(index, &it) || !bson_iter_find(&it, "key") || !BSON_ITER_HOLDS_DOCUMENT(&it))
		return false;
	bson_iter_document(&it, &n, &p);
	return p && bson_init_static(&key, p, n) && bson_concat(pattern, &key);
}

static bool find_pattern(const bson_t *page, const char *name, bson_t *pattern)
{
	bson_iter_t it, batch, index;

	if (!bson_iter_init(&it, page) || !bson_iter_find_descendant(&it, "cursor.firstBatch", &batch) ||
		!bson_iter_recurse(&batch, &index))
		return false;
	while (bson_iter_next(&index))
		if (has_name(&index, name))
			return copy_key(&index, pattern);
	return false;
}

/* Asks the engine, but not for the index that everyone has. */
static bool get_pattern(struct call *c, const char *name, bson_t *pattern)
{
	bson_t spec = BSON_INITIALIZER, page;
	struct pg_arg args[2];
	PGresult *row;
	bool found;

	if (!strcmp(name, "_id_"))
		return BSON_APPEND_INT32(pattern, "_id", 1);
	BSON_APPEND_UTF8(&spec, "listIndexes", c->collection);
	args[0] = pg_text(c->db);
	args[1] = pg_bson(&spec);
	row = pg_run(&c->conn->pg, c, PG_LIST_INDEXES, args);
	found = row && pg_view(row, 0, &page) && find_pattern(&page, name, pattern);
	PQclear(row);
	bson_destroy(&spec);
	return found;
}

static void get_value(const bson_t *pattern, const bson_t *doc, bson_t *value)
{
	bson_iter_t key, it, at;

	if (!bson_iter_init(&key, pattern))
		return;
	while (bson_iter_next(&key)) {
		const char *name = bson_iter_key(&key);

		if (bson_iter_init(&it, doc) && bson_iter_find_descendant(&it, name, &at))
			bson_append_iter(value, name, -1, &at);
		else
			BSON_APPEND_NULL(value, name);
	}
}

static void append_text(struct call *c, bson_t *error, const char *index, const bson_t *value)
{
	char text[1024];
	char *json = bson_as_relaxed_extended_json(value, NULL);

	snprintf(text, sizeof(text), "E11000 duplicate key error collection: %s.%s index: %s dup key: %.500s", c->db,
		c->collection, index, bson_empty(value) || !json ? "(not told by the engine)" : json);
	BSON_APPEND_UTF8(
		error, "errmsg", bson_utf8_validate(text, strlen(text), false) ? text : "E11000 duplicate key");
	bson_free(json);
}

void keys_append(struct call *c, bson_t *error, const char *engine_text, const bson_t *doc)
{
	bson_t pattern = BSON_INITIALIZER, value = BSON_INITIALIZER;
	char name[NAME_SIZE];

	index_name(engine_text, name);
	if (doc && get_pattern(c, name, &pattern)) {
		get_value(&pattern, doc, &value);
		BSON_APPEND_DOCUMENT(error, "keyPattern", &pattern);
		BSON_APPEND_DOCUMENT(error, "keyValue", &value);
	}
	append_text(c, error, name, &value);
	bson_destroy(&pattern);
	bson_destroy(&value);
}
