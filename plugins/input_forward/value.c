#include "value.h"

#include <stdio.h>
#include <stdlib.h>

#include "../forward/text.h"

/* An array or a document that is being written. */
struct level {
	size_t start; /* of its length */
	uint32_t left, index, map;
	bool is_map;
};

struct walk {
	struct bson_out *o;
	const uint8_t *p, *end;
	struct bson_key key;
	char digits[12];
	unsigned depth;
	struct level level[MP_DEPTH];
};

static int room(struct bson_out *o, size_t key, size_t value)
{
	size_t more = GENLOG_BSON_MAX(key, value);

	if (o->b->n + more > o->max)
		return -E2BIG;
	return genlog_buf_reserve(o->b, more);
}

static uint8_t *at(const struct bson_out *o)
{
	return o->b->p + o->b->n;
}

static int wrote(struct bson_out *o, const uint8_t *w)
{
	o->b->n = (size_t)(w - o->b->p);
	return 0;
}

static int put_text(struct bson_out *o, struct bson_key key, const char *p, size_t n)
{
	int r = room(o, key.n, n);

	if (r < 0)
		return r;
	return wrote(o, genlog_bson_text(genlog_bson_key(at(o), GENLOG_BSON_STR, key.p, key.n), p, n));
}

int bson_text(struct bson_out *o, struct bson_key key, const char *p, size_t n)
{
	uint8_t *w;
	size_t k;
	int r;

	if (genlog_utf8_valid(p, n) == n)
		return put_text(o, key, p, n);
	r = room(o, key.n, 3 * n);
	if (r < 0)
		return r;
	w = genlog_bson_key(at(o), GENLOG_BSON_STR, key.p, key.n);
	k = genlog_utf8_repair((char *)w + 4, p, n);
	w = genlog_bson_i32(w, (int32_t)(k + 1)) + k;
	*w++ = 0;
	return wrote(o, w);
}

static uint8_t *hex(uint8_t *w, const char *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*w++ = (uint8_t)digits[(uint8_t)p[i] >> 4];
		*w++ = (uint8_t)digits[p[i] & 15];
	}
	return w;
}

static int put_hex(struct bson_out *o, struct bson_key key, const char *p, size_t n)
{
	int r = room(o, key.n, 2 * n);
	uint8_t *w;

	if (r < 0)
		return r;
	w = genlog_bson_i32(genlog_bson_key(at(o), GENLOG_BSON_STR, key.p, key.n), (int32_t)(2 * n + 1));
	w = hex(w, p, n);
	*w++ = 0;
	return wrote(o, w);
}

static int put_bytes(struct bson_out *o, struct bson_key key, const struct mp *v)
{
	return genlog_utf8_valid(v->p, v->n) == v->n ? put_text(o, key, v->p, v->n) : put_hex(o, key, v->p, v->n);
}

static int put_number(struct bson_out *o, struct bson_key key, enum genlog_bson_type type, int64_t v)
{
	int r = room(o, key.n, 8);
	uint8_t *w;

	if (r < 0)
		return r;
	w = genlog_bson_key(at(o), type, key.p, key.n);
	if (type == GENLOG_BSON_INT32)
		return wrote(o, genlog_bson_i32(w, (int32_t)v));
	if (type != GENLOG_BSON_BOOL)
		return wrote(o, genlog_bson_i64(w, v));
	*w++ = v != 0;
	return wrote(o, w);
}

static int put_double(struct bson_out *o, struct bson_key key, double d)
{
	int64_t bits;

	memcpy(&bits, &d, 8);
	return put_number(o, key, GENLOG_BSON_DOUBLE, bits);
}

static int put_ext(struct bson_out *o, struct bson_key key, const struct mp *v)
{
	size_t start;
	int64_t ms;
	int r;

	if (mp_time(v, &ms))
		return put_number(o, key, GENLOG_BSON_DATE, ms);
	r = room(o, key.n, 64);
	if (r < 0)
		return r;
	wrote(o, genlog_bson_key(at(o), GENLOG_BSON_DOC, key.p, key.n));
	start = o->b->n;
	wrote(o, genlog_bson_begin(at(o)));
	r = put_number(o, (struct bson_key){"ext", 3}, GENLOG_BSON_INT64, v->ext);
	if (r == 0)
		r = put_hex(o, (struct bson_key){"data", 4}, v->p, v->n);
	if (r == 0)
		r = room(o, 0, 0);
	return r < 0 ? r : wrote(o, genlog_bson_end(o->b->p + start, at(o)));
}

static int put_uint(struct bson_out *o, struct bson_key key, uint64_t u)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%llu", (unsigned long long)u);

	return put_text(o, key, text, (size_t)n);
}

static int scalar(struct bson_out *o, struct bson_key key, const struct mp *v)
{
	int r;

	switch ((enum mp_type)v->type) {
	case MP_STR: return bson_text(o, key, v->p, v->n);
	case MP_BIN: return put_bytes(o, key, v);
	case MP_INT:
		return put_number(
			o, key, o->exact && v->code == MP_CODE_INT32 ? GENLOG_BSON_INT32 : GENLOG_BSON_INT64, v->u.i);
	case MP_UINT: return put_uint(o, key, v->u.u);
	case MP_DOUBLE: return put_double(o, key, v->u.d);
	case MP_BOOL: return put_number(o, key, GENLOG_BSON_BOOL, v->u.i);
	case MP_EXT: return put_ext(o, key, v);
	case MP_NIL: break;
	default: return -EBADMSG;
	}
	r = room(o, key.n, 0);
	return r < 0 ? r : wrote(o, genlog_bson_key(at(o), GENLOG_BSON_NULL, key.p, key.n));
}

static int as_json(struct walk *k)
{
	struct bson_out *o = k->o;
	struct genlog_buf text = {0};
	int r = o->exact ? -ELOOP : json_text(&text, o->max, k->p, k->end);

	if (r >= 0)
		r = put_text(o, k->key, (const char *)text.p, text.n);
	free(text.p);
	o->deep = true;
	k->p = mp_skip(k->p, k->end);
	return r < 0 ? r : k->p ? 0 : -EBADMSG;
}

static int open_level(struct walk *k, const struct mp *v, size_t head)
{
	struct bson_out *o = k->o;
	bool map = v->type == MP_MAP;
	int r;

	if (k->depth >= o->depth || (map && (uint64_t)o->keys->n + v->n > KEYS_MAX))
		return as_json(k);
	r = room(o, k->key.n, 8);
	if (r < 0)
		return r;
	wrote(o, genlog_bson_key(at(o), map ? GENLOG_BSON_DOC : GENLOG_BSON_ARRAY, k->key.p, k->key.n));
	k->level[k->depth++] =
		(struct level){.start = o->b->n, .left = v->n, .is_map = map, .map = map ? ++o->keys->maps : 0};
	k->p += head;
	return wrote(o, genlog_bson_begin(at(o)));
}

static int one(struct walk *k)
{
	struct mp v;
	ssize_t n = mp_read(k->p, (size_t)(k->end - k->p), &v);
	int r;

	if (n <= 0)
		return -EBADMSG;
	if (v.type == MP_ARRAY || v.type == MP_MAP)
		return open_level(k, &v, (size_t)n);
	r = scalar(k->o, k->key, &v);
	k->p += n;
	return r;
}

static int close_levels(struct walk *k)
{
	while (k->depth && !k->level[k->depth - 1].left) {
		int r = room(k->o, 0, 0);

		if (r < 0)
			return r;
		wrote(k->o, genlog_bson_end(k->o->b->p + k->level[--k->depth].start, at(k->o)));
	}
	return 0;
}

static void number_key(struct walk *k, uint32_t i)
{
	char *end = k->digits + sizeof(k->digits), *p = end;

	do
		*--p = (char)('0' + i % 10);
	while ((i /= 10) > 0);
	k->key = (struct bson_key){p, (size_t)(end - p)};
}

int bson_key_fit(struct genlog_buf *scratch, const struct mp *v, struct bson_key *out)
{
	char number[32];
	const char *p = v->p;
	size_t n = v->n;

	if (v->type == MP_INT || v->type == MP_BOOL) {
		n = (size_t)snprintf(number, sizeof(number), "%lld", (long long)v->u.i);
		p = number;
	} else if (v->type != MP_STR && v->type != MP_BIN) {
		n = 0;
	}
	if (p != number && text_is_plain_key(p, n)) {
		*out = (struct bson_key){p, n};
		return 0;
	}
	scratch->n = 0;
	if (genlog_buf_reserve(scratch, 3 * n + GENLOG_KEY_ROOM(3 * n)) < 0)
		return -ENOMEM;
	n = genlog_utf8_repair((char *)scratch->p, p, n);
	out->p = (const char *)scratch->p + n;
	out->n = genlog_key_fit((char *)scratch->p + n, (const char *)scratch->p, n);
	return 0;
}

void bson_drop(struct bson_out *o, size_t start, struct bson_key key)
{
	const uint8_t *next;
	uint8_t *old = (uint8_t *)(uintptr_t)genlog_bson_find(o->b->p + start, at(o), key.p, key.n, &next);

	if (!old)
		return;
	memmove(old, next, (size_t)(at(o) - next));
	o->b->n -= (size_t)(next - old);
}

int bson_key_once(struct bson_out *o, uint32_t map, size_t start, struct bson_key key)
{
	if (!keys_add(o->keys, map, key.p, key.n))
		return 0;
	if (++o->keys->twice > KEYS_TWICE_MAX)
		return -EOVERFLOW;
	bson_drop(o, start, key);
	return 0;
}

/* The name of the next value within the innermost level. */
static int next_name(struct walk *k)
{
	struct level *l = &k->level[k->depth - 1];
	struct mp v;
	ssize_t n;
	int r;

	l->left--;
	if (!l->is_map) {
		number_key(k, l->index++);
		return 0;
	}
	n = mp_read(k->p, (size_t)(k->end - k->p), &v);
	if (n <= 0)
		return -EBADMSG;
	k->p += n;
	if (v.type == MP_ARRAY || v.type == MP_MAP) { /* nobody's key */
		k->p = mp_skip(k->p - n, k->end);
		if (!k->p)
			return -EBADMSG;
	}
	r = bson_key_fit(k->o->scratch, &v, &k->key);
	return r < 0 ? r : bson_key_once(k->o, l->map, l->start + 4, k->key);
}

int bson_value(struct bson_out *o, struct bson_key key, const uint8_t *p, const uint8_t *end)
{
	struct walk k;
	int r;

	k.o = o;
	k.p = p;
	k.end = end;
	k.key = key;
	k.depth = 0;
	for (;;) {
		r = one(&k);
		if (r == 0)
			r = close_levels(&k);
		if (r < 0 || !k.depth)
			return r;
		r = next_name(&k);
		if (r < 0)
			return r;
	}
}
