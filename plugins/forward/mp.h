/*
 * MessagePack as bytes of strangers: read where it lies, nothing is allocated, nothing is believed.
 *
 * A length that a head claims is compared with the bytes that are there before it is used, and so is the number of
 * elements, each of which takes a byte at least.  Nesting is counted, not called.
 */
#ifndef FORWARD_MP_H
#define FORWARD_MP_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#define MP_DEPTH 100

enum mp_type {
	MP_NONE,
	MP_NIL,
	MP_BOOL,
	MP_INT,	 /* u.i */
	MP_UINT, /* u.u, above what an int64 holds */
	MP_DOUBLE,
	MP_STR,	  /* p, n bytes */
	MP_BIN,	  /* p, n bytes */
	MP_EXT,	  /* p, n bytes, of type `ext` */
	MP_ARRAY, /* n elements follow */
	MP_MAP,	  /* n keys and values follow */
};

#define MP_CODE_INT32 0xd2
#define MP_CODE_INT64 0xd3

struct mp {
	uint8_t type; /* enum mp_type */
	uint8_t code; /* its first byte */
	int8_t ext;
	uint32_t n;
	const char *p;
	union {
		int64_t i;
		uint64_t u;
		double d;
	} u;
};

/* As mp_read(), for all that the inline does not know. */
ssize_t mp_read_long(const uint8_t *p, size_t n, struct mp *v);

/*
 * The value at p, with n bytes to read: what it takes, of arrays and maps their head alone.  0: it is not all there;
 * then `type` is MP_NONE, or what it will be and `n` what it claims.  -EBADMSG: no such value.
 */
static inline ssize_t mp_read(const uint8_t *p, size_t n, struct mp *v)
{
	uint8_t c;

	if (!n) {
		v->type = MP_NONE;
		return 0;
	}
	c = *p;
	if (c >> 5 == 5 && n > (c & 31U)) { /* short texts are what there is most of */
		v->type = MP_STR;
		v->n = c & 31;
		v->p = (const char *)p + 1;
		return 1 + (ssize_t)v->n;
	}
	return mp_read_long(p, n, v);
}

/* One whole value, looked for in bytes that come piece by piece; zeroed is at its beginning. */
struct mp_scan {
	size_t at; /* what was looked at; at the end, where the value ends */
	unsigned depth;
	uint32_t left[MP_DEPTH]; /* values still to come, of each array or map that is open */
};

/*
 * 1: it is whole.  0: more is needed; call again with the same bytes and more.  -EBADMSG; -EMSGSIZE: it will be longer
 * than `limit`; -ELOOP: nested too deeply.
 */
int mp_scan(struct mp_scan *s, const void *p, size_t n, size_t limit);

/* Behind the value at p; NULL: it is not whole, or none. */
const uint8_t *mp_skip(const uint8_t *p, const uint8_t *end);

/* Fluent's time: an integer, seconds with nanoseconds as ext 0, or MessagePack's own as ext -1.  false: it is none. */
bool mp_time(const struct mp *v, int64_t *ms);

static inline uint32_t mp_be32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return __builtin_bswap32(v);
}

static inline uint64_t mp_be64(const void *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return __builtin_bswap64(v);
}

static inline bool mp_is(const struct mp *v, const char *text, size_t n)
{
	return (v->type == MP_STR || v->type == MP_BIN) && v->n == n && memcmp(v->p, text, n) == 0;
}

#endif
