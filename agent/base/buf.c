#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"

int genlog_buf_grow(struct genlog_buf *b, size_t more)
{
	size_t want = b->cap ? b->cap : 256;
	uint8_t *p;

	if (more > SIZE_MAX / 4 - b->n)
		return -ENOMEM;
	while (want < b->n + more)
		want *= 2;
	p = mem_realloc(b->p, want);
	if (!p)
		return -ENOMEM;
	b->p = p;
	b->cap = want;
	return 0;
}

int buf_append(struct genlog_buf *b, const void *p, size_t n)
{
	int r = genlog_buf_reserve(b, n);

	if (r < 0)
		return r;
	if (n)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	return 0;
}

void buf_free(struct genlog_buf *b)
{
	free(b->p);
	*b = (struct genlog_buf){0};
}

static const struct mem_hook *hook;

void mem_hook_set(const struct mem_hook *h)
{
	hook = h;
}

static bool mem_fails(void)
{
	return hook && hook->fails(hook->arg);
}

void *mem_realloc(void *p, size_t n)
{
	return mem_fails() ? NULL : realloc(p, n);
}

void *mem_calloc(size_t n, size_t size)
{
	return mem_fails() ? NULL : calloc(n, size);
}

char *mem_strdup(const char *s)
{
	return mem_copy(s, strlen(s));
}

void *mem_copy(const void *p, size_t n)
{
	char *c = mem_calloc(1, n + 1);

	if (c && n)
		memcpy(c, p, n);
	return c;
}
