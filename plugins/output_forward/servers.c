#include <time.h>

#include "forward.h"

#define BACK_OFF_MS 500
#define BACK_OFF_MAX_MS 30000

int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Those that are well, in turns; then those that are left out, the one first whose time is over first. */
int server_next(struct output_forward *o, const struct worker *w, uint64_t tried, int64_t now)
{
	int best = -1;

	pthread_mutex_lock(&o->lock);
	for (size_t k = 0; k < o->n; k++) {
		size_t i = (w->turn + k) % o->n;
		const struct server *s = &o->server[i];

		if (tried >> i & 1)
			continue;
		if (s->until <= now) {
			best = (int)i;
			break;
		}
		if (best < 0 || s->until < o->server[best].until)
			best = (int)i;
	}
	pthread_mutex_unlock(&o->lock);
	return best;
}

void server_failed(struct output_forward *o, size_t i, int64_t now)
{
	struct server *s = &o->server[i];
	int64_t wait;

	pthread_mutex_lock(&o->lock);
	wait = (int64_t)BACK_OFF_MS << (s->failures < 8 ? s->failures : 8);
	s->failures++;
	s->until = now + (wait < BACK_OFF_MAX_MS ? wait : BACK_OFF_MAX_MS);
	pthread_mutex_unlock(&o->lock);
}

void server_is_well(struct output_forward *o, size_t i)
{
	pthread_mutex_lock(&o->lock);
	o->server[i].until = 0;
	o->server[i].failures = 0;
	pthread_mutex_unlock(&o->lock);
}
