#include "../forward/text.h"
#include "forward.h"

struct cursor {
	const uint8_t *p, *end;
};

/* The next value's head; of texts the whole. */
static bool next(struct cursor *c, struct mp *v)
{
	ssize_t n = mp_read(c->p, (size_t)(c->end - c->p), v);

	if (n <= 0)
		return false;
	c->p += n;
	return true;
}

/* The value at the cursor, whatever it is; the cursor goes behind it. */
static bool skip(struct cursor *c)
{
	const uint8_t *p = mp_skip(c->p, c->end);

	if (p)
		c->p = p;
	return p != NULL;
}

static int set_id(struct chunk *c, const struct mp *v, const uint8_t *p, const uint8_t *end)
{
	if (v->type == MP_NIL)
		return 0;
	if (v->type == MP_ARRAY || v->type == MP_MAP || end - p > CHUNK_ID_MAX)
		return -EBADMSG;
	c->id = (const char *)p;
	c->id_n = (size_t)(end - p);
	return 0;
}

static int option(struct chunk *c, const struct mp *key, struct cursor *at)
{
	const uint8_t *p = at->p;
	struct mp v = {0};

	if (mp_read(p, (size_t)(at->end - p), &v) <= 0 || !skip(at))
		return -EBADMSG;
	if (mp_is(key, "chunk", 5))
		return set_id(c, &v, p, at->p);
	if (mp_is(key, "compressed", 10))
		c->compressed = v;
	if (mp_is(key, "fluent_signal", 13))
		c->signal = v.type == MP_INT && v.u.i != 0;
	return 0;
}

static int options(struct chunk *c, struct cursor *at)
{
	struct mp v, key;
	int r = 0;

	if (!next(at, &v) || (v.type != MP_MAP && v.type != MP_NIL))
		return -EBADMSG;
	if (v.type == MP_NIL)
		return 0;
	for (uint32_t i = 0; i < v.n && r == 0; i++) {
		const uint8_t *p = at->p;

		if (mp_read(p, (size_t)(at->end - p), &key) <= 0 || !skip(at))
			return -EBADMSG;
		r = option(c, &key, at);
	}
	return r;
}

/* [tag, time, record, option?]; the time may be [time, metadata]. */
static int single(struct chunk *c, struct cursor *at)
{
	c->p = at->p;
	c->single = true;
	c->n = 1;
	for (int i = 0; i < 2; i++)
		if (!skip(at))
			return -EBADMSG;
	c->end = at->p;
	return 0;
}

/* [tag, [[time, record], …], option?]; true: it is one, and not the time of a Message. */
static bool is_list(const struct cursor *at, const struct mp *v)
{
	struct mp first;

	if (!v->n)
		return true;
	return mp_read(at->p, (size_t)(at->end - at->p), &first) > 0 && first.type == MP_ARRAY;
}

static int list(struct chunk *c, struct cursor *at, const struct mp *v)
{
	c->n = v->n;
	c->p = at->p;
	for (uint32_t i = 0; i < v->n; i++)
		if (!skip(at))
			return -EBADMSG;
	c->end = at->p;
	return 0;
}

static int second(struct chunk *c, struct cursor *at, uint32_t *left)
{
	const uint8_t *p = at->p;
	struct mp v;

	if (!next(at, &v))
		return -EBADMSG;
	--*left;
	if (v.type == MP_STR || v.type == MP_BIN) {
		c->packed = v;
		return 0;
	}
	if (v.type == MP_ARRAY && is_list(at, &v))
		return list(c, at, &v);
	if (v.type == MP_NIL)
		return *left ? -EBADMSG : 1;
	at->p = p;
	if (v.type == MP_MAP || !*left)
		return -EBADMSG;
	--*left;
	return single(c, at);
}

static int tag(struct chunk *c, const struct mp *v)
{
	if (v->type != MP_STR && v->type != MP_BIN)
		return -EBADMSG;
	c->tag = (struct bson_key){v->p, genlog_utf8_valid(v->p, v->n < TAG_MAX ? v->n : TAG_MAX)};
	return 0;
}

int message_read(struct chunk *c, const uint8_t *p, const uint8_t *end, const char **why)
{
	struct cursor at = {p, end};
	struct mp head, name;
	uint32_t left;
	int r;

	*c = (struct chunk){0};
	*why = "a message that is none of the protocol's";
	if (!next(&at, &head))
		return -EBADMSG;
	if (head.type == MP_NIL)
		return 1;
	if (head.type != MP_ARRAY || head.n < 2 || !next(&at, &name) || tag(c, &name) < 0)
		return -EBADMSG;
	left = head.n - 1;
	r = second(c, &at, &left);
	if (r == 0 && left)
		r = options(c, &at);
	if (r == 0 && c->signal) {
		*why = "metrics or traces, which are no logs";
		return -EBADMSG;
	}
	return r;
}

/* What the bytes themselves say goes before the option: no entry begins as compressed data do. */
static enum packing packing_of(const struct chunk *c)
{
	const uint8_t *p = (const uint8_t *)c->packed.p;

	if (c->packed.n >= 2 && p[0] == 0x1f && p[1] == 0x8b)
		return PACKING_GZIP;
	if (c->packed.n >= 4 && memcmp(p, "\x28\xb5\x2f\xfd", 4) == 0)
		return PACKING_ZSTD;
	return PACKING_NONE;
}

static const char *words(int r)
{
	return r == -EMSGSIZE ? "a chunk that is larger than `inflated_limit` when it is decompressed"
	       : r == -ENOMEM ? "no memory to decompress a chunk"
			      : "compressed data that are damaged";
}

int message_unpack(struct intake *k, struct chunk *c, const char **why)
{
	enum packing how = packing_of(c);
	int r;

	if (how == PACKING_NONE) {
		bool plain = c->compressed.type == MP_NONE || c->compressed.type == MP_NIL ||
			     mp_is(&c->compressed, "text", 4) || !c->packed.n;

		*why = "a compression that is neither gzip nor zstd";
		c->p = (const uint8_t *)c->packed.p;
		c->end = c->p + c->packed.n;
		return plain ? 0 : -EBADMSG;
	}
	r = inflate_all(&k->inflated, k->inflated_limit, how, c->packed.p, c->packed.n);
	*why = words(r);
	c->p = k->inflated.p;
	c->end = c->p + (r == 0 ? k->inflated.n : 0);
	return r;
}
