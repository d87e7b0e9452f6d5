/* Full jitter: a random time up to a bound that doubles, so that many agents do not come back all at once. */
#include <errno.h>
#include <time.h>

#include "base/clock.h"
#include "ship/shipper.h"

#define FIRST_MS 100
#define MOST_MS 30000
#define LEAST_MS 10

static uint64_t next_random(struct shipper *w)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return w->random;
}

int64_t backoff_ms(struct shipper *w)
{
	int64_t bound = w->attempt < 9 ? (int64_t)FIRST_MS << w->attempt : MOST_MS;

	w->attempt++;
	if (bound > MOST_MS)
		bound = MOST_MS;
	return LEAST_MS + (int64_t)(next_random(w) % (uint64_t)bound);
}

bool ship_pause(struct ship *sh, int64_t ms)
{
	int64_t until = clock_ms() + ms;
	struct timespec t = {.tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000};
	bool stopping;

	pthread_mutex_lock(&sh->lock);
	while (!sh->stopping && pthread_cond_timedwait(&sh->stop_now, &sh->lock, &t) != ETIMEDOUT)
		;
	stopping = sh->stopping;
	pthread_mutex_unlock(&sh->lock);
	return !stopping;
}
