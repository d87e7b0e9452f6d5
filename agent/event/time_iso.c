/*
 * ISO 8601 and RFC 3339 at leisure, and epoch numbers.
 *
 *	date      2025-12-22  2025/12/22  20251222  2025-356  2025356  2025-W52-1  2025W521
 *	time      T10:30[:45[.123]]  T1030[45[.123]]  after 'T', 't' or blanks
 *	zone      Z  +01  +0100  +01:00, also behind a blank; UTC, GMT; then what Go and Java add behind it
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "event/time_parts.h"

static size_t left(const struct time_scan *s)
{
	return (size_t)(s->end - s->p);
}

bool time_is(struct time_scan *s, char c)
{
	bool yes = s->p < s->end && *s->p == c;

	s->p += yes;
	return yes;
}

static size_t digits_ahead(const struct time_scan *s)
{
	const char *p = s->p;

	while (p < s->end && isdigit((unsigned char)*p))
		p++;
	return (size_t)(p - s->p);
}

bool time_digits(struct time_scan *s, int n, int *out)
{
	int v = 0;

	if ((ptrdiff_t)n > s->end - s->p)
		return false;
	for (int i = 0; i < n; i++) {
		unsigned d = (unsigned)s->p[i] - '0';

		if (d > 9)
			return false;
		v = v * 10 + (int)d;
	}
	s->p += n;
	*out = v;
	return true;
}

bool time_fraction(struct time_scan *s, int *ms)
{
	size_t n = digits_ahead(s);
	int v = 0;

	if (n < 1 || n > 9)
		return false;
	for (size_t i = 0; i < 3; i++)
		v = v * 10 + (i < n ? s->p[i] - '0' : 0);
	s->p += n;
	*ms = v;
	return true;
}

static bool word_is(struct time_scan *s, const char *word)
{
	size_t n = strlen(word);

	if (left(s) < n || memcmp(s->p, word, n) != 0)
		return false;
	s->p += n;
	return true;
}

/* "+0000 UTC" of Go, "+01:00[Europe/Berlin]" of Java: the offset has said it all. */
static void zone_comment(struct time_scan *s)
{
	const char *p = s->p;

	if (time_is(s, '[')) {
		while (s->p < s->end && *s->p != ']')
			s->p++;
		if (!time_is(s, ']'))
			s->p = p;
		return;
	}
	if (!time_is(s, ' '))
		return;
	while (s->p < s->end && isalpha((unsigned char)*s->p))
		s->p++;
	if (s->p == p + 1)
		s->p = p;
}

static void zone_read(struct time_scan *s, struct time_civil *c)
{
	const char *start = s->p;
	size_t used;

	while (time_is(s, ' '))
		;
	used = tz_parse_offset(s->p, left(s), &c->offset);
	s->p += used;
	c->has_zone = used || word_is(s, "UTC") || word_is(s, "GMT");
	if (used)
		zone_comment(s);
	if (!c->has_zone)
		s->p = start;
}

bool time_tail(struct time_scan *s, struct time_civil *c)
{
	if ((time_is(s, '.') || time_is(s, ',')) && !time_fraction(s, &c->ms))
		return false;
	zone_read(s, c);
	return s->p == s->end;
}

bool time_from_yday(struct time_civil *c, int yday)
{
	int m = 1;

	if (yday < 1 || yday > 365 + civil_is_leap(c->year))
		return false;
	for (; yday > civil_month_days(c->year, m); m++)
		yday -= civil_month_days(c->year, m);
	c->month = m;
	c->day = yday;
	return true;
}

/* Week 1 is the one with January 4th in it, and weeks begin on Monday. */
static bool week_date(struct time_scan *s, struct time_civil *c)
{
	struct civil_date d;
	int week = 0, day = 1;
	int64_t jan4, days;

	if (!time_digits(s, 2, &week) || week < 1 || week > 53)
		return false;
	time_is(s, '-');
	if (digits_ahead(s) && (!time_digits(s, 1, &day) || day < 1 || day > 7))
		return false;
	jan4 = civil_days(c->year, 1, 4);
	days = jan4 - (civil_weekday(jan4) + 6) % 7 + (week - 1) * 7 + day - 1;
	d = civil_from_days(days);
	c->year = d.year;
	c->month = d.month;
	c->day = d.day;
	return true;
}

static bool date_read(struct time_scan *s, struct time_civil *c)
{
	size_t run = digits_ahead(s);
	bool slash, dash;
	int yday = 0;

	if (!time_digits(s, 4, &c->year) || c->year < 1)
		return false;
	slash = time_is(s, '/');
	dash = !slash && time_is(s, '-');
	if (!slash && time_is(s, 'W'))
		return week_date(s, c);
	if (run == 7 || (dash && digits_ahead(s) == 3))
		return time_digits(s, 3, &yday) && time_from_yday(c, yday);
	if (!time_digits(s, 2, &c->month) || (slash && !time_is(s, '/')) || (dash && !time_is(s, '-')))
		return false;
	return time_digits(s, 2, &c->day);
}

static bool clock_read(struct time_scan *s, struct time_civil *c)
{
	bool colon;

	if (!time_digits(s, 2, &c->hour))
		return false;
	colon = time_is(s, ':');
	if (!time_digits(s, 2, &c->min))
		return false;
	if (colon ? !time_is(s, ':') : !digits_ahead(s))
		return true;
	return time_digits(s, 2, &c->sec);
}

static bool separator(struct time_scan *s)
{
	const char *start = s->p;

	if (time_is(s, 'T') || time_is(s, 't') || time_is(s, '_'))
		return true;
	while (time_is(s, ' '))
		;
	return s->p > start;
}

static int64_t to_utc(const struct time_civil *c, const struct tz *zone, int64_t local, unsigned *flags)
{
	unsigned tz_flags = 0;
	int64_t utc;

	if (c->has_zone)
		return local - c->offset;
	utc = zone ? tz_to_utc(zone, local, &tz_flags) : local;
	*flags |= TIME_ZONE_INFERRED | (tz_flags & TZ_FOLD ? TIME_FOLD : 0) | (tz_flags & TZ_GAP ? TIME_GAP : 0);
	return utc;
}

static bool clock_ok(const struct time_civil *c)
{
	if (c->hour == 24)
		return c->min == 0 && c->sec == 0 && c->ms == 0;
	return c->hour <= 23 && c->min <= 59 && c->sec <= 60;
}

bool time_reckon(const struct time_civil *c, const struct tz *zone, struct time_result *out)
{
	int64_t local, utc;
	unsigned flags = 0;

	if (c->year < TIME_FIRST_YEAR - 1 || c->year > TIME_LAST_YEAR + 1 || c->month < 1 || c->month > 12)
		return false;
	if (c->day < 1 || c->day > civil_month_days(c->year, c->month) || !clock_ok(c))
		return false;
	local = civil_days(c->year, c->month, c->day) * 86400 + c->hour * 3600 + c->min * 60 + c->sec;
	utc = to_utc(c, zone, local, &flags);
	if (utc < 0 || utc >= civil_days(TIME_LAST_YEAR + 1, 1, 1) * 86400)
		return false;
	*out = (struct time_result){utc * 1000 + c->ms, flags};
	return true;
}

/* Digits alone, or with a fraction that counts when they are seconds. */
static int epoch_read(const char *p, size_t n, struct time_result *out)
{
	struct time_scan s = {p, p + n};
	int64_t v = 0, ms = 0;
	int frac = 0;

	if (digits_ahead(&s) > 19)
		return -EINVAL;
	for (; s.p < s.end && isdigit((unsigned char)*s.p); s.p++) {
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *s.p - '0', &v))
			return -EINVAL;
	}
	if (s.p < s.end && (!time_is(&s, '.') || !time_fraction(&s, &frac) || s.p < s.end))
		return -EINVAL;
	if (time_from_int(v, &ms) < 0)
		return -EINVAL;
	*out = (struct time_result){ms + (v < 100000000000 ? frac : 0), 0};
	return 0;
}

/* 20251222, 20251222103045, 20251222103045123: as a number of seconds or milliseconds these would be in the seventies
 * or far in the future. */
static bool compact(const struct tz *zone, const char *p, size_t n, struct time_result *out)
{
	struct time_scan s = {p, p + n};
	struct time_civil c = {0};

	if (digits_ahead(&s) != n || (n != 8 && n != 14 && n != 17))
		return false;
	if (!time_digits(&s, 4, &c.year) || !time_digits(&s, 2, &c.month) || !time_digits(&s, 2, &c.day))
		return false;
	if (n > 8 && !clock_read(&s, &c))
		return false;
	return (n < 17 || time_fraction(&s, &c.ms)) && time_reckon(&c, zone, out);
}

int time_iso(const struct tz *zone, const char *p, size_t n, struct time_result *out)
{
	struct time_scan s = {p, p + n};
	struct time_civil c = {0};

	if (n < 7 || n > 80)
		return -EINVAL;
	if (compact(zone, p, n, out) || epoch_read(p, n, out) == 0)
		return 0;
	if (!date_read(&s, &c))
		return -EINVAL;
	if (s.p == s.end)
		return time_reckon(&c, zone, out) ? 0 : -EINVAL;
	if (!separator(&s) || !clock_read(&s, &c) || !time_tail(&s, &c))
		return -EINVAL;
	return time_reckon(&c, zone, out) ? 0 : -EINVAL;
}
