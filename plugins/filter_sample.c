/*
 * filter sample: keeps a part of the events.
 *
 *	filters:
 *	  - {type: sample, one_in: 10, when: ['class_name=http.access']}
 *	  - {type: sample, rate: 0.25, key: correlation_id}
 *
 * With a key all events of one value are kept or all are dropped, on every node and after every restart; an event
 * without it is counted like the others.  ERROR and CRITICAL stay unless `levels` names them.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <genlog/pattern.h>
#include <genlog/plugin.h>

#define TELL_MS 60000

struct sample {
	int64_t one_in;
	const char *rate, *key;
	struct genlog_strs levels, when;

	double part, owed; /* the next one is kept when a whole one is owed */
	unsigned droppable;
	struct genlog_conds *conds;
	uint64_t dropped;
	int64_t told;
};

static const struct genlog_opt opts[] = {
	GENLOG_INT(struct sample, one_in, .def = "0", .max = 1000000000, .help = "keep one in so many"),
	GENLOG_STR(struct sample, rate, .help = "or this part of them, from 0 to 1"),
	GENLOG_STR(struct sample, key, .help = "field whose value decides, such as correlation_id"),
	GENLOG_LIST(struct sample, levels, .help = "levels that may be dropped; without: DEBUG, INFO and WARN"),
	GENLOG_LIST(struct sample, when, .help = "conditions that all have to hold for an event to be sampled"),
	{0},
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int part_read(struct sample *x, struct genlog_err *err)
{
	char *end = NULL;

	if (!x->rate == !x->one_in)
		return genlog_fail_opt(err, x->rate ? "rate" : NULL, EINVAL, "either \"one_in\" or \"rate\" is needed");
	x->part = x->rate ? strtod(x->rate, &end) : 1.0 / (double)x->one_in;
	if (x->rate && (end == x->rate || *end || !(x->part >= 0 && x->part <= 1)))
		return genlog_fail_opt(err, "rate", EINVAL, "\"%.32s\" is no number from 0 to 1", x->rate);
	x->owed = x->part > 0 ? 1 - x->part : 0; /* the first one is kept */
	return 0;
}

static int levels_read(struct sample *x, struct genlog_err *err)
{
	if (!x->levels.n)
		x->droppable = 1U << GENLOG_LEVEL_DEBUG | 1U << GENLOG_LEVEL_INFO | 1U << GENLOG_LEVEL_WARN;
	for (size_t i = 0; i < x->levels.n; i++) {
		int l = genlog_level_find(x->levels.v[i], strlen(x->levels.v[i]));

		if (l < 0) {
			genlog_fail_opt(err, "levels", EINVAL,
				"\"%.32s\" is no level; there are DEBUG, INFO, WARN, ERROR and CRITICAL",
				x->levels.v[i]);
			if (err)
				err->opt_item = (int)i;
			return -EINVAL;
		}
		x->droppable |= 1U << l;
	}
	return 0;
}

static int sample_open(void *self, struct genlog_err *err)
{
	struct sample *x = self;
	int r = part_read(x, err);

	if (r == 0)
		r = levels_read(x, err);
	if (r < 0)
		return r;
	x->told = now_ms();
	x->conds = genlog_conds_new(&x->when, "when", err);
	return x->conds ? 0 : -EINVAL;
}

static void sample_close(void *self)
{
	struct sample *x = self;

	genlog_conds_free(x->conds);
}

static bool is_kept(struct sample *x, const struct genlog_record *rec)
{
	char room[GENLOG_TEXT_ROOM];
	struct genlog_value v;

	if (x->key && genlog_get_text(rec, x->key, room, &v))
		return (double)(genlog_hash(v.u.p, v.n, 0) >> 11) < ldexp(x->part, 53);
	x->owed += x->part;
	if (x->owed < 1 - 1e-9)
		return false;
	x->owed -= 1;
	return true;
}

static enum genlog_verdict sample_filter(void *self, struct genlog_record *rec)
{
	struct sample *x = self;
	int l = genlog_level(rec);

	if (!(x->droppable >> (l < 0 ? GENLOG_LEVEL_INFO : l) & 1) || !genlog_conds_hold(x->conds, rec))
		return GENLOG_KEEP;
	if (is_kept(x, rec))
		return GENLOG_KEEP;
	x->dropped++;
	return GENLOG_DROP;
}

static void sample_tick(void *self, struct genlog_input *in, bool last)
{
	struct sample *x = self;
	int64_t now = now_ms();
	char text[128];

	if (!x->dropped || (!last && now - x->told < TELL_MS))
		return;
	snprintf(text, sizeof(text), "sampled: %llu events were left out; %g of them are kept",
		(unsigned long long)x->dropped, x->part);
	if (genlog_suppressed(in, x->dropped, "sample", x->key, text) < 0)
		return;
	x->dropped = 0;
	x->told = now;
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_FILTER,
	.name = "sample",
	.summary = "keeps a part of the events",
	.state_size = sizeof(struct sample),
	.opts = opts,
	.open = sample_open,
	.close = sample_close,
	.filter = sample_filter,
	.tick = sample_tick,
};
