/*
 * The engine, by its SQL functions.  A struct pg is one connection, opened when it is first needed and
 * owned by one client connection or one cursor; documents go to the engine and come from it as binary BSON.
 */
#ifndef DEVDB_PG_H
#define DEVDB_PG_H

#include <bson/bson.h>
#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct call;

enum pg_query {
	PG_INSERT,
	PG_UPDATE,
	PG_DELETE,
	PG_FIND_AND_MODIFY,
	PG_FIND,
	PG_AGGREGATE,
	PG_LIST_COLLECTIONS,
	PG_LIST_INDEXES,
	PG_GET_MORE,
	PG_COUNT,
	PG_DISTINCT,
	PG_CREATE,
	PG_DROP,
	PG_DROP_DATABASE,
	PG_CREATE_INDEXES,
	PG_DROP_INDEXES,
	PG_COLL_MOD,
	PG_COLL_STATS,
	PG_DB_STATS,
	PG_VALIDATE,
	PG_LIST_DATABASES,
	PG_RENAME,
	PG_SHARD,
	PG_CURRENT_OP,
	PG_CREATE_USER,
	PG_DROP_USER,
	PG_USERS_INFO,
	PG_SCRAM_SALT,
	PG_SCRAM_PROOF,
	PG_QUERIES
};

struct pg {
	PGconn *conn;
	uint64_t prepared; /* a bit for each query */
};

/* An argument; p NULL is SQL's NULL. */
struct pg_arg {
	const void *p;
	size_t n;
};

struct pg_arg pg_text(const char *s);
struct pg_arg pg_bson(const bson_t *b);
struct pg_arg pg_double(const double *d);

/*
 * Runs a query with the arguments it has, as the user who has logged in.  NULL: the call's reply tells why,
 * or that the client must be dropped since the engine is gone.  The caller clears what it gets.
 */
PGresult *pg_run(struct pg *pg, struct call *c, enum pg_query q, const struct pg_arg *args);
void pg_close(struct pg *pg);

bool pg_field_is_true(const PGresult *row, int column);
bool pg_view(const PGresult *row, int column, bson_t *view); /* false: not a document */

struct engine {
	const char *conninfo;
	atomic_llong seen; /* the second in which it last was up */
};

/* Asks once a second at most: hello must not promise what is not there. */
bool engine_is_up(struct engine *e);
/* Deletes now what has outlived its TTL index. */
bool engine_expire(const struct engine *e, char *why, size_t size);

#endif
