#include <errno.h>

#include "forward.h"

#define VALUE 21

/* turn u64, check u64, taken u32, done u8; little-endian. */
static void write_value(uint8_t v[VALUE], const struct note *n)
{
	memcpy(v, &n->turn, 8);
	memcpy(v + 8, &n->check, 8);
	memcpy(v + 16, &n->taken, 4);
	v[20] = n->done;
}

int notes_open(struct notes *n, int64_t remember)
{
	uint32_t cap = 16;

	while (cap < remember)
		cap *= 2;
	if (!genlog_lru_open(&n->lru, cap, sizeof(struct note)))
		return -ENOMEM;
	return auth_random(&n->seed, sizeof(n->seed));
}

void notes_close(struct notes *n)
{
	genlog_lru_close(&n->lru);
}

static uint64_t hash_of(const struct notes *n, const char *key, size_t len)
{
	return genlog_hash(key, len, n->seed);
}

struct note *notes_find(struct notes *n, const char *key, size_t len)
{
	struct note *f = genlog_lru_find(&n->lru, hash_of(n, key, len));

	return f && f->len == len && memcmp(f->key, key, len) == 0 ? f : NULL;
}

static void fill(struct note *f, const struct note *what)
{
	struct genlog_lru_node node = f->node;

	*f = *what;
	f->node = node;
}

/* Its place; `old` is the one that has to go for it, with a length of 0 where none has. */
static struct note *place_of(struct notes *n, const struct note *what, struct note *old)
{
	uint64_t hash = hash_of(n, what->key, what->len);
	struct note *f = genlog_lru_find(&n->lru, hash);
	const struct note *goes = f ? NULL : genlog_lru_victim(&n->lru);

	if (f && (f->len != what->len || memcmp(f->key, what->key, f->len) != 0))
		goes = f;
	old->len = 0;
	if (goes)
		*old = *goes;
	return f ? f : genlog_lru_add(&n->lru, hash);
}

/* The note before what is forgotten: a frame may be written after any position, and this one has to be in it. */
int notes_put(struct notes *n, struct genlog_input *in, const struct note *what)
{
	struct note old, *f = place_of(n, what, &old);
	uint8_t value[VALUE];
	int r;

	fill(f, what);
	f->turn = ++n->turn;
	write_value(value, f);
	r = genlog_position(in, f->key, f->len, value, VALUE);
	if (r == 0 && old.len)
		(void)genlog_position(in, old.key, old.len, NULL, 0); /* else after the next start */
	return r;
}

struct loading {
	struct note *list;
	size_t n, cap;
	bool missing; /* there was no memory for one */
};

static void load_one(void *arg, const void *key, size_t key_len, const void *val, size_t len)
{
	struct loading *l = arg;
	const uint8_t *v = val;
	struct note *f;

	if (len != VALUE || key_len > NOTE_KEY_MAX)
		return;
	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 1024;
		struct note *more = realloc(l->list, cap * sizeof(*more));

		if (!more) {
			l->missing = true;
			return;
		}
		l->list = more;
		l->cap = cap;
	}
	f = &l->list[l->n++];
	*f = (struct note){.len = (uint8_t)key_len, .done = v[20]};
	memcpy(&f->turn, v, 8);
	memcpy(&f->check, v + 8, 8);
	memcpy(&f->taken, v + 16, 4);
	memcpy(f->key, key, key_len);
}

static int by_turn(const void *a, const void *b)
{
	const struct note *x = a, *y = b;

	return x->turn < y->turn ? -1 : x->turn > y->turn;
}

/*
 * In the order in which they were made; those for which there is no room any more are forgotten in the spool too.
 * -ENOMEM: a chunk of those that are missing would be taken again.
 */
int notes_load(struct notes *n, struct genlog_input *in)
{
	struct loading l = {0};

	genlog_positions(in, load_one, &l);
	if (l.n)
		qsort(l.list, l.n, sizeof(*l.list), by_turn);
	for (size_t i = 0; i < l.n && !l.missing; i++) {
		struct note old, *f = place_of(n, &l.list[i], &old);

		if (old.len)
			(void)genlog_position(in, old.key, old.len, NULL, 0);
		fill(f, &l.list[i]);
		n->turn = f->turn;
	}
	free(l.list);
	return l.missing ? -ENOMEM : 0;
}
