/* The few words whose meaning the miner knows, as a table by hash; and the hash of a word. */
#ifndef MINE_WORDS_H
#define MINE_WORDS_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum word_class {
	W_SIZE = 1,	/* a unit that follows a number: KB */
	W_TIME = 2,	/* likewise: seconds */
	W_DATE = 4,	/* Mon, Jan */
	W_NOUN = 8,	/* a name follows: user */
	W_GRAMMAR = 16, /* makes the sentence: not, the, was */
	W_STATE = 32,	/* says what happened: up, down, unknown */
	W_BEFORE = 64,	/* with `from` behind it, a lone word is a name: password for root from 10.1.2.3 */
	W_FROM = 128,	/* that from */
	W_LEFT = 256,	/* a name may follow: on */
	W_RIGHT = 512,	/* a name may end here: in, is */
};

#define WORDS_SLOTS 1024 /* a power of two, far more than there are words */

struct words {
	uint64_t hash[WORDS_SLOTS];
	uint16_t class[WORDS_SLOTS];
};

void words_init(struct words *w);

static inline uint64_t word_mum(uint64_t a, uint64_t b)
{
	__uint128_t m = (__uint128_t)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

static inline uint64_t word_load(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

/* Never 0.  Reads up to eight bytes behind the word; n > 0. */
static inline uint64_t word_hash(const char *p, size_t n)
{
	uint64_t h = 0x9e3779b97f4a7c15ULL ^ n;

	for (; n > 8; n -= 8, p += 8)
		h = word_mum(h ^ word_load(p), 0xd6e8feb86659fd93ULL);
	h = word_mum(h ^ (word_load(p) & ~0ULL >> (64 - 8 * n)), 0xa0761d6478bd642fULL);
	return h | 1;
}

static inline uint16_t words_class(const struct words *w, uint64_t hash)
{
	size_t i = hash >> 32 & (WORDS_SLOTS - 1);

	while (w->hash[i] && w->hash[i] != hash)
		i = (i + 1) & (WORDS_SLOTS - 1);
	return w->class[i];
}

/* Endings that stand for hosts, and the roots of class names: com, org, java. */
bool words_is_domain(const char *p, size_t n);

/* A word with a digit in it that is a word all the same: ssh2, ipv4. */
bool words_is_technical(const char *p, size_t n);

#endif
