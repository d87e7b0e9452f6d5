#include "event/time_ops.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const char *const months[] = {"january", "february", "march", "april", "may", "june", "july", "august",
	"september", "october", "november", "december", NULL};
static const char *const days[] = {"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", NULL};

struct zone_name {
	char name[6];
	int8_t quarters; /* of hours, east */
};

static const struct zone_name zones[] = {
	{"UTC", 0},
	{"GMT", 0},
	{"Z", 0},
	{"UT", 0},
	{"WET", 0},
	{"WEST", 4},
	{"BST", 4},
	{"CET", 4},
	{"CEST", 8},
	{"MEZ", 4},
	{"MESZ", 8},
	{"EET", 8},
	{"EEST", 12},
	{"SAST", 8},
	{"MSK", 12},
	{"IST", 22},
	{"WIB", 28},
	{"HKT", 32},
	{"SGT", 32},
	{"PHT", 32},
	{"AWST", 32},
	{"JST", 36},
	{"KST", 36},
	{"ACST", 38},
	{"ACDT", 42},
	{"AEST", 40},
	{"AEDT", 44},
	{"NZST", 48},
	{"NZDT", 52},
	{"BRT", -12},
	{"ART", -12},
	{"NST", -14},
	{"NDT", -10},
	{"AST", -16},
	{"ADT", -12},
	{"EST", -20},
	{"EDT", -16},
	{"CST", -24},
	{"CDT", -20},
	{"MST", -28},
	{"MDT", -24},
	{"PST", -32},
	{"PDT", -28},
	{"AKST", -36},
	{"AKDT", -32},
	{"HST", -40},
	{"", 0},
};

/* One or two digits, a blank standing for a missing first one. */
static bool small(struct time_reading *r, int min, int max, int *out)
{
	int v = 0;

	time_is(&r->s, ' ');
	if (!time_digits(&r->s, 2, &v) && !time_digits(&r->s, 1, &v))
		return false;
	*out = v;
	return v >= min && v <= max;
}

/* In either case: `low` is in small letters. */
static bool same_three(const char *p, const char *low)
{
	return (p[0] | 0x20) == low[0] && (p[1] | 0x20) == low[1] && (p[2] | 0x20) == low[2];
}

/* By its first three letters; the rest of the word is read along when it is there. */
static bool name(struct time_reading *r, const char *const *names, int *index)
{
	size_t left = (size_t)(r->s.end - r->s.p);

	for (int i = 0; left >= 3 && names[i]; i++) {
		size_t full = strlen(names[i]);

		if (!same_three(r->s.p, names[i]))
			continue;
		*index = i;
		r->s.p += left >= full && strncasecmp(r->s.p, names[i], full) == 0 ? full : 3;
		return true;
	}
	return false;
}

static bool op_year(struct time_reading *r)
{
	r->have |= HAVE_YEAR;
	return time_digits(&r->s, 4, &r->c.year) && r->c.year > 0;
}

/* As POSIX has it: 69 to 99 belong to the last century. */
static bool op_year2(struct time_reading *r)
{
	int y = 0;

	if (!time_digits(&r->s, 2, &y))
		return false;
	r->c.year = y + (y < 69 ? 2000 : 1900);
	r->have |= HAVE_YEAR;
	return true;
}

static bool op_month(struct time_reading *r)
{
	r->have |= HAVE_MONTH;
	return small(r, 1, 12, &r->c.month);
}

static bool op_month_name(struct time_reading *r)
{
	int i = 0;

	r->have |= HAVE_MONTH;
	if (!name(r, months, &i))
		return false;
	r->c.month = i + 1;
	return true;
}

static bool op_day(struct time_reading *r)
{
	r->have |= HAVE_DAY;
	return small(r, 1, 31, &r->c.day);
}

static bool op_weekday(struct time_reading *r)
{
	int i = 0;

	return name(r, days, &i);
}

static bool op_yday(struct time_reading *r)
{
	r->have |= HAVE_YDAY;
	return time_digits(&r->s, 3, &r->yday);
}

static bool op_hour(struct time_reading *r)
{
	return small(r, 0, 24, &r->c.hour);
}

static bool op_half(struct time_reading *r)
{
	r->have |= HAVE_HALF;
	return small(r, 1, 12, &r->c.hour);
}

static bool op_pm(struct time_reading *r)
{
	bool am = r->s.end - r->s.p >= 2 && strncasecmp(r->s.p, "am", 2) == 0;
	bool pm = r->s.end - r->s.p >= 2 && strncasecmp(r->s.p, "pm", 2) == 0;

	r->have |= pm ? HAVE_PM : 0;
	r->s.p += am || pm ? 2 : 0;
	return am || pm;
}

static bool op_min(struct time_reading *r)
{
	return small(r, 0, 59, &r->c.min);
}

static bool op_sec(struct time_reading *r)
{
	return small(r, 0, 60, &r->c.sec);
}

static bool op_fraction(struct time_reading *r)
{
	return time_fraction(&r->s, &r->c.ms);
}

static bool op_offset(struct time_reading *r)
{
	size_t n = tz_parse_offset(r->s.p, (size_t)(r->s.end - r->s.p), &r->c.offset);

	r->s.p += n;
	r->c.has_zone = true;
	return n;
}

static bool op_zone(struct time_reading *r)
{
	const char *p = r->s.p;
	size_t n;

	while (r->s.p < r->s.end && isupper((unsigned char)*r->s.p))
		r->s.p++;
	n = (size_t)(r->s.p - p);
	if (!n || n >= sizeof(zones[0].name))
		return false;
	for (const struct zone_name *z = zones; *z->name; z++) {
		if (*z->name == *p && strlen(z->name) == n && memcmp(z->name, p, n) == 0) {
			r->c.offset = z->quarters * 900;
			r->c.has_zone = true;
			return true;
		}
	}
	return false;
}

static bool op_epoch(struct time_reading *r)
{
	const char *start = r->s.p;

	r->have |= HAVE_EPOCH;
	for (r->epoch = 0; r->s.p < r->s.end && r->s.p - start < 12 && isdigit((unsigned char)*r->s.p); r->s.p++)
		r->epoch = r->epoch * 10 + *r->s.p - '0';
	return r->s.p > start;
}

static bool op_blank(struct time_reading *r)
{
	while (r->s.p < r->s.end && isspace((unsigned char)*r->s.p))
		r->s.p++;
	return true;
}

time_op_fn *const time_ops[128] = {
	['Y'] = op_year,
	['y'] = op_year2,
	['m'] = op_month,
	['b'] = op_month_name,
	['B'] = op_month_name,
	['h'] = op_month_name,
	['d'] = op_day,
	['e'] = op_day,
	['a'] = op_weekday,
	['A'] = op_weekday,
	['j'] = op_yday,
	['H'] = op_hour,
	['k'] = op_hour,
	['I'] = op_half,
	['l'] = op_half,
	['p'] = op_pm,
	['P'] = op_pm,
	['M'] = op_min,
	['S'] = op_sec,
	['f'] = op_fraction,
	['L'] = op_fraction,
	['N'] = op_fraction,
	['z'] = op_offset,
	['Z'] = op_zone,
	['s'] = op_epoch,
	[' '] = op_blank,
};
