/* What the files of time parsing share. */
#ifndef EVENT_TIME_PARTS_H
#define EVENT_TIME_PARTS_H

#include <stdbool.h>

#include "base/civil.h"
#include "event/time.h"

#define TIME_FIRST_YEAR 1970
#define TIME_LAST_YEAR 2200

/* Text that is being read. */
struct time_scan {
	const char *p, *end;
};

/* A time as clocks and calendars show it. */
struct time_civil {
	int year, month, day;
	int hour, min, sec; /* hour 24 at 24:00:00 only, second 60 at leap seconds */
	int ms;
	bool has_zone;
	int32_t offset; /* seconds east */
};

/* Exactly `n` digits. */
bool time_digits(struct time_scan *s, int n, int *out);

/* One to nine digits behind a point, as milliseconds, cut and not rounded. */
bool time_fraction(struct time_scan *s, int *ms);

bool time_is(struct time_scan *s, char c);

/* Checked and reckoned; false: there is no such time. */
bool time_reckon(const struct time_civil *c, const struct tz *zone, struct time_result *out);

/* Month and day from the day of the year, from 1. */
bool time_from_yday(struct time_civil *c, int yday);

/* Fraction, zone and nothing more: what follows the seconds. */
bool time_tail(struct time_scan *s, struct time_civil *c);

/* Every form of the automatic format that the fast path does not take. */
int time_iso(const struct tz *zone, const char *p, size_t n, struct time_result *out);

/* Whether nineteen bytes are YYYY-MM-DDTHH:MM:SS in digits, with 'T' or a blank. */
bool time_looks_iso(const char *p);

/* By a pattern. */
int time_by_pattern(const struct time_format *f, const char *p, size_t n, int64_t now_ms, struct time_result *out);

#endif
