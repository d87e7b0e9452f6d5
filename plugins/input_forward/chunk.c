#include <openssl/evp.h>

#include "forward.h"

/* So many bytes of entries, and it is noted how many were taken: the frame under construction is written there. */
#define NOTE_EVERY (192u << 10)

int chunk_count(struct chunk *c)
{
	const uint8_t *p = c->p;

	for (c->n = 0; p && p < c->end; c->n++)
		p = mp_skip(p, c->end);
	return p ? 0 : -EBADMSG;
}

/* A name as it is, or, of a long one, its sum. */
static int set_key(struct note *n, const struct chunk *c)
{
	unsigned len = 0;

	if (c->id_n <= NOTE_KEY_MAX) {
		memcpy(n->key, c->id, c->id_n);
		n->len = (uint8_t)c->id_n;
		return 0;
	}
	if (!EVP_Digest(c->id, c->id_n, (unsigned char *)n->key, &len, EVP_sha512(), NULL))
		return -ENOMEM;
	n->len = (uint8_t)len;
	return 0;
}

/* What was noted of this very chunk, or a new note. */
static int begin_note(struct intake *k, const struct chunk *c, struct note *n)
{
	const struct note *had;
	uint64_t check = genlog_hash(c->tag.p, c->tag.n, 0);
	int r;

	*n = (struct note){.check = genlog_hash(c->p, (size_t)(c->end - c->p), check)};
	r = set_key(n, c);
	had = r < 0 ? NULL : notes_find(&k->notes, n->key, n->len);
	if (had && had->check == n->check) {
		n->taken = had->taken;
		n->done = had->done;
	}
	return r;
}

/* A chunk on its way into the spool. */
struct taking {
	struct session *s;
	const struct chunk *c;
	struct note note;
	struct genlog_source *src; /* of a chunk with a name */
	uint32_t noted;
	bool documents;
};

/* A chunk is a source of its own: what is in it is known by its name and its place, whatever way it came. */
static struct genlog_source *source_of(struct taking *t)
{
	struct session *s = t->s;
	struct genlog_source_desc d = {.type = "forward", .label = "peer", .value = s->peer.name};

	if (!t->c->id) {
		d.generation = d.salt = s->generation;
		if (!s->src)
			s->src = genlog_source_open(s->k->in, &d);
		return s->src;
	}
	d.generation = genlog_hash(t->c->id, t->c->id_n, 0);
	if (!t->src)
		t->src = genlog_source_open(s->k->in, &d);
	return t->src;
}

static int entry_take(struct taking *t, const struct entry *e, uint32_t i)
{
	struct intake *k = t->s->k;
	struct genlog_source *src;
	int r = t->documents ? document_take(k, t->c, e) : 1;

	if (r <= 0)
		return r;
	src = source_of(t);
	return src ? record_take(k, src, t->c, e, t->c->id ? i : t->s->number + i) : -ENOMEM;
}

static int put_note(struct taking *t)
{
	if (!t->c->id) {
		genlog_turn_end(t->s->k->in);
		return 0;
	}
	t->noted = t->note.taken;
	return notes_put(&t->s->k->notes, t->s->k->in, &t->note);
}

static int take_entries(struct taking *t)
{
	const struct chunk *c = t->c;
	const uint8_t *p = c->p, *noted = c->p;
	int r = 0;

	for (uint32_t i = 0; i < c->n && r == 0; i++) {
		const uint8_t *end = c->single ? c->end : mp_skip(p, c->end);
		struct entry e;

		if (i < t->note.taken) {
			p = noted = end;
			continue;
		}
		entry_read(&e, p, end, c->single);
		r = entry_take(t, &e, i);
		if (r < 0)
			break;
		p = end;
		t->note.taken++;
		t->s->records++;
		if (p - noted < (ptrdiff_t)NOTE_EVERY || t->note.taken == c->n)
			continue;
		r = put_note(t);
		noted = p;
	}
	return r;
}

int chunk_take(struct session *s, const struct chunk *c)
{
	struct taking t = {.s = s, .c = c};
	int r = 0;

	if (c->id)
		r = begin_note(s->k, c, &t.note);
	else
		t.note.taken = s->skip;
	if (r < 0)
		return r;
	if (t.note.done) {
		genlog_count(s->k->in, GENLOG_COUNT_REPEATED, 1);
		return 1;
	}
	t.noted = t.note.taken;
	t.documents = session_trusted(s) && document_wanted(s->k, c);
	r = take_entries(&t);
	t.note.done = r == 0;
	if (r == 0 || t.note.taken != t.noted) {
		int e = c->id ? put_note(&t) : 0;

		r = r < 0 ? r : e;
	}
	if (!c->id) {
		s->skip = r < 0 ? t.note.taken : 0;
		s->number += r < 0 ? 0 : c->n;
	}
	genlog_source_close(t.src);
	return r;
}
