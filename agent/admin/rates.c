#include "admin/status.h"
#include "base/clock.h"

const struct quantile quantiles[QUANTILES] = {{"p50", 0.5}, {"p95", 0.95}, {"p99", 0.99}};

void rates_look(struct agent *a)
{
	int64_t now = clock_ms();
	struct latency calls;

	admin_followers(a->admin); /* the page may have been closed */
	for (size_t i = 0; i < a->pipes.n_inputs; i++) {
		struct genlog_input *in = a->pipes.inputs[i];

		rate_look(&in->rate.events, count_read(&in->events[PIPE_EVENTS]), now);
		rate_look(&in->rate.bytes, count_read(&in->events[PIPE_BYTES]), now);
	}
	rate_look(&a->delivered, ship_count(&a->ship, SHIP_DELIVERED), now);
	latency_copy(&calls, &a->ship.latency);
	for (size_t i = 0; i < QUANTILES; i++)
		a->recent[i] = latency_quantile(&calls, &a->before, quantiles[i].share);
	a->before = calls;
}
