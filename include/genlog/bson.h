/*
 * The append-only BSON writer.  Every function writes one element at `w` and returns the place behind it; the
 * caller has made room.  Nothing is checked and nothing allocates: an element costs its bytes.
 *
 * Room for an element: 1 + key + 1 + value; a text takes 5 more than its bytes.  GENLOG_BSON_MAX(key, value) says so.
 */
#ifndef GENLOG_BSON_H
#define GENLOG_BSON_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "BSON is little-endian; this writer stores integers as they lie in memory"
#endif

enum genlog_bson_type {
	GENLOG_BSON_DOUBLE = 0x01,
	GENLOG_BSON_STR = 0x02,
	GENLOG_BSON_DOC = 0x03,
	GENLOG_BSON_ARRAY = 0x04,
	GENLOG_BSON_OID = 0x07,
	GENLOG_BSON_BOOL = 0x08,
	GENLOG_BSON_DATE = 0x09,
	GENLOG_BSON_NULL = 0x0a,
	GENLOG_BSON_INT32 = 0x10,
	GENLOG_BSON_INT64 = 0x12,
};

#define GENLOG_BSON_MAX(key, value) ((size_t)(key) + (size_t)(value) + 16)

static inline uint8_t *genlog_bson_bytes(uint8_t *w, const void *p, size_t n)
{
	memcpy(w, p, n);
	return w + n;
}

/* Short texts without a call: two overlapping moves cover every length from 4 to 32. */
static inline uint8_t *genlog_bson_copy(uint8_t *w, const char *p, size_t n)
{
	if (n > 32) {
		memcpy(w, p, n);
	} else if (n >= 16) {
		memcpy(w, p, 16);
		memcpy(w + n - 16, p + n - 16, 16);
	} else if (n >= 8) {
		memcpy(w, p, 8);
		memcpy(w + n - 8, p + n - 8, 8);
	} else if (n >= 4) {
		memcpy(w, p, 4);
		memcpy(w + n - 4, p + n - 4, 4);
	} else {
		for (size_t i = 0; i < n; i++)
			w[i] = (uint8_t)p[i];
	}
	return w + n;
}

static inline uint8_t *genlog_bson_key(uint8_t *w, enum genlog_bson_type type, const char *key, size_t key_len)
{
	*w++ = (uint8_t)type;
	w = genlog_bson_bytes(w, key, key_len);
	*w++ = 0;
	return w;
}

static inline uint8_t *genlog_bson_i32(uint8_t *w, int32_t v)
{
	return genlog_bson_bytes(w, &v, sizeof(v));
}

static inline uint8_t *genlog_bson_i64(uint8_t *w, int64_t v)
{
	return genlog_bson_bytes(w, &v, sizeof(v));
}

static inline uint8_t *genlog_bson_double(uint8_t *w, double v)
{
	return genlog_bson_bytes(w, &v, sizeof(v));
}

static inline uint8_t *genlog_bson_text(uint8_t *w, const char *p, size_t n)
{
	w = genlog_bson_i32(w, (int32_t)(n + 1));
	w = genlog_bson_bytes(w, p, n);
	*w++ = 0;
	return w;
}

/* A document or array: begin, append its elements, end.  `begin` reserves the length, `end` fills it in. */
static inline uint8_t *genlog_bson_begin(uint8_t *w)
{
	return w + sizeof(int32_t);
}

static inline uint8_t *genlog_bson_end(uint8_t *start, uint8_t *w)
{
	*w++ = 0;
	genlog_bson_i32(start, (int32_t)(w - start));
	return w;
}

/*
 * Reading what was written, with every length checked.  Host functions.
 * The element of a key among the elements [p, end): its type byte, or NULL; `next` is where the one behind it begins.
 */
#pragma GCC visibility push(default)
const uint8_t *genlog_bson_find(
	const uint8_t *p, const uint8_t *end, const char *key, size_t key_len, const uint8_t **next);

/* The bytes that the value at `v` takes; -1: unknown type, or it does not fit into [v, end). */
ssize_t genlog_bson_value_size(uint8_t type, const uint8_t *v, const uint8_t *end);
#pragma GCC visibility pop

#endif
