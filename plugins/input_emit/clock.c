#include "clock.h"

#include <time.h>

#if CLOCK_HAS_TICKS
#include <x86intrin.h>
#endif

#define NS 1000000000ULL
#define LEAST_NS (CLOCK_LEAST_MS * 1000000ULL)
#define TRIES 4
#define RATE_LEAST 1e-3 /* ticks a nanosecond: 1 MHz, and 1 THz */
#define RATE_MOST 1e3
#define RATE_SAME 1e-3
#define OWN_SAME 5e-4	   /* what a clock that is kept right by others is bent at most, */
#define OWN_NS 1e6	   /* and what no document shows */
#define NEWER_NS (60 * NS) /* so long a pass does not last */

/* ── pairs ── */

#if CLOCK_HAS_TICKS
static uint64_t now_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * NS + (uint64_t)t.tv_nsec;
}
#endif

/* The reading that took the shortest: in the others somebody else may have run between the clocks. */
void clock_take(struct ticks_clock *c)
{
#if CLOCK_HAS_TICKS
	uint64_t shortest = UINT64_MAX;
	struct clock_pair best = {0};

	for (int i = 0; i < TRIES; i++) {
		struct clock_pair p = {.ticks = __rdtsc()};
		uint64_t took;

		p.real_ns = now_ns(CLOCK_REALTIME);
		p.raw_ns = now_ns(CLOCK_MONOTONIC_RAW);
		took = __rdtsc() - p.ticks;
		p.ticks += took / 2;
		if (took < shortest) {
			shortest = took;
			best = p;
		}
	}
	clock_add(c, &best);
#else
	(void)c;
#endif
}

static void begin_again(struct ticks_clock *c, const struct clock_pair *p)
{
	*c = (struct ticks_clock){.first = *p, .last = *p};
}

static bool same_rate(double a, double b)
{
	return a > b * (1 - RATE_SAME) && a < b * (1 + RATE_SAME);
}

/* After a suspension the counter may stand elsewhere, or have gone on while the clock stood. */
void clock_add(struct ticks_clock *c, const struct clock_pair *p)
{
	uint64_t ns = p->raw_ns - c->first.raw_ns;
	double rate;

	if (!c->first.raw_ns || p->ticks < c->last.ticks || p->raw_ns < c->last.raw_ns) {
		begin_again(c, p);
		return;
	}
	c->last = *p;
	if (ns < LEAST_NS)
		return;
	rate = (double)(p->ticks - c->first.ticks) / (double)ns;
	if (!(rate > RATE_LEAST && rate < RATE_MOST) || (c->rate > 0 && !same_rate(rate, c->rate)))
		begin_again(c, p);
	else
		c->rate = rate;
}

void clock_wait(struct ticks_clock *c)
{
	const struct timespec t = {.tv_nsec = LEAST_NS};

	clock_take(c);
	for (int i = 0; i < 3 && CLOCK_HAS_TICKS && !clock_is_ready(c); i++) {
		nanosleep(&t, NULL);
		clock_take(c);
	}
}

/* ── a time ── */

/* Ticks a nanosecond from the program's pair to the last one; 0: they are not of the same clocks. */
static double own_rate(const struct ticks_clock *c, const struct gl_anchor *own)
{
	double ns, by_rate;

	if (!own->ticks || own->ticks >= c->last.ticks || own->real_ns >= c->last.real_ns)
		return 0;
	ns = (double)(c->last.real_ns - own->real_ns);
	by_rate = (double)(c->last.ticks - own->ticks) / c->rate;
	if (ns > by_rate * (1 + OWN_SAME) + OWN_NS || ns < by_rate * (1 - OWN_SAME) - OWN_NS)
		return 0;
	return (double)(c->last.ticks - own->ticks) / ns;
}

static int64_t at(uint64_t real_ns, int64_t ticks, double rate)
{
	double more = ((double)(real_ns % 1000000) + (double)ticks / rate) / 1e6;
	int64_t ms = (int64_t)more;

	return (int64_t)(real_ns / 1000000) + ms - (more < (double)ms);
}

/* Of a counter that has begun anew since. */
static enum clock_sure before_the_reset(
	const struct ticks_clock *c, const struct gl_anchor *own, uint64_t ticks, int64_t *ms)
{
	int64_t then = own->ticks && ticks >= own->ticks ? at(own->real_ns, (int64_t)(ticks - own->ticks), c->rate) : 0;
	int64_t now = (int64_t)(c->last.real_ns / 1000000);

	*ms = now;
	if (then <= 0 || then > now)
		return CLOCK_NONE;
	*ms = then;
	return CLOCK_DOUBTED;
}

enum clock_sure clock_ms(const struct ticks_clock *c, const struct gl_anchor *own, uint64_t ticks, int64_t *ms)
{
	int64_t since = (int64_t)(ticks - c->last.ticks);
	double rate;

	if ((double)since > (double)NEWER_NS * c->rate)
		return before_the_reset(c, own, ticks, ms);
	rate = ticks >= c->first.ticks ? c->rate : own_rate(c, own);
	*ms = at(c->last.real_ns, since, rate > 0 ? rate : c->rate);
	return rate > 0 ? CLOCK_EXACT : CLOCK_DOUBTED;
}
