/*
 * A client's connection, served by a thread of its own from open to close.  The registry of them is what
 * "kill" shuts down; only its own thread closes a connection.
 */
#ifndef DEVDB_CONN_H
#define DEVDB_CONN_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "pg.h"
#include "scram.h"

struct gate;

struct conn {
	struct gate *gate;
	int fd;
	int id;
	struct pg pg;
	struct scram scram;
	uint8_t *in;
	size_t have;
	size_t room;
	struct conn *next;
	struct conn *prev;
};

struct conns {
	pthread_mutex_t lock;
	pthread_cond_t left;
	struct conn *first;
	int last_id;
};

void conns_init(struct conns *cs);
void conns_fini(struct conns *cs);
void conns_kill(struct conns *cs);
bool conns_wait_none(struct conns *cs, int seconds); /* false: some are still at work */

/* Serves fd, which it takes, in a thread: 0 or -errno. */
int conn_start(struct gate *g, int fd);

#endif
