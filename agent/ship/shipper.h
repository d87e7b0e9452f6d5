/* The inside of the shippers, for the files of this folder. */
#ifndef SHIP_SHIPPER_H
#define SHIP_SHIPPER_H

#include <pthread.h>

#include "ship/ship.h"
#include "ship/sort.h"

struct shipper {
	struct ship *ship;
	unsigned number;
	pthread_t thread;
	bool running;
	struct spool_take take;
	struct sorted sorted;
	uint64_t random;
	unsigned attempt; /* in a row that failed */
};

/* deliver.c: all documents of the take.  0; -ESHUTDOWN: not all, the agent is stopping. */
int deliver(struct shipper *w);

/* backoff.c: waits before the next attempt.  false: the agent is stopping. */
bool backoff_wait(struct shipper *w);
int64_t backoff_ms(struct shipper *w); /* what the next wait will be; counts the attempt */
bool ship_pause(struct ship *sh, int64_t ms);

#endif
