#include "base/tz_rule.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/civil.h"

#define DAY 86400

enum day_kind { DAY_JULIAN, DAY_OF_YEAR, DAY_OF_MONTH };

struct day {
	enum day_kind kind;
	int month, week, day;
	int32_t time; /* seconds after midnight, may be negative or beyond the day */
};

struct rule {
	int32_t std, dst;
	bool has_dst;
	struct day start, end;
};

int tz_build_add(struct tz_build *b, int64_t at, int32_t offset)
{
	if (at == INT64_MIN) {
		b->offset[0] = offset;
		return b->n ? -EINVAL : 0;
	}
	if (b->offset[b->n] == offset)
		return 0;
	if (b->n == b->most || (b->n && at <= b->at[b->n - 1]))
		return -EINVAL;
	b->at[b->n++] = at;
	b->offset[b->n] = offset;
	return 0;
}

static bool number(const char **p, int max, int *out)
{
	int v = 0;

	if (!isdigit((unsigned char)**p))
		return false;
	for (; isdigit((unsigned char)**p) && v <= max; (*p)++)
		v = v * 10 + **p - '0';
	*out = v;
	return v <= max;
}

/* "EST" or "<+0330>", at least three characters. */
static bool zone_name(const char **p)
{
	const char *start = *p;
	bool quoted = **p == '<';

	*p += quoted;
	while (isalpha((unsigned char)**p) || (quoted && (isdigit((unsigned char)**p) || **p == '+' || **p == '-')))
		(*p)++;
	if (quoted && *(*p)++ != '>')
		return false;
	return *p - start >= 3;
}

/* [+-]hh[:mm[:ss]] */
static bool clock_time(const char **p, int max_hours, int32_t *out)
{
	int sign = **p == '-' ? -1 : 1, h = 0, m = 0, s = 0;

	*p += **p == '-' || **p == '+';
	if (!number(p, max_hours, &h))
		return false;
	if (**p == ':' && (++*p, !number(p, 59, &m)))
		return false;
	if (**p == ':' && (++*p, !number(p, 59, &s)))
		return false;
	*out = sign * (h * 3600 + m * 60 + s);
	return true;
}

static bool month_day(const char **p, struct day *d)
{
	d->kind = DAY_OF_MONTH;
	if (!number(p, 12, &d->month) || d->month < 1 || *(*p)++ != '.')
		return false;
	if (!number(p, 5, &d->week) || d->week < 1 || *(*p)++ != '.')
		return false;
	return number(p, 6, &d->day);
}

static bool rule_day(const char **p, struct day *d)
{
	bool ok;

	if (*(*p)++ != ',')
		return false;
	d->time = 2 * 3600;
	d->kind = **p == 'J' ? DAY_JULIAN : DAY_OF_YEAR;
	if (**p == 'M') {
		++*p;
		ok = month_day(p, d);
	} else {
		*p += **p == 'J';
		ok = number(p, 365, &d->day) && (d->kind == DAY_OF_YEAR || d->day > 0);
	}
	if (ok && **p == '/') {
		++*p;
		ok = clock_time(p, 167, &d->time);
	}
	return ok;
}

static bool rule_read(struct rule *r, const char *p)
{
	int32_t west = 0;

	if (!zone_name(&p) || !clock_time(&p, 24, &west))
		return false;
	r->std = -west;
	if (!*p)
		return true;
	r->has_dst = true;
	r->dst = r->std + 3600;
	if (!zone_name(&p))
		return false;
	if (*p && *p != ',') {
		if (!clock_time(&p, 24, &west))
			return false;
		r->dst = -west;
	}
	if (!*p)
		p = ",M3.2.0,M11.1.0";
	return rule_day(&p, &r->start) && rule_day(&p, &r->end) && !*p;
}

static int64_t day_of(const struct day *d, int year)
{
	int64_t first;
	int ahead, last;

	if (d->kind == DAY_OF_YEAR)
		return civil_days(year, 1, 1) + d->day;
	if (d->kind == DAY_JULIAN)
		return civil_days(year, 1, 1) + d->day - 1 + (d->day > 59 && civil_is_leap(year));
	first = civil_days(year, d->month, 1);
	ahead = (d->day - civil_weekday(first) + 7) % 7 + (d->week - 1) * 7;
	last = civil_month_days(year, d->month) - 1;
	return first + (ahead > last ? ahead - 7 : ahead);
}

/* Behind what the file itself says; the first year may lie partly before that. */
static int add_later(struct tz_build *b, int64_t at, int32_t offset)
{
	return b->n && at <= b->at[b->n - 1] ? 0 : tz_build_add(b, at, offset);
}

static int year_expand(struct tz_build *b, const struct rule *r, int year)
{
	int64_t start = day_of(&r->start, year) * DAY + r->start.time - r->std;
	int64_t end = day_of(&r->end, year) * DAY + r->end.time - r->dst;
	bool north = start < end;
	int e = add_later(b, north ? start : end, north ? r->dst : r->std);

	return e < 0 ? e : add_later(b, north ? end : start, north ? r->std : r->dst);
}

int tz_rule_expand(struct tz_build *b, const char *rule)
{
	struct rule r = {0};
	int e = 0;

	if (!rule_read(&r, rule))
		return -EINVAL;
	if (b->n == 0)
		b->offset[0] = r.std;
	for (int year = TZ_RULE_FIRST; r.has_dst && e == 0 && year <= TZ_RULE_LAST; year++)
		e = year_expand(b, &r, year);
	return e;
}
