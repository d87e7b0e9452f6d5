/*
 * What filters do with a record: look at every value and put another in its place, take one out, read one as text.
 *
 * Values in the context are found in one pass over its bytes.  As long as none changes nothing is written; from the
 * first change on the bytes are written anew, stretch by stretch, and each document that a change stands in gets its
 * new length when its end is passed.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include <genlog/bson.h>

#include "base/buf.h"
#include "base/hash.h"
#include "event/level.h"
#include "event/record.h"
#include "event/slots.h"

/* MongoDB takes a hundred levels; parsers keep less. */
#define DEPTH_MAX 100
/* With so much in a record its document may become too large, and the line stands in for it. */
#define LARGE ((size_t)1 << 20)

struct frame {
	const uint8_t *end;	   /* the NUL behind its elements */
	size_t start;		   /* of its length, in what is written */
	struct genlog_place place; /* of its elements' parent; the first frame has none */
	bool array;
};

struct walk {
	struct genlog_record *rec;
	unsigned types;
	genlog_edit_fn *fn;
	void *arg;
	const struct genlog_place *up; /* of the outermost elements */
	const uint8_t *copied;	       /* what lies before it is in `out`, or was replaced */
	struct genlog_buf out;
	bool changed;
	size_t depth;
	struct frame stack[DEPTH_MAX];
};

static size_t value_room(const struct genlog_value *v)
{
	return v->type == GENLOG_V_STR || v->type == GENLOG_V_DOC || v->type == GENLOG_V_ARRAY ? v->n : 8;
}

static int flush(struct walk *w, const uint8_t *p)
{
	int r = buf_append(&w->out, w->copied, (size_t)(p - w->copied));

	if (r == 0)
		w->copied = p;
	return r;
}

/* The element [p, next) gives way to another value, or to none. */
static int put(struct walk *w, const uint8_t *p, const uint8_t *next, enum genlog_edit e, struct genlog_value v)
{
	const char *key = (const char *)p + 1;
	size_t n = strlen(key);
	int r = flush(w, p);

	if (e == GENLOG_REMOVE && w->stack[w->depth].array) {
		v = (struct genlog_value){.type = GENLOG_V_NULL};
		e = GENLOG_REPLACE;
	}
	if (r == 0)
		r = genlog_buf_reserve(&w->out, GENLOG_BSON_MAX(n, value_room(&v)));
	if (r < 0)
		return r;
	if (e == GENLOG_REPLACE)
		w->out.n = (size_t)(value_write(w->out.p + w->out.n, key, n, v) - w->out.p);
	w->copied = next;
	w->changed = true;
	return 0;
}

/* Behind the element, or at the first one of the document that it is; NULL: `r` says why. */
static const uint8_t *element(struct walk *w, const uint8_t *p, int *r)
{
	struct frame *f = &w->stack[w->depth];
	const uint8_t *nul = memchr(p + 1, 0, (size_t)(f->end - p) - 1);
	ssize_t size = nul ? genlog_bson_value_size(*p, nul + 1, f->end) : -1;
	struct genlog_place at = {(const char *)p + 1, size < 0 ? 0 : (size_t)(nul - p) - 1, NULL};
	bool inner = *p == GENLOG_BSON_DOC || *p == GENLOG_BSON_ARRAY;
	enum genlog_edit e = GENLOG_LEAVE;
	struct genlog_value v;

	if (size < 0) {
		*r = -EINVAL;
		return NULL;
	}
	at.up = w->depth ? &f->place : w->up;
	v = value_read(*p, nul + 1, (size_t)size);
	if (w->types >> v.type & 1)
		e = w->fn(w->arg, w->rec, &at, &v);
	if (e == GENLOG_LEAVE && inner && w->depth + 1 >= DEPTH_MAX) {
		v = (struct genlog_value){.type = GENLOG_V_NULL};
		e = GENLOG_REPLACE;
		w->rec->flags |= GENLOG_REC_TOO_DEEP;
	}
	if (e != GENLOG_LEAVE) {
		*r = put(w, p, nul + 1 + size, e, v);
		return *r < 0 ? NULL : nul + 1 + size;
	}
	if (!inner)
		return nul + 1 + size;
	f[1] = (struct frame){nul + size, w->out.n + (size_t)(nul + 1 - w->copied), at, *p == GENLOG_BSON_ARRAY};
	w->depth++;
	return nul + 5;
}

/* A document's end: its length is written anew where it lies in what was written. */
static void leave(struct walk *w, const uint8_t *end)
{
	struct frame *f = &w->stack[w->depth--];

	if (w->out.p && f->start < w->out.n)
		genlog_bson_i32(w->out.p + f->start, (int32_t)(w->out.n + (size_t)(end + 1 - w->copied) - f->start));
}

static int walk(struct walk *w, const uint8_t *p, const uint8_t *end)
{
	int r = 0;

	w->copied = p;
	w->out.n = 0;
	w->changed = false;
	w->depth = 0;
	w->stack[0] = (struct frame){.end = end};
	while (p && (w->depth || p < end)) {
		if (p < w->stack[w->depth].end) {
			p = element(w, p, &r);
		} else {
			leave(w, p);
			p++;
		}
	}
	return r == 0 && w->changed ? flush(w, end) : r;
}

static int each_context(struct walk *w)
{
	struct genlog_buf *c = &w->rec->context;
	int r = c->n ? walk(w, c->p, c->p + c->n) : 0;

	if (r == 0 && c->n && w->changed) {
		struct genlog_buf old = *c;

		*c = w->out;
		w->out = old;
	}
	return r;
}

/* A list's elements, and the list made anew around them. */
static int each_inside(struct walk *w, struct genlog_value *v, const struct genlog_place *at)
{
	const uint8_t *p = (const uint8_t *)v->u.p;
	uint8_t *made;
	int r;

	w->up = at;
	r = v->n < 5 ? -EINVAL : walk(w, p + 4, p + v->n - 1);
	w->up = NULL;
	if (r < 0 || !w->changed)
		return r;
	made = (uint8_t *)genlog_rec_alloc(w->rec, w->out.n + 5);
	if (!made)
		return -ENOMEM;
	memcpy(made + 4, w->out.p, w->out.n);
	*v = (struct genlog_value){.type = v->type, .n = (uint32_t)w->out.n + 5, .u.p = (const char *)made};
	genlog_bson_end(made, made + 4 + w->out.n);
	return 0;
}

static void line_gone(struct genlog_record *rec)
{
	static const char nothing[GENLOG_PAD + 1];

	rec->line = nothing;
	rec->len = 0;
}

static void slot_unset(struct genlog_record *rec, enum genlog_slot s)
{
	rec->set &= ~(1ULL << s);
	if (s == GENLOG_SLOT_MESSAGE)
		line_gone(rec);
}

/* What has no place in its slot any more goes into the context under the slot's name. */
static int each_slot(struct walk *w, enum genlog_slot s)
{
	const struct slot_info *f = slot_info(s);
	struct genlog_place at = {f->key, f->key_len, NULL};
	struct genlog_value v = w->rec->slot[s];
	enum genlog_edit e = w->types >> v.type & 1 ? w->fn(w->arg, w->rec, &at, &v) : GENLOG_LEAVE;
	int r = 0;

	if (e == GENLOG_LEAVE) {
		if (v.type == GENLOG_V_ARRAY || v.type == GENLOG_V_DOC)
			r = each_inside(w, &w->rec->slot[s], &at);
		return r;
	}
	if (e == GENLOG_REPLACE && slot_fit(w->rec, s, &v)) {
		w->rec->slot[s] = v;
		return 0;
	}
	if (e == GENLOG_REPLACE)
		r = genlog_context_put(w->rec, f->key, f->key_len, v);
	if (r == 0)
		slot_unset(w->rec, s);
	return r;
}

/* Whether the host may yet show the line itself. */
static bool line_counts(const struct genlog_record *rec)
{
	size_t n = rec->context.n;

	if (!(rec->set >> GENLOG_SLOT_MESSAGE & 1))
		return true;
	for (uint64_t set = rec->set; set; set &= set - 1) {
		const struct genlog_value *v = &rec->slot[__builtin_ctzll(set)];

		n += v->type == GENLOG_V_STR ? v->n : 0;
	}
	return n > LARGE;
}

static void each_line(struct walk *w)
{
	static const struct genlog_place at = {"", 0, NULL};
	struct genlog_value v = genlog_str(w->rec->line, w->rec->len);
	enum genlog_edit e = w->fn(w->arg, w->rec, &at, &v);

	if (e == GENLOG_REMOVE || (e == GENLOG_REPLACE && v.type != GENLOG_V_STR))
		line_gone(w->rec);
	if (e != GENLOG_REPLACE || v.type != GENLOG_V_STR)
		return;
	w->rec->line = v.u.p;
	w->rec->len = v.n;
}

int genlog_each(struct genlog_record *rec, unsigned types, genlog_edit_fn *fn, void *arg)
{
	struct walk w; /* its stack of frames is not worth zeroing for each event */
	uint64_t set = rec->set;
	bool line = types >> GENLOG_V_STR & 1 && line_counts(rec);
	int r;

	w.rec = rec;
	w.types = types;
	w.fn = fn;
	w.arg = arg;
	w.up = NULL;
	w.out = (struct genlog_buf){0};
	r = each_context(&w);
	for (; r == 0 && set; set &= set - 1)
		r = each_slot(&w, (enum genlog_slot)__builtin_ctzll(set));
	if (r == 0 && line)
		each_line(&w);
	buf_free(&w.out);
	return r;
}

/* ── one field ── */

/* a.b.c: the element, and where the lengths of the documents stand that it is in. */
static bool path_remove(struct genlog_buf *c, const char *path)
{
	size_t lengths[DEPTH_MAX], depth = 0;
	uint8_t *p = c->p, *end = p + c->n;
	const uint8_t *next;

	for (;; depth++) {
		size_t n = strcspn(path, ".");
		uint8_t *at = (uint8_t *)(uintptr_t)genlog_bson_find(p, end, path, n, &next);

		if (!at)
			return false;
		if (!path[n]) {
			p = at;
			break;
		}
		if (*at != GENLOG_BSON_DOC || depth == DEPTH_MAX)
			return false;
		p = at + n + 6;
		end = (uint8_t *)(uintptr_t)next;
		lengths[depth] = (size_t)(p - 4 - c->p);
		path += n + 1;
	}
	while (depth) {
		int32_t len;

		memcpy(&len, c->p + lengths[--depth], sizeof(len));
		genlog_bson_i32(c->p + lengths[depth], len - (int32_t)(next - p));
	}
	memmove(p, next, (size_t)(c->p + c->n - next));
	c->n -= (size_t)(next - p);
	return true;
}

bool genlog_remove(struct genlog_record *rec, const char *name)
{
	int rank;
	enum genlog_slot s = genlog_slot_of(name, strlen(name), &rank);
	const char *path = strncmp(name, "context.", 8) == 0 ? name + 8 : name;

	if (s != GENLOG_SLOTS && rec->set >> s & 1) {
		slot_unset(rec, s);
		return true;
	}
	return rec->context.n && path_remove(&rec->context, path);
}

int genlog_level(const struct genlog_record *rec)
{
	return rec->set >> GENLOG_SLOT_LEVEL & 1 ? level_of(&rec->slot[GENLOG_SLOT_LEVEL]) : -1;
}

int genlog_level_find(const char *p, size_t n)
{
	struct genlog_value v = genlog_str(p, n);

	return level_of(&v);
}

struct genlog_value genlog_level_name(int level)
{
	return level_value((enum level)level);
}

static bool value_text(struct genlog_value *v, char room[GENLOG_TEXT_ROOM])
{
	switch ((enum genlog_vtype)v->type) {
	case GENLOG_V_STR: return true;
	case GENLOG_V_BOOL: *v = v->u.i ? genlog_str("true", 4) : genlog_str("false", 5); return true;
	case GENLOG_V_INT:
	case GENLOG_V_DATE:
		*v = genlog_str(room, (size_t)snprintf(room, GENLOG_TEXT_ROOM, "%" PRId64, v->u.i));
		return true;
	case GENLOG_V_DOUBLE:
		*v = genlog_str(room, (size_t)snprintf(room, GENLOG_TEXT_ROOM, "%.15g", v->u.d));
		return true;
	default: return false;
	}
}

bool genlog_get_text(
	const struct genlog_record *rec, const char *name, char room[GENLOG_TEXT_ROOM], struct genlog_value *out)
{
	struct genlog_value v = {0};
	int rank, level;

	if (!genlog_get(rec, name, &v))
		return false;
	if (genlog_slot_of(name, strlen(name), &rank) == GENLOG_SLOT_LEVEL && (level = genlog_level(rec)) >= 0)
		v = level_value((enum level)level);
	if (!value_text(&v, room))
		return false;
	*out = v;
	return true;
}

uint64_t genlog_hash(const void *p, size_t n, uint64_t seed)
{
	return hash64(p, n, seed);
}
