/* Where documents go when there is no database: nowhere, or to a file, one after the other. */
#ifndef DEVDB_SINK_H
#define DEVDB_SINK_H

#include <pthread.h>
#include <stdio.h>

#include "batch.h"

struct sink {
	pthread_mutex_t lock;
	FILE *capture;
};

int sink_open(struct sink *s, const char *capture); /* NULL: nowhere.  0 or -errno */
void sink_close(struct sink *s);
int sink_write(struct sink *s, const struct batch *b); /* those that were not rejected, flushed */

#endif
