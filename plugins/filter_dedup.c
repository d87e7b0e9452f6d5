/*
 * filter dedup: of equal events the first passes, the others are counted and told.
 *
 *	filters:
 *	  - {type: dedup, fields: [message, level, class_name], window: 60s}
 *
 * The window begins with the first one; the first one behind it passes again.  Of more than 4096 different events the
 * one that was not seen for longest is forgotten.  A filter behind this one does not see what is told: where messages
 * hold secrets, redact stands before it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include <genlog/lru.h>
#include <genlog/pattern.h>
#include <genlog/plugin.h>

#define EVENTS 4096
#define SHOWN 200

struct seen {
	struct genlog_lru_node node;
	int64_t since;
	uint64_t repeated;
	char message[SHOWN + 1];
};

struct dedup {
	struct genlog_strs fields, when;
	int64_t window;

	struct genlog_conds *conds;
	struct genlog_lru table;
	uint64_t seed, waiting;
	uint64_t forgotten;
};

static const struct genlog_opt opts[] = {
	GENLOG_LIST(struct dedup, fields, .help = "what has to be equal; without: message, level and class_name"),
	GENLOG_TIME(struct dedup, window, .def = "60s", .min = 1000, .max = 86400000, .help = "for how long"),
	GENLOG_LIST(struct dedup, when, .help = "conditions that all have to hold for an event to be looked at"),
	{0},
};

static const char *const usual[] = {"message", "level", "class_name"};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int dedup_open(void *self, struct genlog_err *err)
{
	struct dedup *x = self;

	if (!x->fields.n)
		x->fields = (struct genlog_strs){usual, sizeof(usual) / sizeof(*usual)};
	if (getrandom(&x->seed, sizeof(x->seed), 0) != (ssize_t)sizeof(x->seed))
		return genlog_fail(err, EIO, "no random number is to be had");
	x->conds = genlog_conds_new(&x->when, "when", err);
	if (!x->conds)
		return -EINVAL;
	return genlog_lru_open(&x->table, EVENTS, sizeof(struct seen)) ? 0 : -ENOMEM;
}

static void dedup_close(void *self)
{
	struct dedup *x = self;

	genlog_lru_close(&x->table);
	genlog_conds_free(x->conds);
}

static bool is_message(const char *name)
{
	int rank;

	return genlog_slot_of(name, strlen(name), &rank) == GENLOG_SLOT_MESSAGE;
}

/*
 * A field that is not there differs from one that is empty; documents and lists are compared by their bytes.  Without
 * a message the line is it, as in the document.
 */
static uint64_t hash_of(const struct dedup *x, const struct genlog_record *rec)
{
	uint64_t hash = x->seed;

	for (size_t i = 0; i < x->fields.n; i++) {
		char room[GENLOG_TEXT_ROOM];
		struct genlog_value v;

		if (genlog_get_text(rec, x->fields.v[i], room, &v))
			hash = genlog_hash(v.u.p, v.n, hash + v.n + 2);
		else if (genlog_get(rec, x->fields.v[i], &v) && (v.type == GENLOG_V_DOC || v.type == GENLOG_V_ARRAY))
			hash = genlog_hash(v.u.p, v.n, hash + v.type);
		else if (is_message(x->fields.v[i]))
			hash = genlog_hash(rec->line, rec->len, hash + 1);
		else
			hash = genlog_hash("", 0, hash + 1);
	}
	return hash;
}

static void remember(struct dedup *x, uint64_t hash, const struct genlog_record *rec, int64_t now)
{
	bool has = rec->set >> GENLOG_SLOT_MESSAGE & 1 && rec->slot[GENLOG_SLOT_MESSAGE].type == GENLOG_V_STR;
	struct genlog_value m = has ? rec->slot[GENLOG_SLOT_MESSAGE] : genlog_str(rec->line, rec->len);
	const struct seen *victim = genlog_lru_victim(&x->table);
	size_t n = m.n < SHOWN ? m.n : SHOWN;
	struct seen *s;

	if (victim)
		x->forgotten += victim->repeated;
	s = genlog_lru_add(&x->table, hash);
	while (n && n < m.n && (m.u.p[n] & 0xc0) == 0x80)
		n--;
	if (n)
		memcpy(s->message, m.u.p, n);
	s->since = now;
}

/* The window is over while repeats wait to be told: they are, at the next tick; this one counts for the next. */
static enum genlog_verdict dedup_filter(void *self, struct genlog_record *rec)
{
	struct dedup *x = self;
	struct seen *s;
	uint64_t hash;
	int64_t now;

	if (!genlog_conds_hold(x->conds, rec))
		return GENLOG_KEEP;
	now = now_ms();
	hash = hash_of(x, rec);
	s = genlog_lru_find(&x->table, hash);
	if (!s) {
		remember(x, hash, rec, now);
		return GENLOG_KEEP;
	}
	if (now - s->since >= x->window && !s->repeated) {
		s->since = now;
		return GENLOG_KEEP;
	}
	s->repeated++;
	x->waiting++;
	return GENLOG_DROP;
}

static int tell(struct dedup *x, struct genlog_input *in, uint64_t n, const char *message)
{
	char text[SHOWN + 64];
	int r;

	snprintf(text, sizeof(text), "repeated %llu times: %s", (unsigned long long)n, message);
	r = genlog_suppressed(in, n, "dedup", NULL, text);
	if (r == 0)
		x->waiting -= n;
	return r;
}

static void dedup_tick(void *self, struct genlog_input *in, bool last)
{
	struct dedup *x = self;
	int64_t now = now_ms();

	if (!x->waiting)
		return;
	if (x->forgotten && tell(x, in, x->forgotten, "events of more kinds than are remembered") == 0)
		x->forgotten = 0;
	for (uint32_t i = 1; i <= x->table.n; i++) {
		struct seen *s = (struct seen *)(void *)genlog_lru_at(&x->table, i);

		if (s->repeated && (last || now - s->since >= x->window) && tell(x, in, s->repeated, s->message) == 0)
			s->repeated = 0;
	}
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_FILTER,
	.name = "dedup",
	.summary = "counts events that repeat",
	.state_size = sizeof(struct dedup),
	.opts = opts,
	.open = dedup_open,
	.close = dedup_close,
	.filter = dedup_filter,
	.tick = dedup_tick,
};
