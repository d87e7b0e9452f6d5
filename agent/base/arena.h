/*
 * Memory that dies together: one arena holds all that one configuration owns.  Nothing in it is freed alone.
 *
 * Owner:   who embeds it.  Zeroed is empty; arena_free() accepts that and leaves it so.
 * Threads: one at a time while it grows; what lies in it may be read by all.
 * Failure: NULL, and `short_of` stays set, so a builder of many parts may ask once at its end.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *last;
	size_t asked;	/* allocations so far */
	size_t fail_at; /* for tests: the allocation with this number, counted from 1, fails; 0: none */
	bool short_of;	/* memory was asked for and not had */
};

/* Zeroed, aligned for any type.  NULL: memory is gone. */
void *arena_alloc(struct arena *a, size_t size);

/* Zeroed room for `n` things of `size` bytes; the product may not overflow. */
void *arena_array(struct arena *a, size_t n, size_t size);

/* A copy with a NUL behind it. */
char *arena_copy(struct arena *a, const char *p, size_t n);
char *arena_str(struct arena *a, const char *s);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

void arena_free(struct arena *a);

#endif
