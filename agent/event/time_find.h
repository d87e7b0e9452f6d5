/* Finding a timestamp at the beginning of a text, whatever its layout. */
#ifndef EVENT_TIME_FIND_H
#define EVENT_TIME_FIND_H

#include <genlog/record.h>

#include "event/time_ops.h"

#define TIME_FIND_MAX 80 /* bytes that a timestamp has at most */

/* How many digits stand `from` bytes ahead. */
static inline size_t time_run(const struct time_scan *s, size_t from)
{
	const char *p = s->p + from;

	while (p < s->end && (unsigned)*p - '0' <= 9)
		p++;
	return p > s->p + from ? (size_t)(p - s->p) - from : 0;
}

static inline char time_ahead(const struct time_scan *s, size_t n)
{
	return s->end - s->p > (ptrdiff_t)n ? s->p[n] : 0;
}

static inline bool time_digit_ahead(const struct time_scan *s, size_t n)
{
	return (unsigned)time_ahead(s, n) - '0' <= 9;
}

static inline bool time_number(struct time_scan *s, size_t most, int *out)
{
	size_t n = time_run(s, 0);

	return n && n <= most && time_digits(s, (int)n, out);
}

/* Reads one at r->s.p and leaves that behind it.  `now_ms` settles which of 17/06/09 is the year. */
bool time_find(struct time_reading *r, int64_t now_ms);

/* Fraction, AM or PM, zone, and the year of ctime(3); each may be missing.  false: what is there makes no sense. */
bool time_behind(struct time_reading *r);

/* HH:MM[:SS] with that separator; HHMM[SS]; one of them behind a date, with what separates them. */
bool time_clock(struct time_reading *r, char sep, bool need_seconds);
bool time_clock_compact(struct time_reading *r, size_t digits);
bool time_clock_behind(struct time_reading *r, bool compact);

/* What was read as a time; missing years and days are the nearest to now. */
bool time_conclude(struct time_reading *r, const struct tz *zone, int64_t now_ms, struct time_result *out);

#endif
