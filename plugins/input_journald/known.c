#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "journald.h"

#define VERSION 1
#define FORGET_MS (7LL * 24 * 3600 * 1000)

/* As it lies in the spool, with the cursor's text behind it; little-endian. */
struct stored {
	uint8_t version, flags, zero[6];
	uint64_t generation, time, folder, from;
	int64_t seen_ms;
};

struct key {
	uint64_t scope;
	uint8_t id[ID_SIZE];
};

static int64_t wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct known *known_of(struct journald *j, const uint8_t id[ID_SIZE])
{
	struct known *k = j->known;

	while (k && memcmp(k->id, id, ID_SIZE) != 0)
		k = k->next;
	if (k)
		return k;
	k = calloc(1, sizeof(*k));
	if (!k)
		return NULL;
	memcpy(k->id, id, ID_SIZE);
	k->next = j->known;
	j->known = k;
	return k;
}

static int set_cursor(struct known *k, const char *p, size_t n)
{
	if (n + 1 > k->cursor_cap) {
		char *more = realloc(k->cursor, n + 64);

		if (!more)
			return -ENOMEM;
		k->cursor = more;
		k->cursor_cap = n + 64;
	}
	memcpy(k->cursor, p, n);
	k->cursor[n] = 0;
	return 0;
}

int known_cursor(struct known *k, const char *cursor)
{
	return set_cursor(k, cursor, strlen(cursor));
}

static void load_one(void *arg, const void *key, size_t key_len, const void *val, size_t len)
{
	struct journald *j = arg;
	struct stored s;
	struct known *k;
	struct key name;

	if (key_len == sizeof(j->scope) && memcmp(key, &j->scope, sizeof(j->scope)) == 0)
		j->started = true;
	if (key_len != sizeof(name) || len < sizeof(s))
		return;
	memcpy(&name, key, sizeof(name));
	memcpy(&s, val, sizeof(s));
	if (name.scope != j->scope || s.version != VERSION)
		return;
	k = known_of(j, name.id);
	if (!k || (len > sizeof(s) && set_cursor(k, (const char *)val + sizeof(s), len - sizeof(s)) < 0)) {
		j->missing = true;
		return;
	}
	k->flags = s.flags & (WIRE_FILE_DONE | WIRE_FILE_RUNTIME);
	k->folder = s.folder;
	k->from = s.from;
	k->generation = s.generation;
	k->time = s.time;
	k->seen_ms = s.seen_ms;
}

/* -ENOMEM: a file of those that are missing would be read again from its beginning. */
int known_load(struct journald *j)
{
	genlog_positions(j->in, load_one, j);
	return j->missing ? -ENOMEM : 0;
}

/* Without memory the older position stands, and what follows it is read again. */
void known_store(struct journald *j, struct known *k)
{
	struct key name = {.scope = j->scope};
	size_t len = k->cursor ? strlen(k->cursor) : 0;
	uint8_t val[sizeof(struct stored) + 1024], *p = val;
	struct stored s = {.version = VERSION,
		.flags = k->flags & (WIRE_FILE_DONE | WIRE_FILE_RUNTIME),
		.folder = k->folder,
		.from = k->from,
		.generation = k->generation,
		.time = k->time};

	k->seen_ms = s.seen_ms = wall_ms();
	k->unstored = false;
	memcpy(name.id, k->id, ID_SIZE);
	if (sizeof(s) + len > sizeof(val))
		p = malloc(sizeof(s) + len);
	if (!p)
		return;
	memcpy(p, &s, sizeof(s));
	if (len)
		memcpy(p + sizeof(s), k->cursor, len);
	(void)genlog_position(j->in, &name, sizeof(name), p, sizeof(s) + len);
	if (p != val)
		free(p);
}

void known_started(struct journald *j)
{
	if (!j->started)
		(void)genlog_position(j->in, &j->scope, sizeof(j->scope), "", 1);
	j->started = true;
}

static void known_drop(struct known *k)
{
	free(k->cursor);
	free(k->path);
	free(k);
}

/* Files that nobody has seen for a week. */
void known_forget(struct journald *j)
{
	int64_t before = wall_ms() - FORGET_MS;

	for (struct known **at = &j->known; *at;) {
		struct known *k = *at;
		struct key name = {.scope = j->scope};

		if (k->there || k->seen_ms > before || !k->seen_ms) {
			at = &k->next;
			continue;
		}
		memcpy(name.id, k->id, ID_SIZE);
		(void)genlog_position(j->in, &name, sizeof(name), NULL, 0); /* else it is forgotten next time */
		*at = k->next;
		known_drop(k);
	}
}

void known_free(struct journald *j)
{
	while (j->known) {
		struct known *k = j->known;

		j->known = k->next;
		known_drop(k);
	}
	free(j->file);
	j->file = NULL;
}
