/*
 * The flight recorder: rings of records below the level, of which the newest are shipped when their process has logged
 * an ERROR, or has not ended well.  Their writer takes the oldest away itself: what was copied counts only as far as
 * `tail` says afterwards.
 */
#include "emit.h"

#include <errno.h>

struct walk {
	struct segment *s;
	struct ring *r;
	uint64_t at, head;
	uint64_t skip; /* so many records are older than those that are wanted */
	uint64_t seen;
	bool shipping;
};

static int load(const struct walk *w, size_t field, uint64_t *out)
{
	return view_load(&w->s->v, w->s->l.headers_at + (uint64_t)w->r->index * sizeof(struct gl_ring) + field, out);
}

/* The copy of what lies at w->at, `n` bytes; 0: its beginning was written over, and w->at is where the rest begins. */
static int copy(struct walk *w, size_t n)
{
	uint64_t tail = 0;
	int r = ring_copy(w->s, w->r, w->at, w->s->owner->chunk, n);

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (r == 0)
		r = load(w, offsetof(struct gl_ring, tail), &tail);
	if (r < 0)
		return r;
	if (tail <= w->at)
		return 1;
	if (tail > w->head || tail % 8)
		return -EBADMSG;
	w->at = tail;
	return 0;
}

static int take(struct walk *w, const uint8_t *p, uint32_t len)
{
	int r = 0;

	if (w->shipping && w->seen >= w->skip)
		r = ring_record(w->s, w->r, p, len, w->at, true);
	if (r < 0)
		return r;
	w->seen++;
	w->at += len;
	if (w->shipping)
		w->r->at = w->at;
	return 0;
}

/* All whole records of a copy. */
static ssize_t take_all(struct walk *w, const uint8_t *p, size_t n)
{
	size_t done = 0;

	while (n - done >= sizeof(struct gl_record)) {
		uint32_t len;
		int r;

		memcpy(&len, p + done, sizeof(len));
		if (len < sizeof(struct gl_record) || len % 8 || len > w->head - w->at || len > RECORD_MAX)
			return -EBADMSG;
		if (len > n - done)
			break;
		r = take(w, p + done, len);
		if (r < 0)
			return r;
		done += len;
	}
	return (ssize_t)done;
}

static int walk(struct walk *w, uint64_t from)
{
	size_t most = CHUNK;

	w->at = from;
	w->seen = 0;
	while (w->at < w->head) {
		uint64_t left = w->head - w->at;
		size_t n = left < most ? (size_t)left : most;
		ssize_t done = copy(w, n);

		if (done == 1)
			done = take_all(w, w->s->owner->chunk, n);
		else if (done == 0)
			continue;
		if (done < 0)
			return (int)done;
		if (done == 0 && most >= RECORD_MAX)
			return -EBADMSG;
		most = done ? CHUNK : RECORD_MAX;
	}
	return 0;
}

static int ship(struct segment *s, struct ring *r)
{
	struct walk w = {.s = s, .r = r};
	uint64_t tail = 0, most = (uint64_t)s->owner->debug_records;
	int code = load(&w, offsetof(struct gl_ring, head), &w.head);

	if (code == 0)
		code = load(&w, offsetof(struct gl_ring, tail), &tail);
	if (code < 0 || w.head == r->at)
		return code;
	if (tail < r->at)
		tail = r->at;
	if (w.head < tail || w.head - tail > s->l.ring_bytes || w.head % 8 || tail % 8)
		code = -EBADMSG;
	if (code == 0)
		code = walk(&w, tail);
	w.skip = w.seen > most ? w.seen - most : 0;
	w.shipping = true;
	if (code == 0)
		code = walk(&w, tail);
	if (code == -EBADMSG) {
		seg_strike(s, r);
		r->at = w.head;
		code = 0;
	}
	if (r->at > w.head)
		r->at = w.head;
	return code < 0 ? code : notes_put(s, r);
}

int recorder_ship(struct segment *s)
{
	int code = 0;

	if (!s->owner->debug || (!s->error_seen && !death_was_bad(s))) {
		s->error_seen = false;
		return 0;
	}
	for (uint32_t i = 0; i < s->used && code == 0; i++)
		if (s->rings[i].recorder)
			code = ship(s, &s->rings[i]);
	if (code == 0)
		s->error_seen = false;
	return code;
}
