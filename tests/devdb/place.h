/*
 * Where a test works: a client of one of the gateways that run.sh has started, a collection of its own, and
 * the gateway's control socket.  run.sh says in the environment where they are: NAME_PORT and NAME_CTL.
 */
#ifndef TESTS_DEVDB_PLACE_H
#define TESTS_DEVDB_PLACE_H

/* cmocka.h wants these four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <mongoc/mongoc.h>

struct place {
	const char *ctl;
	int port;
	mongoc_client_t *client;
	mongoc_collection_t *coll;
	char said[2048]; /* what the control socket has answered last */
	bson_t reply;	 /* of the last command or insert */
	bson_error_t error;
};

/* options: of the URI, after the "?". */
void place_open(struct place *p, const char *name, const char *options);
void place_close(struct place *p);

const char *place_ctl(struct place *p, const char *command);
int64_t place_stat(struct place *p, const char *name);

/* Documents { _id: first … first + n - 1, level: ERROR or INFO, message: … }, in one batch. */
bool place_insert(struct place *p, int first, int n, bool ordered);
bool place_command(struct place *p, const char *json);
int64_t place_count(struct place *p);
int64_t place_int(const struct place *p, const char *dotted); /* of the reply; -1: it is not there */

/* The text of the reply, to be looked into; the caller frees. */
char *place_text(const struct place *p);
#define assert_reply_has(p, part) place_assert_has(p, part, __FILE__, __LINE__)
void place_assert_has(const struct place *p, const char *part, const char *file, int line);

#endif
