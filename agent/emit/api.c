#include "emit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SITES_MAX 4096U
#define LOOK_NS 500000

/* ── beginning ── */

int genlog_init(const struct genlog_options *o)
{
	int code = errno, r;

	if (o && o->size < sizeof(o->size))
		return -EINVAL;
	if (!gl_enter())
		return -EBUSY;
	gl_lock(true);
	r = !o ? 0 : gl_process->segment ? -EALREADY : gl_options_take(o);
	if (r == 0 && !gl_thread_state.producer->segment)
		r = gl_thread_open(NULL);
	gl_unlock();
	gl_leave();
	if (r == 0 && o && gl_options.crash_handler)
		r = genlog_crash_handler();
	errno = code;
	return r;
}

void genlog_set_level(enum genlog_severity level)
{
	__atomic_store_n(&gl_common.level, (int)level, __ATOMIC_RELAXED);
	gl_set_threshold();
}

enum genlog_severity genlog_get_level(void)
{
	return (enum genlog_severity)__atomic_load_n(&gl_common.level, __ATOMIC_RELAXED);
}

/* ── waiting ── */

static uint64_t heads_note(struct gl_segment *s, uint64_t heads[GL_RINGS_MAX])
{
	uint32_t n = __atomic_load_n(&s->rings_used, __ATOMIC_ACQUIRE);

	for (uint32_t i = 0; i < n; i++)
		heads[i] = __atomic_load_n(&gl_ring_at(s, i)->head, __ATOMIC_ACQUIRE);
	return n;
}

static bool taken(struct gl_segment *s, const uint64_t *heads, uint64_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (gl_ring_at(s, i)->kind == GL_RING_PLAIN &&
			__atomic_load_n(&gl_ring_at(s, i)->tail, __ATOMIC_ACQUIRE) < heads[i])
			return false;
	return true;
}

static bool is_linked(void)
{
	struct gl_segment *s = __atomic_load_n(&gl_process->segment, __ATOMIC_ACQUIRE);

	return __atomic_load_n(&gl_process->linked, __ATOMIC_RELAXED) ||
	       (s && __atomic_load_n(&s->epoch, __ATOMIC_RELAXED));
}

int genlog_flush(unsigned timeout_ms)
{
	struct gl_segment *s = __atomic_load_n(&gl_process->segment, __ATOMIC_ACQUIRE);
	uint64_t heads[GL_RINGS_MAX], n, end = gl_coarse_ns() + timeout_ms * 1000000ULL;
	const struct timespec look = {.tv_nsec = LOOK_NS};
	int code = errno;

	if (!s)
		return 0;
	n = heads_note(s, heads);
	gl_ring_bell(s);
	while (!taken(s, heads, n)) {
		if (gl_coarse_ns() >= end)
			return is_linked() || *gl_process->path ? -ETIMEDOUT : -ENOTCONN;
		nanosleep(&look, NULL);
		errno = code;
	}
	return 0;
}

/* ── figures ── */

static void add_segment(struct genlog_stats *st, struct gl_segment *s)
{
	st->rings = __atomic_load_n(&s->rings_used, __ATOMIC_ACQUIRE);
	for (uint32_t i = 0; i < st->rings; i++)
		st->dropped += __atomic_load_n(&gl_ring_at(s, i)->drops, __ATOMIC_RELAXED);
	st->dropped += __atomic_load_n(&s->drops, __ATOMIC_RELAXED) + __atomic_load_n(&s->slot_drops, __ATOMIC_RELAXED);
	st->connected = is_linked();
	st->in_file = gl_process->path[0];
	st->refused = __atomic_load_n(&gl_process->refused, __ATOMIC_RELAXED);
}

void genlog_get_stats(struct genlog_stats *out)
{
	struct gl_segment *s = __atomic_load_n(&gl_process->segment, __ATOMIC_ACQUIRE);
	const struct gl_counts *c = &gl_process->counts;
	struct genlog_stats st = {.size = out->size,
		.dropped = __atomic_load_n(&c->dropped, __ATOMIC_RELAXED),
		.nested = __atomic_load_n(&c->nested, __ATOMIC_RELAXED),
		.truncated = __atomic_load_n(&c->truncated, __ATOMIC_RELAXED),
		.blocked_ns = __atomic_load_n(&c->blocked_ns, __ATOMIC_RELAXED),
		.spilled_bytes = __atomic_load_n(&c->spilled, __ATOMIC_RELAXED)};

	if (s)
		add_segment(&st, s);
	memcpy(out, &st, out->size < sizeof(st) ? out->size : sizeof(st));
}

/* ── bindings ── */

static struct gl_site *registered[SITES_MAX];
static uint32_t n_registered;

static int type_of(char c)
{
	static const struct {
		char letter;
		uint8_t type;
	} rows[] = {{'i', GL_INT}, {'u', GL_UINT}, {'d', GL_DOUBLE}, {'b', GL_BOOL}, {'p', GL_POINTER}, {'t', GL_TIME},
		{'s', GL_TEXT}, {'e', GL_ELEMENTS}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].letter == c)
			return rows[i].type;
	return -EINVAL;
}

static int set_types(struct gl_site *s, const char *types)
{
	size_t n = strlen(types);

	if (n > GL_ARGS_MAX)
		return -E2BIG;
	for (size_t i = 0; i < n; i++) {
		int t = type_of(types[i]);

		if (t < 0)
			return t;
		s->types[i] = (uint8_t)t;
	}
	s->n_args = (uint8_t)n;
	return 0;
}

/* One block: the site, then its texts. */
static struct gl_site *site_new(const char *const texts[5])
{
	size_t n = sizeof(struct gl_site), len[5];
	const char **to[5];
	struct gl_site *s;
	char *w;

	for (int i = 0; i < 5; i++) {
		len[i] = texts[i] ? strlen(texts[i]) : 0;
		n += len[i] + 1;
	}
	s = calloc(1, n);
	if (!s)
		return NULL;
	w = (char *)(s + 1);
	to[0] = &s->message_template;
	to[1] = &s->names;
	to[2] = &s->file;
	to[3] = &s->function;
	to[4] = &s->collection;
	for (int i = 0; i < 5; i++) {
		if (len[i])
			memcpy(w, texts[i], len[i]);
		*to[i] = w;
		w += len[i] + 1;
	}
	return s;
}

int32_t genlog_register(enum genlog_severity level, const char *message_template, const char *names, const char *types,
	const char *collection, const char *file, int line, const char *function)
{
	const char *const texts[5] = {message_template, names, file, function, collection};
	bool good = level > 0 && level < GENLOG_SEV_OFF;
	struct gl_site *s = good ? site_new(texts) : NULL;
	int r = s ? set_types(s, types ? types : "") : good ? -ENOMEM : -EINVAL;
	uint32_t at = SITES_MAX;

	if (r == 0) {
		s->level = (uint8_t)level;
		s->line = (uint32_t)line;
		s->flags = collection && *collection ? GL_SITE_DOCUMENT : 0;
		at = __atomic_fetch_add(&n_registered, 1, __ATOMIC_RELAXED);
	}
	if (at >= SITES_MAX) {
		free(s);
		return r < 0 ? r : -ENOSPC;
	}
	__atomic_store_n(&registered[at], s, __ATOMIC_RELEASE);
	return (int32_t)at + 1;
}

static struct gl_arg arg_of(uint8_t type, const union genlog_arg *a)
{
	if (type == GL_TEXT || type == GL_ELEMENTS)
		return a->s.p ? gl_arg_text(genlog_text(a->s.p, a->s.n)) : gl_arg_s(NULL);
	if (type == GL_BOOL)
		return gl_arg_u(a->u != 0);
	return gl_arg_u(a->u);
}

/* Of this thread; of those without a ring, together. */
static uint64_t lost(void)
{
	struct gl_segment *s = __atomic_load_n(&gl_process->segment, __ATOMIC_ACQUIRE);
	const struct gl_producer *p = gl_thread_state.producer;
	uint64_t n = p->gap + __atomic_load_n(&gl_process->counts.dropped, __ATOMIC_RELAXED);

	if (s)
		n += __atomic_load_n(&s->drops, __ATOMIC_RELAXED) + __atomic_load_n(&s->slot_drops, __ATOMIC_RELAXED);
	return n;
}

bool genlog_emit(int32_t site, const union genlog_arg *args)
{
	uint32_t at = (uint32_t)site - 1;
	struct gl_site *s = site > 0 && at < SITES_MAX ? __atomic_load_n(&registered[at], __ATOMIC_ACQUIRE) : NULL;
	struct gl_arg a[GL_ARGS_MAX + 1];
	uint64_t before;

	if (!s || s->level < __atomic_load_n(&gl_common.threshold, __ATOMIC_RELAXED))
		return false;
	for (uint32_t i = 0; i < s->n_args; i++)
		a[i] = arg_of(s->types[i], &args[i]);
	before = lost();
	gl_emit_site(s, a);
	return lost() <= before;
}
