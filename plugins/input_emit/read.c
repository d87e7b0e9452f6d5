/* One look at a segment: what is new in its rings is read, and what was dropped is told. */
#include "emit.h"

#include <errno.h>
#include <stdlib.h>

#define TELL_MS 1000
#define DROPS_MAX (1ULL << 40)
#define SITES_AT_A_TIME (64u << 10)

/* What contradicts itself again and again is read no more; what it has is lost, and told. */
void seg_strike(struct segment *s, struct ring *r)
{
	if (!r->told_bad)
		genlog_say(s->owner->in, GENLOG_SAY_WARN, "ring %u of %.64s (pid %d, uid %u) holds what no record is",
			r->index, s->l.app, s->pid, s->uid);
	r->told_bad = true;
	if (++s->strikes < STRIKES || s->bad)
		return;
	s->bad = true;
	genlog_say(s->owner->in, GENLOG_SAY_ERROR,
		"%.64s (pid %d, uid %u) is not read any more: %u times its rings held "
		"what no record is",
		s->l.app, s->pid, s->uid, s->strikes);
}

static int add_site(struct segment *s, const uint8_t *p, uint32_t len)
{
	struct site *t;

	if (s->n_sites == s->cap_sites) {
		uint32_t cap = s->cap_sites ? 2 * s->cap_sites : 32;
		struct site **more = realloc(s->sites, cap * sizeof(*more));

		if (!more)
			return -ENOMEM;
		s->sites = more;
		s->cap_sites = cap;
	}
	t = site_new(p, len, GL_SITE_FIRST + s->n_sites);
	if (!t)
		return -errno;
	s->sites[s->n_sites++] = t;
	s->site_at += len;
	return 0;
}

/* Entries that were added; they are whole below `head`. */
static int read_sites(struct segment *s, uint64_t head)
{
	uint8_t *p = s->owner->chunk;
	int r = 0;

	if (head > s->l.sites_bytes)
		return -EBADMSG;
	while (s->site_at < head && r == 0) {
		uint64_t left = head - s->site_at, done = 0, n = left < SITES_AT_A_TIME ? left : SITES_AT_A_TIME;

		r = view_copy(&s->v, p, s->l.sites_at + s->site_at, n);
		while (r == 0 && n - done >= sizeof(struct gl_site_entry)) {
			uint32_t len;

			memcpy(&len, p + done, sizeof(len));
			if (len > n - done)
				break;
			r = len % 8 || len < sizeof(struct gl_site_entry) ? -EBADMSG : add_site(s, p + done, len);
			done += r == 0 ? len : 0;
		}
		if (r == 0 && !done)
			r = -EBADMSG;
	}
	return r;
}

static int open_ring(struct segment *s, struct ring *r)
{
	uint64_t at = s->l.headers_at + (uint64_t)r->index * sizeof(struct gl_ring);
	struct gl_ring h;
	int code = view_copy(&s->v, &h, at, sizeof(h));

	if (code < 0)
		return code;
	r->tail = r->at = h.tail & ~7ULL;
	r->recorder = h.kind == GL_RING_RECORDER;
	if (h.head < r->at || h.head - r->at > s->l.ring_bytes)
		r->tail = r->at = 0; /* somebody has scribbled on it: the ring tells */
	code = meta_thread(s, r, h.tid, h.name);
	if (code == 0)
		code = notes_find(s, r);
	if (r->at > h.head)
		r->at = h.head;
	r->head = r->at;
	return code;
}

/* Which rings are in use is known later; a ring is opened when it is seen first. */
static int open_more(struct segment *s, uint32_t used)
{
	int code = 0;

	if (used > s->l.rings)
		used = s->l.rings;
	for (; s->used < used && code == 0; s->used += code == 0)
		code = open_ring(s, &s->rings[s->used]);
	return code;
}

static int look_at_ring(struct segment *s, struct ring *x, bool *changed)
{
	uint64_t at = s->l.headers_at + (uint64_t)x->index * sizeof(struct gl_ring), before = x->head;
	int r = view_load(&s->v, at + offsetof(struct gl_ring, head), &x->head);

	if (r == 0)
		r = view_load(&s->v, at + offsetof(struct gl_ring, drops), &x->drops);
	*changed |= x->head != before || x->head != x->at;
	return r;
}

/* A file costs a call a look: all headers at once, and again those where something is new. */
static int look_at_file(struct segment *s, bool *changed)
{
	const struct gl_ring *h = (const void *)s->owner->chunk;
	int r = view_copy(&s->v, s->owner->chunk, s->l.headers_at, s->used * sizeof(*h));

	for (uint32_t i = 0; i < s->used && r == 0; i++)
		if (h[i].head != s->rings[i].at || h[i].drops != s->rings[i].drops)
			r = look_at_ring(s, &s->rings[i], changed);
	return r;
}

/*
 * The heads first, then the sites: what a record below such a head refers to was written down before it.
 * A ring's header is read with its counters; `head` alone has to be what its writer has stored.
 */
static int look(struct segment *s, struct gl_segment *now)
{
	uint64_t site_head = s->site_at;
	int r = view_copy(&s->v, now, 0, sizeof(*now));
	bool changed = false;

	if (r == 0)
		r = open_more(s, now->rings_used);
	changed = now->slot_position != s->slots.at;
	if (r == 0 && !s->v.p)
		r = look_at_file(s, &changed);
	for (uint32_t i = 0; s->v.p && i < s->used && r == 0; i++)
		r = look_at_ring(s, &s->rings[i], &changed);
	if (r == 0 && changed)
		r = view_load(&s->v, offsetof(struct gl_segment, site_head), &site_head);
	if (r == 0 && site_head != s->site_at)
		r = read_sites(s, site_head);
	return r;
}

static uint64_t untold(struct segment *s, struct ring *r)
{
	uint64_t n = r->recorder || r->drops < r->told ? 0 : r->drops - r->told;

	if (n < DROPS_MAX)
		return n;
	seg_strike(s, r); /* nobody has called so often */
	r->told = r->drops;
	return 0;
}

static int note_told(struct segment *s, struct ring *r)
{
	if (!untold(s, r))
		return 0;
	r->told = r->drops;
	return notes_put(s, r);
}

/* All rings of a program together, about once a second; what is noted goes into the spool with it. */
static int tell_drops(struct segment *s, const struct gl_segment *now)
{
	int64_t ms = emit_ms();
	uint64_t n;
	int r;

	s->slots.drops = now->drops + now->slot_drops;
	if (ms < s->tell_at && !s->drained)
		return 0;
	s->tell_at = ms + TELL_MS;
	n = untold(s, &s->slots);
	for (uint32_t i = 0; i < s->used; i++)
		n += untold(s, &s->rings[i]);
	if (!n)
		return 0;
	r = genlog_lost(s->src, n, "a ring was full, or no ring could be had");
	if (r == 0)
		r = note_told(s, &s->slots);
	for (uint32_t i = 0; i < s->used && r == 0; i++)
		r = note_told(s, &s->rings[i]);
	return r;
}

static int fail(struct segment *s, int code)
{
	if (code == -EAGAIN || code == -ENOMEM)
		return -EAGAIN;
	if (!s->bad)
		genlog_say(s->owner->in, GENLOG_SAY_ERROR, "the segment of %.64s (pid %d, uid %u) cannot be read: %s",
			s->l.app, s->pid, s->uid, code == -EBADMSG ? "it contradicts itself" : strerror(-code));
	s->bad = true;
	return 0;
}

/* Drained is what a dead process had, once nothing more was found. */
int seg_read(struct segment *s, bool *found)
{
	struct gl_segment now;
	bool some = false, was_dead = s->dead;
	int r = s->bad ? 0 : look(s, &now);

	if (s->bad) {
		s->drained = s->dead;
		return 0;
	}
	s->crashed = r == 0 ? now.crashed : s->crashed;
	for (uint32_t i = 0; i < s->used && r == 0; i++)
		if (!s->rings[i].recorder)
			r = ring_drain(s, &s->rings[i], &some);
	if (r == 0)
		r = slots_drain(s, &now, &some);
	if (was_dead && !some && death_may_be_told(s, emit_ms()))
		was_dead = false; /* a moment later */
	if (r == 0 && (s->error_seen || (was_dead && !some)))
		r = recorder_ship(s);
	s->drained = r == 0 && was_dead && !some;
	if (r == 0)
		r = tell_drops(s, &now);
	if (r == 0 && s->drained)
		r = death_tell(s);
	*found |= some;
	if (r < 0)
		s->drained = false;
	return r < 0 ? fail(s, r) : 0;
}
