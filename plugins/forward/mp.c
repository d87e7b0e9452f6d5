#include "mp.h"

#define EVENT_TIME 0
#define TIMESTAMP (-1)

/* By the first byte from 0xc0 to 0xdf: how many bytes of length or value follow, and what it is. */
static const struct {
	uint8_t type, bytes;
} codes[32] = {
	[0x00] = {MP_NIL, 0},
	[0x02] = {MP_BOOL, 0},
	[0x03] = {MP_BOOL, 0},
	[0x04] = {MP_BIN, 1},
	[0x05] = {MP_BIN, 2},
	[0x06] = {MP_BIN, 4},
	[0x07] = {MP_EXT, 1},
	[0x08] = {MP_EXT, 2},
	[0x09] = {MP_EXT, 4},
	[0x0a] = {MP_DOUBLE, 4},
	[0x0b] = {MP_DOUBLE, 8},
	[0x0c] = {MP_UINT, 1},
	[0x0d] = {MP_UINT, 2},
	[0x0e] = {MP_UINT, 4},
	[0x0f] = {MP_UINT, 8},
	[0x10] = {MP_INT, 1},
	[0x11] = {MP_INT, 2},
	[0x12] = {MP_INT, 4},
	[0x13] = {MP_INT, 8},
	[0x14] = {MP_EXT, 0},
	[0x15] = {MP_EXT, 0},
	[0x16] = {MP_EXT, 0},
	[0x17] = {MP_EXT, 0},
	[0x18] = {MP_EXT, 0},
	[0x19] = {MP_STR, 1},
	[0x1a] = {MP_STR, 2},
	[0x1b] = {MP_STR, 4},
	[0x1c] = {MP_ARRAY, 2},
	[0x1d] = {MP_ARRAY, 4},
	[0x1e] = {MP_MAP, 2},
	[0x1f] = {MP_MAP, 4},
};

static uint64_t number(const uint8_t *p, unsigned bytes)
{
	uint64_t v = 0;

	while (bytes--)
		v = v << 8 | *p++;
	return v;
}

static ssize_t fixed(uint8_t c, struct mp *v)
{
	v->type = MP_INT;
	v->u.i = c < 0x80 ? c : (int64_t)c - 256;
	if (c >= 0x80 && c < 0xc0) {
		v->type = c < 0x90 ? MP_MAP : c < 0xa0 ? MP_ARRAY : MP_STR;
		v->n = c & (c < 0xa0 ? 15 : 31);
	}
	return v->type == MP_STR ? 0 : 1; /* a short text that is all there never comes here */
}

static void set_number(const uint8_t *p, unsigned bytes, struct mp *v)
{
	uint64_t u = number(p, bytes);
	uint32_t low = (uint32_t)u;
	float f;

	if (v->type == MP_DOUBLE && bytes == 8) {
		memcpy(&v->u.d, &u, 8);
	} else if (v->type == MP_DOUBLE) {
		memcpy(&f, &low, 4);
		v->u.d = (double)f;
	} else if (v->type == MP_INT) {
		v->u.i = (int64_t)(u << (64 - 8 * bytes)) >> (64 - 8 * bytes);
	} else {
		v->u.u = u;
		if (u <= INT64_MAX)
			v->type = MP_INT;
	}
}

/* What lies behind the head: texts, bytes, ext. */
static ssize_t body(const uint8_t *p, size_t n, size_t head, struct mp *v)
{
	if (n - head < v->n)
		return 0;
	v->p = (const char *)p + head;
	return (ssize_t)(head + v->n);
}

static ssize_t ext(const uint8_t *p, size_t n, size_t head, struct mp *v)
{
	if (v->code >= 0xd4 && v->code <= 0xd8)
		v->n = 1U << (v->code - 0xd4);
	if (n - head < 1)
		return 0;
	v->ext = (int8_t)p[head];
	return body(p, n, head + 1, v);
}

ssize_t mp_read_long(const uint8_t *p, size_t n, struct mp *v)
{
	uint8_t c = *p;
	unsigned bytes;

	v->code = c;
	if (c < 0xc0 || c >= 0xe0)
		return fixed(c, v);
	v->type = codes[c & 31].type;
	bytes = codes[c & 31].bytes;
	if (v->type == MP_NONE)
		return -EBADMSG;
	if (n - 1 < bytes) {
		v->type = MP_NONE;
		return 0;
	}
	switch ((enum mp_type)v->type) {
	case MP_BOOL: v->u.i = c & 1; return 1;
	case MP_INT:
	case MP_UINT:
	case MP_DOUBLE: set_number(p + 1, bytes, v); return 1 + (ssize_t)bytes;
	case MP_NIL: return 1;
	default: break;
	}
	v->n = (uint32_t)number(p + 1, bytes);
	if (v->type == MP_EXT)
		return ext(p, n, 1 + bytes, v);
	return v->type == MP_ARRAY || v->type == MP_MAP ? 1 + (ssize_t)bytes : body(p, n, 1 + bytes, v);
}

/* An array or map that is open now; one without elements is whole. */
static int enter(struct mp_scan *s, const struct mp *v, size_t limit)
{
	uint64_t n = v->type == MP_MAP ? 2 * (uint64_t)v->n : v->n;

	if (n > limit - s->at)
		return -EMSGSIZE;
	if (!n)
		return 0;
	if (s->depth == MP_DEPTH)
		return -ELOOP;
	s->left[s->depth++] = (uint32_t)n;
	return 1;
}

static int unfinished(const struct mp_scan *s, const struct mp *v, size_t limit)
{
	return v->type != MP_NONE && v->n > limit - s->at ? -EMSGSIZE : 0;
}

int mp_scan(struct mp_scan *s, const void *bytes, size_t n, size_t limit)
{
	const uint8_t *p = bytes;
	struct mp v;

	for (;;) {
		ssize_t k = mp_read(p + s->at, n - s->at, &v);
		int r = 0;

		if (k <= 0)
			return k < 0 ? (int)k : s->at >= limit ? -EMSGSIZE : unfinished(s, &v, limit);
		s->at += (size_t)k;
		if (s->at > limit)
			return -EMSGSIZE;
		if (v.type == MP_ARRAY || v.type == MP_MAP)
			r = enter(s, &v, limit);
		if (r < 0)
			return r;
		if (r > 0)
			continue;
		while (s->depth && --s->left[s->depth - 1] == 0)
			s->depth--;
		if (!s->depth)
			return 1;
	}
}

const uint8_t *mp_skip(const uint8_t *p, const uint8_t *end)
{
	struct mp_scan s;

	s.at = 0;
	s.depth = 0;
	return mp_scan(&s, p, (size_t)(end - p), (size_t)(end - p)) == 1 ? p + s.at : NULL;
}

/* 4 bytes: seconds; 8: 30 bits of nanoseconds and 34 of seconds; 12: both in full. */
static bool timestamp(const struct mp *v, int64_t *ms)
{
	uint64_t u;
	int64_t seconds;
	uint32_t nanos;

	switch (v->n) {
	case 4: *ms = (int64_t)mp_be32(v->p) * 1000; return true;
	case 8:
		u = mp_be64(v->p);
		*ms = (int64_t)(u & 0x3ffffffffULL) * 1000 + (int64_t)(u >> 34) / 1000000;
		return true;
	case 12:
		nanos = mp_be32(v->p);
		seconds = (int64_t)mp_be64(v->p + 4);
		if (seconds > INT64_MAX / 1000 - 1 || seconds < INT64_MIN / 1000 + 1 || nanos > 999999999)
			return false;
		*ms = seconds * 1000 + nanos / 1000000;
		return true;
	default: return false;
	}
}

bool mp_time(const struct mp *v, int64_t *ms)
{
	switch ((enum mp_type)v->type) {
	case MP_INT:
		if (v->u.i > INT64_MAX / 1000 || v->u.i < INT64_MIN / 1000)
			return false;
		*ms = v->u.i * 1000;
		return true;
	case MP_DOUBLE:
		if (!(v->u.d > -1e14 && v->u.d < 1e14))
			return false;
		*ms = (int64_t)(v->u.d * 1000);
		return true;
	case MP_EXT: break;
	default: return false;
	}
	if (v->ext == TIMESTAMP)
		return timestamp(v, ms);
	if (v->ext != EVENT_TIME || v->n != 8)
		return false;
	*ms = (int64_t)mp_be32(v->p) * 1000 + mp_be32(v->p + 4) / 1000000;
	return true;
}
