/*
 * The library's descriptors.  A program that makes itself a daemon closes all there are, and its own files get their
 * numbers: whatever is done with a descriptor here, it is looked at first.  A forked child gives its copies back: the
 * agent sees by them that the parent has ended.
 */
#include "emit.h"

#include <sys/stat.h>
#include <unistd.h>

#define FDS (GL_RINGS_MAX + 8)

static struct {
	bool used;
	int fd;
	dev_t dev;
	ino_t ino;
} fds[FDS];

static size_t find(int fd)
{
	size_t i = 0;

	while (i < FDS && !(__atomic_load_n(&fds[i].used, __ATOMIC_ACQUIRE) && fds[i].fd == fd))
		i++;
	return i;
}

void gl_fd_keep(int fd)
{
	struct stat st;
	size_t i = 0;

	while (i < FDS && __atomic_load_n(&fds[i].used, __ATOMIC_ACQUIRE))
		i++;
	if (fd < 0 || i == FDS || fstat(fd, &st) < 0)
		return;
	fds[i].fd = fd;
	fds[i].dev = st.st_dev;
	fds[i].ino = st.st_ino;
	__atomic_store_n(&fds[i].used, true, __ATOMIC_RELEASE);
}

bool gl_fd_same(int fd, int other)
{
	size_t i = find(fd);
	struct stat st;

	return i < FDS && fstat(other, &st) == 0 && st.st_dev == fds[i].dev && st.st_ino == fds[i].ino;
}

bool gl_fd_is_ours(int fd)
{
	return gl_fd_same(fd, fd);
}

void gl_fd_close(int fd)
{
	bool ours = gl_fd_is_ours(fd);
	size_t i = find(fd);

	if (i < FDS)
		__atomic_store_n(&fds[i].used, false, __ATOMIC_RELEASE);
	if (ours)
		close(fd);
}

void gl_fds_leave(void)
{
	for (size_t i = 0; i < FDS; i++)
		if (__atomic_load_n(&fds[i].used, __ATOMIC_ACQUIRE))
			gl_fd_close(fds[i].fd);
}
