/*
 * Timestamps: text to milliseconds since 1970, UTC.  Pure, no locale, no allocation.
 *
 * The automatic format takes RFC 3339 and ISO 8601 in their usual forms (also week and ordinal dates, the basic form,
 * a comma before the fraction, '/' in the date, " UTC", " +0100", "[Europe/Berlin]" behind the offset) and epoch
 * numbers, whose magnitude tells seconds, milliseconds, microseconds or nanoseconds; numbers below 10^8 are no time
 * but some other number, except by %s; and the layouts of logs, see time_find.c.  What is outside 1970–2200 is no time.
 */
#ifndef EVENT_TIME_H
#define EVENT_TIME_H

#include <genlog/err.h>
#include <stddef.h>
#include <stdint.h>

#include "base/tz.h"

#define TIME_OPS 96

enum time_flag {
	TIME_YEAR_INFERRED = 1 << 0, /* no year, or no date at all, in the text: the nearest to `now` was taken */
	TIME_ZONE_INFERRED = 1 << 1, /* no zone in the text: the format's was taken */
	TIME_FOLD = 1 << 2,	     /* the clock showed it twice: the earlier one was taken */
	TIME_GAP = 1 << 3,	     /* the clock never showed it: shifted forward */
};

struct time_result {
	int64_t ms;
	unsigned flags; /* enum time_flag */
};

/* Copyable; zeroed is the automatic format in UTC.  `zone` is borrowed and may be set after time_format_init(). */
struct time_format {
	const struct tz *zone; /* of texts that name none; NULL: UTC */
	unsigned n;	       /* 0: automatic */
	struct time_op {
		uint8_t code; /* a letter of the pattern, or 0: `literal` */
		char literal;
	} op[TIME_OPS];
};

/*
 * NULL and "auto": automatic.  Else %Y %y %m %d %e %b %B %h %a %A %H %I %p %M %S %f %L %N %z %Z %s %j %T %F %D %R %n %t
 * %%; %f, %L and %N take a fraction of 1 to 9 digits.  -EINVAL: told with the column inside the pattern.
 */
int time_format_init(struct time_format *f, const char *pattern, const struct tz *zone, struct genlog_err *err);

/* 0, or -EINVAL: that is not a time, and `out` is untouched.  f NULL: automatic, UTC.  `now_ms`: for missing years. */
int time_parse(const struct time_format *f, const char *p, size_t n, int64_t now_ms, struct time_result *out);

/* An epoch number of any of the four units, as JSON has them.  0 or -EINVAL. */
int time_from_int(int64_t v, int64_t *ms);
int time_from_double(double v, int64_t *ms);

#endif
