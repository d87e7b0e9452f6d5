/* A segment: its first page is checked, its rings are read in turn, and it ends with its process. */
#include "emit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define SLOTS_MAX 1024u
#define SITES_BYTES_MAX (1u << 20)
#define TELL_MS 1000
#define DROPS_MAX (1ULL << 40)
#define SITES_AT_A_TIME (64u << 10)

/* ── checks ── */

static bool area(const struct layout *l, uint64_t at, uint64_t n)
{
	return at >= sizeof(struct gl_segment) && at % 8 == 0 && at <= l->bytes && n <= l->bytes - at;
}

static bool is_sane(const struct layout *l)
{
	if (!l->rings || l->rings > GL_RINGS_MAX || l->slots > SLOTS_MAX || l->sites_bytes > SITES_BYTES_MAX)
		return false;
	if (l->ring_bytes < GL_RING_MIN || l->ring_bytes > GL_RING_MAX || l->ring_bytes & (l->ring_bytes - 1))
		return false;
	return area(l, l->headers_at, (uint64_t)l->rings * sizeof(struct gl_ring)) &&
	       area(l, l->slots_at, (uint64_t)l->slots * GL_SLOT_BYTES) && area(l, l->sites_at, l->sites_bytes) &&
	       area(l, l->rings_at, (uint64_t)l->rings * l->ring_bytes) && l->clock <= GL_CLOCK_COARSE;
}

/* 0; -EAGAIN: it is not written yet; -EPROTONOSUPPORT: another version; -EBADMSG. */
int seg_check(const struct view *v, struct layout *l, uint64_t most)
{
	struct gl_segment h;
	int r = view_copy(v, &h, 0, sizeof(h));

	if (r < 0)
		return r;
	if (h.magic != GL_MAGIC)
		return -EBADMSG;
	if (h.version != GL_VERSION)
		return -EPROTONOSUPPORT;
	*l = (struct layout){.bytes = v->bytes,
		.headers_at = h.ring_headers_at,
		.slots_at = h.slots_at,
		.sites_at = h.sites_at,
		.rings_at = h.rings_at,
		.rings = h.rings,
		.ring_bytes = h.ring_bytes,
		.slots = h.slots,
		.sites_bytes = h.sites_bytes,
		.clock = h.clock,
		.anchor = h.anchor};
	memcpy(l->uuid, h.uuid, UUID);
	memcpy(l->app, h.app, sizeof(h.app));
	return h.bytes == v->bytes && v->bytes <= most && is_sane(l) ? 0 : -EBADMSG;
}

/* ── begin and end ── */

struct segment *seg_new(struct emit *e)
{
	struct segment *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->owner = e;
	s->v.fd = s->pidfd = -1;
	s->slots.index = SLOTS_RING;
	return s;
}

struct segment *seg_find(struct emit *e, uint32_t uid, const uint8_t uuid[UUID])
{
	for (struct segment *s = e->segments; s; s = s->next)
		if (s->uid == uid && memcmp(s->l.uuid, uuid, UUID) == 0)
			return s;
	return NULL;
}

static bool has_room(const struct segment *s)
{
	const struct emit *e = s->owner;
	int64_t n = 1, bytes = (int64_t)s->v.bytes;

	for (const struct segment *x = e->segments; x; x = x->next)
		if (x->uid == s->uid) {
			n++;
			bytes += (int64_t)x->v.bytes;
		}
	return n <= e->max_segments && bytes <= e->max_bytes;
}

static struct genlog_source *open_source(struct segment *s)
{
	char uid[16];
	const char *const more[] = {"uid", uid, NULL};
	struct genlog_source_desc d = {.type = "emit", .label = "app", .value = s->app, .more = more};
	struct genlog_source *src;
	uint64_t now = (uint64_t)emit_ms();

	snprintf(uid, sizeof(uid), "%u", s->uid);
	s->app_n = text_repair(s->app, s->l.app, strlen(s->l.app));
	d.generation = genlog_hash(s->l.uuid, UUID, s->uid);
	d.salt = genlog_hash(&now, sizeof(now), d.generation);
	src = genlog_source_open(s->owner->in, &d);
	if (src && s->pid)
		genlog_source_pid(src, s->pid);
	return src;
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
	notes_find(s, r);
	if (r->at > h.head)
		r->at = h.head;
	return code;
}

static int open_slots(struct segment *s)
{
	struct gl_segment h;
	int code = view_copy(&s->v, &h, 0, sizeof(h));

	if (code < 0)
		return code;
	code = meta_thread(s, &s->slots, 0, (const char[16]){0});
	if (code == 0)
		code = slots_begin(s, h.slot_position);
	notes_find(s, &s->slots);
	return code;
}

static int open_rings(struct segment *s)
{
	s->rings = calloc(s->l.rings, sizeof(*s->rings));
	if (!s->rings)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->l.rings; i++)
		s->rings[i].index = i;
	return open_slots(s);
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

int seg_add(struct segment *s, const char **why)
{
	struct emit *e = s->owner;
	int r;

	*why = "its user has too many of them, or too large ones";
	if (!has_room(s))
		return -EDQUOT;
	*why = "no memory";
	s->anchor = s->l.anchor;
	s->src = open_source(s);
	r = s->src ? open_rings(s) : -ENOMEM;
	if (r < 0)
		return r;
	s->wait = 1;
	s->look_at = emit_ms();
	s->next = e->segments;
	e->segments = s;
	if (e->asleep)
		wake_disarm(e); /* nobody has asked this one to ring */
	genlog_count(e->in, GENLOG_COUNT_CONNECTIONS, 1);
	seg_say_level(s);
	poll_soon(e);
	return 0;
}

void seg_free(struct segment *s)
{
	struct segment **at = &s->owner->segments;

	while (*at && *at != s)
		at = &(*at)->next;
	if (*at)
		*at = s->next;
	if (s->peer)
		s->peer->segment = NULL;
	wake_forget(s);
	genlog_unwatch(s->death);
	genlog_source_close(s->src);
	for (uint32_t i = 0; i < s->n_sites; i++)
		site_free(s->sites[i]);
	for (uint32_t i = 0; s->rings && i < s->l.rings; i++)
		meta_free(&s->rings[i]);
	meta_free(&s->slots);
	if (s->v.p)
		munmap(s->v.p, s->v.bytes);
	if (s->v.fd >= 0)
		close(s->v.fd);
	if (s->pidfd >= 0)
		close(s->pidfd);
	free(s->sites);
	free(s->rings);
	free(s->modules);
	free(s);
}

void seg_end(struct segment *s)
{
	if (*s->path)
		files_remove(s);
	if (s->kept)
		kept_remove(s);
	notes_forget(s);
	s->owner->pending = true;
	if (s->peer)
		peer_close(s->peer);
	seg_free(s);
}

void seg_say_level(struct segment *s)
{
	const struct emit *e = s->owner;

	view_store32(&s->v, offsetof(struct gl_segment, level), emit_severity(e->level));
	view_store32(&s->v, offsetof(struct gl_segment, recorder), e->debug ? GENLOG_SEV_DEBUG : 0);
}

/* ── reading ── */

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
	genlog_say(s->owner->in, GENLOG_SAY_ERROR, "%.64s (pid %d, uid %u) is not read any more: %u times its rings held "
						   "what no record is", s->l.app, s->pid, s->uid, s->strikes);
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

void seg_store_tails(struct segment *s)
{
	for (uint32_t i = 0; i < s->used; i++) {
		struct ring *r = &s->rings[i];

		if (r->recorder || r->tail == r->at)
			continue;
		r->tail = r->at;
		view_store64(&s->v, s->l.headers_at + (uint64_t)i * sizeof(struct gl_ring) +
				    offsetof(struct gl_ring, tail), r->at);
	}
	slots_release(s);
	s->dirty = false;
}

/* ── time ── */

static int64_t by_ticks(const struct segment *s, uint64_t ticks)
{
	const struct gl_anchor *own = &s->owner->clock, *a = &s->anchor;
	double rate = own->ticks_per_second;
	int64_t since;

	if (own->ticks && rate > 1e6) /* the agent's own pair is newer */
		a = own;
	else
		rate = a->ticks_per_second;
	if (!(rate > 1e6 && rate < 1e12))
		return emit_wall_ms();
	since = (int64_t)(ticks - a->ticks);
	return (int64_t)(a->real_ns / 1000000) + (int64_t)((double)since / rate * 1e3);
}

int64_t seg_time_ms(const struct segment *s, uint64_t time)
{
	return s->l.clock == GL_CLOCK_TSC ? by_ticks(s, time) : (int64_t)(time / 1000000);
}
