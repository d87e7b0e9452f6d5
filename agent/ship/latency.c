#include "ship/latency.h"

#include <stddef.h>

#include "base/count.h"

/* The two bits behind the first one divide each power of two. */
static unsigned step_of(uint64_t us)
{
	unsigned log, step;

	if (us < 4)
		return (unsigned)us;
	log = 63 - (unsigned)__builtin_clzll(us);
	step = 4 * (log - 1) + (unsigned)(us >> (log - 2) & 3);
	return step < LATENCY_STEPS ? step : LATENCY_STEPS - 1;
}

double latency_end(unsigned step)
{
	unsigned log = step / 4 + 1;

	if (step < 4)
		return step / 1000.0;
	return ((double)((4 + (uint64_t)(step & 3) + 1) << (log - 2)) - 1) / 1000;
}

void latency_add(struct latency *l, int64_t ns)
{
	count_add_shared(&l->n[step_of(ns > 0 ? (uint64_t)ns / 1000 : 0)], 1);
}

void latency_copy(struct latency *out, const struct latency *l)
{
	for (unsigned i = 0; i < LATENCY_STEPS; i++)
		out->n[i] = count_read(&l->n[i]);
}

double latency_quantile(const struct latency *l, const struct latency *before, double share)
{
	uint64_t all = 0, seen = 0;

	for (unsigned i = 0; i < LATENCY_STEPS; i++)
		all += l->n[i] - (before ? before->n[i] : 0);
	for (unsigned i = 0; i < LATENCY_STEPS; i++) {
		seen += l->n[i] - (before ? before->n[i] : 0);
		if (all && (double)seen >= share * (double)all)
			return latency_end(i);
	}
	return 0;
}
