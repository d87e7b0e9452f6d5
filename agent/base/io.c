#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"

static const struct io_hook *hook;

void io_hook_set(const struct io_hook *h)
{
	hook = h;
}

static int refused(enum io_op op, size_t *len)
{
	size_t none = 0;

	return hook ? hook->fails(hook->arg, op, len ? len : &none) : 0;
}

int io_open(int dir, const char *name, int flags, mode_t mode)
{
	int e = refused(IO_OPEN, NULL), fd;

	if (e)
		return -e;
	do
		fd = openat(dir, name, flags | O_CLOEXEC, mode);
	while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

static void advance(struct iovec **v, int *n, size_t done)
{
	while (*n && done >= (*v)->iov_len) {
		done -= (*v)->iov_len;
		(*v)++;
		(*n)--;
	}
	if (*n) {
		(*v)->iov_base = (char *)(*v)->iov_base + done;
		(*v)->iov_len -= done;
	}
}

static size_t total(const struct iovec *v, int n)
{
	size_t sum = 0;

	for (int i = 0; i < n; i++)
		sum += v[i].iov_len;
	return sum;
}

/* A hook may shorten the write: then only its beginning is written, and the failure comes behind it. */
static ssize_t write_some(int fd, struct iovec *v, int n, off_t at)
{
	size_t len = total(v, n), all = len;
	int e = refused(IO_WRITE, &len);
	ssize_t k;

	if (e && len == all)
		return -e;
	if (len < all) {
		k = pwrite(fd, v->iov_base, len < v->iov_len ? len : v->iov_len, at);
		return e || k < 0 ? -(e ? e : errno) : k;
	}
	k = pwritev(fd, v, n < IOV_MAX ? n : IOV_MAX, at);
	return k < 0 ? -errno : k;
}

int io_write_all(int fd, struct iovec *v, int n, off_t at)
{
	advance(&v, &n, 0);
	while (n) {
		ssize_t k = write_some(fd, v, n, at);

		if (k == -EINTR)
			continue;
		if (k <= 0)
			return k < 0 ? (int)k : -ENOSPC;
		at += k;
		advance(&v, &n, (size_t)k);
	}
	return 0;
}

ssize_t io_read(int fd, void *p, size_t n, off_t at)
{
	size_t got = 0;
	int e = refused(IO_READ, &n);

	if (e)
		return -e;
	while (got < n) {
		ssize_t k = pread(fd, (char *)p + got, n - got, at + (off_t)got);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -errno;
		if (k == 0)
			break;
		got += (size_t)k;
	}
	return (ssize_t)got;
}

int io_sync(int fd)
{
	int e = refused(IO_SYNC, NULL);

	if (e)
		return -e;
	return fdatasync(fd) < 0 ? -errno : 0;
}

int io_sync_dir(int dir)
{
	int e = refused(IO_SYNC, NULL);

	if (e)
		return -e;
	return fsync(dir) < 0 && errno != EINVAL ? -errno : 0;
}

int io_allocate(int fd, off_t size)
{
	int e = refused(IO_ALLOCATE, NULL);

	if (e)
		return -e;
	if (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, size) == 0 || errno == EOPNOTSUPP || errno == ENOSYS)
		return 0;
	return -errno;
}

int io_truncate(int fd, off_t size)
{
	int e = refused(IO_TRUNCATE, NULL);

	if (e)
		return -e;
	return ftruncate(fd, size) < 0 ? -errno : 0;
}

int io_unlink(int dir, const char *name)
{
	int e = refused(IO_UNLINK, NULL);

	if (e)
		return -e;
	return unlinkat(dir, name, 0) < 0 ? -errno : 0;
}

int io_rename(int dir, const char *from, const char *to)
{
	int e = refused(IO_RENAME, NULL);

	if (e)
		return -e;
	return renameat(dir, from, dir, to) < 0 ? -errno : 0;
}
