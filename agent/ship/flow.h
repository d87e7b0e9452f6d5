/*
 * How many batches are under way at a time: as many as there are connections while the output keeps its pace, fewer
 * when each document takes it much longer than it could, one after a failure.
 *
 * Threads: any; reports are a mutex apart.  It begins wide open, so that an output that keeps pace never waits.
 */
#ifndef SHIP_FLOW_H
#define SHIP_FLOW_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flow {
	pthread_mutex_t lock;
	unsigned most, limit; /* limit is read without the lock */
	int64_t best_ns;      /* a document's, of late; 0: not known */
	int in_a_row;	      /* slow batches, negative: good ones */
};

void flow_init(struct flow *f, unsigned most);
void flow_fini(struct flow *f);

/* Whether shipper `number` may take a batch. */
static inline bool flow_allows(const struct flow *f, unsigned number)
{
	return number < __atomic_load_n(&f->limit, __ATOMIC_RELAXED);
}

/* A batch of `docs` took `ns`. */
void flow_report(struct flow *f, size_t docs, int64_t ns);
void flow_failed(struct flow *f);

#endif
