/*
 * The emergency slots, in the order of their positions.  One that its writer has not finished holds up those behind it
 * while the process lives; of a dead one it is passed over.
 */
#include "emit.h"

#include <errno.h>

/* At the first look: the oldest position that can still be in a slot. */
int slots_begin(struct segment *s, uint64_t position)
{
	uint64_t first = position > s->l.slots ? position - s->l.slots : 0, turn;

	for (uint64_t at = first; at < position; at++) {
		int r = view_load(&s->v, s->l.slots_at + at % s->l.slots * GL_SLOT_BYTES, &turn);

		if (r < 0)
			return r;
		if (turn == at || turn == at + 1)
			break; /* not given back yet */
		first = at + 1;
	}
	s->slots.at = s->slots.tail = first;
	return 0;
}

static int one(struct segment *s, uint64_t at)
{
	struct gl_slot x;
	int r = view_copy(&s->v, &x, s->l.slots_at + at % s->l.slots * GL_SLOT_BYTES, sizeof(x));
	uint32_t len;

	if (r < 0)
		return r;
	memcpy(&len, x.record, sizeof(len));
	if (len != x.len || len < sizeof(struct gl_record) || len % 8 || len > sizeof(x.record))
		return -EBADMSG;
	if (x.tid != s->slots.tid && meta_thread(s, &s->slots, x.tid, (const char[16]){0}) < 0)
		return -ENOMEM;
	r = ring_record(s, &s->slots, x.record, len, at, false);
	if (r == 0)
		genlog_count(s->owner->in, GENLOG_COUNT_RECEIVED, 1);
	return r;
}

/* 1: there is one; 0: not yet; of a dead process -ENOENT: there will be none. */
static int is_there(struct segment *s, uint64_t at)
{
	uint64_t turn;
	int r = view_load(&s->v, s->l.slots_at + at % s->l.slots * GL_SLOT_BYTES, &turn);

	if (r < 0)
		return r;
	if (turn == at + 1)
		return 1;
	return s->dead ? -ENOENT : 0;
}

int slots_drain(struct segment *s, const struct gl_segment *now, bool *found)
{
	struct ring *r = &s->slots;
	uint64_t end = now->slot_position, before = r->at;
	int code = 1;

	if (!s->l.slots || end == r->at)
		return 0;
	if (end - r->at > s->l.slots) {
		seg_strike(s, r);
		r->at = r->tail = end;
		return notes_put(s, r);
	}
	while (r->at != end && code == 1) {
		code = is_there(s, r->at);
		if (code == 1) {
			int done = one(s, r->at);

			if (done == -EBADMSG)
				seg_strike(s, r);
			code = done < 0 && done != -EBADMSG ? done : 1;
		}
		if (code == -ENOENT)
			code = 1;
		r->at += code == 1;
	}
	*found |= r->at != before;
	if (r->at != before) {
		int noted = notes_put(s, r);

		code = code < 0 ? code : noted;
	}
	return code < 0 ? code : 0;
}

void slots_release(struct segment *s)
{
	for (; s->slots.tail != s->slots.at; s->slots.tail++) {
		uint64_t p = s->slots.tail;

		view_store64(&s->v, s->l.slots_at + p % s->l.slots * GL_SLOT_BYTES, p + s->l.slots);
	}
}
