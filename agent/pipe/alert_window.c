#include <string.h>

#include "pipe/alerts.h"

void window_clear(struct alert_window *w)
{
	memset(w->n, 0, sizeof(w->n));
}

/* A time is within one of the buckets; the window's edge is exact to one of them. */
uint64_t window_add(struct alert_window *w, int64_t within, int64_t time_ms)
{
	int64_t width = within / ALERT_BUCKETS > 0 ? within / ALERT_BUCKETS : 1, at = time_ms / width;
	uint64_t sum = 0;

	if (at > w->newest + ALERT_BUCKETS)
		window_clear(w);
	for (int64_t i = w->newest + 1; i <= at && i <= w->newest + ALERT_BUCKETS; i++)
		w->n[(uint64_t)i % ALERT_BUCKETS] = 0;
	if (at > w->newest)
		w->newest = at;
	if (at > w->newest - ALERT_BUCKETS)
		w->n[(uint64_t)at % ALERT_BUCKETS]++;
	for (int i = 0; i < ALERT_BUCKETS; i++)
		sum += w->n[i];
	return sum;
}
