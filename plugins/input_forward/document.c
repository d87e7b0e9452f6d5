/*
 * A record that another genlog has sent is a document, and goes into its collection as it stood there: the same `_id`,
 * the same fields in the same order, the same types.  What MessagePack has no type for is known by its place: `_id`
 * and `log_id` are 24 hexadecimal digits, `timestamp` and `createdAt` a time in ISO 8601.
 */
#include <errno.h>

#include "../forward/iso.h"
#include "forward.h"

#define DOCUMENT_MAX ((15u << 20) - 64)
#define DEPTH (MP_DEPTH - 2)
#define NAME_MAX_LEN 64
#define OID 12

static bool may_name(const char *p, size_t n)
{
	if (!n || n > NAME_MAX_LEN || *p == '.' || (n >= 7 && memcmp(p, "system.", 7) == 0))
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = p[i];

		if (!((c | 0x20) >= 'a' && (c | 0x20) <= 'z') && !(c >= '0' && c <= '9') && c != '_' && c != '.' &&
			c != '-')
			return false;
	}
	return true;
}

bool document_wanted(const struct intake *k, const struct chunk *c)
{
	size_t n = strlen(k->document_tag);

	return c->tag.n > n + 1 && memcmp(c->tag.p, k->document_tag, n) == 0 && c->tag.p[n] == '.' &&
	       may_name(c->tag.p + n + 1, c->tag.n - n - 1);
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_oid(const struct mp *v, uint8_t oid[OID])
{
	if (v->type != MP_STR || v->n != 2 * OID)
		return false;
	for (size_t i = 0; i < OID; i++) {
		int high = digit(v->p[2 * i]), low = digit(v->p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		oid[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool read_date(const struct mp *v, int64_t *ms)
{
	return v->type == MP_STR ? iso_read(v->p, v->n, ms) : v->type == MP_EXT && mp_time(v, ms);
}

static bool is_named(const struct field *f, const char *name)
{
	size_t n = strlen(name);

	return f->key.n == n && memcmp(f->key.p, name, n) == 0;
}

static const struct field *find(const struct intake *k, const char *name)
{
	for (const struct field *f = k->fields; f < k->fields + k->n_fields; f++)
		if (!f->gone && is_named(f, name))
			return f;
	return NULL;
}

static int put_oid(struct bson_out *o, struct bson_key key, const uint8_t oid[OID])
{
	uint8_t *w;

	if (genlog_buf_reserve(o->b, GENLOG_BSON_MAX(key.n, OID)) < 0)
		return -ENOMEM;
	w = genlog_bson_key(o->b->p + o->b->n, GENLOG_BSON_OID, key.p, key.n);
	o->b->n = (size_t)(genlog_bson_bytes(w, oid, OID) - o->b->p);
	return 0;
}

static int put_fixed(struct bson_out *o, struct bson_key key, enum genlog_bson_type type, int64_t v)
{
	uint8_t *w;

	if (genlog_buf_reserve(o->b, GENLOG_BSON_MAX(key.n, 8)) < 0)
		return -ENOMEM;
	w = genlog_bson_key(o->b->p + o->b->n, type, key.p, key.n);
	w = type == GENLOG_BSON_DATE ? genlog_bson_i64(w, v) : genlog_bson_i32(w, (int32_t)v);
	o->b->n = (size_t)(w - o->b->p);
	return 0;
}

/* Counts of the schema are int32 there, however an aggregator in between has written them. */
static bool is_count(const struct field *f)
{
	return f->v.type == MP_INT && f->v.u.i >= INT32_MIN && f->v.u.i <= INT32_MAX &&
	       (is_named(f, "db_queries") || is_named(f, "external_api_calls"));
}

static int put_field(struct bson_out *o, const struct field *f)
{
	uint8_t oid[OID];
	int64_t ms;

	if (is_named(f, "log_id") && read_oid(&f->v, oid))
		return put_oid(o, f->key, oid);
	if ((is_named(f, "timestamp") || is_named(f, "createdAt")) && read_date(&f->v, &ms))
		return put_fixed(o, f->key, GENLOG_BSON_DATE, ms);
	if (is_count(f))
		return put_fixed(o, f->key, GENLOG_BSON_INT32, f->v.u.i);
	return bson_value(o, f->key, f->value, f->end);
}

static bool is_document(const struct intake *k, uint8_t oid[OID])
{
	const struct field *id = find(k, "_id"), *created = find(k, "createdAt"), *time = find(k, "timestamp");
	int64_t ms;

	return id && read_oid(&id->v, oid) && created && read_date(&created->v, &ms) &&
	       (!time || read_date(&time->v, &ms));
}

static int write_document(struct intake *k, const uint8_t oid[OID])
{
	struct genlog_buf *b = &k->document;
	struct bson_out o = {
		.b = b, .max = DOCUMENT_MAX, .keys = k->keys, .scratch = &k->scratch, .depth = DEPTH, .exact = true};
	int r = genlog_buf_reserve(b, 64);

	if (r < 0)
		return r;
	b->n = 4;
	r = put_oid(&o, (struct bson_key){"_id", 3}, oid);
	for (const struct field *f = k->fields; f < k->fields + k->n_fields && r == 0; f++)
		if (!f->gone && !is_named(f, "_id"))
			r = put_field(&o, f);
	if (r == 0)
		r = genlog_buf_reserve(b, 1);
	if (r == 0)
		b->n = (size_t)(genlog_bson_end(b->p, b->p + b->n) - b->p);
	return r;
}

static int level_of(const struct intake *k)
{
	const struct field *f = find(k, "level");
	int level = f && f->v.type == MP_STR ? genlog_level_find(f->v.p, f->v.n) : -1;

	return level < 0 ? GENLOG_LEVEL_INFO : level;
}

int document_take(struct intake *k, const struct chunk *c, const struct entry *e)
{
	size_t n = strlen(k->document_tag) + 1;
	char collection[NAME_MAX_LEN + 1] = {0};
	uint8_t oid[OID];
	int r = e->odd ? -EBADMSG : fields_read(k, e->record, e->raw_end);

	if (r == -ENOMEM)
		return r;
	if (r < 0 || !is_document(k, oid))
		return 1;
	r = write_document(k, oid);
	if (r < 0)
		return r == -ENOMEM ? r : 1;
	memcpy(collection, c->tag.p + n, c->tag.n - n);
	return genlog_document(k->in, collection, k->document.p, k->document.n, level_of(k));
}
