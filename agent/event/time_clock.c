/* The clock of a timestamp that is searched for, and what stands behind its seconds. */
#include <ctype.h>

#include "event/time_find.h"

/* ":606" is a number of milliseconds, not always of three digits. */
static bool fraction(struct time_reading *r)
{
	char c = time_ahead(&r->s, 0);
	size_t n = time_run(&r->s, 1);

	if ((c != '.' && c != ',' && c != ':') || !n || n > 9)
		return true;
	if (c == ':' && (n > 3 || time_ahead(&r->s, 1 + n) == ':'))
		return true;
	r->s.p++;
	return c == ':' ? time_number(&r->s, 3, &r->c.ms) : time_fraction(&r->s, &r->c.ms);
}

static void half(struct time_reading *r)
{
	const char *start = r->s.p;

	time_is(&r->s, ' ');
	if (r->c.hour <= 12 && time_ops['p'](r) && !isalnum((unsigned char)time_ahead(&r->s, 0)))
		r->have |= HAVE_HALF;
	else
		r->s.p = start;
}

static bool zone_word(struct time_reading *r)
{
	struct time_reading t = *r;

	if (!time_ops['Z'](&t) || isalnum((unsigned char)time_ahead(&t.s, 0)) || time_ahead(&t.s, 0) == '_')
		return false;
	*r = t;
	return true;
}

static bool zone_number(struct time_reading *r)
{
	struct time_reading t = *r;

	if (!time_ops['z'](&t) || isalnum((unsigned char)time_ahead(&t.s, 0)) || time_ahead(&t.s, 0) == ':')
		return false;
	*r = t;
	return true;
}

/* "[Europe/Berlin]" behind an offset, which has said it all. */
static void zone_name(struct time_reading *r)
{
	const char *p = r->s.p;

	if (time_ahead(&r->s, 0) != '[' || !isupper((unsigned char)time_ahead(&r->s, 1)))
		return;
	while (p < r->s.end && p - r->s.p < 40 && *p != ']')
		p++;
	if (p < r->s.end && *p == ']')
		r->s.p = p + 1;
}

static void zone(struct time_reading *r)
{
	const char *start = r->s.p;

	time_is(&r->s, ' ');
	if (zone_number(r)) {
		zone_name(r);
		return;
	}
	if (zone_word(r))
		return;
	r->s.p = start;
}

/* The year of ctime(3), behind the clock or the zone. */
static void late_year(struct time_reading *r)
{
	struct time_reading t = *r;

	if (r->have & HAVE_YEAR || !time_is(&t.s, ' ') || time_run(&t.s, 0) != 4 || !time_ops['Y'](&t) ||
		t.c.year < 1970 || t.c.year > 2200)
		return;
	*r = t;
}

bool time_behind(struct time_reading *r)
{
	bool dated = r->have & HAVE_DATE;

	if (!fraction(r))
		return false;
	half(r);
	zone(r);
	if (dated)
		late_year(r);
	return true;
}

bool time_clock_compact(struct time_reading *r, size_t digits)
{
	if (!time_digits(&r->s, 2, &r->c.hour) || !time_digits(&r->s, 2, &r->c.min))
		return false;
	return digits == 4 || time_digits(&r->s, 2, &r->c.sec);
}

bool time_clock(struct time_reading *r, char sep, bool need_seconds)
{
	if (!time_number(&r->s, 2, &r->c.hour) || !time_is(&r->s, sep) || time_run(&r->s, 0) > 2 ||
		!time_number(&r->s, 2, &r->c.min))
		return false;
	if (time_ahead(&r->s, 0) == sep && time_digit_ahead(&r->s, 1) && time_run(&r->s, 1) <= 2) {
		r->s.p++;
		return time_number(&r->s, 2, &r->c.sec);
	}
	return !need_seconds;
}

/* Behind a date: blanks, 'T', '-', ':' or '_', and a clock; or nothing at all. */
bool time_clock_behind(struct time_reading *r, bool compact)
{
	const char *start = r->s.p;
	char c = time_ahead(&r->s, 0);
	size_t n;

	if (c == ',' && time_ahead(&r->s, 1) == ' ')
		r->s.p++;
	while (time_is(&r->s, ' ') || time_is(&r->s, '\t'))
		;
	if (r->s.p == start && (c == 'T' || c == 't' || c == '-' || c == ':' || c == '_'))
		r->s.p++;
	n = time_run(&r->s, 0);
	if (r->s.p > start && (n == 1 || n == 2) && time_ahead(&r->s, n) == ':')
		return time_clock(r, ':', false) && time_behind(r);
	if (c == '-' && n == 2 && time_ahead(&r->s, n) == '.')
		return time_clock(r, '.', true) && time_behind(r);
	if (compact && r->s.p > start && (n == 6 || (n == 4 && c == 'T')))
		return time_clock_compact(r, n) && time_behind(r);
	r->s.p = start;
	return false;
}
