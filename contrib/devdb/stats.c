#include "stats.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const names[STAT_N] = {
	[STAT_CONNS] = "conns",
	[STAT_OPEN] = "open",
	[STAT_INSERTS] = "inserts",
	[STAT_DOCS] = "docs",
	[STAT_BYTES] = "bytes",
	[STAT_UPDATES] = "updates",
	[STAT_DELETES] = "deletes",
	[STAT_ERRORS] = "errors",
	[STAT_REJECTED] = "rejected",
	[STAT_DROPPED] = "dropped",
	[STAT_BADBSON] = "badbson",
	[STAT_RETRIED] = "retried",
};

void stat_add(struct stats *s, enum counter which, int64_t n)
{
	atomic_fetch_add_explicit(&s->n[which], (uint_fast64_t)n, memory_order_relaxed);
}

void stats_reset(struct stats *s)
{
	for (int i = 0; i < STAT_N; i++)
		if (i != STAT_OPEN)
			atomic_store(&s->n[i], 0);
}

void stats_print(struct stats *s, char *out, size_t size)
{
	size_t at = 0;

	for (int i = 0; i < STAT_N && at < size; i++)
		at += (size_t)snprintf(
			out + at, size - at, "%s%s=%" PRIuFAST64, i ? " " : "", names[i], atomic_load(&s->n[i]));
}
