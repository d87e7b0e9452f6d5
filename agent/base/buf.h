/*
 * Memory of the agent: growing buffers (genlog/record.h says what they are), and the one door to the heap.
 *
 * Tests shut that door: a hook that answers true makes the allocation fail, so that every failure path is driven.
 * Set before threads start; NULL again after.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <genlog/record.h>

struct mem_hook {
	bool (*fails)(void *arg);
	void *arg;
};

void mem_hook_set(const struct mem_hook *h);
void *mem_realloc(void *p, size_t n);
void *mem_calloc(size_t n, size_t size); /* zeroed */
void *mem_copy(const void *p, size_t n); /* with a NUL behind it */
char *mem_strdup(const char *s);

int buf_append(struct genlog_buf *b, const void *p, size_t n); /* 0 or -ENOMEM */
void buf_free(struct genlog_buf *b);

#endif
