/*
 * The agent's side of input emit, with a spool in memory, and a segment that is put together by hand: sites and records
 * go in, documents come out.
 */
#ifndef PLUGINS_EMIT_HOST_H
#define PLUGINS_EMIT_HOST_H

#include <sys/mman.h>

#include "../../plugins/input_emit/emit.h"

#define HOST_NAME "emit"
#define HOST_SPOOL (256 << 20)
#define HOST_STATE struct emit emit;
#define HOST_END(h)
#include "plugin_host.h"

static void host_plugin_open(struct host *h)
{
	h->in.host.environment = "test";
	h->emit = (struct emit){.in = &h->in,
		.host = &h->in.host,
		.socket = "",
		.debug = 1,
		.debug_records = 3,
		.max_segment = 128 << 20,
		.max_segments = 4,
		.max_bytes = 1LL << 30,
		.clock = {{1ULL << 40, 1766399445000000000, 1}, {1ULL << 41, 1766399445500000000, 500000001}, 2.2},
		.listen_fd = -1,
		.inotify = -1};
	h->emit.chunk = malloc(RECORD_MAX + CHUNK + GENLOG_PAD);
	HOST_MUST(h->emit.chunk);
	HOST_MUST(notes_load(&h->emit) == 0);
}

static void host_plugin_close(struct host *h)
{
	while (h->emit.segments)
		seg_free(h->emit.segments);
	notes_free(&h->emit);
	trace_free(&h->emit);
	free(h->emit.doc.p);
	free(h->emit.chunk);
}

/* ── a segment by hand ── */

#define MADE_RINGS 3u
#define MADE_SLOTS 8u
#define MADE_SITES 16384u
#define MADE_TIME 1766399445123000000ULL /* 2025-12-22T10:30:45.123Z */

/* Behind its bytes lies a page that nobody may touch. */
struct made {
	uint8_t *p;
	size_t n;
	uint32_t sites;
};

static struct gl_segment *made_head(const struct made *m)
{
	return (void *)m->p;
}

static struct gl_ring *made_ring(const struct made *m, uint32_t i)
{
	return (struct gl_ring *)(void *)(m->p + made_head(m)->ring_headers_at) + i;
}

static __attribute__((unused)) void made_open(struct made *m)
{
	struct gl_segment h = {.version = GL_VERSION,
		.header_bytes = GL_PAGE,
		.rings = MADE_RINGS,
		.ring_bytes = GL_RING_MIN,
		.slots = MADE_SLOTS,
		.sites_bytes = MADE_SITES,
		.ring_headers_at = GL_PAGE,
		.slots_at = 2 * GL_PAGE,
		.sites_at = 4 * GL_PAGE,
		.rings_at = 8 * GL_PAGE,
		.uuid = "0123456789abcde",
		.app = "app",
		.rings_used = 1,
		.magic = GL_MAGIC};

	m->n = h.bytes = 8 * GL_PAGE + MADE_RINGS * (uint64_t)GL_RING_MIN;
	m->sites = 0;
	m->p = mmap(NULL, m->n + GL_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	HOST_MUST(m->p != MAP_FAILED && mprotect(m->p + m->n, GL_PAGE, PROT_NONE) == 0);
	memcpy(m->p, &h, sizeof(h));
	for (uint32_t i = 0; i < MADE_SLOTS; i++)
		memcpy(m->p + h.slots_at + (size_t)i * GL_SLOT_BYTES, &(uint64_t){i}, 8);
}

static __attribute__((unused)) void made_close(struct made *m)
{
	munmap(m->p, m->n + GL_PAGE);
}

/* `types`, a letter a field, as genlog_register() has them; and B for a trace, R for registers, e for elements. */
static uint8_t made_type(char c)
{
	static const char letters[] = "iudbptsBRe";
	static const uint8_t types[] = {
		GL_INT, GL_UINT, GL_DOUBLE, GL_BOOL, GL_POINTER, GL_TIME, GL_TEXT, GL_TRACE, GL_REGISTERS, GL_ELEMENTS};

	return types[strchr(letters, c) - letters];
}

static __attribute__((unused)) uint32_t made_site(struct made *m, enum genlog_severity level, const char *template,
	const char *names, const char *types, const char *collection)
{
	struct gl_site_entry e = {.id = GL_SITE_FIRST + m->sites++, .level = (uint8_t)level, .line = 12};
	const char *const texts[] = {template, names, "a.c", "work", collection};
	uint16_t *const len[] = {&e.template_len, &e.names_len, &e.file_len, &e.function_len, &e.collection_len};
	struct gl_segment *h = made_head(m);
	uint8_t *at = m->p + h->sites_at + h->site_head, *w = at + sizeof(e);

	e.n_args = (uint8_t)strlen(types);
	e.flags = *collection ? GL_SITE_DOCUMENT : 0;
	for (int i = 0; types[i]; i++)
		e.types[i] = made_type(types[i]);
	for (int i = 0; i < 5; i++) {
		*len[i] = (uint16_t)strlen(texts[i]);
		memcpy(w, texts[i], strlen(texts[i]));
		w += strlen(texts[i]);
	}
	e.len = (uint32_t)((w - at + 7) & ~7);
	memcpy(at, &e, sizeof(e));
	h->site_head += e.len;
	HOST_MUST(h->site_head <= MADE_SITES);
	return e.id;
}

/* Bytes behind the head, at the end of a ring. */
static void made_put(struct made *m, uint32_t ring, uint32_t site, const void *body, size_t n)
{
	struct gl_ring *r = made_ring(m, ring);
	uint8_t room[1024] = {0}, *base = m->p + made_head(m)->rings_at + (size_t)ring * GL_RING_MIN;
	struct gl_record h = {.len = (uint32_t)((sizeof(h) + n + 7) & ~7u), .site = site, .time = MADE_TIME};

	HOST_MUST(h.len <= sizeof(room));
	memcpy(room, &h, sizeof(h));
	if (n)
		memcpy(room + sizeof(h), body, n);
	for (uint32_t i = 0; i < h.len; i++)
		base[(r->head + i) & (GL_RING_MIN - 1)] = room[i];
	r->head += h.len;
}

static __attribute__((unused)) size_t made_elements_n; /* bytes of an argument of type e */

/* Arguments as types say: long for numbers, double, const char *. */
static __attribute__((unused)) size_t made_args(uint8_t *to, const char *types, va_list ap)
{
	size_t n = strlen(types), text = 8 * n;

	for (size_t i = 0; i < n; i++) {
		uint64_t v;

		if (types[i] == 'd') {
			double d = va_arg(ap, double);

			memcpy(&v, &d, 8);
		} else if (strchr("sBRe", types[i])) {
			const char *s = va_arg(ap, const char *);

			v = types[i] == 's' ? strlen(s) : types[i] == 'e' ? made_elements_n : 16;
			memcpy(to + text, s, v);
			text += v;
		} else {
			v = (uint64_t)va_arg(ap, long);
		}
		memcpy(to + 8 * i, &v, 8);
	}
	return text;
}

static __attribute__((unused)) void made_record(struct made *m, uint32_t ring, uint32_t site, const char *types, ...)
{
	uint8_t body[1000];
	va_list ap;
	size_t n;

	va_start(ap, types);
	n = made_args(body, types, ap);
	va_end(ap);
	made_put(m, ring, site, body, n);
}

static __attribute__((unused)) void made_push(struct made *m, uint32_t depth, const char *key, const char *value)
{
	struct gl_push h = {depth, (uint16_t)strlen(key), (uint16_t)strlen(value)};
	uint8_t body[256];

	memcpy(body, &h, sizeof(h));
	memcpy(body + sizeof(h), key, h.key_len);
	memcpy(body + sizeof(h) + h.key_len, value, h.value_len);
	made_put(m, 0, GL_META_PUSH, body, sizeof(h) + h.key_len + h.value_len);
}

/* The segment as the agent has it; NULL: it is refused.  Its bytes stay the maker's. */
static __attribute__((unused)) struct segment *host_segment(struct host *h, const struct made *m)
{
	struct segment *s = seg_new(&h->emit);
	const char *why;

	HOST_MUST(s);
	s->v.p = m->p;
	s->v.bytes = m->n;
	s->uid = 7;
	s->pid = 42;
	if (seg_check(&s->v, &s->l, 128 << 20) == 0 && seg_add(s, &why) == 0)
		return s;
	s->v.p = NULL;
	seg_free(s);
	return NULL;
}

static struct segment *segment_new_in(struct host *h, int fd)
{
	struct segment *s = seg_new(&h->emit);

	HOST_MUST(s && fd >= 0);
	s->v = (struct view){.fd = fd, .bytes = (uint64_t)lseek(fd, 0, SEEK_END)};
	s->uid = 7;
	memcpy(s->path, "/nowhere", 9);
	return s;
}

/* The same by way of a file; the descriptor is the segment's. */
static __attribute__((unused)) struct segment *host_file(struct host *h, int fd)
{
	struct segment *s = segment_new_in(h, fd);
	const char *why;

	HOST_MUST(seg_check(&s->v, &s->l, 128 << 20) == 0 && seg_add(s, &why) == 0);
	return s;
}

static __attribute__((unused)) void host_forget(struct segment *s)
{
	s->v.p = NULL;
	seg_free(s);
}

#endif
