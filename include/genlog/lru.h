/*
 * A bounded table for filters that remember events by a hash: what was not used for longest gives way.  Entries are
 * structs of the user's that begin with a genlog_lru_node; one thread.  Zeroed is not open.
 */
#ifndef GENLOG_LRU_H
#define GENLOG_LRU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Places in the table, from 1; 0 is none. */
struct genlog_lru_node {
	uint64_t hash;
	uint32_t chain, newer, older;
};

struct genlog_lru {
	uint8_t *entries;
	uint32_t *buckets;
	size_t size;
	uint32_t cap, n, newest, oldest;
};

static inline struct genlog_lru_node *genlog_lru_at(const struct genlog_lru *t, uint32_t place)
{
	return (struct genlog_lru_node *)(void *)(t->entries + (size_t)(place - 1) * t->size);
}

/* Room for `cap` entries, a power of two, of `size` bytes.  false: no memory. */
static inline bool genlog_lru_open(struct genlog_lru *t, uint32_t cap, size_t size)
{
	*t = (struct genlog_lru){.size = size, .cap = cap};
	t->entries = (uint8_t *)calloc(cap, size);
	t->buckets = (uint32_t *)calloc(cap, sizeof(*t->buckets));
	return t->entries && t->buckets;
}

static inline void genlog_lru_close(struct genlog_lru *t)
{
	free(t->entries);
	free(t->buckets);
	*t = (struct genlog_lru){0};
}

static inline uint32_t *genlog_lru_bucket(struct genlog_lru *t, uint64_t hash)
{
	return &t->buckets[hash & (t->cap - 1)];
}

static inline void genlog_lru_take_out(struct genlog_lru *t, uint32_t place)
{
	struct genlog_lru_node *e = genlog_lru_at(t, place);

	*(e->newer ? &genlog_lru_at(t, e->newer)->older : &t->newest) = e->older;
	*(e->older ? &genlog_lru_at(t, e->older)->newer : &t->oldest) = e->newer;
}

static inline void genlog_lru_put_first(struct genlog_lru *t, uint32_t place)
{
	struct genlog_lru_node *e = genlog_lru_at(t, place);

	e->newer = 0;
	e->older = t->newest;
	*(t->newest ? &genlog_lru_at(t, t->newest)->newer : &t->oldest) = place;
	t->newest = place;
}

/* The entry of that hash, which is now the newest; NULL: there is none. */
static inline void *genlog_lru_find(struct genlog_lru *t, uint64_t hash)
{
	uint32_t place = *genlog_lru_bucket(t, hash);

	while (place && genlog_lru_at(t, place)->hash != hash)
		place = genlog_lru_at(t, place)->chain;
	if (!place)
		return NULL;
	if (place != t->newest) {
		genlog_lru_take_out(t, place);
		genlog_lru_put_first(t, place);
	}
	return genlog_lru_at(t, place);
}

/* The one that the next genlog_lru_add() takes; NULL: there is room. */
static inline void *genlog_lru_victim(const struct genlog_lru *t)
{
	return t->n < t->cap ? NULL : genlog_lru_at(t, t->oldest);
}

static inline void genlog_lru_unchain(struct genlog_lru *t, uint32_t place)
{
	uint32_t *at = genlog_lru_bucket(t, genlog_lru_at(t, place)->hash);

	while (*at != place)
		at = &genlog_lru_at(t, *at)->chain;
	*at = genlog_lru_at(t, place)->chain;
}

/* A zeroed entry of a hash that is not there. */
static inline void *genlog_lru_add(struct genlog_lru *t, uint64_t hash)
{
	bool full = t->n == t->cap;
	uint32_t place = full ? t->oldest : ++t->n, *bucket = genlog_lru_bucket(t, hash);
	struct genlog_lru_node *e = genlog_lru_at(t, place);

	if (full) {
		genlog_lru_unchain(t, place);
		genlog_lru_take_out(t, place);
	}
	memset((void *)e, 0, t->size);
	e->hash = hash;
	e->chain = *bucket;
	*bucket = place;
	genlog_lru_put_first(t, place);
	return e;
}

#endif
