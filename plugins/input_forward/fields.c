/*
 * From fields to a record.  The best of `message`, `msg`, … `log` that is a text is the message; of two names of one
 * slot the more certain one has it, and the other goes to the context under its name.  The entry's own time is the
 * event's: a field called `timestamp` only counts where there is none.
 */
#include <errno.h>

#include "../forward/text.h"
#include "forward.h"

#define DEPTH 32
#define CONTEXT_MAX (12u << 20)

static bool is_text(const struct field *f)
{
	return f->v.type == MP_STR || (f->v.type == MP_BIN && genlog_utf8_valid(f->v.p, f->v.n) == f->v.n);
}

static struct field *find_message(struct intake *k)
{
	struct field *best = NULL;

	for (struct field *f = k->fields; f < k->fields + k->n_fields; f++)
		if (f->slot == GENLOG_SLOT_MESSAGE && !f->gone && is_text(f) && (!best || f->rank < best->rank))
			best = f;
	return best;
}

/* Each slot's field; the others of its names are no slot's any more. */
static void contest(struct intake *k, const struct field *message)
{
	struct field *has[GENLOG_SLOTS] = {0};

	for (struct field *f = k->fields; f < k->fields + k->n_fields; f++) {
		struct field **best;

		if (f->slot == GENLOG_SLOTS || f->gone)
			continue;
		if (f->slot == GENLOG_SLOT_MESSAGE) {
			f->gone = f == message;
			f->slot = GENLOG_SLOTS;
			continue;
		}
		best = &has[f->slot];
		if (*best && (*best)->rank < f->rank) {
			f->slot = GENLOG_SLOTS;
			continue;
		}
		if (*best)
			(*best)->slot = GENLOG_SLOTS;
		*best = f;
	}
}

/* 1: it has its place; 0: it has none in this slot; -ENOMEM. */
static int text_slot(struct genlog_record *rec, const struct field *f)
{
	enum genlog_slot s = (enum genlog_slot)f->slot;
	struct genlog_value v = {0};
	char *copy;

	switch ((enum mp_type)f->v.type) {
	case MP_STR:
	case MP_BIN:
		if (genlog_utf8_valid(f->v.p, f->v.n) == f->v.n) {
			genlog_set_slot(rec, s, genlog_str(f->v.p, f->v.n));
			return 1;
		}
		copy = f->v.type == MP_BIN ? NULL : genlog_rec_alloc(rec, 3 * (size_t)f->v.n + GENLOG_PAD);
		if (!copy)
			return f->v.type == MP_BIN ? 0 : -ENOMEM;
		genlog_set_slot(rec, s, genlog_str(copy, genlog_utf8_repair(copy, f->v.p, f->v.n)));
		rec->flags |= GENLOG_REC_BAD_UTF8;
		return 1;
	case MP_INT:
	case MP_BOOL:
		v.type = f->v.type == MP_INT ? GENLOG_V_INT : GENLOG_V_BOOL;
		v.u.i = f->v.u.i;
		break;
	case MP_DOUBLE:
		v.type = GENLOG_V_DOUBLE;
		v.u.d = f->v.u.d;
		break;
	default: return 0;
	}
	return genlog_put(rec, f->key.p, f->key.n, v) < 0 ? -ENOMEM : 1;
}

static int number_slot(struct genlog_record *rec, const struct field *f, bool count)
{
	struct genlog_value v = {.type = f->v.type == MP_INT ? GENLOG_V_INT : GENLOG_V_DOUBLE};

	if (f->v.type == MP_INT)
		v.u.i = f->v.u.i;
	else if (f->v.type == MP_DOUBLE && !count)
		v.u.d = f->v.u.d;
	else
		return 0;
	if (count && (v.u.i < INT32_MIN || v.u.i > INT32_MAX))
		return 0;
	genlog_set_slot(rec, (enum genlog_slot)f->slot, v);
	return 1;
}

/* Where the entry says nothing of it. */
static int time_slot(struct genlog_record *rec, const struct field *f)
{
	int64_t ms;

	if (rec->set >> GENLOG_SLOT_TIMESTAMP & 1)
		return 0;
	if (f->v.type == MP_EXT && mp_time(&f->v, &ms)) {
		genlog_set_slot(rec, GENLOG_SLOT_TIMESTAMP, (struct genlog_value){.type = GENLOG_V_DATE, .u.i = ms});
		return 1;
	}
	return text_slot(rec, f);
}

static bool all_texts(const uint8_t *p, const uint8_t *end, uint32_t n)
{
	for (; n; n--) {
		struct mp v = {0};
		ssize_t k = mp_read(p, (size_t)(end - p), &v);

		if (k <= 0 || v.type != MP_STR)
			return false;
		p += k;
	}
	return true;
}

/* Encoded behind the context, and moved from there. */
static int tags_slot(struct bson_out *o, struct genlog_record *rec, const struct field *f)
{
	size_t start = rec->context.n, n, head = 2; /* type and an empty key */
	struct mp v;
	ssize_t k = mp_read(f->value, (size_t)(f->end - f->value), &v);
	char *copy;
	int r;

	if (v.type != MP_ARRAY || !all_texts(f->value + k, f->end, v.n))
		return 0;
	r = bson_value(o, (struct bson_key){"", 0}, f->value, f->end);
	if (r < 0)
		return r;
	n = rec->context.n - start - head;
	copy = genlog_rec_alloc(rec, n);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, rec->context.p + start + head, n);
	rec->context.n = start;
	genlog_set_slot(
		rec, GENLOG_SLOT_TAGS, (struct genlog_value){.type = GENLOG_V_ARRAY, .n = (uint32_t)n, .u.p = copy});
	return 1;
}

static bool nullable(enum genlog_slot s)
{
	return s == GENLOG_SLOT_ERROR_CODE || s == GENLOG_SLOT_ERROR_MESSAGE || s == GENLOG_SLOT_STACK_TRACE;
}

static int slot_put(struct bson_out *o, struct genlog_record *rec, const struct field *f)
{
	enum genlog_slot s = (enum genlog_slot)f->slot;

	if (f->v.type == MP_NIL) { /* says nothing, but where `none` is an answer */
		if (nullable(s))
			genlog_set_slot(rec, s, (struct genlog_value){.type = GENLOG_V_NULL});
		return 1;
	}
	switch (s) {
	case GENLOG_SLOT_TIMESTAMP: return time_slot(rec, f);
	case GENLOG_SLOT_DURATION_MS: return number_slot(rec, f, false);
	case GENLOG_SLOT_DB_QUERIES:
	case GENLOG_SLOT_EXTERNAL_API_CALLS: return number_slot(rec, f, true);
	case GENLOG_SLOT_TAGS: return tags_slot(o, rec, f);
	default: return text_slot(rec, f);
	}
}

/* The members of `context` are the context's own. */
static int merge(struct bson_out *o, const struct field *f)
{
	const uint8_t *p = f->value;
	struct mp v = {0}, key;
	int r = 0;

	o->merged = true;
	p += mp_read(p, (size_t)(f->end - p), &v);
	for (uint32_t i = 0; i < v.n && r == 0; i++) {
		const uint8_t *value = mp_skip(p, f->end), *end = value ? mp_skip(value, f->end) : NULL;
		struct bson_key name;

		if (!end || mp_read(p, (size_t)(f->end - p), &key) <= 0)
			return -EBADMSG;
		r = bson_key_fit(o->scratch, &key, &name);
		if (r == 0)
			r = bson_key_once(o, 0, 0, name);
		if (r == 0)
			r = bson_value(o, name, value, end);
		p = end;
	}
	return r;
}

static int field_put(struct bson_out *o, struct genlog_record *rec, const struct field *f)
{
	int r = f->slot == GENLOG_SLOTS ? 0 : slot_put(o, rec, f);

	if (r != 0)
		return r < 0 ? r : 0;
	if (f->v.type == MP_MAP && f->key.n == 7 && memcmp(f->key.p, "context", 7) == 0)
		return f->v.n <= KEYS_MAX - o->keys->n ? merge(o, f) : -EOVERFLOW;
	if (o->merged)
		bson_drop(o, 0, f->key);
	return bson_value(o, f->key, f->value, f->end);
}

/* What the message says of all its entries, beside a field that is called the same. */
static struct bson_key beside(struct bson_out *o, struct bson_key own, struct bson_key other)
{
	return keys_add(o->keys, 0, own.p, own.n) ? other : own;
}

static int put_extra(struct bson_out *o, const struct chunk *c, const struct entry *e)
{
	struct mp v = {0};
	int r = 0;

	if (c->tag.n)
		r = bson_text(o, beside(o, (struct bson_key){"tag", 3}, (struct bson_key){"forward_tag", 11}), c->tag.p,
			c->tag.n);
	if (r < 0 || !e->metadata_end || mp_read(e->metadata, (size_t)(e->metadata_end - e->metadata), &v) <= 0 ||
		v.type != MP_MAP || !v.n)
		return r;
	return bson_value(o, beside(o, (struct bson_key){"metadata", 8}, (struct bson_key){"forward_metadata", 16}),
		e->metadata, e->metadata_end);
}

static void set_raw(struct genlog_record *rec, const struct entry *e)
{
	rec->raw = (const char *)e->raw;
	rec->raw_len = (size_t)(e->raw_end - e->raw);
	if (e->has_time)
		genlog_set_slot(rec, GENLOG_SLOT_TIMESTAMP, (struct genlog_value){.type = GENLOG_V_DATE, .u.i = e->ms});
}

/* Without a message, or where fields do not fit: the record itself, as JSON, is the line that a document shows. */
static int set_line(struct intake *k, struct genlog_record *rec, const struct entry *e)
{
	int r;

	k->text.n = 0;
	r = json_text(&k->text, k->max_line, e->record, e->raw_end);
	if (r < 0 || genlog_buf_reserve(&k->text, GENLOG_PAD) < 0)
		return -ENOMEM;
	memset(k->text.p + k->text.n, 0, GENLOG_PAD);
	rec->line = (const char *)k->text.p;
	rec->len = k->text.n;
	if (r == 1) {
		rec->flags |= GENLOG_REC_TRUNCATED;
		rec->full_len = (uint32_t)rec->raw_len;
	}
	return 0;
}

static int failed(void)
{
	return errno == EAGAIN ? -EAGAIN : -ENOMEM;
}

static int end_event(struct genlog_source *src, const struct genlog_record *rec, uint64_t at)
{
	return genlog_event_end(src, at, rec->raw_len);
}

static const char *reason(int r)
{
	return r == -EBADMSG ? "forward: the record is not a map"
	       : r == -E2BIG ? "forward: the record is too large for a document"
			     : "forward: the record has too many keys";
}

/* Nothing is lost of what no document can hold as fields. */
static int as_line(
	struct intake *k, struct genlog_source *src, const struct chunk *c, const struct entry *e, uint64_t at, int why)
{
	struct genlog_record *rec = genlog_event_begin(src, NULL, 0);
	struct bson_out o = {.max = CONTEXT_MAX, .keys = k->keys, .scratch = &k->scratch, .depth = DEPTH};
	int r;

	if (!rec)
		return failed();
	genlog_count(k->in, GENLOG_COUNT_FRAMES_BAD, why == -EBADMSG);
	set_raw(rec, e);
	rec->parse_error = reason(why);
	o.b = &rec->context;
	keys_begin(k->keys);
	r = set_line(k, rec, e);
	if (r == 0)
		r = put_extra(&o, c, &(struct entry){0});
	return r < 0 ? r : end_event(src, rec, at);
}

static int fill(struct intake *k, struct genlog_record *rec, const struct chunk *c, const struct entry *e)
{
	struct bson_out o = {
		.b = &rec->context, .max = CONTEXT_MAX, .keys = k->keys, .scratch = &k->scratch, .depth = DEPTH};
	int r = put_extra(&o, c, e);

	for (struct field *f = k->fields; f < k->fields + k->n_fields && r == 0; f++)
		if (!f->gone)
			r = field_put(&o, rec, f);
	if (o.deep)
		rec->flags |= GENLOG_REC_TOO_DEEP;
	if (k->keys->twice)
		rec->flags |= GENLOG_REC_DUP_KEYS;
	return r;
}

/* Docker's `log` has its newline in it. */
static size_t without_newline(const struct field *f)
{
	size_t n = f->v.n;

	while (n && (f->v.p[n - 1] == '\n' || f->v.p[n - 1] == '\r'))
		n--;
	return n;
}

int record_take(struct intake *k, struct genlog_source *src, const struct chunk *c, const struct entry *e, uint64_t at)
{
	int r = e->odd ? -EBADMSG : fields_read(k, e->record, e->raw_end);
	struct genlog_record *rec;
	struct field *message;

	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return as_line(k, src, c, e, at, r);
	message = find_message(k);
	contest(k, message);
	rec = genlog_event_begin(src, message ? message->v.p : NULL, message ? without_newline(message) : 0);
	if (!rec)
		return failed();
	set_raw(rec, e);
	r = fill(k, rec, c, e);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return as_line(k, src, c, e, at, r);
	if (!message)
		r = set_line(k, rec, e);
	return r < 0 ? r : end_event(src, rec, at);
}
