/*
 * BSON to MessagePack, so that all can read it and another genlog can turn it back:
 *
 *	_id, log_id           24 hexadecimal digits
 *	timestamp, createdAt  "2025-12-22T10:30:45.123Z"; other dates as EventTime, or as text beyond its years
 *	int32, int64          in their own width, even where a shorter one would do
 *	the rest              as it is
 */
#include <errno.h>

#include "../forward/iso.h"
#include "forward.h"

#define DEPTH (MP_DEPTH - 4)
#define OID 12

/* One element, where it lies. */
struct element {
	uint8_t type;
	const char *key;
	size_t key_n;
	const uint8_t *v;
	size_t n;
};

/* false: the end, or nothing that we know; then p < end is left. */
static bool next(const uint8_t **p, const uint8_t *end, struct element *e)
{
	const uint8_t *nul;
	ssize_t n;

	if (*p >= end)
		return false;
	nul = memchr(*p + 1, 0, (size_t)(end - *p) - 1);
	n = nul ? genlog_bson_value_size(**p, nul + 1, end) : -1;
	if (n < 0)
		return false;
	*e = (struct element){**p, (const char *)*p + 1, (size_t)(nul - *p) - 1, nul + 1, (size_t)n};
	*p = nul + 1 + n;
	return true;
}

static ssize_t count(const uint8_t *p, const uint8_t *end)
{
	struct element e;
	ssize_t n = 0;

	while (next(&p, end, &e))
		n++;
	return p == end ? n : -EINVAL;
}

static int text(msgpack_packer *k, const char *p, size_t n)
{
	return msgpack_pack_str(k, n) < 0 || msgpack_pack_str_body(k, p, n) < 0 ? -ENOMEM : 0;
}

static int oid(msgpack_packer *k, const uint8_t *v)
{
	static const char digits[] = "0123456789abcdef";
	char hex[2 * OID];

	for (size_t i = 0; i < OID; i++) {
		hex[2 * i] = digits[v[i] >> 4];
		hex[2 * i + 1] = digits[v[i] & 15];
	}
	return text(k, hex, sizeof(hex));
}

static int event_time(msgpack_packer *k, int64_t ms)
{
	uint32_t t[2] = {__builtin_bswap32((uint32_t)(ms / 1000)), __builtin_bswap32((uint32_t)(ms % 1000) * 1000000)};

	return msgpack_pack_ext(k, 8, 0) < 0 || msgpack_pack_ext_body(k, t, 8) < 0 ? -ENOMEM : 0;
}

static bool is_event_time(int64_t ms)
{
	return ms >= 0 && ms / 1000 <= UINT32_MAX;
}

static int64_t i64(const uint8_t *v)
{
	int64_t i;

	memcpy(&i, v, 8);
	return i;
}

static int32_t i32(const uint8_t *v)
{
	int32_t i;

	memcpy(&i, v, 4);
	return i;
}

static bool is_named(const struct element *e, const char *name)
{
	return strlen(name) == e->key_n && memcmp(e->key, name, e->key_n) == 0;
}

static int date(msgpack_packer *k, const struct element *e, bool top)
{
	bool readable = top && (is_named(e, "timestamp") || is_named(e, "createdAt"));
	int64_t ms = i64(e->v);
	char iso[ISO_LEN + 1];

	if (!readable && is_event_time(ms))
		return event_time(k, ms);
	if (iso_write(iso, ms))
		return text(k, iso, ISO_LEN);
	return msgpack_pack_int64(k, ms) < 0 ? -ENOMEM : 0;
}

static int number(msgpack_packer *k, const struct element *e)
{
	double d;
	int r;

	memcpy(&d, e->v, e->type == GENLOG_BSON_DOUBLE ? 8 : 0);
	if (e->type == GENLOG_BSON_DOUBLE)
		r = msgpack_pack_double(k, d);
	else if (e->type == GENLOG_BSON_INT32)
		r = msgpack_pack_fix_int32(k, i32(e->v));
	else
		r = msgpack_pack_fix_int64(k, i64(e->v));
	return r < 0 ? -ENOMEM : 0;
}

static int scalar(msgpack_packer *k, const struct element *e, bool top)
{
	int r;

	switch (e->type) {
	case GENLOG_BSON_STR: return text(k, (const char *)e->v + 4, e->n - 5);
	case GENLOG_BSON_OID: return oid(k, e->v);
	case GENLOG_BSON_DATE: return date(k, e, top);
	case GENLOG_BSON_BOOL: r = *e->v ? msgpack_pack_true(k) : msgpack_pack_false(k); break;
	case GENLOG_BSON_NULL: r = msgpack_pack_nil(k); break;
	default: return number(k, e);
	}
	return r < 0 ? -ENOMEM : 0;
}

struct level {
	const uint8_t *p, *end;
	bool array;
};

/* The elements of a document begin behind its length, and end before its NUL. */
static int enter(msgpack_packer *k, struct level *l, const uint8_t *bson, size_t n, bool array)
{
	ssize_t elements;

	*l = (struct level){bson + 4, bson + n - 1, array};
	elements = count(l->p, l->end);
	if (elements < 0)
		return -EINVAL;
	return (array ? msgpack_pack_array(k, (size_t)elements) : msgpack_pack_map(k, (size_t)elements)) < 0 ? -ENOMEM
													     : 0;
}

static int record(msgpack_packer *k, const uint8_t *bson, size_t n)
{
	struct level level[DEPTH];
	unsigned depth = 1;
	int r = enter(k, &level[0], bson, n, false);

	while (r == 0 && depth) {
		struct level *l = &level[depth - 1];
		struct element e;

		if (!next(&l->p, l->end, &e)) {
			depth--;
			continue;
		}
		if (!l->array)
			r = text(k, e.key, e.key_n);
		if (r < 0)
			break;
		if (e.type != GENLOG_BSON_DOC && e.type != GENLOG_BSON_ARRAY)
			r = scalar(k, &e, depth == 1);
		else if (depth == DEPTH)
			r = -EINVAL;
		else
			r = enter(k, &level[depth++], e.v, e.n, e.type == GENLOG_BSON_ARRAY);
	}
	return r;
}

/* The document's own time, for those who read no further. */
static int64_t time_of(const uint8_t *bson, uint32_t len)
{
	const uint8_t *p = bson + 4, *end = bson + len - 1;
	int64_t ms = 0;
	struct element e;

	while (next(&p, end, &e))
		if (e.type == GENLOG_BSON_DATE && (is_named(&e, "timestamp") || (!ms && is_named(&e, "createdAt"))))
			ms = i64(e.v);
	return is_event_time(ms) ? ms : 0;
}

int pack_document(msgpack_sbuffer *to, const uint8_t *bson, uint32_t len)
{
	msgpack_packer k;
	size_t before = to->size;
	int r;

	if (len < 5)
		return -EINVAL;
	msgpack_packer_init(&k, to, msgpack_sbuffer_write);
	r = msgpack_pack_array(&k, 2) < 0 ? -ENOMEM : event_time(&k, time_of(bson, len));
	if (r == 0)
		r = record(&k, bson, len);
	if (r < 0)
		to->size = before;
	return r;
}
