/*
 * strftime-like patterns, compiled to a list of letters; each letter is one function, found through a table.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "event/time_find.h"

/* Letters that stand for several. */
static const char *const shorthand[128] = {
	['T'] = "%H:%M:%S",
	['F'] = "%Y-%m-%d",
	['D'] = "%m/%d/%y",
	['R'] = "%H:%M",
	['n'] = " ",
	['t'] = " ",
	['r'] = "%I:%M:%S %p",
};

static int64_t apart(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

static bool half_day(struct time_reading *r)
{
	if (r->have & HAVE_HALF)
		r->c.hour = r->c.hour % 12 + (r->have & HAVE_PM ? 12 : 0);
	return true;
}

/* Of last year, this year and next year, or of yesterday, today and tomorrow, whichever lies nearest to now. */
static bool nearest(const struct time_reading *r, const struct tz *zone, int64_t now_ms, struct time_result *out)
{
	bool by_day = !(r->have & HAVE_DATE), found = false;
	int64_t today = now_ms / 86400000;
	struct civil_date now = civil_from_days(today);

	for (int step = -1; step <= 1; step++) {
		struct civil_date date = by_day ? civil_from_days(today + step) : now;
		struct time_civil c = r->c;
		struct time_result t = {0};

		c.year = date.year + (by_day ? 0 : step);
		c.month = by_day ? date.month : c.month;
		c.day = by_day ? date.day : c.day;
		if ((r->have & HAVE_YDAY) && !time_from_yday(&c, r->yday))
			continue;
		if (!time_reckon(&c, zone, &t) || (found && apart(t.ms, now_ms) >= apart(out->ms, now_ms)))
			continue;
		*out = t;
		found = true;
	}
	out->flags |= TIME_YEAR_INFERRED;
	return found;
}

bool time_conclude(struct time_reading *r, const struct tz *zone, int64_t now_ms, struct time_result *out)
{
	if (r->have & HAVE_EPOCH) {
		*out = (struct time_result){r->epoch * 1000 + r->c.ms, 0};
		return r->epoch < civil_days(TIME_LAST_YEAR + 1, 1, 1) * 86400;
	}
	r->c.month = r->have & HAVE_MONTH ? r->c.month : 1;
	r->c.day = r->have & HAVE_DAY ? r->c.day : 1;
	half_day(r);
	if (!(r->have & HAVE_YEAR))
		return nearest(r, zone, now_ms, out);
	if ((r->have & HAVE_YDAY) && !time_from_yday(&r->c, r->yday))
		return false;
	return time_reckon(&r->c, zone, out);
}

int time_by_pattern(const struct time_format *f, const char *p, size_t n, int64_t now_ms, struct time_result *out)
{
	struct time_reading r = {.s = {p, p + n}};
	struct time_result t = {0};

	for (unsigned i = 0; i < f->n; i++) {
		const struct time_op *op = &f->op[i];

		if (op->code ? !time_ops[op->code](&r) : !time_is(&r.s, op->literal))
			return -EINVAL;
	}
	if (r.s.p != r.s.end || !time_conclude(&r, f->zone, now_ms, &t))
		return -EINVAL;
	*out = t;
	return 0;
}

static int op_add(struct time_format *f, uint8_t code, char literal, struct genlog_err *err)
{
	if (f->n == TIME_OPS)
		return genlog_fail(err, EINVAL, "the time pattern is longer than %d parts", TIME_OPS);
	f->op[f->n].code = code;
	f->op[f->n++].literal = literal;
	return 0;
}

static int compile(struct time_format *f, const char *pattern, struct genlog_err *err)
{
	int r = 0;

	for (const char *p = pattern; *p && r == 0; p++) {
		unsigned char c = (unsigned char)*p;

		if (c == '%' && p[1] != '%') {
			c = (unsigned char)p[1];
			if (c < 128 && shorthand[c])
				r = compile(f, shorthand[c], err);
			else if (c < 128 && c != ' ' && time_ops[c])
				r = op_add(f, c, 0, err);
			else
				return genlog_fail(err, EINVAL, "column %d of the time pattern: %s \"%.*s\"",
					(int)(p - pattern) + 1, c ? "unknown" : "nothing behind", c ? 2 : 1, p);
			p++;
			continue;
		}
		p += c == '%';
		r = isspace(c) ? op_add(f, ' ', 0, err) : op_add(f, 0, (char)c, err);
	}
	return r;
}

static bool has_op(const struct time_format *f, const char *letters)
{
	for (unsigned i = 0; i < f->n; i++) {
		if (f->op[i].code && strchr(letters, f->op[i].code))
			return true;
	}
	return false;
}

/* What could never give one time. */
static int check(const struct time_format *f, struct genlog_err *err)
{
	if (!has_op(f, "HkIlsYymbBhdej"))
		return genlog_fail(err, EINVAL, "the time pattern has neither date nor time in it");
	if (has_op(f, "de") && !has_op(f, "mbBh"))
		return genlog_fail(err, EINVAL, "the time pattern has a day but no month");
	if (has_op(f, "Il") && !has_op(f, "pP"))
		return genlog_fail(err, EINVAL, "the time pattern has %%I but no %%p");
	return 0;
}

int time_format_init(struct time_format *f, const char *pattern, const struct tz *zone, struct genlog_err *err)
{
	struct time_format new = {.zone = zone};
	int r = 0;

	if (pattern && strcmp(pattern, "auto") != 0) {
		r = compile(&new, pattern, err);
		if (r == 0)
			r = check(&new, err);
	}
	if (r == 0)
		*f = new;
	return r;
}
