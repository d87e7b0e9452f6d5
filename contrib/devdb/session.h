/*
 * The memory that makes retryable writes exact: the answer to each session's latest txnNumber.  A repeat
 * gets the same answer and nothing is applied.  While a write is under way its repeat waits, as in mongod,
 * where a session can be used by one command at a time.
 */
#ifndef DEVDB_SESSION_H
#define DEVDB_SESSION_H

#include <bson/bson.h>
#include <pthread.h>
#include <stdbool.h>

enum { SESSION_ID_SIZE = 16 };

struct session;

struct sessions {
	pthread_mutex_t lock;
	pthread_cond_t left;
	struct session *first; /* the latest used first */
};

enum session_state {
	SESSION_NEW,	/* apply the write, then session_leave */
	SESSION_REPEAT, /* *answer is a copy of the former one, for the caller to keep */
	SESSION_OLD,	/* a later write has been seen */
};

void sessions_init(struct sessions *s);
void sessions_fini(struct sessions *s);

enum session_state session_enter(struct sessions *s, const uint8_t id[SESSION_ID_SIZE], int64_t txn, bson_t **answer);
/* answer NULL: the write has failed as a whole and may be tried again. */
void session_leave(struct sessions *s, const uint8_t id[SESSION_ID_SIZE], const bson_t *answer);

#endif
