/*
 * Counters: written by one thread at a time, read by any.  Plain speed, no locked instruction; what is read is a value
 * that the counter had.
 */
#ifndef BASE_COUNT_H
#define BASE_COUNT_H

#include <stdint.h>

static inline void count_add(uint64_t *c, uint64_t n)
{
	__atomic_store_n(c, __atomic_load_n(c, __ATOMIC_RELAXED) + n, __ATOMIC_RELAXED);
}

/* For counters that several threads write. */
static inline void count_add_shared(uint64_t *c, uint64_t n)
{
	__atomic_fetch_add(c, n, __ATOMIC_RELAXED);
}

static inline uint64_t count_read(const uint64_t *c)
{
	return __atomic_load_n(c, __ATOMIC_RELAXED);
}

/* How fast a counter runs, from one look to the next; zeroed, nothing has been seen yet. */
struct rate {
	uint64_t last;
	int64_t at_ms;
	double per_second;
};

static inline void rate_look(struct rate *r, uint64_t now, int64_t now_ms)
{
	if (r->at_ms && now_ms > r->at_ms)
		r->per_second = (double)(now - r->last) * 1000 / (double)(now_ms - r->at_ms);
	r->last = now;
	r->at_ms = now_ms;
}

#endif
