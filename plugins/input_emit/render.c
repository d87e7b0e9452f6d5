/* A record becomes an event: the message is rendered, the fields go where they belong. */
#include "emit.h"

#include <errno.h>

static int repair(struct segment *s, struct genlog_record *rec, struct field *f)
{
	char *to;

	(void)s;
	if (genlog_utf8_valid(f->p, f->n) == f->n)
		return 0;
	to = genlog_rec_alloc(rec, 3 * (size_t)f->n + GENLOG_PAD);
	if (!to)
		return -ENOMEM;
	f->n = (uint32_t)genlog_utf8_repair(to, f->p, f->n);
	f->p = to;
	rec->flags |= GENLOG_REC_BAD_UTF8;
	return 0;
}

/* Values and where the texts are.  -EBADMSG: they do not fill the record, or not as they should. */
int render_fields(const struct site *t, const uint8_t *p, uint32_t len, struct field *f)
{
	const uint8_t *value = p + sizeof(struct gl_record);
	uint32_t head = (uint32_t)sizeof(struct gl_record) + 8U * t->n_args;
	const char *text = (const char *)p + head;
	uint32_t left = len - head;

	if (len < head)
		return -EBADMSG;
	for (uint32_t i = 0; i < t->n_args; i++) {
		memcpy(&f[i].v, value + (size_t)8 * i, 8);
		f[i].p = NULL;
		f[i].n = 0;
		if (t->types[i] < GL_TEXT)
			continue;
		if (f[i].v > left)
			return -EBADMSG;
		f[i].p = text;
		f[i].n = (uint32_t)f[i].v;
		text += f[i].n;
		left -= f[i].n;
	}
	return left < 8 ? 0 : -EBADMSG;
}

static double double_of(uint64_t bits)
{
	double d;

	memcpy(&d, &bits, sizeof(d));
	return d;
}

/* ── the message ── */

static size_t as_text(char *to, uint8_t type, uint64_t v)
{
	switch (type) {
	case GL_INT: return number_int(to, (int64_t)v);
	case GL_UINT: return number_uint(to, v);
	case GL_DOUBLE: return number_double(to, double_of(v));
	case GL_BOOL: memcpy(to, v ? "true" : "false", 5); return v ? 4 : 5;
	case GL_POINTER: return number_hex(to, v);
	case GL_TIME: return number_time(to, (int64_t)v);
	default: return 0;
	}
}

static int set_message(struct genlog_record *rec, const struct site *t, const struct field *f)
{
	size_t room = t->literal + (size_t)t->n_pieces * NUMBER_ROOM + GENLOG_PAD;
	uint8_t *start, *w;

	for (unsigned i = 0; i < t->n_pieces; i++)
		room += t->pieces[i].arg < t->n_args ? f[t->pieces[i].arg].n : 0;
	start = w = (uint8_t *)genlog_rec_alloc(rec, room);
	if (!w)
		return -ENOMEM;
	for (const struct site_piece *x = t->pieces, *end = x + t->n_pieces; x < end; x++) {
		w = genlog_bson_copy(w, x->p, x->n);
		if (x->arg >= t->n_args)
			continue;
		if (t->types[x->arg] == GL_TEXT)
			w = genlog_bson_copy(w, f[x->arg].p, f[x->arg].n);
		else
			w += as_text((char *)w, t->types[x->arg], f[x->arg].v);
	}
	genlog_set_slot(rec, GENLOG_SLOT_MESSAGE, genlog_str((const char *)start, (size_t)(w - start)));
	return 0;
}

/* ── the fields ── */

static uint8_t *put_text(uint8_t *w, const char *p, size_t n)
{
	w = genlog_bson_i32(w, (int32_t)(n + 1));
	w = genlog_bson_copy(w, p, n);
	*w++ = 0;
	return w;
}

/* One element.  What BSON has no number for is text. */
uint8_t *render_value(uint8_t *w, const struct site_key *k, uint8_t type, const struct field *f)
{
	char number[NUMBER_ROOM];
	uint8_t *at = w++;

	w = genlog_bson_copy(w, k->p, k->n + 1U);
	*at = GENLOG_BSON_STR;
	if (type == GL_TEXT)
		return put_text(w, f->p, f->n);
	if (type == GL_POINTER || (type == GL_UINT && f->v > INT64_MAX)) {
		size_t n = as_text(number, type, f->v);

		return genlog_bson_text(w, number, n);
	}
	if (type == GL_BOOL) {
		*at = GENLOG_BSON_BOOL;
		*w++ = f->v != 0;
		return w;
	}
	*at = type == GL_DOUBLE ? GENLOG_BSON_DOUBLE : type == GL_TIME ? GENLOG_BSON_DATE : GENLOG_BSON_INT64;
	memcpy(w, &f->v, 8);
	return w + 8;
}

static void set_slot(struct genlog_record *rec, enum genlog_slot slot, uint8_t type, const struct field *f)
{
	struct genlog_value v = {.type = GENLOG_V_INT, .u.i = (int64_t)f->v};

	if (type == GL_TEXT)
		v = genlog_str(f->p, f->n);
	else if (slot == GENLOG_SLOT_TIMESTAMP) /* of what is told later than it was */
		v = (struct genlog_value){.type = GENLOG_V_DATE, .u.i = (int64_t)f->v};
	else if (type == GL_DOUBLE)
		v = (struct genlog_value){.type = GENLOG_V_DOUBLE, .u.d = double_of(f->v)};
	else if (f->v > INT32_MAX && slot != GENLOG_SLOT_DURATION_MS)
		v.u.i = INT32_MAX; /* of a count, which is one */
	if (type != GL_TEXT || f->n)
		genlog_set_slot(rec, slot, v);
}

/* Fields of the ring, without those whose name the record has itself. */
static uint8_t *put_extra(uint8_t *w, const uint8_t *start, const struct ring *r)
{
	const uint8_t *p = r->extra.p, *end = p ? p + r->extra.n : p, *next;

	while (p < end) {
		const char *key = (const char *)p + 1;
		size_t n = strlen(key), size = n + 2;

		size += (size_t)genlog_bson_value_size(*p, p + size, end);
		if (!genlog_bson_find(start, w, key, n, &next))
			w = genlog_bson_bytes(w, p, size);
		p += size;
	}
	return w;
}

static uint8_t *put_rest(uint8_t *w, const uint8_t *start, const struct ring *r, const struct site *t)
{
	if (t->clashes || r->depth)
		w = put_extra(w, start, r);
	else if (r->extra.n)
		w = genlog_bson_bytes(w, r->extra.p, r->extra.n);
	if (t->own_n)
		w = genlog_bson_bytes(w, t->own, t->own_n);
	return w;
}

static int set_context(
	struct genlog_record *rec, const struct ring *r, const struct site *t, const struct field *f, bool recorded)
{
	size_t room = t->room + r->extra.n + 64;
	uint8_t *w, *start;

	for (unsigned i = 0; i < t->n_args; i++)
		room += f[i].n;
	if (genlog_buf_reserve(&rec->context, room) < 0)
		return -ENOMEM;
	start = w = rec->context.p + rec->context.n;
	for (unsigned i = 0; i < t->n_args; i++) {
		if (t->keys[i].in_context)
			w = render_value(w, &t->keys[i], t->types[i], &f[i]);
		if (t->has_slots && t->keys[i].slot != GENLOG_SLOTS)
			set_slot(rec, (enum genlog_slot)t->keys[i].slot, t->types[i], &f[i]);
	}
	w = put_rest(w, start, r, t);
	if (recorded) {
		w = genlog_bson_key(w, GENLOG_BSON_BOOL, "flight_recorder", 15);
		*w++ = 1;
	}
	rec->context.n = (size_t)(w - rec->context.p);
	return 0;
}

/* Addresses: a trace with names, as far as they are known, and registers. */
static int set_traces(struct segment *s, struct genlog_record *rec, const struct site *t, const struct field *f)
{
	int code = 0;

	for (unsigned i = 0; i < t->n_args && code == 0; i++) {
		struct genlog_value v = {.type = GENLOG_V_NONE};

		if (t->types[i] == GL_TRACE)
			v = trace_text(s, rec, f[i].p, f[i].n);
		if (v.type != GENLOG_V_NONE)
			genlog_set_slot(rec, GENLOG_SLOT_STACK_TRACE, v);
		if (t->types[i] != GL_REGISTERS)
			continue;
		v = trace_registers(rec, f[i].p, f[i].n);
		if (v.type != GENLOG_V_NONE)
			code = genlog_context_put(rec, t->keys[i].p, t->keys[i].n, v);
	}
	return code;
}

/* ── the whole ── */

/* What it is known by, whoever reads it: whose ring, and where in it. */
static int set_identity(struct segment *s, struct ring *r, struct genlog_record *rec, uint64_t at)
{
	char *raw = genlog_rec_alloc(rec, UUID + 12);

	if (!raw)
		return -ENOMEM;
	memcpy(raw, s->l.uuid, UUID);
	memcpy(raw + UUID, &r->index, 4);
	memcpy(raw + UUID + 4, &at, 8);
	rec->raw = raw;
	rec->raw_len = UUID + 12;
	return 0;
}

static void set_slots(struct segment *s, struct genlog_record *rec, const struct site *t, const struct stood *where)
{
	genlog_set_slot(rec, GENLOG_SLOT_TIMESTAMP, (struct genlog_value){.type = GENLOG_V_DATE, .u.i = where->ms});
	genlog_set_slot(rec, GENLOG_SLOT_LEVEL, genlog_level_name(t->level));
	if (t->template_n)
		genlog_set_slot(rec, GENLOG_SLOT_MESSAGE_TEMPLATE, genlog_str(t->template, t->template_n));
	if (t->function_n)
		genlog_set_slot(rec, GENLOG_SLOT_METHOD_NAME, genlog_str(t->function, t->function_n));
	if (s->owner->module && *s->l.app)
		genlog_set_slot(rec, GENLOG_SLOT_MODULE, genlog_str(s->app, s->app_n));
}

static int make_valid(struct segment *s, struct genlog_record *rec, const struct site *t, struct field *f)
{
	int code = 0;

	for (unsigned i = 0; i < t->n_args && code == 0; i++)
		if (t->types[i] == GL_TEXT)
			code = repair(s, rec, &f[i]);
	return code;
}

static int fill(struct segment *s, struct ring *r, struct genlog_record *rec, const struct site *t, struct field *f,
	const struct stood *where)
{
	int code = set_identity(s, r, rec, where->at);

	set_slots(s, rec, t, where);
	if (code == 0)
		code = set_message(rec, t, f);
	if (code == 0)
		code = set_context(rec, r, t, f, where->recorded);
	if (code == 0 && t->has_trace)
		code = set_traces(s, rec, t, f);
	rec->parse_error = t->error;
	return code;
}

static bool texts_plain(const struct site *t, const uint8_t *p, uint32_t len)
{
	uint32_t head = (uint32_t)sizeof(struct gl_record) + 8U * t->n_args;

	return !t->n_texts || text_is_ascii((const char *)p + head, len - head);
}

/* 0; -EAGAIN: the spool has no room; -EBADMSG: the record contradicts itself. */
int render_event(struct segment *s, struct ring *r, const struct site *t, const uint8_t *p, const struct stood *where)
{
	struct field f[GL_ARGS_MAX];
	struct genlog_record *rec;
	int code = render_fields(t, p, where->len, f);

	if (code < 0)
		return code;
	rec = genlog_event_begin(s->src, NULL, 0);
	if (!rec)
		return -EAGAIN;
	if (!texts_plain(t, p, where->len))
		code = make_valid(s, rec, t, f);
	if (code == 0 && t->plan)
		return document_put(s, r, t, f, where);
	if (code == 0)
		code = fill(s, r, rec, t, f, where);
	if (code == 0)
		code = genlog_event_put(s->src, ring_offset(r, where->at), where->len);
	if (code == 0 && t->level >= GENLOG_LEVEL_ERROR && !where->recorded)
		s->error_seen = true;
	return code == -ENOMEM ? -EAGAIN : code;
}
