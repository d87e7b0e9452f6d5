/*
 * Text as people write it in settings: numbers with units, yes and no, and the word that was probably meant.
 * Pure functions on NUL-terminated text.  0, -EINVAL: that is not one, -ERANGE: it does not fit.
 * On failure the output is untouched.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int text_int(const char *s, int64_t *out);     /* 1000, -5, 0x10, 0644 */
int text_bool(const char *s, bool *out);       /* true false yes no on off, in any case */
int text_size(const char *s, int64_t *out);    /* bytes: 512, 64KiB, 1.5GiB, 10kB, 64M (as MiB) */
int text_time(const char *s, int64_t *out);    /* milliseconds: 200ms, 5s, 1h30m, 2d; a bare number is none but 0 */
int text_percent(const char *s, int64_t *out); /* 0% to 100% */

/* How many letters must be added, left out, changed or swapped to make one of the other; 64 for long words. */
int text_distance(const char *a, const char *b);

/* The nearest of many names, offered one by one; `best` is NULL while none is near enough to be what was meant. */
struct text_nearest {
	const char *word;
	const char *best;
	int distance;
};
void text_nearest_try(struct text_nearest *n, const char *name);

#endif
