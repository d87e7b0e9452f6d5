/* One command on its way: who asks, what, and what the answer will be.  Lives on its thread's stack. */
#ifndef DEVDB_CALL_H
#define DEVDB_CALL_H

#include "reply.h"
#include "wire.h"

struct gate;
struct conn;

struct call {
	struct gate *gate;
	struct conn *conn;
	const struct wire_msg *msg;
	const bson_t *body;
	const char *name; /* of the command: the key of the first element */
	const char *db;
	const char *collection; /* value of the first element, "" if that is no string */
	int timeout_ms;		/* maxTimeMS; 0: none */
	struct reply reply;
};

/* Fills in the names from the body, finds the command in the table, runs it. */
void call_run(struct call *c);

/* An error reply that is counted. */
void call_error(struct call *c, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

bool call_find(const struct call *c, bson_iter_t *it, const char *key);

#endif
