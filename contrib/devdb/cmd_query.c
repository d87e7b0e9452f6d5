/* Commands that read, and the cursors they leave. */
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "call.h"
#include "commands.h"
#include "errors.h"
#include "gate.h"

/* Columns of a page: the document, the continuation, whether it lives in the connection, the cursor's id. */
enum { PAGE_CONTINUATION = 1, PAGE_PERSISTS = 2, PAGE_CURSOR = 3 };

static PGresult *run_spec(struct call *c, enum pg_query q)
{
	struct pg_arg args[] = {pg_text(c->db), pg_bson(c->body)};

	return pg_run(&c->conn->pg, c, q, args);
}

static int64_t page_cursor(const PGresult *row)
{
	uint64_t id = 0;

	if (PQgetlength(row, 0, PAGE_CURSOR) == sizeof(id))
		memcpy(&id, PQgetvalue(row, 0, PAGE_CURSOR), sizeof(id));
	return (int64_t)be64toh(id);
}

static void keep_cursor(struct call *c, const PGresult *row)
{
	struct cursor *k;
	bson_t continuation;

	if (PQgetisnull(row, 0, PAGE_CONTINUATION) || !pg_view(row, PAGE_CONTINUATION, &continuation))
		return;
	k = cursor_new(page_cursor(row), c->db);
	if (!k)
		return;
	cursor_set(k, &continuation);
	if (pg_field_is_true(row, PAGE_PERSISTS)) {
		k->pg = c->conn->pg;
		c->conn->pg = (struct pg){0};
	}
	cursors_put(&c->gate->cursors, k);
}

static void first_page(struct call *c, enum pg_query q)
{
	PGresult *row = run_spec(c, q);

	if (!row)
		return;
	keep_cursor(c, row);
	reply_row(&c->reply, row);
}

void cmd_find(struct call *c)
{
	first_page(c, PG_FIND);
}

void cmd_aggregate(struct call *c)
{
	first_page(c, PG_AGGREGATE);
}

void cmd_list_collections(struct call *c)
{
	first_page(c, PG_LIST_COLLECTIONS);
}

void cmd_list_indexes(struct call *c)
{
	first_page(c, PG_LIST_INDEXES);
}

static PGresult *next_page(struct call *c, struct cursor *k)
{
	struct pg_arg args[] = {pg_text(k->db), pg_bson(c->body), pg_bson(k->continuation)};

	return pg_run(k->pg.conn ? &k->pg : &c->conn->pg, c, PG_GET_MORE, args);
}

void cmd_get_more(struct call *c)
{
	bson_iter_t it;
	bson_t continuation;
	int64_t id = call_find(c, &it, "getMore") ? bson_iter_as_int64(&it) : 0;
	struct cursor *k = cursors_take(&c->gate->cursors, id);
	PGresult *row;

	if (!k) {
		call_error(c, ERR_CURSOR_NOT_FOUND, "cursor id %lld not found", (long long)id);
		return;
	}
	row = next_page(c, k);
	if (row && !PQgetisnull(row, 0, PAGE_CONTINUATION) && pg_view(row, PAGE_CONTINUATION, &continuation)) {
		cursor_set(k, &continuation);
		cursors_put(&c->gate->cursors, k);
	} else {
		cursor_free(k);
	}
	if (row)
		reply_row(&c->reply, row);
}

static void append_id(bson_t *array, uint32_t *n, int64_t id)
{
	char buf[16];
	const char *key;

	bson_uint32_to_string((*n)++, &key, buf, sizeof(buf));
	BSON_APPEND_INT64(array, key, id);
}

static void kill_each(struct call *c, bson_iter_t *at, bson_t *killed, bson_t *lost)
{
	uint32_t nkilled = 0, nlost = 0;

	while (bson_iter_next(at)) {
		int64_t id = bson_iter_as_int64(at);
		struct cursor *k = cursors_take(&c->gate->cursors, id);

		append_id(k ? killed : lost, k ? &nkilled : &nlost, id);
		cursor_free(k);
	}
}

void cmd_kill_cursors(struct call *c)
{
	bson_t killed = BSON_INITIALIZER, lost = BSON_INITIALIZER, none = BSON_INITIALIZER;
	bson_t *d = reply_begin(&c->reply);
	bson_iter_t it, at;

	if (call_find(c, &it, "cursors") && BSON_ITER_HOLDS_ARRAY(&it) && bson_iter_recurse(&it, &at))
		kill_each(c, &at, &killed, &lost);
	BSON_APPEND_ARRAY(d, "cursorsKilled", &killed);
	BSON_APPEND_ARRAY(d, "cursorsNotFound", &lost);
	BSON_APPEND_ARRAY(d, "cursorsAlive", &none);
	BSON_APPEND_ARRAY(d, "cursorsUnknown", &none);
	BSON_APPEND_DOUBLE(d, "ok", 1);
	bson_destroy(&killed);
	bson_destroy(&lost);
	bson_destroy(&none);
}

static void one_document(struct call *c, enum pg_query q)
{
	PGresult *row = run_spec(c, q);

	if (row)
		reply_row(&c->reply, row);
}

void cmd_count(struct call *c)
{
	one_document(c, PG_COUNT);
}

void cmd_distinct(struct call *c)
{
	one_document(c, PG_DISTINCT);
}

void cmd_create(struct call *c)
{
	one_document(c, PG_CREATE);
}

void cmd_validate(struct call *c)
{
	one_document(c, PG_VALIDATE);
}
