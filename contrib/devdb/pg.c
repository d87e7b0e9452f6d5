#include "pg.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "call.h"
#include "errors.h"
#include "gate.h"
#include "queries.h"

enum { OID_BYTEA = 17, OID_TEXT = 25, OID_FLOAT8 = 701, MAX_ARGS = 3 };

struct params {
	int n;
	Oid type[MAX_ARGS];
	const char *value[MAX_ARGS];
	int size[MAX_ARGS];
	int binary[MAX_ARGS];
	uint64_t number[MAX_ARGS]; /* float8s in network order */
};

struct pg_arg pg_text(const char *s)
{
	return (struct pg_arg){s, strlen(s)};
}

struct pg_arg pg_bson(const bson_t *b)
{
	return (struct pg_arg){bson_get_data(b), b->len};
}

struct pg_arg pg_double(const double *d)
{
	return (struct pg_arg){d, sizeof(*d)};
}

static PGconn *connect_to(const char *conninfo)
{
	static const char *const keys[] = {"dbname", "options", "fallback_application_name", NULL};
	const char *values[] = {conninfo,
		"-c client_min_messages=error"
		" -c search_path=documentdb_api_catalog,documentdb_api,public",
		"wiregw", NULL};
	PGconn *conn = PQconnectdbParams(keys, values, 1);

	if (PQstatus(conn) == CONNECTION_OK)
		return conn;
	fprintf(stderr, "wiregw: %s", PQerrorMessage(conn));
	PQfinish(conn);
	return NULL;
}

/* The engine's own roles decide what a user may do. */
static void become(PGconn *conn, const char *user)
{
	char sql[512];
	char *quoted = PQescapeIdentifier(conn, user, strlen(user));

	snprintf(sql, sizeof(sql), "SET ROLE %s", quoted ? quoted : "none");
	PQfreemem(quoted);
	PQclear(PQexec(conn, sql));
}

static bool ensure_open(struct pg *pg, const struct call *c)
{
	if (pg->conn)
		return true;
	pg->conn = connect_to(c->gate->engine.conninfo);
	pg->prepared = 0;
	if (pg->conn && c->conn->scram.done)
		become(pg->conn, c->conn->scram.user);
	return pg->conn != NULL;
}

static void put_param(struct params *p, char type, const struct pg_arg *a)
{
	int i = p->n++;

	p->type[i] = type == 't' ? OID_TEXT : type == 'b' ? OID_BYTEA : OID_FLOAT8;
	p->value[i] = a->p;
	p->size[i] = (int)a->n;
	p->binary[i] = 1;
	if (type == 'f') {
		memcpy(&p->number[i], a->p, sizeof(p->number[i]));
		p->number[i] = htobe64(p->number[i]);
		p->value[i] = (const char *)&p->number[i];
	}
}

static void set_timeout(PGconn *conn, int ms)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "SET statement_timeout = %d", ms);
	PQclear(PQexec(conn, sql));
}

/* NULL: it is prepared.  Otherwise the failure, as a result. */
static PGresult *prepare(struct pg *pg, enum pg_query q, const char *name, const struct params *p)
{
	PGresult *res;

	if (pg->prepared >> q & 1)
		return NULL;
	res = PQprepare(pg->conn, name, queries[q].sql, p->n, p->type);
	if (PQresultStatus(res) != PGRES_COMMAND_OK)
		return res;
	PQclear(res);
	pg->prepared |= UINT64_C(1) << q;
	return NULL;
}

static PGresult *execute(struct pg *pg, const struct call *c, enum pg_query q, const struct params *p)
{
	char name[16];
	PGresult *res;

	snprintf(name, sizeof(name), "q%d", (int)q);
	if (c->timeout_ms)
		set_timeout(pg->conn, c->timeout_ms);
	res = prepare(pg, q, name, p);
	if (!res)
		res = PQexecPrepared(pg->conn, name, p->n, p->value, p->size, p->binary, 1);
	if (c->timeout_ms)
		set_timeout(pg->conn, 0);
	return res;
}

static void tell_error(struct call *c, const PGresult *res)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	int code = error_from_sqlstate(state);

	if (code == ERR_UNKNOWN && text && strstr(text, "index not found"))
		code = ERR_INDEX_NOT_FOUND;
	if (code == ERR_UNKNOWN)
		call_error(c, code, "[SQLSTATE %s] %s", state ? state : "none", text ? text : "no row");
	else
		call_error(c, code, "%s", text ? text : "");
}

PGresult *pg_run(struct pg *pg, struct call *c, enum pg_query q, const struct pg_arg *args)
{
	struct params p = {0};
	PGresult *res;

	if (!ensure_open(pg, c)) {
		c->reply.hang_up = true;
		return NULL;
	}
	for (const char *t = queries[q].types; *t; t++)
		put_param(&p, *t, &args[p.n]);
	res = execute(pg, c, q, &p);
	if (PQresultStatus(res) == PGRES_TUPLES_OK && PQntuples(res) > 0)
		return res;
	if (PQstatus(pg->conn) == CONNECTION_OK) {
		tell_error(c, res);
	} else {
		/* As with a mongod that has died: the client's connection goes too. */
		fprintf(stderr, "wiregw: lost the engine: %s", PQerrorMessage(pg->conn));
		pg_close(pg);
		c->reply.hang_up = true;
	}
	PQclear(res);
	return NULL;
}

void pg_close(struct pg *pg)
{
	PQfinish(pg->conn);
	pg->conn = NULL;
	pg->prepared = 0;
}

bool pg_field_is_true(const PGresult *row, int column)
{
	return PQgetlength(row, 0, column) == 1 && *PQgetvalue(row, 0, column);
}

bool pg_view(const PGresult *row, int column, bson_t *view)
{
	int n = PQgetlength(row, 0, column);

	return n >= 5 && bson_init_static(view, (const uint8_t *)PQgetvalue(row, 0, column), (size_t)n);
}

bool engine_is_up(struct engine *e)
{
	static const char *const keys[] = {"dbname", NULL};
	const char *values[] = {e->conninfo, NULL};
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (atomic_load(&e->seen) == now.tv_sec)
		return true;
	if (PQpingParams(keys, values, 1) != PQPING_OK)
		return false;
	atomic_store(&e->seen, now.tv_sec);
	return true;
}

bool engine_expire(const struct engine *e, char *why, size_t size)
{
	PGconn *conn = connect_to(e->conninfo);
	PGresult *res = conn ? PQexec(conn, "CALL documentdb_api_internal.delete_expired_rows()") : NULL;
	bool ok = PQresultStatus(res) == PGRES_COMMAND_OK;

	if (!ok)
		snprintf(why, size, "%s", conn ? PQerrorMessage(conn) : "the engine is down");
	PQclear(res);
	PQfinish(conn);
	return ok;
}
