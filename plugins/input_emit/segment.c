/* A segment: its first page is checked, it is opened, and it ends. */
#include "emit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define SLOTS_MAX 1024u
#define SITES_BYTES_MAX (1u << 20)

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
	       area(l, l->rings_at, (uint64_t)l->rings * l->ring_bytes) && l->clock <= GL_CLOCK_COARSE &&
	       (l->clock != GL_CLOCK_TSC || CLOCK_HAS_TICKS);
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
	s->app_n = genlog_utf8_repair(s->app, s->l.app, strlen(s->l.app));
	d.generation = genlog_hash(s->l.uuid, UUID, s->uid);
	d.salt = genlog_hash(&now, sizeof(now), d.generation);
	src = genlog_source_open(s->owner->in, &d);
	if (src && s->pid)
		genlog_source_pid(src, s->pid);
	return src;
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
	return code == 0 ? notes_find(s, &s->slots) : code;
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

void seg_store_tails(struct segment *s)
{
	for (uint32_t i = 0; i < s->used; i++) {
		struct ring *r = &s->rings[i];

		if (r->recorder || r->tail == r->at)
			continue;
		r->tail = r->at;
		view_store64(&s->v,
			s->l.headers_at + (uint64_t)i * sizeof(struct gl_ring) + offsetof(struct gl_ring, tail), r->at);
	}
	slots_release(s);
	s->dirty = false;
}

/* ── time ── */

bool seg_is_readable(const struct segment *s)
{
	return s->l.clock != GL_CLOCK_TSC || clock_is_ready(&s->owner->clock);
}

/* Once for each kind. */
static void tell_doubt(struct segment *s, enum clock_sure sure)
{
	const char *what = "have no time of this machine's time stamp counter: they have the time of reading";

	if (sure == CLOCK_DOUBTED)
		what = "were written before this agent began, and the time of day was set since, or the time stamp "
		       "counter stood still: they have times by the counter";
	s->sure = sure;
	genlog_say(
		s->owner->in, GENLOG_SAY_WARN, "records of %.64s (pid %d, uid %u) %s", s->l.app, s->pid, s->uid, what);
}

int64_t seg_time_ms(struct segment *s, uint64_t time)
{
	enum clock_sure sure;
	int64_t ms;

	if (s->l.clock != GL_CLOCK_TSC)
		return (int64_t)(time / 1000000);
	sure = clock_ms(&s->owner->clock, &s->anchor, time, &ms);
	if (sure > s->sure)
		tell_doubt(s, sure);
	return ms;
}
