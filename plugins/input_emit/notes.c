/*
 * How far each ring was read: noted in the spool, in one write with the documents.  An agent that comes after a crash
 * goes on there, even where `tail` was not stored any more.
 *
 *	key     owner's uid u32, segment's uuid, ring u16        value  position u64, drops told u64, fields
 */
#include "emit.h"

#include <errno.h>
#include <stdlib.h>

#define KEY 22
#define VALUE 16
#define FIELDS_MAX (256u << 10)

static void make_key(uint8_t key[KEY], const struct segment *s, const struct ring *r)
{
	uint16_t index = (uint16_t)r->index;

	memcpy(key, &s->uid, 4);
	memcpy(key + 4, s->l.uuid, UUID);
	memcpy(key + 20, &index, 2);
}

static void load_one(void *arg, const void *key, size_t key_len, const void *val, size_t len)
{
	struct emit *e = arg;
	struct note *n;

	if (key_len != KEY || len < VALUE || len > FIELDS_MAX)
		return;
	if (e->n_notes == e->cap_notes) {
		size_t cap = e->cap_notes ? 2 * e->cap_notes : 64;

		n = realloc(e->notes, cap * sizeof(*n));
		if (!n) {
			e->notes_missing = true;
			return;
		}
		e->notes = n;
		e->cap_notes = cap;
	}
	n = &e->notes[e->n_notes++];
	*n = (struct note){.used = false};
	memcpy(n->key, key, KEY);
	memcpy(&n->at, val, 8);
	memcpy(&n->told, (const uint8_t *)val + 8, 8);
	n->fields = len > VALUE ? malloc(len - VALUE) : NULL;
	e->notes_missing |= len > VALUE && !n->fields;
	if (n->fields) {
		n->fields_n = len - VALUE;
		memcpy(n->fields, (const uint8_t *)val + VALUE, n->fields_n);
	}
}

static int by_key(const void *a, const void *b)
{
	return memcmp(((const struct note *)a)->key, ((const struct note *)b)->key, KEY);
}

/* -ENOMEM: what one of those that are missing says would be read again. */
int notes_load(struct emit *e)
{
	genlog_positions(e->in, load_one, e);
	if (e->n_notes)
		qsort(e->notes, e->n_notes, sizeof(*e->notes), by_key);
	return e->notes_missing ? -ENOMEM : 0;
}

/* What is known of a ring from before; where its writer says more, that counts. */
int notes_find(struct segment *s, struct ring *r)
{
	struct emit *e = s->owner;
	struct note want = {.used = false}, *n;

	make_key(want.key, s, r);
	n = e->n_notes ? bsearch(&want, e->notes, e->n_notes, sizeof(*n), by_key) : NULL;
	if (!n)
		return 0;
	n->used = true;
	if (n->at > r->at)
		r->at = n->at;
	r->told = n->told;
	r->noted = true;
	return n->fields ? meta_restore(r, n->fields, n->fields_n) : 0;
}

int notes_put(struct segment *s, struct ring *r)
{
	uint8_t key[KEY], value[VALUE + META_ROOM];
	size_t n = r->depth ? meta_save(r, value + VALUE) : 0;

	make_key(key, s, r);
	memcpy(value, &r->at, 8);
	memcpy(value + 8, &r->told, 8);
	r->noted = true;
	s->dirty = true;
	s->owner->pending = true;
	return genlog_position(s->owner->in, key, KEY, value, VALUE + n);
}

static void forget(struct segment *s, struct ring *r)
{
	uint8_t key[KEY];

	make_key(key, s, r);
	if (r->noted)
		(void)genlog_position(s->owner->in, key, KEY, NULL, 0); /* else after the next start */
	r->noted = false;
}

void notes_forget(struct segment *s)
{
	for (uint32_t i = 0; s->rings && i < s->l.rings; i++)
		forget(s, &s->rings[i]);
	forget(s, &s->slots);
}

/* Of segments that nobody has brought back. */
void notes_tidy(struct emit *e)
{
	for (size_t i = 0; i < e->n_notes; i++)
		if (!e->notes[i].used)
			(void)genlog_position(e->in, e->notes[i].key, KEY, NULL, 0); /* as above */
	notes_free(e);
}

void notes_free(struct emit *e)
{
	for (size_t i = 0; i < e->n_notes; i++)
		free(e->notes[i].fields);
	free(e->notes);
	e->notes = NULL;
	e->n_notes = e->cap_notes = 0;
}
