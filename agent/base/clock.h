/* Two clocks: one that never jumps, for intervals; and the time of day, for documents. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t clock_of(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Milliseconds, monotonic. */
static inline int64_t clock_ms(void)
{
	return clock_of(CLOCK_MONOTONIC);
}

/* Nanoseconds of the same clock, for what is shorter. */
static inline int64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Milliseconds since 1970, UTC, to the precision of the kernel's tick: cheap enough for every read. */
static inline int64_t clock_wall_ms(void)
{
	return clock_of(CLOCK_REALTIME_COARSE);
}

#endif
