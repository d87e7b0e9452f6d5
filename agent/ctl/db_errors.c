/* What the server says of single documents. */
#include <string.h>

#include "ctl/db.h"

#define DUPLICATE_KEY 11000

bool db_is_same_id(const bson_iter_t *error)
{
	bson_iter_t it, key;
	bool dup = false, other = false;

	if (!bson_iter_recurse(error, &it))
		return false;
	while (bson_iter_next(&it)) {
		if (strcmp(bson_iter_key(&it), "code") == 0)
			dup = bson_iter_as_int64(&it) == DUPLICATE_KEY;
		else if (strcmp(bson_iter_key(&it), "keyPattern") == 0 && bson_iter_recurse(&it, &key) &&
			 bson_iter_next(&key))
			other = strcmp(bson_iter_key(&key), "_id") != 0;
	}
	return dup && !other;
}

const char *db_error_text(const bson_iter_t *error)
{
	bson_iter_t it;

	return bson_iter_recurse(error, &it) && bson_iter_find(&it, "errmsg") && BSON_ITER_HOLDS_UTF8(&it)
		       ? bson_iter_utf8(&it, NULL)
		       : "";
}

int db_aggregate(struct db *db, const char *collection, const bson_t *pipeline, const char *what,
	void (*fn)(void *arg, const bson_t *doc), void *arg)
{
	mongoc_collection_t *coll = mongoc_client_get_collection(db->client, db->uri.database, collection);
	mongoc_cursor_t *cursor = mongoc_collection_aggregate(coll, MONGOC_QUERY_NONE, pipeline, NULL, NULL);
	bson_error_t error;
	const bson_t *doc;
	int r = 0;

	while (mongoc_cursor_next(cursor, &doc))
		fn(arg, doc);
	if (mongoc_cursor_error(cursor, &error))
		r = db_failed(db, what, &error);
	mongoc_cursor_destroy(cursor);
	mongoc_collection_destroy(coll);
	return r;
}
