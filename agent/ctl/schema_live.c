#include <errno.h>
#include <string.h>

#include "ctl/schema.h"

enum { NAMESPACE_NOT_FOUND = 26 };

void schema_live_init(struct schema_live *l)
{
	l->there = l->is_view = false;
	bson_init(&l->options);
	bson_init(&l->indexes);
	bson_init(&l->shard);
}

void schema_live_fini(struct schema_live *l)
{
	bson_destroy(&l->options);
	bson_destroy(&l->indexes);
	bson_destroy(&l->shard);
}

static void take_document(const bson_t *from, const char *key, bson_t *to)
{
	bson_iter_t it;
	const uint8_t *p = NULL;
	uint32_t n = 0;
	bson_t view;

	if (!bson_iter_init_find(&it, from, key) || !BSON_ITER_HOLDS_DOCUMENT(&it))
		return;
	bson_iter_document(&it, &n, &p);
	if (!bson_init_static(&view, p, n))
		return;
	bson_destroy(to);
	bson_copy_to(&view, to);
}

static int read_collection(struct db *db, const char *name, struct schema_live *l)
{
	mongoc_database_t *d = mongoc_client_get_database(db->client, db->uri.database);
	bson_t *opts = BCON_NEW("filter", "{", "name", BCON_UTF8(name), "}");
	mongoc_cursor_t *cursor = mongoc_database_find_collections_with_opts(d, opts);
	const bson_t *doc;
	bson_error_t error;
	bson_iter_t it;
	int r = 0;

	while (mongoc_cursor_next(cursor, &doc)) {
		l->there = true;
		l->is_view = bson_iter_init_find(&it, doc, "type") && BSON_ITER_HOLDS_UTF8(&it) &&
			     strcmp(bson_iter_utf8(&it, NULL), "collection") != 0;
		take_document(doc, "options", &l->options);
	}
	if (mongoc_cursor_error(cursor, &error))
		r = db_failed(db, "collections cannot be listed", &error);
	mongoc_cursor_destroy(cursor);
	bson_destroy(opts);
	mongoc_database_destroy(d);
	return r;
}

static int read_indexes(struct db *db, const char *name, struct schema_live *l)
{
	mongoc_collection_t *c = mongoc_client_get_collection(db->client, db->uri.database, name);
	mongoc_cursor_t *cursor = mongoc_collection_find_indexes_with_opts(c, NULL);
	const bson_t *doc;
	bson_error_t error;
	char what[160];
	unsigned n = 0;
	int r = 0;

	while (mongoc_cursor_next(cursor, &doc)) {
		char key[24];

		snprintf(key, sizeof(key), "%u", n++);
		BSON_APPEND_DOCUMENT(&l->indexes, key, doc);
	}
	snprintf(what, sizeof(what), "indexes of %.100s cannot be listed", name);
	if (mongoc_cursor_error(cursor, &error) && error.code != NAMESPACE_NOT_FOUND)
		r = db_failed(db, what, &error);
	mongoc_cursor_destroy(cursor);
	mongoc_collection_destroy(c);
	return r;
}

/* What a cluster's catalogue has of it. */
static int read_shard(struct db *db, const char *name, struct schema_live *l)
{
	mongoc_collection_t *c = mongoc_client_get_collection(db->client, "config", "collections");
	char full[512];
	bson_t *filter;
	mongoc_cursor_t *cursor;
	const bson_t *doc;
	bson_error_t error;
	int r = 0;

	snprintf(full, sizeof(full), "%s.%s", db->uri.database, name);
	filter = BCON_NEW("_id", BCON_UTF8(full));
	cursor = mongoc_collection_find_with_opts(c, filter, NULL, NULL);
	while (mongoc_cursor_next(cursor, &doc))
		take_document(doc, "key", &l->shard);
	if (mongoc_cursor_error(cursor, &error))
		r = db_failed(db, "the cluster's catalogue cannot be read", &error);
	mongoc_cursor_destroy(cursor);
	bson_destroy(filter);
	mongoc_collection_destroy(c);
	return r;
}

int schema_live_read(struct db *db, const char *collection, bool mongos, struct schema_live *l)
{
	int r = read_collection(db, collection, l);

	if (r == 0 && l->there && !l->is_view)
		r = read_indexes(db, collection, l);
	if (r == 0 && l->there && mongos)
		r = read_shard(db, collection, l);
	return r;
}
