/*
 * filter grep: keeps or drops events by a regular expression (PCRE2) on one field.
 *
 *	filters:
 *	  - {type: grep, field: level, pattern: '^(debug|trace)$', ignore_case: yes, on_match: drop}
 *
 * An event without the field does not match.  One that exceeds the match limit does not either, so that a pattern
 * which backtracks without end keeps nobody's log waiting.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include <errno.h>
#include <inttypes.h>
#include <pcre2.h>
#include <stdio.h>
#include <string.h>

#include <genlog/plugin.h>

#define MATCH_LIMIT 50000

struct grep {
	const char *field;
	const char *pattern;
	bool ignore_case;
	int on_match; /* enum genlog_verdict, by the order of `verdicts` */

	pcre2_code *re;
	pcre2_match_data *match;
	pcre2_match_context *context;
};

static const char *const verdicts[] = {[GENLOG_KEEP] = "keep", [GENLOG_DROP] = "drop", NULL};

static const struct genlog_opt opts[] = {
	GENLOG_STR(struct grep, field, .def = "message", .help = "the field to look at"),
	GENLOG_STR(struct grep, pattern, .required = true, .help = "regular expression, matches anywhere"),
	GENLOG_BOOL(struct grep, ignore_case, .def = "no", .help = "match any case"),
	GENLOG_CHOICE(struct grep, on_match, .def = "keep", .choices = verdicts,
		.help = "what becomes of events that match; the others meet the opposite"),
	{0},
};

static int grep_open(void *self, struct genlog_err *err)
{
	struct grep *g = self;
	uint32_t flags = PCRE2_UTF | PCRE2_NO_UTF_CHECK | (g->ignore_case ? PCRE2_CASELESS : 0);
	PCRE2_UCHAR why[128];
	PCRE2_SIZE at = 0;
	int code = 0;

	g->re = pcre2_compile((PCRE2_SPTR)g->pattern, PCRE2_ZERO_TERMINATED, flags, &code, &at, NULL);
	if (!g->re) {
		pcre2_get_error_message(code, why, sizeof(why));
		return genlog_fail_opt(err, "pattern", EINVAL, "column %zu of the pattern: %s", at + 1, (char *)why);
	}
	pcre2_jit_compile(g->re, PCRE2_JIT_COMPLETE);
	g->match = pcre2_match_data_create(1, NULL);
	g->context = pcre2_match_context_create(NULL);
	if (!g->match || !g->context)
		return -ENOMEM;
	pcre2_set_match_limit(g->context, MATCH_LIMIT);
	return 0;
}

static void grep_close(void *self)
{
	struct grep *g = self;

	pcre2_match_context_free(g->context);
	pcre2_match_data_free(g->match);
	pcre2_code_free(g->re);
}

/* A value as text; numbers are written to `room`. */
static struct genlog_value text_of(const struct genlog_value *v, char *room, size_t size)
{
	static const char *const bools[] = {"false", "true"};

	switch (v->type) {
	case GENLOG_V_STR: return *v;
	case GENLOG_V_BOOL: return genlog_str(bools[v->u.i != 0], 5 - (v->u.i != 0));
	case GENLOG_V_INT:
	case GENLOG_V_DATE: return genlog_str(room, (size_t)snprintf(room, size, "%" PRId64, v->u.i));
	case GENLOG_V_DOUBLE: return genlog_str(room, (size_t)snprintf(room, size, "%.15g", v->u.d));
	default: return genlog_str("", 0);
	}
}

static enum genlog_verdict grep_filter(void *self, struct genlog_record *rec)
{
	const struct grep *g = self;
	struct genlog_value v = {0};
	char room[40];
	bool hit = false;

	if (genlog_get(rec, g->field, &v)) {
		v = text_of(&v, room, sizeof(room));
		hit = pcre2_match(g->re, (PCRE2_SPTR)v.u.p, v.n, 0, PCRE2_NO_UTF_CHECK, g->match, g->context) >= 0;
	}
	return hit == (g->on_match == GENLOG_KEEP) ? GENLOG_KEEP : GENLOG_DROP;
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_FILTER,
	.name = "grep",
	.summary = "keeps or drops events by a regular expression",
	.state_size = sizeof(struct grep),
	.opts = opts,
	.open = grep_open,
	.close = grep_close,
	.filter = grep_filter,
};
