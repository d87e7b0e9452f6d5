/*
 * Timestamps as logs begin with them: a date in one of its orders, a clock, and what stands behind it.
 *
 *	2025-12-22 10:30:45,123 +0100    22/Jan/2009:23:57:02 +0000    Sun Dec 04 04:47:44 2005    Dec  4 04:47:44
 *	081109 203615    17/06/09 20:10:40    03-17 16:13:38.811    2005-06-03-15.42.50.675872    20171223-22:15:29:606
 *	12/22/2025 10:30:45 PM    22.12.2025 10:30    10:30:45.123    1117838570.5    @400000004a3b…
 *
 * Which of three numbers is what: a year of four digits says most of it; points mean day first; with '/' and '-' a
 * number above 12 is the day.  What is open then is month first behind '/', day first behind '-', and with years of
 * two digits the reading that lies nearest to now.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "event/time_find.h"

#define EPOCH_DIGITS 10

/* ── the date ── */

struct part {
	int v;
	size_t digits;
};

static bool set_date(struct time_reading *r, struct part y, int month, int day)
{
	r->c.year = y.digits == 4 ? y.v : y.v + (y.v < 69 ? 2000 : 1900);
	r->c.month = month;
	r->c.day = day;
	r->have |= HAVE_YEAR | HAVE_MONTH | HAVE_DAY;
	return (y.digits == 4 || y.digits == 2) && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static int64_t distance(struct part y, int month, int day, int64_t now_ms)
{
	int year = y.v + (y.v < 69 ? 2000 : 1900);
	int64_t days;

	if (month < 1 || month > 12 || day < 1 || day > 31)
		return INT64_MAX;
	days = civil_days(year, month, day) - now_ms / 86400000;
	return days > 1 ? days + 100000 : -days; /* logs are of the past */
}

/* Three numbers of two digits; without a year above 31 the nearest reading counts. */
static bool date_of_pairs(struct time_reading *r, char sep, const struct part *d, int64_t now_ms)
{
	int64_t ymd = distance(d[0], d[1].v, d[2].v, now_ms), dmy = distance(d[2], d[1].v, d[0].v, now_ms);
	int64_t mdy = sep == '/' ? distance(d[2], d[0].v, d[1].v, now_ms) : INT64_MAX;

	if (sep == '.')
		return set_date(r, d[2], d[1].v, d[0].v);
	if (ymd <= dmy && ymd <= mdy)
		return set_date(r, d[0], d[1].v, d[2].v);
	return mdy <= dmy ? set_date(r, d[2], d[0].v, d[1].v) : set_date(r, d[2], d[1].v, d[0].v);
}

static bool date_of_three(struct time_reading *r, char sep, const struct part *d, int64_t now_ms)
{
	bool month_first;

	if (d[0].digits == 4)
		return d[2].digits <= 2 && set_date(r, d[0], d[1].v, d[2].v);
	if (d[2].digits == 2)
		return d[0].digits == 2 && date_of_pairs(r, sep, d, now_ms);
	month_first = d[1].v > 12 || (sep == '/' && d[0].v <= 12);
	return d[2].digits == 4 &&
	       (month_first ? set_date(r, d[2], d[0].v, d[1].v) : set_date(r, d[2], d[1].v, d[0].v));
}

static bool part(struct time_scan *s, struct part *d)
{
	d->digits = time_run(s, 0);
	return time_number(s, 4, &d->v);
}

static bool date_of_year(struct time_reading *r, int year, int yday)
{
	r->c.year = year;
	r->yday = yday;
	r->have |= HAVE_YEAR | HAVE_YDAY;
	return yday >= 1 && yday <= 366 && year >= 1970 && year <= 2100;
}

static bool date_of_numbers(struct time_reading *r, int64_t now_ms)
{
	struct part d[3];
	char sep;

	if (!part(&r->s, &d[0]))
		return false;
	sep = time_ahead(&r->s, 0);
	if ((sep != '-' && sep != '/' && sep != '.') || !time_digit_ahead(&r->s, 1))
		return false;
	r->s.p++;
	if (!part(&r->s, &d[1]))
		return false;
	if (d[0].digits == 4 && sep == '-' && d[1].digits == 3) /* 2025-356 */
		return date_of_year(r, d[0].v, d[1].v) && time_clock_behind(r, false);
	if (d[1].digits > 2)
		return false;
	if (time_ahead(&r->s, 0) == sep && time_digit_ahead(&r->s, 1)) {
		r->s.p++;
		return part(&r->s, &d[2]) && date_of_three(r, sep, d, now_ms) && time_clock_behind(r, d[0].digits == 4);
	}
	if (d[0].digits != 2 || d[1].digits != 2 || time_ahead(&r->s, 0) != ' ') /* 03-17, 10.30 */
		return false;
	r->c.month = d[0].v <= 12 ? d[0].v : d[1].v;
	r->c.day = d[0].v <= 12 ? d[1].v : d[0].v;
	r->have |= HAVE_MONTH | HAVE_DAY;
	return r->c.month <= 12 && time_clock_behind(r, false);
}

/* Dec 4, Dec 04 2005, Dec 4, 2005 */
static bool date_month_first(struct time_reading *r)
{
	struct time_reading t;

	if (!time_ops['b'](r))
		return false;
	time_is(&r->s, '.');
	if (time_ahead(&r->s, 0) != ' ' && time_ahead(&r->s, 0) != '-' && time_ahead(&r->s, 0) != '/')
		return false;
	r->s.p++;
	if (!time_ops['d'](r))
		return false;
	t = *r;
	time_is(&t.s, ',');
	if (time_is(&t.s, ' ') && time_run(&t.s, 0) == 4 && time_ops['Y'](&t) && time_ahead(&t.s, 0) != ':')
		*r = t;
	return time_clock_behind(r, false);
}

/* 22/Jan/2009, 22-Jan-2009, 22 Jan 2009, 22 Jan */
static bool date_day_first(struct time_reading *r)
{
	struct time_reading t;
	char sep;

	if (!time_ops['d'](r))
		return false;
	sep = time_ahead(&r->s, 0);
	r->s.p++;
	if (!time_ops['b'](r))
		return false;
	t = *r;
	if (time_is(&t.s, sep) &&
		(time_run(&t.s, 0) == 4 ? time_ops['Y'](&t)
					: time_run(&t.s, 0) == 2 && sep != ' ' && time_ops['y'](&t)) &&
		(sep != ' ' || time_ahead(&t.s, 0) != ':'))
		*r = t;
	return time_clock_behind(r, false);
}

/* ── numbers alone ── */

static bool epoch(struct time_reading *r, size_t digits)
{
	uint64_t v = 0;
	int64_t ms = 0;

	for (size_t i = 0; i < digits; i++)
		v = v * 10 + (uint64_t)(r->s.p[i] - '0');
	r->s.p += digits;
	if (v > INT64_MAX || v < 1000000000 || time_from_int((int64_t)v, &ms) < 0)
		return false;
	if (digits == EPOCH_DIGITS && (time_ahead(&r->s, 0) == '.' || time_ahead(&r->s, 0) == ',') &&
		time_digit_ahead(&r->s, 1)) {
		r->s.p++;
		if (!time_fraction(&r->s, &r->c.ms))
			return false;
	}
	r->epoch = ms / 1000;
	r->c.ms += (int)(ms % 1000);
	r->have |= HAVE_EPOCH;
	return true;
}

static bool date_compact(struct time_reading *r, size_t digits)
{
	struct part y = {.digits = digits == 6 ? 2 : 4};
	int month = 0, day = 0;

	if (!time_digits(&r->s, (int)y.digits, &y.v) || !time_digits(&r->s, 2, &month) ||
		!time_digits(&r->s, 2, &day) || !set_date(r, y, month, day) || r->c.year < 1970 || r->c.year > 2100)
		return false;
	if (digits >= 14)
		return time_clock_compact(r, 6) && (digits == 14 ? time_behind(r) : time_fraction(&r->s, &r->c.ms));
	return time_clock_behind(r, true);
}

static bool all_digits(struct time_reading *r, size_t digits)
{
	struct time_reading t = *r;

	if ((digits == 6 || digits == 8 || digits == 14 || digits == 17) && date_compact(&t, digits)) {
		*r = t;
		return true;
	}
	return (digits == EPOCH_DIGITS || digits == 13 || digits == 16 || digits == 19) && epoch(r, digits);
}

static bool clock_alone(struct time_reading *r)
{
	return time_clock(r, ':', true) && time_behind(r) && time_ahead(&r->s, 0) != ':';
}

static bool from_digit(struct time_reading *r, int64_t now_ms)
{
	size_t n = time_run(&r->s, 0);
	char c = time_ahead(&r->s, n);

	if (n > 4)
		return all_digits(r, n);
	if (n <= 2 && c == ':')
		return clock_alone(r);
	if (n <= 2 && isalpha((unsigned char)time_ahead(&r->s, n + 1)) &&
		(c == ' ' || c == '/' || c == '-' || c == '.'))
		return date_day_first(r);
	return n != 3 && date_of_numbers(r, now_ms);
}

static bool tai64(struct time_reading *r)
{
	uint64_t v = 0, nano = 0;

	for (int i = 1; i <= 24; i++) {
		unsigned char c = (unsigned char)time_ahead(&r->s, (size_t)i);
		unsigned d = c <= '9' ? (unsigned)c - '0' : (unsigned)(c | 0x20) - 'a' + 10;

		if (!isxdigit(c))
			return false;
		if (i <= 16)
			v = v << 4 | d;
		else
			nano = nano << 4 | d;
	}
	if (v < (1ULL << 62) + 10 || v > (1ULL << 62) + 10 + 7258118400ULL || nano >= 1000000000)
		return false;
	r->s.p += 25;
	r->epoch = (int64_t)(v - (1ULL << 62)) - 10; /* as daemontools counts it: without leap seconds */
	r->c.ms = (int)(nano / 1000000);
	r->have |= HAVE_EPOCH;
	return true;
}

static bool from_letter(struct time_reading *r, int64_t now_ms)
{
	struct time_reading t = *r;

	if (time_ops['a'](&t)) {
		time_is(&t.s, ',');
		if (!time_is(&t.s, ' '))
			return false;
		time_is(&t.s, ' ');
		*r = t;
		if (time_digit_ahead(&r->s, 0))
			return from_digit(r, now_ms);
	}
	return date_month_first(r);
}

bool time_find(struct time_reading *r, int64_t now_ms)
{
	unsigned char c = (unsigned char)time_ahead(&r->s, 0);
	bool found;

	if (c - (unsigned)'0' <= 9)
		found = from_digit(r, now_ms);
	else if (isalpha(c))
		found = from_letter(r, now_ms);
	else
		found = c == '@' && tai64(r);
	return found && !isalnum((unsigned char)time_ahead(&r->s, 0));
}

/* "2025-12-22T10:30:45.123Z" and a blank or the end, as most have it.  0: it ends otherwise. */
static size_t usual_len(const char *p, size_t n)
{
	size_t i = 19;

	if (i < n && (p[i] == '.' || p[i] == ',')) {
		while (++i < n && i < 29 && (unsigned)p[i] - '0' <= 9)
			;
		if (i == 20)
			return 0;
	}
	return i < n && p[i] == 'Z' && (i + 1 == n || p[i + 1] == ' ') ? i + 1 : 0;
}

size_t genlog_time_len(const char *p, size_t n)
{
	struct time_reading r = {.s = {p, p + (n < TIME_FIND_MAX ? n : TIME_FIND_MAX)}};

	if (n >= 19 && time_looks_iso(p)) {
		size_t usual = usual_len(p, n);

		if (usual)
			return usual;
		r.have = HAVE_DATE;
		r.s.p += 19;
		if (time_behind(&r) && !isalnum((unsigned char)time_ahead(&r.s, 0)))
			return (size_t)(r.s.p - p);
		r = (struct time_reading){.s = {p, r.s.end}};
	}
	return time_find(&r, 0) ? (size_t)(r.s.p - p) : 0;
}
