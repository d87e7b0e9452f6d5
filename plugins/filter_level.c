/*
 * filter level: gives events the level that they deserve.
 *
 *	filters:
 *	  - {type: level, pattern: 'out of memory|deadlock', level: ERROR}
 *	  - {type: level, map: ['notice=WARN', '9=DEBUG'], floor: INFO, ceil: ERROR}
 *
 * First `map`, by the level as the line has it, in any case; then `pattern`; then the bounds.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <genlog/pattern.h>
#include <genlog/plugin.h>

struct level {
	const char *field, *pattern, *level, *floor, *ceil;
	struct genlog_strs map, when;

	int to, least, most; /* -1: not set */
	int *mapped;
	struct genlog_pattern *re;
	struct genlog_conds *conds;
};

static const struct genlog_opt opts[] = {
	GENLOG_STR(struct level, field, .def = "message", .help = "the field that `pattern` looks at"),
	GENLOG_STR(struct level, pattern, .help = "regular expression, matches anywhere; without: every event"),
	GENLOG_STR(struct level, level, .help = "the level of events that match"),
	GENLOG_LIST(struct level, map, .help = "WORD=LEVEL: what a level's word in the line means"),
	GENLOG_STR(struct level, floor, .help = "no level below this one"),
	GENLOG_STR(struct level, ceil, .help = "no level above this one"),
	GENLOG_LIST(struct level, when, .help = "conditions that all have to hold, such as module=MES"),
	{0},
};

static int level_read(int *to, const char *opt, const char *word, struct genlog_err *err)
{
	*to = word ? genlog_level_find(word, strlen(word)) : -1;
	if (word && *to < 0)
		return genlog_fail_opt(err, opt, EINVAL,
			"\"%.32s\" is no level; there are DEBUG, INFO, WARN, ERROR and CRITICAL", word);
	return 0;
}

static int map_open(struct level *x, struct genlog_err *err)
{
	x->mapped = calloc(x->map.n + 1, sizeof(*x->mapped));
	if (!x->mapped)
		return -ENOMEM;
	for (size_t i = 0; i < x->map.n; i++) {
		const char *sign = strrchr(x->map.v[i], '=');
		int r = sign && sign > x->map.v[i]
				? level_read(&x->mapped[i], "map", sign + 1, err)
				: genlog_fail_opt(err, "map", EINVAL, "\"%.64s\" has to be WORD=LEVEL", x->map.v[i]);

		if (r < 0 && err)
			err->opt_item = (int)i;
		if (r < 0)
			return r;
	}
	return 0;
}

static int level_open(void *self, struct genlog_err *err)
{
	struct level *x = self;
	int r = level_read(&x->to, "level", x->level, err);

	if (r == 0)
		r = level_read(&x->least, "floor", x->floor, err);
	if (r == 0)
		r = level_read(&x->most, "ceil", x->ceil, err);
	if (r == 0 && x->pattern && !x->level)
		r = genlog_fail_opt(err, "pattern", EINVAL, "a pattern needs a \"level\"");
	if (r == 0 && x->least >= 0 && x->most >= 0 && x->least > x->most)
		r = genlog_fail_opt(err, "ceil", EINVAL, "ceil is below floor");
	if (r == 0)
		r = map_open(x, err);
	if (r == 0 && x->pattern) {
		x->re = genlog_pattern_new(x->pattern, false, (struct genlog_where){"pattern", -1}, err);
		r = x->re ? 0 : -EINVAL;
	}
	if (r == 0) {
		x->conds = genlog_conds_new(&x->when, "when", err);
		r = x->conds ? 0 : -EINVAL;
	}
	return r;
}

static void level_close(void *self)
{
	struct level *x = self;

	genlog_conds_free(x->conds);
	genlog_pattern_free(x->re);
	free(x->mapped);
}

/* The word as the line has it, not as the document will. */
static int map_find(const struct level *x, const struct genlog_record *rec)
{
	struct genlog_value v = rec->slot[GENLOG_SLOT_LEVEL];
	char room[GENLOG_TEXT_ROOM];

	if (!x->map.n || !(rec->set >> GENLOG_SLOT_LEVEL & 1))
		return -1;
	if (v.type == GENLOG_V_INT)
		v = genlog_str(room, (size_t)snprintf(room, sizeof(room), "%" PRId64, v.u.i));
	if (v.type != GENLOG_V_STR)
		return -1;
	for (size_t i = 0; i < x->map.n; i++) {
		size_t n = (size_t)(strrchr(x->map.v[i], '=') - x->map.v[i]);

		if (n == v.n && strncasecmp(x->map.v[i], v.u.p, n) == 0)
			return x->mapped[i];
	}
	return -1;
}

static bool matches(const struct level *x, const struct genlog_record *rec)
{
	char room[GENLOG_TEXT_ROOM];
	struct genlog_value v;

	if (!x->re)
		return true;
	return genlog_get_text(rec, x->field, room, &v) && genlog_pattern_find(x->re, v.u.p, v.n, 0, NULL) == 1;
}

static enum genlog_verdict level_filter(void *self, struct genlog_record *rec)
{
	const struct level *x = self;
	int was = genlog_level(rec), l;

	if (!genlog_conds_hold(x->conds, rec))
		return GENLOG_KEEP;
	l = map_find(x, rec);
	if (l < 0)
		l = was;
	if (x->to >= 0 && matches(x, rec))
		l = x->to;
	if ((x->least >= 0 || x->most >= 0) && l < 0)
		l = GENLOG_LEVEL_INFO; /* as the document would have it */
	if (x->least >= 0 && l < x->least)
		l = x->least;
	if (x->most >= 0 && l > x->most)
		l = x->most;
	if (l >= 0 && l != was)
		genlog_set_slot(rec, GENLOG_SLOT_LEVEL, genlog_level_name(l));
	return GENLOG_KEEP;
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_FILTER,
	.name = "level",
	.summary = "gives events another level",
	.state_size = sizeof(struct level),
	.opts = opts,
	.open = level_open,
	.close = level_close,
	.filter = level_filter,
};
