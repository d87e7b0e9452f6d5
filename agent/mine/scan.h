/*
 * A line as elements: words and holes, with what stands between them.  Made by scan_line(), joined and hashed by
 * context_join().  Elements borrow the line's bytes.
 */
#ifndef MINE_SCAN_H
#define MINE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "mine/words.h"

#define SCAN_MAX_BYTES 1024 /* of a line that count */
#define SCAN_MAX_ELS 64

enum el_kind {
	EL_WORD,
	EL_ANY,
	EL_NUM,
	EL_HEX,
	EL_IP,
	EL_UUID,
	EL_PATH,
	EL_URL,
	EL_EMAIL,
	EL_TIME,
	EL_DURATION,
	EL_SIZE,
	EL_KINDS
};

struct el {
	uint64_t hash; /* of a word's bytes; 0: a hole */
	uint64_t sep;  /* the last eight signs before it, blanks left out */
	uint16_t at, len;
	uint16_t class; /* enum word_class */
	uint8_t kind;	/* enum el_kind */
};

struct scan {
	const char *p;
	size_t len;			/* of what counts of the line */
	size_t n;			/* of elements */
	size_t out;			/* how many of them context_join() has made so far */
	bool cut;			/* the line goes on: the last element stands for the rest */
	struct el el[SCAN_MAX_ELS + 1]; /* the last is the end: no bytes, but what stands before it */
	const struct words *words;
};

static inline bool el_is_hole(const struct el *e)
{
	return e->kind != EL_WORD;
}

/* Bytes `p` to `p + n`, with GENLOG_PAD behind them, become s->el[0 .. s->n]. */
void scan_line(struct scan *s, const char *p, size_t n);

/* The same of what was cut already: s->len bytes, and s->cut. */
void scan_form(struct scan *s, const char *p, size_t n, bool cut);

/* What a piece without blanks and brackets is; `n` becomes the length of what belongs together.  n > 0. */
enum el_kind mask_chunk(const char *p, size_t *n, unsigned bits, const struct words *w);
bool mask_is_uuid(const char *p, size_t n);
bool mask_is_zeroed(const char *p, size_t n); /* of digits: they are counted among the hexadecimal */

/* Joins elements that are one value; returns the hash of the skeleton that is left. */
uint64_t context_join(struct scan *s);

/* The kind of a hole that both stand in. */
uint8_t el_common(uint8_t a, uint8_t b);

/* What bytes are: bits, because a chunk's are summed up. */
enum byte_bit {
	B_DIGIT = 1,
	B_HEX = 2,    /* a letter that may be a hex digit */
	B_LETTER = 4, /* any other, `_`, and all of UTF-8 beyond ASCII */
	B_SOFT = 8,   /* signs that may stand within a value */
	B_HARD = 16,  /* signs that end it */
	B_BLANK = 32,
};
extern const uint8_t byte_bits[256];

#endif
