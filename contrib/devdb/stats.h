/* What the gateway counts: names and places by one list, added to by any thread. */
#ifndef DEVDB_STATS_H
#define DEVDB_STATS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum counter {
	STAT_CONNS,    /* accepted since the start */
	STAT_OPEN,     /* open now; a reset leaves it */
	STAT_INSERTS,  /* insert commands that were well formed */
	STAT_DOCS,     /* documents in them */
	STAT_BYTES,    /* and their bytes */
	STAT_UPDATES,  /* update and findAndModify commands */
	STAT_DELETES,  /* delete commands */
	STAT_ERRORS,   /* command errors and write errors that were answered */
	STAT_REJECTED, /* of these: by the control command "reject" */
	STAT_DROPPED,  /* commands that got no answer, by fault or for want of the engine */
	STAT_BADBSON,  /* messages or documents that were not well formed */
	STAT_RETRIED,  /* retryable writes answered from memory */
	STAT_N
};

struct stats {
	atomic_uint_fast64_t n[STAT_N];
};

void stat_add(struct stats *s, enum counter which, int64_t n);
void stats_reset(struct stats *s);
void stats_print(struct stats *s, char *out, size_t size); /* one line, name=value */

#endif
