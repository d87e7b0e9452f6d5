/*
 * 64-bit hashes of bytes (XXH3).  They are part of identities on disk and in the database: a file's generation and
 * a document's _id.  The function may never change.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t hash64(const void *p, size_t n, uint64_t seed);
uint64_t hash64_plain(const void *p, size_t n); /* without a seed: faster for long ones */

/* One 64-bit number mixed into another: the seed of a hash over several things. */
static inline uint64_t hash_mix(uint64_t h, uint64_t v)
{
	h ^= v + 0x9e3779b97f4a7c15ULL + (h << 6) + (h >> 2);
	h *= 0xff51afd7ed558ccdULL;
	return h ^ h >> 32;
}

#endif
