/*
 * filter rate_limit: lets so many events of a kind pass in a time, and tells how many more there were.
 *
 *	filters:
 *	  - {type: rate_limit, rate: 100, per: 1s, burst: 500, key: class_name, when: ['level=DEBUG|INFO']}
 *
 * A bucket for each value of the key, one for all without a key; a burst empties it, time fills it again.  Of more
 * than 4096 values the one that was not seen for longest is forgotten: its bucket is full when it comes back.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>

#include <genlog/lru.h>
#include <genlog/pattern.h>
#include <genlog/plugin.h>

#define KEYS 4096
#define KEY_SHOWN 120

struct bucket {
	struct genlog_lru_node node;
	double left;
	int64_t seen;
	uint64_t dropped;
	int64_t since; /* of the first one dropped and not told */
	char key[KEY_SHOWN + 1];
};

struct rate_limit {
	int64_t rate, per, burst, tell;
	const char *key;
	struct genlog_strs when;

	struct genlog_conds *conds;
	struct genlog_lru table;
	uint64_t seed, waiting; /* events that are not told yet */
	uint64_t forgotten;	/* of them, those whose key gave way */
};

static const struct genlog_opt opts[] = {
	GENLOG_INT(struct rate_limit, rate, .required = true, .min = 1, .max = 1000000000, .help = "events that pass"),
	GENLOG_TIME(struct rate_limit, per, .def = "1s", .min = 1, .max = 86400000, .help = "in this time"),
	GENLOG_INT(struct rate_limit, burst, .def = "0", .max = 1000000000,
		.help = "events that pass at once after a quiet time; 0: as many as `rate`"),
	GENLOG_STR(struct rate_limit, key, .help = "field whose values are limited each for itself"),
	GENLOG_TIME(struct rate_limit, tell, .def = "10s", .min = 1000, .max = 86400000,
		.help = "how long is counted before it is told"),
	GENLOG_LIST(struct rate_limit, when, .help = "conditions that all have to hold for an event to be limited"),
	{0},
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int limit_open(void *self, struct genlog_err *err)
{
	struct rate_limit *x = self;

	if (!x->burst)
		x->burst = x->rate;
	if (getrandom(&x->seed, sizeof(x->seed), 0) != (ssize_t)sizeof(x->seed))
		return genlog_fail(err, EIO, "no random number is to be had");
	x->conds = genlog_conds_new(&x->when, "when", err);
	if (!x->conds)
		return -EINVAL;
	return genlog_lru_open(&x->table, x->key ? KEYS : 1, sizeof(struct bucket)) ? 0 : -ENOMEM;
}

static void limit_close(void *self)
{
	struct rate_limit *x = self;

	genlog_lru_close(&x->table);
	genlog_conds_free(x->conds);
}

static struct bucket *bucket_new(struct rate_limit *x, uint64_t hash, const struct genlog_value *key, int64_t now)
{
	const struct bucket *victim = genlog_lru_victim(&x->table);
	size_t n = key->n < KEY_SHOWN ? key->n : KEY_SHOWN;
	struct bucket *b;

	if (victim)
		x->forgotten += victim->dropped;
	b = genlog_lru_add(&x->table, hash);
	while (n < key->n && n && (key->u.p[n] & 0xc0) == 0x80)
		n--;
	memcpy(b->key, key->u.p, n);
	b->left = (double)x->burst;
	b->seen = now;
	return b;
}

static void fill(const struct rate_limit *x, struct bucket *b, int64_t now)
{
	b->left += (double)(now - b->seen) * (double)x->rate / (double)x->per;
	if (b->left > (double)x->burst)
		b->left = (double)x->burst;
	b->seen = now;
}

static enum genlog_verdict limit_filter(void *self, struct genlog_record *rec)
{
	struct rate_limit *x = self;
	struct genlog_value key = genlog_str("", 0);
	char room[GENLOG_TEXT_ROOM];
	struct bucket *b;
	uint64_t hash;
	int64_t now;

	if (!genlog_conds_hold(x->conds, rec))
		return GENLOG_KEEP;
	if (x->key)
		genlog_get_text(rec, x->key, room, &key);
	now = now_ms();
	hash = genlog_hash(key.u.p, key.n, x->seed);
	b = genlog_lru_find(&x->table, hash);
	if (!b)
		b = bucket_new(x, hash, &key, now);
	fill(x, b, now);
	if (b->left >= 1) {
		b->left -= 1;
		return GENLOG_KEEP;
	}
	if (!b->dropped++)
		b->since = now;
	x->waiting++;
	return GENLOG_DROP;
}

static int tell(struct rate_limit *x, struct genlog_input *in, uint64_t n, const char *key, const char *of)
{
	char text[256];
	int r;

	snprintf(text, sizeof(text), "rate limit: %llu events were left out%s%s; %lld in %lld ms pass",
		(unsigned long long)n, of, key ? key : "", (long long)x->rate, (long long)x->per);
	r = genlog_suppressed(in, n, "rate_limit", key, text);
	if (r == 0)
		x->waiting -= n;
	return r;
}

static void limit_tick(void *self, struct genlog_input *in, bool last)
{
	struct rate_limit *x = self;
	int64_t now = now_ms();

	if (!x->waiting)
		return;
	if (x->forgotten && tell(x, in, x->forgotten, NULL, " of more values than are remembered") == 0)
		x->forgotten = 0;
	for (uint32_t i = 1; i <= x->table.n; i++) {
		struct bucket *b = (struct bucket *)(void *)genlog_lru_at(&x->table, i);

		if (b->dropped && (last || now - b->since >= x->tell) &&
			tell(x, in, b->dropped, x->key ? b->key : NULL, x->key ? " of " : "") == 0)
			b->dropped = 0;
	}
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_FILTER,
	.name = "rate_limit",
	.summary = "lets so many events pass in a time",
	.state_size = sizeof(struct rate_limit),
	.opts = opts,
	.open = limit_open,
	.close = limit_close,
	.filter = limit_filter,
	.tick = limit_tick,
};
