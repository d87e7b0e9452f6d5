#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "tail.h"

#define VERSION 2
#define FORGET_MS (90LL * 24 * 3600 * 1000)

/* As it lies in the spool; little-endian, padding zero. */
struct stored {
	uint8_t version, tail_len, done, zero[5];
	uint64_t offset, dev, ino, size;
	int64_t seen_ms;
	uint64_t path_hash;
	uint64_t tail;
};

static int64_t wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int grow(struct tail *t)
{
	size_t cap = t->known_cap ? 2 * t->known_cap : 256;
	struct known **k = calloc(cap, sizeof(struct known *));

	if (!k)
		return -ENOMEM;
	for (size_t i = 0; i < t->known_cap; i++)
		while (t->known[i]) {
			struct known *one = t->known[i];

			t->known[i] = one->next;
			one->next = k[one->generation & (cap - 1)];
			k[one->generation & (cap - 1)] = one;
		}
	free(t->known);
	t->known = k;
	t->known_cap = cap;
	return 0;
}

static struct known *insert(struct tail *t, uint64_t generation, uint64_t salt)
{
	struct known *k;

	if (t->knowns >= t->known_cap && grow(t) < 0 && !t->known_cap)
		return NULL;
	k = calloc(1, sizeof(*k));
	if (!k)
		return NULL;
	k->generation = generation;
	k->salt = salt;
	k->next = t->known[generation & (t->known_cap - 1)];
	t->known[generation & (t->known_cap - 1)] = k;
	t->knowns++;
	return k;
}

/* Beside the lives there is a note that these patterns were there before. */
static uint64_t start_key(const struct tail *t)
{
	uint64_t h = 0;

	for (size_t i = 0; i < t->patterns; i++)
		h = tail_hash(t->pattern[i], strlen(t->pattern[i]), h);
	return h;
}

static void load_one(void *arg, const void *key, size_t key_len, const void *val, size_t len)
{
	struct tail *t = arg;
	uint64_t names[2];
	struct stored s;
	struct known *k;

	if (key_len == sizeof(uint64_t)) {
		memcpy(names, key, key_len);
		t->started_before = t->started_before || names[0] == start_key(t);
	}
	if (key_len != sizeof(names) || len != sizeof(s))
		return;
	memcpy(names, key, sizeof(names));
	memcpy(&s, val, sizeof(s));
	if (s.version != VERSION || s.tail_len > TAIL_BYTES || s.tail_len > s.offset)
		return;
	k = insert(t, names[0], names[1]);
	if (!k)
		return;
	k->offset = s.offset;
	k->dev = s.dev;
	k->ino = s.ino;
	k->size = s.size;
	k->seen_ms = s.seen_ms;
	k->tail_len = s.tail_len;
	k->done = s.done;
	k->path_hash = s.path_hash;
	k->tail = s.tail;
	k->by_inode = t->by_inode[k->ino % KNOWN_INODES];
	t->by_inode[k->ino % KNOWN_INODES] = k;
}

void known_started(struct tail *t)
{
	uint64_t key = start_key(t);

	if (t->start == START_END && !t->started_before)
		(void)genlog_position(t->in, &key, sizeof(key), "", 1); /* without memory: once more the next time */
}

int known_load(struct tail *t)
{
	int r = grow(t);

	if (r == 0)
		genlog_positions(t->in, load_one, t);
	if (getrandom(&t->random, sizeof(t->random), 0) != (ssize_t)sizeof(t->random))
		return -errno;
	return r;
}

struct known *known_new(struct tail *t, uint64_t generation, uint64_t path)
{
	struct known *k;

	t->random = tail_hash(&t->random, sizeof(t->random), generation);
	k = insert(t, generation, t->random);
	if (k)
		k->path_hash = path;
	return k;
}

static void inode_forget(struct tail *t, const struct known *k)
{
	struct known **at = &t->by_inode[k->ino % KNOWN_INODES];

	while (*at && *at != k)
		at = &(*at)->by_inode;
	if (*at)
		*at = k->by_inode;
}

void known_moved(struct tail *t, struct known *k, const struct tfile *f)
{
	inode_forget(t, k);
	k->dev = f->dev;
	k->ino = f->ino;
	k->by_inode = t->by_inode[k->ino % KNOWN_INODES];
	t->by_inode[k->ino % KNOWN_INODES] = k;
}

struct known *known_next(const struct tail *t, uint64_t generation, const struct known *after)
{
	struct known *k = after ? after->next : t->known[generation & (t->known_cap - 1)];

	while (k && k->generation != generation)
		k = k->next;
	return k;
}

int known_store(struct tail *t, struct known *k)
{
	uint64_t key[2] = {k->generation, k->salt};
	struct stored s = {.version = VERSION,
		.tail_len = k->tail_len,
		.tail = k->tail,
		.done = k->done,
		.offset = k->offset,
		.dev = k->dev,
		.ino = k->ino,
		.size = k->size,
		.path_hash = k->path_hash};

	k->seen_ms = s.seen_ms = wall_ms();
	return genlog_position(t->in, key, sizeof(key), &s, sizeof(s));
}

/* The mark whose neighbours are nearest to one another, measured by how far it lies back, is missed the least. */
static size_t least_missed(const struct known *k)
{
	size_t least = 1;
	double best = 2;

	for (size_t i = 1; i + 1 < k->marks; i++) {
		double gap = (double)(k->mark[i + 1].offset - k->mark[i - 1].offset) /
			     (double)(k->offset - k->mark[i].offset + 1);

		if (gap < best) {
			best = gap;
			least = i;
		}
	}
	return least;
}

void known_mark(struct known *k)
{
	if (k->tail_len < TAIL_BYTES || (k->marks && k->mark[k->marks - 1].offset >= k->offset))
		return;
	if (k->marks == MARKS) {
		size_t gone = least_missed(k);

		memmove(&k->mark[gone], &k->mark[gone + 1], (MARKS - gone - 1) * sizeof(*k->mark));
		k->marks--;
	}
	k->mark[k->marks++] = (struct mark){k->offset, k->tail};
}

/* What nobody has seen for a quarter of a year, and what no file answers to, is forgotten; at the start only. */
void known_forget_old(struct tail *t)
{
	int64_t before = wall_ms() - FORGET_MS;

	for (size_t i = 0; i < t->known_cap; i++)
		for (struct known **at = &t->known[i]; *at;) {
			struct known *k = *at;
			uint64_t key[2] = {k->generation, k->salt};

			if (k->user || k->seen_ms > before || !k->seen_ms) {
				at = &k->next;
				continue;
			}
			(void)genlog_position(t->in, key, sizeof(key), NULL, 0); /* else it is forgotten next time */
			*at = k->next;
			t->knowns--;
			inode_forget(t, k);
			free(k);
		}
}

void known_free(struct tail *t)
{
	for (size_t i = 0; i < t->known_cap; i++)
		while (t->known[i]) {
			struct known *k = t->known[i];

			t->known[i] = k->next;
			free(k);
		}
	free(t->known);
	t->known = NULL;
	t->known_cap = 0;
}

int64_t known_path_since(const struct tail *t, uint64_t path)
{
	int64_t since = 0;

	for (size_t i = 0; i < t->known_cap; i++)
		for (const struct known *k = t->known[i]; k; k = k->next)
			if (k->path_hash == path && k->seen_ms && (!since || k->seen_ms < since))
				since = k->seen_ms;
	return since;
}

struct known *known_at_inode(const struct tail *t, dev_t dev, ino_t ino, const struct known *after)
{
	struct known *k = after ? after->by_inode : t->by_inode[ino % KNOWN_INODES];

	while (k && (k->dev != dev || k->ino != ino))
		k = k->by_inode;
	return k;
}

bool known_is_done(const struct tail *t, const struct stat *st)
{
	for (const struct known *k = NULL; (k = known_at_inode(t, st->st_dev, st->st_ino, k));)
		if (k->done && k->size == (uint64_t)st->st_size)
			return true;
	return false;
}
