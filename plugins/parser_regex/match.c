/*
 * No pattern can hold up the agent.  PCRE2 counts steps and gives up at a limit, but counts anew from each place in
 * the line where a match might begin, so an unanchored pattern is tried a window of beginnings at a time, with a look
 * at the clock in between; and the limit starts low and is raised only while there is time.
 */
#include <time.h>

#include "regex.h"

#define FIRST_WINDOW 64
#define LAST_WINDOW (1 << 16)

/* The clock is not looked at before there is a reason to. */
struct watch {
	int64_t end;
};

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Microseconds that are left. */
static int64_t left(struct watch *w, const struct regex *x)
{
	if (!w->end)
		w->end = now_us() + x->timeout * 1000;
	return w->end - now_us();
}

/* One try with a limit that rises eightfold while seven eighths of the time are left. */
static int attempt(const struct regex *x, const struct genlog_record *rec, size_t from, struct watch *w)
{
	int64_t limit = x->match_limit / 64 > 1000 ? x->match_limit / 64 : 1000;
	int r;

	for (;; limit *= 8) {
		uint32_t steps = (uint32_t)(limit < x->match_limit ? limit : x->match_limit);

		pcre2_set_match_limit(x->context, steps);
		pcre2_set_depth_limit(x->context, steps);
		r = pcre2_match(x->re, (PCRE2_SPTR)rec->line, rec->len, from, PCRE2_NO_UTF_CHECK, x->match, x->context);
		if ((r != PCRE2_ERROR_MATCHLIMIT && r != PCRE2_ERROR_DEPTHLIMIT) || limit >= x->match_limit ||
			left(w, x) < x->timeout * 875)
			return r;
	}
}

/* Beginnings a window at a time; each window twice as large as the one before it while that went quickly. */
static int windows(const struct regex *x, const struct genlog_record *rec)
{
	size_t from = 0, window = FIRST_WINDOW;
	struct watch w = {0};
	int64_t before = 0, after;
	int r;

	for (;;) {
		size_t last = from + window - 1;

		pcre2_set_offset_limit(x->context, last);
		r = attempt(x, rec, from, &w);
		from = last + 1;
		if (r != PCRE2_ERROR_NOMATCH || from > rec->len)
			return r;
		while (from < rec->len && (rec->line[from] & 0xc0) == 0x80)
			from++;
		after = left(&w, x);
		if (after <= 0)
			return PCRE2_ERROR_MATCHLIMIT;
		if (before && before - after < 1000 && window < LAST_WINDOW)
			window *= 2;
		before = after;
	}
}

int regex_find(const struct regex *x, const struct genlog_record *rec)
{
	struct watch w = {0};

	return x->anchored ? attempt(x, rec, 0, &w) : windows(x, rec);
}
