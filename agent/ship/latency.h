/*
 * How long calls of the output took: counts by logarithmic steps of a quarter of two, from a microsecond to an hour.
 * Threads: any; a quantile of what was counted between two copies is exact to a step, 19 percent.
 */
#ifndef SHIP_LATENCY_H
#define SHIP_LATENCY_H

#include <stdint.h>

#define LATENCY_STEPS 128

struct latency {
	uint64_t n[LATENCY_STEPS];
};

void latency_add(struct latency *l, int64_t ns);
void latency_copy(struct latency *out, const struct latency *l);
double latency_end(unsigned step); /* milliseconds: the longest call that falls into it */
/* Milliseconds that `share` of the calls since `before` (NULL: ever) took at most; 0: there were none. */
double latency_quantile(const struct latency *l, const struct latency *before, double share);

#endif
