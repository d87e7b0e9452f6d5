/* Commands on databases, collections, indexes and users. */
#include <string.h>

#include "call.h"
#include "commands.h"
#include "errors.h"
#include "gate.h"

static const char *const ok_only[] = {"ok", NULL};

void cmd_drop(struct call *c)
{
	struct pg_arg args[] = {pg_text(c->db), pg_text(c->collection)};
	PGresult *row = pg_run(&c->conn->pg, c, PG_DROP, args);
	bool was_there;
	bson_t *d;

	if (!row)
		return;
	was_there = pg_field_is_true(row, 0);
	PQclear(row);
	/* To drop what is not there succeeds, since MongoDB 7.0. */
	d = reply_begin(&c->reply);
	if (was_there) {
		char *ns = bson_strdup_printf("%s.%s", c->db, c->collection);

		BSON_APPEND_UTF8(d, "ns", ns);
		bson_free(ns);
	}
	BSON_APPEND_DOUBLE(d, "ok", 1);
}

void cmd_drop_database(struct call *c)
{
	struct pg_arg args[] = {pg_text(c->db)};
	PGresult *row = pg_run(&c->conn->pg, c, PG_DROP_DATABASE, args);
	bson_t *d;

	if (!row)
		return;
	PQclear(row);
	d = reply_begin(&c->reply);
	BSON_APPEND_UTF8(d, "dropped", c->db);
	BSON_APPEND_DOUBLE(d, "ok", 1);
}

/* An answer in which the engine may have put an error of its own kind, and "ok" as a boolean. */
static void reply_checked(struct call *c, const bson_t *src, const char *failed)
{
	bson_iter_t it;
	bson_t *d;

	if (bson_iter_init_find(&it, src, "ok") && bson_iter_as_bool(&it)) {
		d = reply_begin(&c->reply);
		doc_copy_without(d, src, ok_only);
		BSON_APPEND_DOUBLE(d, "ok", 1);
		return;
	}
	if (bson_iter_init_find(&it, src, "errmsg") && BSON_ITER_HOLDS_UTF8(&it))
		failed = bson_iter_utf8(&it, NULL);
	if (bson_iter_init_find(&it, src, "code"))
		call_error(c, error_from_packed((int)bson_iter_as_int64(&it)), "%s", failed);
	else
		call_error(c, ERR_INDEX_NOT_FOUND, "%s", failed);
}

/* createIndexes answers as mongos does, { raw: { shard: { … } } }: the inner one is what a mongod says. */
static bool inner_reply(const bson_t *src, bson_t *inner)
{
	bson_iter_t it, shard;
	const uint8_t *p = NULL;
	uint32_t n = 0;

	if (!bson_iter_init_find(&it, src, "raw") || !bson_iter_recurse(&it, &shard) || !bson_iter_next(&shard) ||
		!BSON_ITER_HOLDS_DOCUMENT(&shard))
		return false;
	bson_iter_document(&shard, &n, &p);
	return p && bson_init_static(inner, p, n);
}

void cmd_create_indexes(struct call *c)
{
	struct pg_arg args[] = {pg_text(c->db), pg_bson(c->body)};
	PGresult *row = pg_run(&c->conn->pg, c, PG_CREATE_INDEXES, args);
	bson_t src, inner;

	if (row && pg_view(row, 0, &src) && inner_reply(&src, &inner)) {
		reply_checked(c, &inner, "createIndexes has failed");
		PQclear(row);
	} else if (row) {
		reply_row(&c->reply, row);
	} else if (!c->reply.hang_up && reply_code(&c->reply) == ERR_DUPLICATE_KEY) {
		call_error(c, ERR_DUPLICATE_KEY, "E11000 duplicate key error collection: %s.%s, the index is not built",
			c->db, c->collection);
	}
}

void cmd_drop_indexes(struct call *c)
{
	struct pg_arg args[] = {pg_text(c->db), pg_bson(c->body)};
	PGresult *row = pg_run(&c->conn->pg, c, PG_DROP_INDEXES, args);
	bson_t src;

	if (!row)
		return;
	if (pg_view(row, 0, &src))
		reply_checked(c, &src, "dropIndexes has failed");
	PQclear(row);
}

void cmd_coll_mod(struct call *c)
{
	struct pg_arg args[] = {pg_text(c->db), pg_text(c->collection), pg_bson(c->body)};
	PGresult *row = pg_run(&c->conn->pg, c, PG_COLL_MOD, args);

	if (row)
		reply_row(&c->reply, row);
}

static double scale(const struct call *c)
{
	bson_iter_t it;

	return call_find(c, &it, "scale") ? bson_iter_as_double(&it) : 1;
}

void cmd_coll_stats(struct call *c)
{
	double by = scale(c);
	struct pg_arg args[] = {pg_text(c->db), pg_text(c->collection), pg_double(&by)};
	PGresult *row = pg_run(&c->conn->pg, c, PG_COLL_STATS, args);

	if (row)
		reply_row(&c->reply, row);
}

void cmd_db_stats(struct call *c)
{
	double by = scale(c);
	struct pg_arg args[] = {pg_text(c->db), pg_double(&by)};
	PGresult *row = pg_run(&c->conn->pg, c, PG_DB_STATS, args);

	if (row)
		reply_row(&c->reply, row);
}

/* A function that gets the command itself, but does not know what drivers add to every one. */
static void run_command(struct call *c, enum pg_query q, const char *db)
{
	static const char *const added[] = {
		"lsid", "$db", "$readPreference", "$clusterTime", "writeConcern", "apiVersion", NULL};
	bson_t spec = BSON_INITIALIZER;
	struct pg_arg arg;
	PGresult *row;

	doc_copy_without(&spec, c->body, added);
	if (db)
		BSON_APPEND_UTF8(&spec, "$db", db);
	arg = pg_bson(&spec);
	row = pg_run(&c->conn->pg, c, q, &arg);
	bson_destroy(&spec);
	if (!row)
		return;
	if (PQgetlength(row, 0, 0) >= 5) {
		reply_row(&c->reply, row);
		return;
	}
	PQclear(row);
	reply_ok(&c->reply);
}

void cmd_list_databases(struct call *c)
{
	run_command(c, PG_LIST_DATABASES, NULL);
}

void cmd_rename(struct call *c)
{
	run_command(c, PG_RENAME, NULL);
}

void cmd_shard(struct call *c)
{
	run_command(c, PG_SHARD, NULL);
}

void cmd_current_op(struct call *c)
{
	run_command(c, PG_CURRENT_OP, NULL);
}

void cmd_create_user(struct call *c)
{
	run_command(c, PG_CREATE_USER, "admin");
}

void cmd_drop_user(struct call *c)
{
	run_command(c, PG_DROP_USER, "admin");
}

void cmd_users_info(struct call *c)
{
	run_command(c, PG_USERS_INFO, "admin");
}
