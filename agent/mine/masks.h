/*
 * The bytes of a line as bits, 64 to a word: which are digits, and which end a chunk.  Behind the line's end stand
 * ends only, so that every search from within finds one.
 */
#ifndef MINE_MASKS_H
#define MINE_MASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MASKS_BYTES 256
#define MASKS_WORDS (MASKS_BYTES / 64 + 1)

struct masks {
	uint64_t digit[MASKS_WORDS];
	uint64_t other[MASKS_WORDS]; /* no digit */
	uint64_t end[MASKS_WORDS];   /* a blank or a hard sign */
	size_t last;		     /* word that is in use */
};

/*
 * Of the first line of `n` bytes, at most MASKS_BYTES, with GENLOG_PAD readable bytes behind them.  How long that
 * line is.
 */
size_t masks_make(struct masks *m, const char *p, size_t n);
size_t masks_make_portable(struct masks *m, const char *p, size_t n);

static inline bool masks_has(const uint64_t *mask, size_t at)
{
	return mask[at / 64] >> (at % 64) & 1;
}

/* The first one at or behind a place; MASKS_BYTES or more: none. */
static inline size_t masks_next(const uint64_t *mask, size_t last, size_t at)
{
	size_t word = at / 64;
	uint64_t v = mask[word] & ~0ULL << (at % 64);

	while (!v && word < last)
		v = mask[++word];
	return v ? word * 64 + (size_t)__builtin_ctzll(v) : MASKS_BYTES + 64;
}

/* Behind the last one before a place; 0: there is none. */
static inline size_t masks_before(const uint64_t *mask, size_t at)
{
	size_t word = at / 64;
	uint64_t v = mask[word] & ((1ULL << (at % 64)) - 1);

	while (!v && word)
		v = mask[--word];
	return v ? word * 64 + 64 - (size_t)__builtin_clzll(v) : 0;
}

#endif
