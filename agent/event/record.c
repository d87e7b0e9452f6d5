#include <errno.h>
#include <stdlib.h>

#include <genlog/bson.h>

#include "base/buf.h"
#include "event/record.h"
#include "event/slots.h"

#define MEM_MIN 16384

/*
 * Scratch comes in one block; a record that outgrows it gets a larger one, and the old is kept until the record is
 * used again, since slices point into it.  The link to the old block stands at the new one's beginning.
 */
struct block {
	struct block *older;
	size_t cap;
};

static int block_new(struct genlog_record *rec, size_t n)
{
	struct block *b = mem_realloc(NULL, sizeof(*b) + n);

	if (!b)
		return -ENOMEM;
	b->older = rec->mem ? (struct block *)(void *)(rec->mem - sizeof(*b)) : NULL;
	b->cap = n;
	rec->mem = (char *)(b + 1);
	rec->mem_cap = n;
	rec->mem_n = 0;
	return 0;
}

static void blocks_free(struct block *b)
{
	while (b) {
		struct block *older = b->older;

		free(b);
		b = older;
	}
}

static struct block *newest(const struct genlog_record *rec)
{
	return rec->mem ? (struct block *)(void *)(rec->mem - sizeof(struct block)) : NULL;
}

char *genlog_rec_more(struct genlog_record *rec, size_t n)
{
	size_t want = 2 * rec->mem_cap > n + MEM_MIN ? 2 * rec->mem_cap : n + MEM_MIN;

	if (block_new(rec, want) < 0)
		return NULL;
	rec->mem_n = n;
	return rec->mem;
}

void record_fini(struct genlog_record *rec)
{
	blocks_free(newest(rec));
	buf_free(&rec->context);
	*rec = (struct genlog_record){0};
}

int record_begin(struct genlog_record *rec, const char *line, size_t len)
{
	struct block *b = newest(rec);
	int r = 0;

	rec->size = sizeof(*rec);
	rec->line = rec->raw = line;
	rec->len = rec->raw_len = len;
	rec->set = 0;
	rec->context.n = 0;
	rec->mem_n = 0;
	rec->flags = 0;
	rec->full_len = 0;
	rec->parse_error = NULL;
	rec->source = NULL;
	rec->collection = NULL;
	rec->origin = NULL;
	if (b && b->older) {
		blocks_free(b->older);
		b->older = NULL;
	}
	if (!b)
		r = block_new(rec, MEM_MIN);
	return r < 0 ? r : genlog_buf_reserve(&rec->context, GENLOG_ROOM(len));
}

uint8_t *value_write(uint8_t *w, const char *key, size_t n, struct genlog_value v)
{
	switch ((enum genlog_vtype)v.type) {
	case GENLOG_V_STR: return genlog_bson_text(genlog_bson_key(w, GENLOG_BSON_STR, key, n), v.u.p, v.n);
	case GENLOG_V_INT: return genlog_bson_i64(genlog_bson_key(w, GENLOG_BSON_INT64, key, n), v.u.i);
	case GENLOG_V_DATE: return genlog_bson_i64(genlog_bson_key(w, GENLOG_BSON_DATE, key, n), v.u.i);
	case GENLOG_V_DOUBLE: return genlog_bson_double(genlog_bson_key(w, GENLOG_BSON_DOUBLE, key, n), v.u.d);
	case GENLOG_V_DOC: return genlog_bson_bytes(genlog_bson_key(w, GENLOG_BSON_DOC, key, n), v.u.p, v.n);
	case GENLOG_V_ARRAY: return genlog_bson_bytes(genlog_bson_key(w, GENLOG_BSON_ARRAY, key, n), v.u.p, v.n);
	case GENLOG_V_NULL: return genlog_bson_key(w, GENLOG_BSON_NULL, key, n);
	case GENLOG_V_BOOL:
		w = genlog_bson_key(w, GENLOG_BSON_BOOL, key, n);
		*w++ = v.u.i != 0;
		return w;
	case GENLOG_V_NONE: break;
	}
	return w;
}

int genlog_context_put(struct genlog_record *rec, const char *key, size_t key_len, struct genlog_value v)
{
	size_t size = v.type == GENLOG_V_STR || v.type == GENLOG_V_DOC || v.type == GENLOG_V_ARRAY ? v.n : 8;
	struct genlog_buf *c = &rec->context;
	const uint8_t *next;
	uint8_t *old;
	char *fit;
	int r = genlog_buf_reserve(c, GENLOG_BSON_MAX(GENLOG_KEY_ROOM(key_len), size));

	fit = r < 0 ? NULL : genlog_rec_alloc(rec, GENLOG_KEY_ROOM(key_len));
	if (!fit)
		return -ENOMEM;
	key_len = genlog_key_fit(fit, key, key_len);
	old = (uint8_t *)(uintptr_t)genlog_bson_find(c->p, c->p + c->n, fit, key_len, &next);
	if (old) { /* the last value stands */
		memmove(old, next, (size_t)(c->p + c->n - next));
		c->n -= (size_t)(next - old);
		rec->flags |= GENLOG_REC_DUP_KEYS;
	}
	c->n = (size_t)(value_write(c->p + c->n, fit, key_len, v) - c->p);
	return 0;
}

static int slot_take(struct genlog_record *rec, enum genlog_slot s, struct genlog_value v)
{
	if (v.type == GENLOG_V_STR) {
		char *p = genlog_rec_alloc(rec, (size_t)v.n + GENLOG_PAD);

		if (!p)
			return -ENOMEM;
		memcpy(p, v.u.p, v.n);
		v.u.p = p;
	}
	genlog_set_slot(rec, s, v);
	return 0;
}

int genlog_put(struct genlog_record *rec, const char *name, size_t name_len, struct genlog_value v)
{
	int rank;
	enum genlog_slot s = genlog_slot_of(name, name_len, &rank);
	bool free_place = s != GENLOG_SLOTS && (!(rec->set >> s & 1) || rank == 0);

	if (free_place && slot_fit(rec, s, &v))
		return slot_take(rec, s, v);
	if (name_len > 8 && memcmp(name, "context.", 8) == 0)
		return genlog_context_put(rec, name + 8, name_len - 8, v);
	return genlog_context_put(rec, name, name_len, v);
}
