#include "view.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static bool is_within(const struct view *v, uint64_t at, size_t n)
{
	return at <= v->bytes && n <= v->bytes - at;
}

static int read_file(int fd, uint8_t *to, uint64_t at, size_t n)
{
	while (n) {
		ssize_t k = pread(fd, to, n, (off_t)at);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return -EIO;
		to += k;
		at += (uint64_t)k;
		n -= (size_t)k;
	}
	return 0;
}

/* Whoever writes meanwhile changes what is copied, but not what was copied: the fences keep the compiler to that. */
int view_copy(const struct view *v, void *to, uint64_t at, size_t n)
{
	int r = 0;

	if (!is_within(v, at, n))
		return -ERANGE;
	if (v->p)
		memcpy(to, v->p + at, n);
	else
		r = read_file(v->fd, to, at, n);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return r;
}

/*
 * A file is read twice: were the bytes of two values ever mixed, the result could be too large for a moment; a second
 * value that is not below the first says that the first has been reached.
 */
static int load_file(const struct view *v, uint64_t at, uint64_t *out)
{
	uint64_t again = 0;
	int r;

	for (int i = 0; i < 8; i++) {
		r = read_file(v->fd, (uint8_t *)out, at, sizeof(*out));
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (r == 0)
			r = read_file(v->fd, (uint8_t *)&again, at, sizeof(again));
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (r < 0 || again >= *out)
			return r;
	}
	return -EIO;
}

int view_load(const struct view *v, uint64_t at, uint64_t *out)
{
	if (!is_within(v, at, sizeof(*out)) || at % sizeof(*out))
		return -ERANGE;
	if (!v->p)
		return load_file(v, at, out);
	*out = __atomic_load_n((const uint64_t *)(const void *)(v->p + at), __ATOMIC_ACQUIRE);
	return 0;
}

static void write_file(const struct view *v, uint64_t at, const void *p, size_t n)
{
	ssize_t done;

	do
		done = pwrite(v->fd, p, n, (off_t)at);
	while (done < 0 && errno == EINTR); /* otherwise the file is its owner's problem */
}

void view_store64(const struct view *v, uint64_t at, uint64_t n)
{
	if (!is_within(v, at, sizeof(n)) || at % sizeof(n))
		return;
	if (v->p)
		__atomic_store_n((uint64_t *)(void *)(v->p + at), n, __ATOMIC_RELEASE);
	else
		write_file(v, at, &n, sizeof(n));
}

void view_store32(const struct view *v, uint64_t at, uint32_t n)
{
	if (!is_within(v, at, sizeof(n)) || at % sizeof(n))
		return;
	if (v->p)
		__atomic_store_n((uint32_t *)(void *)(v->p + at), n, __ATOMIC_RELEASE);
	else
		write_file(v, at, &n, sizeof(n));
}
