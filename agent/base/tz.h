/*
 * Time zones, read from the system's TZif files (versions 1 to 4) with the POSIX rule at their end worked out up to
 * the year 2200, so that a look-up is one binary search and needs neither lock nor locale.
 *
 * Owner:   the arena given.  Read-only once loaded, by any thread.
 * Failure: -ENOENT no such zone, -EINVAL a bad name or a damaged file, -ENOMEM; the output is untouched.
 */
#ifndef BASE_TZ_H
#define BASE_TZ_H

#include <genlog/err.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum tz_flag {
	TZ_GAP = 1 << 0,  /* no clock showed this time: it was read with the offset from before the change */
	TZ_FOLD = 1 << 1, /* clocks showed it twice: the earlier one was taken */
};

struct tz {
	const int64_t *at;     /* n instants, seconds UTC, ascending, from which on … */
	const int32_t *offset; /* … offset[i + 1] seconds east holds; offset[0] before all: n + 1 of them */
	size_t n;
	const char *name;
};

extern const struct tz tz_utc;

/* "Europe/Berlin", "UTC", "+01:00"; NULL: the host's (TZ, else /etc/localtime, else UTC). */
int tz_load(const struct tz **out, struct arena *a, const char *name, struct genlog_err *err);

/* The bytes of a TZif file, or a rule as in TZ ("CET-1CEST,M3.5.0,M10.5.0/3").  Any bytes are safe. */
int tz_parse(struct tz *z, struct arena *a, const uint8_t *p, size_t n, struct genlog_err *err);
int tz_parse_rule(struct tz *z, struct arena *a, const char *rule, struct genlog_err *err);

/* "Z", "+01", "-0130", "+01:30": the length of the text, 0 when it is none; seconds east in `out`. */
size_t tz_parse_offset(const char *p, size_t n, int32_t *out);

/* Seconds east of UTC at an instant. */
int32_t tz_offset_at(const struct tz *z, int64_t utc);

/* The instant at which a clock of that zone showed `local` (seconds as if it were UTC); `flags` are or-ed in. */
int64_t tz_to_utc(const struct tz *z, int64_t local, unsigned *flags);

#endif
