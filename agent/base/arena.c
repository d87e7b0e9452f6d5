#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK ((size_t)16 * 1024)
#define ALIGN _Alignof(max_align_t)
#define MOST ((size_t)1 << 36) /* far beyond any need: a size above it is a sum that went wrong */

struct arena_chunk {
	struct arena_chunk *prev;
	size_t used, size;
	_Alignas(max_align_t) unsigned char bytes[];
};

static struct arena_chunk *chunk_new(struct arena *a, size_t need)
{
	size_t size = need > CHUNK ? need : CHUNK;
	struct arena_chunk *c = need <= MOST ? calloc(1, sizeof(*c) + size) : NULL;

	if (!c)
		return NULL;
	c->size = size;
	c->prev = a->last;
	a->last = c;
	return c;
}

static void *latch(struct arena *a)
{
	a->short_of = true;
	return NULL;
}

void *arena_alloc(struct arena *a, size_t size)
{
	size_t need = size > MOST ? MOST + ALIGN : (size + ALIGN - 1) / ALIGN * ALIGN;
	struct arena_chunk *c = a->last;
	void *p;

	if (++a->asked == a->fail_at)
		return latch(a);
	if (!c || c->size - c->used < need)
		c = chunk_new(a, need);
	if (!c)
		return latch(a);
	p = c->bytes + c->used;
	c->used += need;
	return p;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	return size && n > SIZE_MAX / size ? latch(a) : arena_alloc(a, n * size);
}

char *arena_copy(struct arena *a, const char *p, size_t n)
{
	char *s = arena_alloc(a, n + 1);

	if (s && n)
		memcpy(s, p, n);
	return s;
}

char *arena_str(struct arena *a, const char *s)
{
	return arena_copy(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	s = n < 0 ? NULL : arena_alloc(a, (size_t)n + 1);
	if (!s)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}

void arena_free(struct arena *a)
{
	while (a->last) {
		struct arena_chunk *prev = a->last->prev;

		free(a->last);
		a->last = prev;
	}
	*a = (struct arena){.fail_at = a->fail_at};
}
