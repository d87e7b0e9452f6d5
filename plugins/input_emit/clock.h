/*
 * The time stamp counter as time of day.  The agent takes pairs of both, one at each pass; how fast the counter is
 * comes from the first and the last of them, by a clock that nobody sets or bends.  Before two pairs lie far enough
 * apart no record of such a segment is read.
 *
 *	 own pair of the program        first         last
 *	─────┴──────── older ────────────┴── observed ──┴─ newer ─►  ticks
 *
 * What is older than the first pair lies between the program's pair and the last one, where these agree with the rate;
 * if they do not, somebody has set the clock, or the counter stood still: that is told.
 */
#ifndef INPUT_EMIT_CLOCK_H
#define INPUT_EMIT_CLOCK_H

#include <genlog/genlog.h>

#if defined(__x86_64__)
#define CLOCK_HAS_TICKS 1
#else
#define CLOCK_HAS_TICKS 0
#endif
#define CLOCK_LEAST_MS 20 /* between two pairs: 0.1 us of error each are 36 ms in an hour */

struct clock_pair {
	uint64_t ticks, real_ns;
	uint64_t raw_ns; /* of CLOCK_MONOTONIC_RAW */
};

struct ticks_clock {
	struct clock_pair first, last;
	double rate; /* ticks a nanosecond; 0: not known */
};

/* How sure a time is. */
enum clock_sure {
	CLOCK_EXACT,
	CLOCK_DOUBTED, /* by the rate alone: the program's own pair contradicts it */
	CLOCK_NONE     /* no time of this counter */
};

void clock_take(struct ticks_clock *c);
void clock_add(struct ticks_clock *c, const struct clock_pair *p);
void clock_wait(struct ticks_clock *c); /* until the rate is known */
static inline bool clock_is_ready(const struct ticks_clock *c)
{
	return c->rate > 0;
}

/* Milliseconds since 1970, once it is ready.  `own` is the program's pair, which nobody trusts. */
enum clock_sure clock_ms(const struct ticks_clock *c, const struct gl_anchor *own, uint64_t ticks, int64_t *ms);

#endif
