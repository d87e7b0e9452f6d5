#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/archive.h"

#define IDS_BYTES (1U << 20) /* of a command */

static void append_range(bson_t *q, const char *field, int64_t from_ms, int64_t to_ms)
{
	bson_t range;

	BSON_APPEND_DOCUMENT_BEGIN(q, field, &range);
	BSON_APPEND_DATE_TIME(&range, "$gte", from_ms);
	BSON_APPEND_DATE_TIME(&range, "$lt", to_ms);
	bson_append_document_end(q, &range);
}

static mongoc_cursor_t *find(const struct archive *a, int64_t from_ms, int64_t to_ms, int64_t limit)
{
	bson_t q = BSON_INITIALIZER, opts = BSON_INITIALIZER, sort;
	mongoc_cursor_t *cursor;

	append_range(&q, a->time, from_ms, to_ms);
	BSON_APPEND_DOCUMENT_BEGIN(&opts, "sort", &sort);
	BSON_APPEND_INT32(&sort, a->time, 1);
	bson_append_document_end(&opts, &sort);
	if (limit)
		BSON_APPEND_INT64(&opts, "limit", limit);
	cursor = mongoc_collection_find_with_opts(a->coll, &q, &opts, NULL);
	bson_destroy(&opts);
	bson_destroy(&q);
	return cursor;
}

int archive_next_day(struct archive *a, int64_t from_ms, int64_t *day_ms)
{
	mongoc_cursor_t *cursor = find(a, from_ms, a->limit_ms, 1);
	const bson_t *doc;
	bson_error_t error;
	bson_iter_t it, at;
	int r = 0;

	if (mongoc_cursor_next(cursor, &doc)) {
		r = -EINVAL;
		if (bson_iter_init(&it, doc) && bson_iter_find_descendant(&it, a->time, &at) &&
			BSON_ITER_HOLDS_DATE_TIME(&at)) {
			int64_t ms = bson_iter_date_time(&at);

			*day_ms = ms - ((ms % COLD_DAY_MS) + COLD_DAY_MS) % COLD_DAY_MS;
			r = 1;
		} else {
			ctl_error("%s: a document has more than one time in \"%s\"; it belongs to no day", a->name,
				a->time);
		}
	} else if (mongoc_cursor_error(cursor, &error)) {
		r = db_failed(&a->db, a->name, &error);
	}
	mongoc_cursor_destroy(cursor);
	return r;
}

mongoc_cursor_t *archive_day(const struct archive *a, int64_t day_ms)
{
	return find(a, day_ms, day_ms + COLD_DAY_MS, 0);
}

/* For the bar alone; 0: not known. */
uint64_t archive_count(struct archive *a)
{
	bson_t q = BSON_INITIALIZER;
	bson_error_t error;
	int64_t n;

	append_range(&q, a->time, INT64_MIN / 2, a->limit_ms);
	n = mongoc_collection_count_documents(a->coll, &q, NULL, NULL, NULL, &error);
	bson_destroy(&q);
	return n > 0 ? (uint64_t)n : 0;
}

int archive_delete(struct archive *a, const bson_t *ids)
{
	bson_t q = BSON_INITIALIZER, in, reply;
	bson_error_t error;
	bson_iter_t it;
	int r = 0;

	BSON_APPEND_DOCUMENT_BEGIN(&q, "_id", &in);
	BSON_APPEND_ARRAY(&in, "$in", ids);
	bson_append_document_end(&q, &in);
	if (!mongoc_collection_delete_many(a->coll, &q, NULL, &reply, &error))
		r = db_failed(&a->db, "what is archived cannot be deleted; the next run will", &error);
	else if (bson_iter_init_find(&it, &reply, "deletedCount"))
		a->deleted += bson_iter_as_int64(&it);
	bson_destroy(&reply);
	bson_destroy(&q);
	return r;
}

int archive_ids_add(struct archive_ids *ids, const bson_t *doc, int64_t batch)
{
	bson_t *last = ids->n ? ids->groups[ids->n - 1] : NULL;
	bson_iter_t it;
	char key[24];

	if (!bson_iter_init_find(&it, doc, "_id"))
		return -EBADMSG;
	if (!last || ids->in_last >= batch || last->len > IDS_BYTES) {
		if (ids->n == ids->room) {
			size_t room = ids->room ? ids->room * 2 : 64;
			bson_t **more = realloc(ids->groups, room * sizeof(*more));

			if (!more)
				return -ENOMEM;
			ids->groups = more;
			ids->room = room;
		}
		last = ids->groups[ids->n++] = bson_new();
		ids->in_last = 0;
	}
	snprintf(key, sizeof(key), "%u", ids->in_last++);
	bson_append_iter(last, key, -1, &it);
	return 0;
}

void archive_ids_fini(struct archive_ids *ids)
{
	for (size_t i = 0; i < ids->n; i++)
		bson_destroy(ids->groups[i]);
	free(ids->groups);
	*ids = (struct archive_ids){0};
}
