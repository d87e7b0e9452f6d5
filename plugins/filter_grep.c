/*
 * filter grep: keeps or drops events by a regular expression (PCRE2) on one field, or by conditions.
 *
 *	filters:
 *	  - {type: grep, field: level, pattern: '^(debug|trace)$', ignore_case: yes, on_match: drop}
 *	  - {type: grep, when: ['status>=500', 'method=POST|PUT']}
 *
 * An event without the field does not match.  One that exceeds the match limit does not either, so that a pattern
 * which backtracks without end keeps nobody's log waiting.  With both, both have to hold.  The pattern sees the level
 * as the line has it, conditions see it as the document will.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <genlog/pattern.h>
#include <genlog/plugin.h>

struct grep {
	const char *field;
	const char *pattern;
	struct genlog_strs when;
	bool ignore_case;
	int on_match; /* enum genlog_verdict, by the order of `verdicts` */

	struct genlog_pattern *re;
	struct genlog_conds *conds;
};

static const char *const verdicts[] = {[GENLOG_KEEP] = "keep", [GENLOG_DROP] = "drop", NULL};

static const struct genlog_opt opts[] = {
	GENLOG_STR(struct grep, field, .def = "message", .help = "the field to look at"),
	GENLOG_STR(struct grep, pattern, .help = "regular expression, matches anywhere"),
	GENLOG_LIST(
		struct grep, when, .help = "conditions that all have to hold, such as status>=500 or level=WARN|ERROR"),
	GENLOG_BOOL(struct grep, ignore_case, .def = "no", .help = "match any case"),
	GENLOG_CHOICE(struct grep, on_match, .def = "keep", .choices = verdicts,
		.help = "what becomes of events that match; the others meet the opposite"),
	{0},
};

static int grep_open(void *self, struct genlog_err *err)
{
	struct grep *g = self;

	if (!g->pattern && !g->when.n)
		return genlog_fail(err, EINVAL, "grep needs a \"pattern\", or conditions in \"when\"");
	if (g->pattern) {
		g->re = genlog_pattern_new(g->pattern, g->ignore_case, (struct genlog_where){"pattern", -1}, err);
		if (!g->re)
			return -EINVAL;
	}
	g->conds = genlog_conds_new(&g->when, "when", err);
	return g->conds ? 0 : -EINVAL;
}

static void grep_close(void *self)
{
	struct grep *g = self;

	genlog_conds_free(g->conds);
	genlog_pattern_free(g->re);
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

static bool matches(const struct grep *g, const struct genlog_record *rec)
{
	struct genlog_value v = {0};
	char room[GENLOG_TEXT_ROOM];

	if (!g->re)
		return true;
	if (!genlog_get(rec, g->field, &v))
		return false;
	v = text_of(&v, room, sizeof(room));
	return genlog_pattern_find(g->re, v.u.p, v.n, 0, NULL) == 1;
}

static enum genlog_verdict grep_filter(void *self, struct genlog_record *rec)
{
	const struct grep *g = self;
	bool hit = matches(g, rec) && genlog_conds_hold(g->conds, rec);

	return hit == (g->on_match == GENLOG_KEEP) ? GENLOG_KEEP : GENLOG_DROP;
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_FILTER,
	.name = "grep",
	.summary = "keeps or drops events by a regular expression or conditions",
	.state_size = sizeof(struct grep),
	.opts = opts,
	.open = grep_open,
	.close = grep_close,
	.filter = grep_filter,
};
