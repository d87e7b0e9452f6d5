/*
 * Memory that is refused once: of the allocations that code of one object makes, the n-th.  For one test program each,
 * as the C library's functions are replaced in it.
 *
 *	for (unsigned n = 1; scarce_runs(n, "input_x.so"); n++)
 *		...; scarce_pause(); what must hold
 *
 * "_test" stands for the program itself, and what is linked to it.
 */
#ifndef LIB_SCARCE_H
#define LIB_SCARCE_H

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SCARCE_REAL(name) __interceptor_##name
#else
#define SCARCE_REAL(name) __libc_##name
#endif

void *SCARCE_REAL(malloc)(size_t n);
void *SCARCE_REAL(calloc)(size_t n, size_t size);
void *SCARCE_REAL(realloc)(void *p, size_t n);

static struct {
	const char *whose; /* NULL: nothing is refused */
	unsigned left;
	bool refused;
} scarce = {NULL, 0, true};

/* Called before a sanitizer has begun. */
#define SCARCE_RAW __attribute__((no_sanitize("address", "undefined", "thread")))

SCARCE_RAW static bool scarce_refuses(const void *caller)
{
	Dl_info d;

	if (!scarce.whose || !scarce.left || !dladdr(caller, &d) || !strstr(d.dli_fname, scarce.whose))
		return false;
	if (--scarce.left)
		return false;
	scarce.refused = true;
	errno = ENOMEM;
	return true;
}

#define SCARCE_PUBLIC SCARCE_RAW __attribute__((visibility("default"), noinline))

SCARCE_PUBLIC void *malloc(size_t n)
{
	return scarce_refuses(__builtin_return_address(0)) ? NULL : SCARCE_REAL(malloc)(n);
}

SCARCE_PUBLIC void *calloc(size_t n, size_t size)
{
	return scarce_refuses(__builtin_return_address(0)) ? NULL : SCARCE_REAL(calloc)(n, size);
}

SCARCE_PUBLIC void *realloc(void *p, size_t n)
{
	return scarce_refuses(__builtin_return_address(0)) ? NULL : SCARCE_REAL(realloc)(p, n);
}

SCARCE_PUBLIC char *strdup(const char *text)
{
	size_t n = strlen(text) + 1;
	char *p = scarce_refuses(__builtin_return_address(0)) ? NULL : SCARCE_REAL(malloc)(n);

	return p ? memcpy(p, text, n) : NULL;
}

/* Begins the n-th run; false: in the one before there was no n-th allocation. */
static inline bool scarce_runs(unsigned n, const char *whose)
{
	if (n > 1 && !scarce.refused)
		return false;
	scarce.whose = whose;
	scarce.left = n;
	scarce.refused = false;
	return true;
}

static inline void scarce_pause(void)
{
	scarce.whose = NULL;
}

static inline void scarce_go_on(const char *whose)
{
	scarce.whose = whose;
}

#endif
