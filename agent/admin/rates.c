#include "admin/status.h"
#include "base/clock.h"

void rates_look(struct agent *a)
{
	int64_t now = clock_ms();

	admin_followers(a->admin); /* the page may have been closed */
	for (size_t i = 0; i < a->pipes.n_inputs; i++) {
		struct genlog_input *in = a->pipes.inputs[i];

		rate_look(&in->rate.events, count_read(&in->events[PIPE_EVENTS]), now);
		rate_look(&in->rate.bytes, count_read(&in->events[PIPE_BYTES]), now);
	}
	rate_look(&a->delivered, ship_count(&a->ship, SHIP_DELIVERED), now);
}
