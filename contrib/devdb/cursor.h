/*
 * Cursors that clients may come back for: the engine's continuation, and the engine's connection where
 * the rest of the result lives in it.  One list under one lock; a taken cursor belongs to its taker.
 */
#ifndef DEVDB_CURSOR_H
#define DEVDB_CURSOR_H

#include <pthread.h>
#include <time.h>

#include "pg.h"

struct cursor {
	int64_t id;
	char *db;
	bson_t *continuation;
	struct pg pg;
	time_t used;
	struct cursor *next;
};

struct cursors {
	pthread_mutex_t lock;
	struct cursor *first;
};

void cursors_init(struct cursors *cs);
void cursors_fini(struct cursors *cs);

struct cursor *cursor_new(int64_t id, const char *db);
void cursor_free(struct cursor *k);
void cursor_set(struct cursor *k, const bson_t *continuation);

void cursors_put(struct cursors *cs, struct cursor *k);	     /* also frees what was idle for too long */
struct cursor *cursors_take(struct cursors *cs, int64_t id); /* NULL: there is none */

#endif
