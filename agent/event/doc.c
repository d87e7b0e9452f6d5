#include <errno.h>

#include <genlog/bson.h>

#include "base/buf.h"
#include "base/hash.h"
#include "event/doc.h"
#include "event/record.h"
#include "event/slots.h"

/* Behind the slots up to this one comes the context. */
#define CONTEXT_AFTER GENLOG_SLOT_TEMPLATE_ID
#define FIXED_ROOM 512
#define SLOT_ROOM 64

uint64_t doc_seed(const char *collection)
{
	return hash64(collection, strlen(collection), 0);
}

static inline uint8_t *head(uint8_t *w, const struct slot_info *f)
{
	memcpy(w, f->head, sizeof(f->head));
	return w + f->head_len;
}

static uint8_t *number(uint8_t *w, const struct genlog_value *v, uint8_t kind)
{
	if (kind == SLOT_COUNT)
		return genlog_bson_i32(w, (int32_t)v->u.i);
	return genlog_bson_double(w, v->type == GENLOG_V_INT ? (double)v->u.i : v->u.d);
}

static uint8_t *slot_write(uint8_t *w, enum genlog_slot s, const struct genlog_value *v)
{
	const struct slot_info *f = slot_info(s);
	uint8_t *type = w;

	w = head(w, f);
	switch ((enum genlog_vtype)v->type) {
	case GENLOG_V_STR:
		w = genlog_bson_i32(w, (int32_t)(v->n + 1));
		w = genlog_bson_copy(w, v->u.p, v->n);
		*w++ = 0;
		return w;
	case GENLOG_V_ARRAY: return genlog_bson_bytes(w, v->u.p, v->n);
	case GENLOG_V_NULL: *type = GENLOG_BSON_NULL; return w;
	case GENLOG_V_DATE: return genlog_bson_i64(w, v->u.i);
	case GENLOG_V_INT:
	case GENLOG_V_DOUBLE: return number(w, v, f->kind);
	default: return type;
	}
}

static uint8_t *slots_write(uint8_t *w, const struct genlog_record *rec, uint64_t set)
{
	for (; set; set &= set - 1) {
		enum genlog_slot s = (enum genlog_slot)__builtin_ctzll(set);

		w = slot_write(w, s, &rec->slot[s]);
	}
	return w;
}

/* A default gives way to what the event says itself: a document has each key once. */
static uint8_t *defaults_write(uint8_t *w, const struct genlog_record *rec, const struct genlog_buf *defaults)
{
	const uint8_t *p = defaults->p, *end = p + defaults->n, *own = rec->context.p, *next;

	while (p < end) {
		const char *key = (const char *)p + 1;
		size_t n = strlen(key), head = n + 2;
		size_t size = head + (size_t)genlog_bson_value_size(*p, p + head, end);

		if (!genlog_bson_find(own, own + rec->context.n, key, n, &next))
			w = genlog_bson_bytes(w, p, size);
		p += size;
	}
	return w;
}

static uint8_t *context_write(uint8_t *w, const struct genlog_record *rec, const struct doc_defaults *d)
{
	uint8_t *start;

	if (!rec->context.n && !d->context.n)
		return w;
	w = genlog_bson_key(w, GENLOG_BSON_DOC, "context", 7);
	start = w;
	w = genlog_bson_begin(w);
	if (d->context.n)
		w = defaults_write(w, rec, &d->context);
	w = genlog_bson_bytes(w, rec->context.p, rec->context.n);
	return genlog_bson_end(start, w);
}

/* The blob ends in: …, offset i64, type, "length\0", i32, NUL. */
#define LENGTH_AT 5
#define OFFSET_AT (LENGTH_AT + 8 + 8)

#define SOURCE_DOC_AT (1 + sizeof("source"))

static uint8_t *source_write(uint8_t *w, const struct doc_place *place)
{
	int64_t offset = (int64_t)place->offset;
	int32_t length = (int32_t)place->length;
	uint8_t *start = w + SOURCE_DOC_AT;

	w = genlog_bson_bytes(w, place->source->p, place->source->n);
	memcpy(w - LENGTH_AT, &length, sizeof(length));
	memcpy(w - OFFSET_AT, &offset, sizeof(offset));
	if (!place->pid)
		return w;
	w = genlog_bson_i32(genlog_bson_key(w - 1, GENLOG_BSON_INT32, "pid", 3), place->pid);
	return genlog_bson_end(start, w);
}

static uint8_t *text(uint8_t *w, const char *key, const char *value)
{
	return genlog_bson_text(genlog_bson_key(w, GENLOG_BSON_STR, key, strlen(key)), value, strlen(value));
}

static size_t source_room(const struct doc_origin *o)
{
	size_t n = FIXED_ROOM + strlen(o->type) + strlen(o->label) + strlen(o->value);

	for (const char *const *m = o->more; m && *m; m += 2)
		n += GENLOG_BSON_MAX(strlen(m[0]), strlen(m[1]));
	return n;
}

int doc_source(struct genlog_buf *out, const struct doc_origin *o)
{
	static const char hex[] = "0123456789abcdef";
	char name[17] = "";
	uint8_t *w, *start;

	out->n = 0;
	if (genlog_buf_reserve(out, source_room(o)) < 0)
		return -ENOMEM;
	for (int i = 0; i < 16; i++)
		name[i] = hex[o->generation >> (60 - 4 * i) & 15];
	start = genlog_bson_key(out->p, GENLOG_BSON_DOC, "source", 6);
	w = genlog_bson_begin(start);
	w = text(w, "type", o->type);
	w = text(w, o->label, o->value);
	for (const char *const *m = o->more; m && *m; m += 2)
		w = text(w, m[0], m[1]);
	w = text(w, "file", name);
	w = genlog_bson_i64(genlog_bson_key(w, GENLOG_BSON_INT64, "offset", 6), 0);
	w = genlog_bson_i32(genlog_bson_key(w, GENLOG_BSON_INT32, "length", 6), 0);
	out->n = (size_t)(genlog_bson_end(start, w) - out->p);
	return 0;
}

static uint64_t id_hash(
	const struct genlog_record *rec, uint64_t collection, const struct doc_place *place, bool own_time)
{
	uint64_t seed = hash_mix(hash_mix(collection, place->generation), place->offset);

	seed = hash_mix(seed, rec->raw_len); /* without its line end, which a last line gets later or never */
	if (!own_time)
		seed = hash_mix(seed, place->salt);
	return hash_mix(seed, hash64_plain(rec->raw, rec->raw_len));
}

static inline uint8_t *id_write(uint8_t *w, const char *key, int64_t time_ms, uint64_t hash)
{
	uint32_t seconds = __builtin_bswap32((uint32_t)(time_ms / 1000));

	hash = __builtin_bswap64(hash);
	w = genlog_bson_key(w, GENLOG_BSON_OID, key, strlen(key));
	w = genlog_bson_bytes(w, &seconds, 4);
	return genlog_bson_bytes(w, &hash, 8);
}

static size_t bound(const struct genlog_record *rec, const struct doc_defaults *d, const struct doc_place *place)
{
	size_t n = FIXED_ROOM + rec->context.n + d->context.n + place->source->n;

	for (uint64_t set = rec->set; set; set &= set - 1) {
		const struct genlog_value *v = &rec->slot[__builtin_ctzll(set)];

		n += SLOT_ROOM + (v->type == GENLOG_V_STR || v->type == GENLOG_V_ARRAY ? v->n : 0);
	}
	return n;
}

int doc_append(struct genlog_buf *out, const struct genlog_record *rec, const struct doc_defaults *d,
	const struct doc_place *place, const struct doc_facts *facts)
{
	const uint64_t before = (2ULL << CONTEXT_AFTER) - 1;
	size_t room = bound(rec, d, place);
	uint8_t *start, *w;

	if (room > DOC_SIZE_MAX)
		return -E2BIG;
	if (genlog_buf_reserve(out, room) < 0)
		return -ENOMEM;
	start = out->p + out->n;
	w = genlog_bson_begin(start);
	w = id_write(w, "_id", facts->time_ms, id_hash(rec, d->id_seed, place, facts->own_time));
	w = slots_write(w, rec, rec->set & before);
	w = context_write(w, rec, d);
	w = slots_write(w, rec, rec->set & ~before);
	w = genlog_bson_i64(genlog_bson_key(w, GENLOG_BSON_DATE, "createdAt", 9), facts->time_ms);
	w = source_write(w, place);
	w = genlog_bson_end(start, w);
	out->n = (size_t)(w - out->p);
	return 0;
}

/* The slots that a trace has in common with the event that it came with. */
#define TRACE_SLOT(name) (1ULL << GENLOG_SLOT_##name)
#define TRACE_SLOTS                                                                                                    \
	(TRACE_SLOT(TIMESTAMP) | TRACE_SLOT(LEVEL) | TRACE_SLOT(MODULE) | TRACE_SLOT(CLASS_NAME) |                     \
		TRACE_SLOT(METHOD_NAME) | TRACE_SLOT(ENVIRONMENT) | TRACE_SLOT(VERSION) | TRACE_SLOT(NODE_ID) |        \
		TRACE_SLOT(CORRELATION_ID) | TRACE_SLOT(USER_ID) | TRACE_SLOT(TAGS))

int doc_trace_append(struct genlog_buf *out, const struct genlog_record *rec, const struct doc_defaults *d,
	const struct doc_place *place, const struct doc_facts *facts, const struct genlog_buf *elements)
{
	uint64_t log_id = id_hash(rec, d->id_seed, place, facts->own_time);
	size_t room = bound(rec, d, place) + elements->n + SLOT_ROOM;
	uint8_t *start, *w;

	if (room > DOC_SIZE_MAX)
		return -E2BIG;
	if (genlog_buf_reserve(out, room) < 0)
		return -ENOMEM;
	start = out->p + out->n;
	w = genlog_bson_begin(start);
	w = id_write(w, "_id", facts->time_ms, id_hash(rec, d->trace_seed, place, facts->own_time));
	w = slots_write(w, rec, rec->set & TRACE_SLOTS);
	w = id_write(w, "log_id", facts->time_ms, log_id);
	w = genlog_bson_bytes(w, elements->p, elements->n);
	w = genlog_bson_i64(genlog_bson_key(w, GENLOG_BSON_DATE, "createdAt", 9), facts->time_ms);
	w = source_write(w, place);
	w = genlog_bson_end(start, w);
	out->n = (size_t)(w - out->p);
	return 0;
}
