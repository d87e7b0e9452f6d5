/*
 * Call sites, written down once.  A private copy of the table goes into every further segment of the process, and into
 * those of its children, so that a site keeps its number.
 */
#include "emit.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#define TEXT_MAX 4000

static uint8_t *copy; /* GL_SITES_BYTES, made at the first site */
static uint32_t copy_bytes, copy_sites;

void gl_sites_copy(struct gl_segment *s, int fd)
{
	uint32_t n = __atomic_load_n(&copy_bytes, __ATOMIC_ACQUIRE);

	if (n && gl_reserve(fd, s->sites_at, n) == 0) {
		memcpy((uint8_t *)s + s->sites_at, copy, n);
		__atomic_store_n(&s->site_head, n, __ATOMIC_RELEASE);
	}
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

int gl_site_register(struct gl_site *site)
{
	struct gl_segment *s = gl_process->segment;
	struct texts t;
	uint32_t n = measure(&t, site), id = GL_SITE_FIRST + copy_sites;

	if (site->id)
		return 0;
	if (!have_copy())
		return -ENOMEM;
	if (copy_bytes + n > GL_SITES_BYTES || gl_reserve(gl_process->fd, s->sites_at + copy_bytes, n) < 0)
		return -ENOSPC;
	write_entry(copy + copy_bytes, site, &t, n, id);
	memcpy((uint8_t *)s + s->sites_at + copy_bytes, copy + copy_bytes, n);
	copy_sites++;
	__atomic_store_n(&copy_bytes, copy_bytes + n, __ATOMIC_RELEASE);
	__atomic_store_n(&s->site_head, copy_bytes, __ATOMIC_RELEASE);
	__atomic_store_n(&site->id, id, __ATOMIC_RELEASE);
	return 0;
}
