/* A record of a site whose fields are a document: encoded as its plan says, for its collection. */
#include "emit.h"

#include <errno.h>

#define FIXED_ROOM 512
#define OID 12

/* A container that is being written: where its element began, and where its length goes. */
struct level {
	uint8_t *element, *start;
	bool is_array;
	unsigned n;
};

struct writer {
	uint8_t *w;
	struct level levels[PLAN_DEPTH + 1];
	unsigned depth;
	bool has_elements;
};

static uint8_t *put_id(
	uint8_t *w, const struct segment *s, const struct ring *r, const struct site *t, const struct stood *where)
{
	uint32_t seconds = __builtin_bswap32((uint32_t)(where->ms / 1000));
	uint64_t hash = genlog_hash(s->l.uuid, UUID, s->uid), place[2] = {r->index, where->at};

	hash = genlog_hash(place, sizeof(place), hash);
	hash = genlog_hash(t->collection, strlen(t->collection), hash);
	w = genlog_bson_key(w, GENLOG_BSON_OID, "_id", 3);
	w = genlog_bson_bytes(w, &seconds, 4);
	return genlog_bson_bytes(w, &hash, 8);
}

static void open_level(struct writer *x, const struct plan_step *step, struct site_key *key)
{
	struct level *l = &x->levels[++x->depth];

	l->element = x->w;
	l->is_array = step->op == PLAN_ARRAY;
	l->n = 0;
	x->w = genlog_bson_key(x->w, l->is_array ? GENLOG_BSON_ARRAY : GENLOG_BSON_DOC, key->p, key->n);
	l->start = x->w;
	x->w = genlog_bson_begin(x->w);
}

/* One that has nothing in it is not there. */
static void close_level(struct writer *x)
{
	struct level *l = &x->levels[x->depth];

	if (!x->depth) /* a plan closes what it has opened */
		return;
	x->depth--;
	if (l->n) {
		x->w = genlog_bson_end(l->start, x->w);
		x->levels[x->depth].n++;
	} else {
		x->w = l->element;
	}
}

/* Bytes of strangers: all of them are good, or none is taken and the document says so. */
static void put_elements(struct writer *x, const struct plan *plan, const struct field *f)
{
	static const char key[] = "fields_refused";
	const char *why = x->depth ? "they are below another field" : elements_check(plan, (const uint8_t *)f->p, f->n);

	if (x->has_elements) /* once: two lists might say the same name */
		return;
	x->has_elements = true;
	if (!why) {
		x->w = genlog_bson_bytes(x->w, f->p, f->n);
		return;
	}
	x->w = genlog_bson_key(x->w, GENLOG_BSON_STR, key, sizeof(key) - 1);
	x->w = genlog_bson_text(x->w, why, strlen(why));
}

static void put_field(struct writer *x, const struct site_key *key, uint8_t type, const struct field *f)
{
	if (type > GL_TEXT || (type == GL_TEXT && !f->n))
		return;
	x->w = render_value(x->w, key, type, f);
	x->levels[x->depth].n++;
}

/* Places in a list are counted anew, since what is empty is left out. */
static void put_steps(struct writer *x, const struct site *t, const struct field *f)
{
	char number[NUMBER_ROOM];

	for (unsigned i = 0; i < t->plan->n; i++) {
		const struct plan_step *step = &t->plan->steps[i];
		struct site_key key = {.p = step->p, .n = step->n};

		if (step->op == PLAN_CLOSE) {
			close_level(x);
			continue;
		}
		if (x->levels[x->depth].is_array) {
			key.n = (uint16_t)number_uint(number, x->levels[x->depth].n);
			number[key.n] = 0;
			key.p = number;
		}
		if (step->op == PLAN_FIELD && t->types[step->arg] == GL_ELEMENTS)
			put_elements(x, t->plan, &f[step->arg]);
		else if (step->op == PLAN_FIELD)
			put_field(x, &key, t->types[step->arg], &f[step->arg]);
		else
			open_level(x, step, &key);
	}
}

static uint8_t *put_default(uint8_t *w, const char *key, const char *value)
{
	if (!value || !*value)
		return w;
	return genlog_bson_text(genlog_bson_key(w, GENLOG_BSON_STR, key, strlen(key)), value, strlen(value));
}

static uint8_t *put_date(uint8_t *w, const char *key, int64_t ms)
{
	return genlog_bson_i64(genlog_bson_key(w, GENLOG_BSON_DATE, key, strlen(key)), ms);
}

static uint8_t *put_source(uint8_t *w, const struct segment *s, const struct ring *r, const struct stood *where)
{
	uint8_t *start = genlog_bson_key(w, GENLOG_BSON_DOC, "source", 6);

	w = genlog_bson_begin(start);
	w = put_default(w, "type", "emit");
	w = put_default(w, "app", s->app);
	w = genlog_bson_i64(genlog_bson_key(w, GENLOG_BSON_INT64, "offset", 6), (int64_t)ring_offset(r, where->at));
	w = genlog_bson_i32(genlog_bson_key(w, GENLOG_BSON_INT32, "length", 6), (int32_t)where->len);
	if (s->pid)
		w = genlog_bson_i32(genlog_bson_key(w, GENLOG_BSON_INT32, "pid", 3), s->pid);
	return genlog_bson_end(start, w);
}

static size_t room_for(const struct segment *s, const struct site *t, const struct field *f)
{
	const struct genlog_host *h = s->owner->host;
	const char *const texts[] = {h->node_id, h->environment, h->version};
	size_t n = FIXED_ROOM + t->plan->room + sizeof(s->app);

	for (unsigned i = 0; i < t->n_args; i++)
		n += f[i].n;
	for (unsigned i = 0; i < 3; i++)
		n += texts[i] ? strlen(texts[i]) : 0;
	return n;
}

static size_t encode(
	struct segment *s, const struct ring *r, const struct site *t, const struct field *f, const struct stood *where)
{
	const struct genlog_host *h = s->owner->host;
	uint8_t *start = s->owner->doc.p;
	struct writer x = {.w = genlog_bson_begin(start)};

	x.w = put_id(x.w, s, r, t, where);
	if (t->plan->wants_timestamp)
		x.w = put_date(x.w, "timestamp", where->ms);
	put_steps(&x, t, f);
	if (!t->plan->has_node)
		x.w = put_default(x.w, "node_id", h->node_id);
	if (!t->plan->has_environment)
		x.w = put_default(x.w, "environment", h->environment);
	if (!t->plan->has_version)
		x.w = put_default(x.w, "version", h->version);
	if (!t->plan->has_created)
		x.w = put_date(x.w, "createdAt", where->ms);
	if (!t->plan->has_source)
		x.w = put_source(x.w, s, r, where);
	return (size_t)(genlog_bson_end(start, x.w) - start);
}

/* The note first: the host may write out what it has before it takes a document of a new collection. */
int document_put(
	struct segment *s, struct ring *r, const struct site *t, const struct field *f, const struct stood *where)
{
	int code = where->recorded ? 0 : notes_put(s, r);

	if (code != 0)
		return code;
	if (genlog_buf_reserve(&s->owner->doc, room_for(s, t, f)) < 0 || !s->owner->doc.p)
		return -EAGAIN;
	return genlog_document(s->owner->in, t->collection, s->owner->doc.p, encode(s, r, t, f, where), t->level);
}
