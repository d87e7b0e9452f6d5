#include "ctl/cron.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/civil.h"

#define DAY 86400
#define HOUR 3600
#define DAYS_MOST (8 * 366 + 2)

/* ── the text ── */

static const char *const months[] = {
	"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", NULL};
static const char *const weekdays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};

enum field { MINUTE, HOUR_FIELD, MONTH_DAY, MONTH, WEEKDAY, FIELDS };

static const struct {
	const char *what;
	int least, most;
	const char *const *names; /* of the numbers from `least` on */
} fields[FIELDS] = {
	{"minute", 0, 59, NULL},
	{"hour", 0, 23, NULL},
	{"day", 1, 31, NULL},
	{"month", 1, 12, months},
	{"weekday", 0, 7, weekdays},
};

static const struct {
	const char *name, *stands_for;
} words[] = {
	{"@hourly", "0 * * * *"},
	{"@daily", "0 0 * * *"},
	{"@midnight", "0 0 * * *"},
	{"@weekly", "0 0 * * 0"},
	{"@monthly", "0 0 1 * *"},
	{"@yearly", "0 0 1 1 *"},
	{"@annually", "0 0 1 1 *"},
};

/* A number or a name; -1: neither. */
static int read_value(const char **p, enum field f)
{
	const char *const *names = fields[f].names;
	int v = 0;

	for (int i = 0; names && names[i]; i++)
		if (strncasecmp(*p, names[i], 3) == 0 && !isalnum((unsigned char)(*p)[3])) {
			*p += 3;
			return i + fields[f].least;
		}
	if (!isdigit((unsigned char)**p))
		return -1;
	for (; isdigit((unsigned char)**p) && v < 1000; ++*p)
		v = 10 * v + **p - '0';
	return v;
}

/* "*", "5", "1-5", each perhaps with "/2": bits from 0.  0: it is none. */
static uint64_t read_item(const char **p, enum field f)
{
	int from = fields[f].least, to = fields[f].most, step = 1;
	bool single = false;
	uint64_t bits = 0;

	if (**p == '*') {
		++*p;
	} else {
		from = to = read_value(p, f);
		single = **p != '-';
		if (!single) {
			++*p;
			to = read_value(p, f);
		}
	}
	if (**p == '/') {
		++*p;
		step = isdigit((unsigned char)**p) ? read_value(p, MINUTE) : 0;
		to = single ? fields[f].most : to;
	}
	if (from < 0 || from < fields[f].least || to > fields[f].most || from > to || step < 1)
		return 0;
	for (int v = from; v <= to; v += step)
		bits |= 1ULL << v;
	return bits;
}

static int read_field(const char **p, enum field f, uint64_t *out, struct genlog_err *err)
{
	const char *start = *p;
	uint64_t item;

	*out = 0;
	do {
		*p += *p != start; /* the comma */
		item = read_item(p, f);
		*out |= item;
	} while (item && **p == ',');
	if (item && (!**p || isspace((unsigned char)**p)))
		return 0;
	return genlog_fail(err, EINVAL,
		"its %s \"%.*s\" is none: %d to %d, with lists, ranges and steps as in \"1-5,*/10\"", fields[f].what,
		(int)strcspn(start, " \t"), start, fields[f].least, fields[f].most);
}

static const char *skip_blanks(const char *p)
{
	while (isspace((unsigned char)*p))
		p++;
	return p;
}

int cron_parse(struct cron *c, const char *text, struct genlog_err *err)
{
	const char *p = skip_blanks(text);
	uint64_t bits[FIELDS];
	bool star[FIELDS];

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcasecmp(p, words[i].name) == 0)
			p = words[i].stands_for;
	for (int f = 0; f < FIELDS; f++) {
		star[f] = *p == '*';
		if (!*p)
			return genlog_fail(err, EINVAL,
				"\"%s\" has no %s; a schedule is \"minute hour day month weekday\"", text,
				fields[f].what);
		if (read_field(&p, (enum field)f, &bits[f], err) < 0)
			return -EINVAL;
		p = skip_blanks(p);
	}
	if (*p)
		return genlog_fail(err, EINVAL, "\"%s\" stands behind the fifth field, the weekday", p);
	*c = (struct cron){.minutes = bits[MINUTE],
		.hours = (uint32_t)bits[HOUR_FIELD],
		.days = (uint32_t)bits[MONTH_DAY],
		.months = (uint32_t)bits[MONTH],
		.weekdays = (uint32_t)((bits[WEEKDAY] | bits[WEEKDAY] >> 7) & 0x7f),
		.any_hour = star[HOUR_FIELD],
		.any_day = star[MONTH_DAY],
		.any_weekday = star[WEEKDAY]};
	return 0;
}

/* ── when it is due ── */

static bool day_fits(const struct cron *c, int64_t day)
{
	struct civil_date d = civil_from_days(day);
	bool by_day = c->days >> d.day & 1, by_weekday = c->weekdays >> civil_weekday(day) & 1;

	if (!(c->months >> d.month & 1))
		return false;
	return c->any_day || c->any_weekday ? by_day && by_weekday : by_day || by_weekday;
}

/* What is looked for: the nearest due time behind or before a time. */
struct search {
	const struct cron *c;
	const struct tz *z;
	int64_t t, best;
	bool back, found;
};

static void offer(struct search *s, int64_t at)
{
	if (s->back ? at > s->t : at <= s->t)
		return;
	if (!s->found || (s->back ? at > s->best : at < s->best))
		s->best = at;
	s->found = true;
}

static void offer_local(struct search *s, int64_t local)
{
	unsigned flags = 0;
	int64_t at = tz_to_utc(s->z, local, &flags), again;

	if (flags & TZ_GAP && s->c->any_hour)
		return;
	offer(s, at);
	again = local - tz_offset_at(s->z, at + 4 * HOUR);
	if (flags & TZ_FOLD && s->c->any_hour && again > at && again + tz_offset_at(s->z, again) == local)
		offer(s, again);
}

static void offer_day(struct search *s, int64_t day)
{
	if (!day_fits(s->c, day))
		return;
	for (int h = 0; h < 24; h++)
		for (int m = 0; m < 60 && s->c->hours >> h & 1; m++)
			if (s->c->minutes >> m & 1)
				offer_local(s, day * DAY + h * HOUR + m * 60);
}

/* A day more than where it was found: clocks that change at midnight mix two days. */
static int look(struct search *s, int64_t *out)
{
	int64_t local = s->t + tz_offset_at(s->z, s->t), day = local / DAY - (local % DAY < 0);
	int64_t step = s->back ? -1 : 1, more = 1;

	for (int64_t i = -1; i < DAYS_MOST && more >= 0; i++) {
		more -= s->found;
		offer_day(s, day + step * i);
	}
	if (!s->found)
		return -ENOENT;
	*out = s->best;
	return 0;
}

int cron_next(const struct cron *c, const struct tz *z, int64_t t, int64_t *out)
{
	struct search s = {.c = c, .z = z, .t = t};

	return look(&s, out);
}

int cron_last(const struct cron *c, const struct tz *z, int64_t t, int64_t *out)
{
	struct search s = {.c = c, .z = z, .t = t, .back = true};

	return look(&s, out);
}
