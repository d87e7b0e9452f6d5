/*
 * PCRE2 counts the steps of a match anew from each place where one might begin, so its limit alone bounds nothing in a
 * long text.  The text is searched a window of beginnings at a time, and the clock is looked at in between.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include <genlog/pattern.h>

#include <errno.h>
#include <pcre2.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"

#define MATCH_LIMIT 50000
#define HEAP_KIB 4096
#define JIT_STACK ((size_t)256 * 1024)
#define FIRST_WINDOW 256
#define LAST_WINDOW ((size_t)1 << 20)
#define SEARCH_MS 100

struct genlog_pattern {
	pcre2_code *re;
	pcre2_match_data *match;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
};

static int compile(
	struct genlog_pattern *x, const char *text, bool ignore_case, struct genlog_where where, struct genlog_err *err)
{
	uint32_t flags = PCRE2_UTF | PCRE2_USE_OFFSET_LIMIT | (ignore_case ? PCRE2_CASELESS : 0);
	PCRE2_UCHAR why[128];
	PCRE2_SIZE at = 0;
	int code = 0;

	x->re = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, flags, &code, &at, NULL);
	if (x->re)
		return 0;
	pcre2_get_error_message(code, why, sizeof(why));
	genlog_fail_opt(err, where.opt, EINVAL, "column %zu of the pattern: %s", at + 1, (char *)why);
	if (err)
		err->opt_item = where.item;
	return -EINVAL;
}

/* Where the system forbids code made at run time, PCRE2 interprets: slower, with the same result. */
static int prepare(struct genlog_pattern *x)
{
	x->match = pcre2_match_data_create(1, NULL);
	x->context = pcre2_match_context_create(NULL);
	if (!x->match || !x->context)
		return -ENOMEM;
	pcre2_set_match_limit(x->context, MATCH_LIMIT);
	pcre2_set_depth_limit(x->context, MATCH_LIMIT);
	pcre2_set_heap_limit(x->context, HEAP_KIB);
	if (pcre2_jit_compile(x->re, PCRE2_JIT_COMPLETE) < 0)
		return 0;
	x->stack = pcre2_jit_stack_create(JIT_STACK / 8, JIT_STACK, NULL);
	if (!x->stack)
		return -ENOMEM;
	pcre2_jit_stack_assign(x->context, NULL, x->stack);
	return 0;
}

struct genlog_pattern *genlog_pattern_new(
	const char *text, bool ignore_case, struct genlog_where where, struct genlog_err *err)
{
	struct genlog_pattern *x = mem_calloc(1, sizeof(*x));
	int r = x ? compile(x, text, ignore_case, where, err) : -ENOMEM;

	if (r == 0)
		r = prepare(x);
	if (r == -ENOMEM)
		genlog_fail_opt(err, where.opt, ENOMEM, "no memory for the pattern");
	if (r == 0)
		return x;
	genlog_pattern_free(x);
	return NULL;
}

void genlog_pattern_free(struct genlog_pattern *x)
{
	if (!x)
		return;
	pcre2_jit_stack_free(x->stack);
	pcre2_match_context_free(x->context);
	pcre2_match_data_free(x->match);
	pcre2_code_free(x->re);
	free(x);
}

static void found(const struct genlog_pattern *x, struct genlog_span *span)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(x->match);

	/* A \K can put the end before the beginning. */
	if (span)
		*span = (struct genlog_span){at[0], at[1] < at[0] ? at[0] : at[1]};
}

/* The clock is not looked at before there is a second window. */
int genlog_pattern_find(struct genlog_pattern *x, const char *p, size_t n, size_t from, struct genlog_span *span)
{
	size_t window = FIRST_WINDOW;
	int64_t end = 0, before = 0;

	for (;;) {
		int64_t now;
		int r;

		pcre2_set_offset_limit(x->context, n - from < window ? PCRE2_UNSET : from + window - 1);
		r = pcre2_match(x->re, (PCRE2_SPTR)p, n, from, PCRE2_NO_UTF_CHECK, x->match, x->context);
		if (r >= 0) {
			found(x, span);
			return 1;
		}
		if (r != PCRE2_ERROR_NOMATCH)
			return -ELOOP;
		if (n - from < window)
			return 0;
		for (from += window; from < n && (p[from] & 0xc0) == 0x80;)
			from++;
		now = clock_ms();
		if (end && now > end)
			return -ELOOP;
		if (!end)
			end = now + SEARCH_MS;
		else if (now == before && window < LAST_WINDOW)
			window *= 2;
		before = now;
	}
}
