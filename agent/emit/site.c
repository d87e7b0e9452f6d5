/*
 * Call sites, written down once.  A private copy of the table goes into every further segment of the process, and into
 * those of its children, so that a site keeps its number.
 */
#include "emit.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#define TEXT_MAX 4000

static uint8_t *copy;	 /* GL_SITES_BYTES, made at the first site */
static uint64_t written; /* bytes of it, and in the upper half how many sites: a child sees both or neither */

int gl_sites_copy(struct gl_segment *s, int fd)
{
	uint32_t n = (uint32_t)__atomic_load_n(&written, __ATOMIC_ACQUIRE);
	int r = n ? gl_reserve(fd, s->sites_at, n) : 0;

	if (r == 0 && n) {
		memcpy((uint8_t *)s + s->sites_at, copy, n);
		__atomic_store_n(&s->site_head, n, __ATOMIC_RELEASE);
	}
	return r;
}

struct texts {
	const char *p[5];
	uint16_t n[5];
};

static uint32_t measure(struct texts *t, const struct gl_site *site)
{
	const char *const all[5] = {site->message_template, site->names, site->file, site->function, site->collection};
	uint32_t n = sizeof(struct gl_site_entry);

	for (int i = 0; i < 5; i++) {
		t->p[i] = all[i] ? all[i] : "";
		t->n[i] = (uint16_t)strnlen(t->p[i], TEXT_MAX);
		n += t->n[i];
	}
	return (n + 7) & ~7U;
}

static void write_entry(uint8_t *w, const struct gl_site *site, const struct texts *t, uint32_t n, uint32_t id)
{
	struct gl_site_entry e = {.len = n,
		.id = id,
		.level = site->level,
		.n_args = site->n_args,
		.flags = site->flags,
		.line = site->line,
		.template_len = t->n[0],
		.names_len = t->n[1],
		.file_len = t->n[2],
		.function_len = t->n[3],
		.collection_len = t->n[4]};

	memcpy(e.types, site->types, sizeof(e.types));
	memset(w + n - 8, 0, 8);
	memcpy(w, &e, sizeof(e));
	w += sizeof(e);
	for (int i = 0; i < 5; i++) {
		memcpy(w, t->p[i], t->n[i]);
		w += t->n[i];
	}
}

static bool have_copy(void)
{
	if (!copy) {
		copy = mmap(NULL, GL_SITES_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			-1, 0);
		if (copy == MAP_FAILED)
			copy = NULL;
	}
	return copy != NULL;
}

/* What was loaded, unloaded and loaded again has its old number; 0: it is new.  `w`: the entry, with another number. */
static uint32_t find_same(const uint8_t *w, uint32_t n, uint32_t bytes)
{
	const size_t id_at = offsetof(struct gl_site_entry, id), behind = id_at + sizeof(uint32_t);
	struct gl_site_entry e;

	for (uint32_t at = 0; at < bytes; at += e.len) {
		memcpy(&e, copy + at, sizeof(e));
		if (e.len == n && memcmp(copy + at + behind, w + behind, n - behind) == 0)
			return e.id;
	}
	return 0;
}

static int add_to(struct gl_segment *s, int fd, uint32_t at, uint32_t n)
{
	if (fd < 0 || gl_reserve(fd, s->sites_at + at, n) < 0)
		return -ENOSPC;
	memcpy((uint8_t *)s + s->sites_at + at, copy + at, n);
	return 0;
}

/* Into each segment that is being written to. */
static int add_to_all(uint32_t at, uint32_t n)
{
	struct gl_process *p = gl_process;
	int r = add_to(p->segment, gl_segment_fd(), at, n);
	uint32_t left = p->spilling;

	for (uint32_t i = 0; r == 0 && left && i < GL_RINGS_MAX; i++)
		if (p->spilled[i].segment) {
			r = add_to(
				p->spilled[i].segment, gl_fd_is_ours(p->spilled[i].fd) ? p->spilled[i].fd : -1, at, n);
			left--;
		}
	if (r < 0)
		return r;
	left = p->spilling;
	__atomic_store_n(&p->segment->site_head, at + n, __ATOMIC_RELEASE);
	for (uint32_t i = 0; left && i < GL_RINGS_MAX; i++)
		if (p->spilled[i].segment) {
			__atomic_store_n(&p->spilled[i].segment->site_head, at + n, __ATOMIC_RELEASE);
			left--;
		}
	return 0;
}

int gl_site_register(struct gl_site *site)
{
	uint64_t now = __atomic_load_n(&written, __ATOMIC_RELAXED);
	uint32_t bytes = (uint32_t)now, sites = (uint32_t)(now >> 32), id;
	struct texts t;
	uint32_t n = measure(&t, site);

	if (site->id)
		return 0;
	if (!have_copy())
		return -ENOMEM;
	if (n > GL_SITES_BYTES - bytes) {
		__atomic_store_n(&gl_process->sites_full, true, __ATOMIC_RELAXED);
		return -ENOSPC;
	}
	write_entry(copy + bytes, site, &t, n, GL_SITE_FIRST + sites);
	id = find_same(copy + bytes, n, bytes);
	if (!id) {
		if (add_to_all(bytes, n) < 0)
			return -ENOSPC;
		id = GL_SITE_FIRST + sites;
		__atomic_store_n(&written, (uint64_t)(sites + 1) << 32 | (bytes + n), __ATOMIC_RELEASE);
	}
	__atomic_store_n(&site->id, id, __ATOMIC_RELEASE);
	return 0;
}
