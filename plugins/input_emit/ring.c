/* Records are copied out of a ring, and looked at only then. */
#include "emit.h"

#include <errno.h>

#define NOTE_EVERY 256u /* records: what a frame of the spool holds is bounded by it */

uint64_t ring_offset(const struct ring *r, uint64_t at)
{
	return (uint64_t)r->index << 48 | (at & 0xffffffffffff);
}

int ring_copy(const struct segment *s, const struct ring *r, uint64_t at, uint8_t *to, size_t n)
{
	uint64_t base = s->l.rings_at + (uint64_t)r->index * s->l.ring_bytes, place = at & (s->l.ring_bytes - 1);
	size_t first = n < s->l.ring_bytes - place ? n : (size_t)(s->l.ring_bytes - place);
	int code = view_copy(&s->v, to, base + place, first);

	return code < 0 || first == n ? code : view_copy(&s->v, to + first, base, n - first);
}

/* The site of a record; a table that has grown is read on. */
static const struct site *site_of(struct segment *s, uint32_t id)
{
	uint32_t i = id - GL_SITE_FIRST;

	return i < s->n_sites ? s->sites[i] : NULL;
}

/* 0; -EAGAIN: the spool has no room; -EBADMSG: it contradicts itself. */
int ring_record(struct segment *s, struct ring *r, const uint8_t *p, uint32_t len, uint64_t at, bool recorded)
{
	struct stood where = {.at = at, .len = len, .recorded = recorded};
	struct gl_record h;
	const struct site *t;

	memcpy(&h, p, sizeof(h));
	if (h.site < GL_SITE_FIRST)
		return meta_take(s, r, p + sizeof(h), len - (uint32_t)sizeof(h), h.site);
	t = site_of(s, h.site);
	if (!t)
		return -EBADMSG;
	where.ms = seg_time_ms(s, h.time);
	return render_event(s, r, t, p, &where);
}

/* All whole records of a copy; returns how many bytes they were, or -errno with `r->at` before the one at fault. */
static ssize_t take(struct segment *s, struct ring *r, const uint8_t *p, size_t n, uint64_t left)
{
	size_t done = 0;
	unsigned count = 0;
	int code = 0;

	while (code == 0 && n - done >= sizeof(struct gl_record)) {
		uint32_t len;

		memcpy(&len, p + done, sizeof(len));
		if (len < sizeof(struct gl_record) || len % 8 || len > left - done || len > RECORD_MAX)
			code = -EBADMSG;
		else if (len > n - done)
			break;
		else
			code = ring_record(s, r, p + done, len, r->at, false);
		if (code < 0)
			break;
		done += len;
		r->at += len;
		if (++count % NOTE_EVERY == 0)
			code = notes_put(s, r);
	}
	genlog_count(s->owner->in, GENLOG_COUNT_RECEIVED, count);
	return code < 0 ? code : (ssize_t)done;
}

/* What cannot be understood is passed over, up to what its writer says is whole. */
static int pass_over(struct segment *s, struct ring *r)
{
	uint64_t bytes = r->head - r->at;

	seg_strike(s, r);
	r->at = r->head;
	genlog_count(s->owner->in, GENLOG_COUNT_FRAMES_BAD, 1);
	return genlog_gap(s->src, ring_offset(r, r->at), bytes, "a ring holds what no record is");
}

static int drain(struct segment *s, struct ring *r)
{
	uint64_t left = r->head - r->at;
	size_t n = left < CHUNK ? (size_t)left : CHUNK;
	ssize_t done;
	int code = ring_copy(s, r, r->at, s->owner->chunk, n);

	if (code < 0)
		return code;
	done = take(s, r, s->owner->chunk, n, left);
	if (done == 0) { /* one that is longer than a copy */
		n = left < RECORD_MAX ? (size_t)left : RECORD_MAX;
		code = ring_copy(s, r, r->at, s->owner->chunk, n);
		done = code < 0 ? code : take(s, r, s->owner->chunk, n, left);
		done = done ? done : -EBADMSG;
	}
	if (done == -EBADMSG)
		done = pass_over(s, r);
	genlog_count(s->owner->in, GENLOG_COUNT_RECEIVED_BYTES, left - (r->head - r->at));
	return done < 0 ? (int)done : 0;
}

/* At most a copy's worth of it in one turn, so that all rings have theirs. */
int ring_drain(struct segment *s, struct ring *r, bool *found)
{
	uint64_t before = r->at;
	int code, noted;

	if (r->head == r->at)
		return 0;
	if (r->head - r->at > s->l.ring_bytes || r->head % 8) {
		r->at = r->tail = r->head & ~7ULL;
		seg_strike(s, r);
		genlog_count(s->owner->in, GENLOG_COUNT_FRAMES_BAD, 1);
		return notes_put(s, r);
	}
	code = drain(s, r);
	noted = r->at != before ? notes_put(s, r) : 0;
	*found |= r->at != before;
	return code < 0 ? code : noted;
}
