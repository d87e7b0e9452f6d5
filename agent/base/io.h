/*
 * The system calls by which data becomes durable, behind one door.  Tests put a hook in it: the call then fails with
 * the errno that the hook names, or writes less than it was asked to.
 */
#ifndef BASE_IO_H
#define BASE_IO_H

#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

enum io_op { IO_OPEN, IO_WRITE, IO_READ, IO_SYNC, IO_ALLOCATE, IO_TRUNCATE, IO_UNLINK, IO_RENAME };

struct io_hook {
	int (*fails)(void *arg, enum io_op op, size_t *len); /* errno to fail with, or 0; may make `len` smaller */
	void *arg;
};

void io_hook_set(const struct io_hook *h);

/* All: ≥ 0 or -errno; interrupted calls are repeated. */
int io_open(int dir, const char *name, int flags, mode_t mode); /* O_CLOEXEC is added */
int io_write_all(int fd, struct iovec *v, int n, off_t at);	/* all of it, or -errno; `v` is used up */
ssize_t io_read(int fd, void *p, size_t n, off_t at);		/* as much as there is, up to n */
int io_sync(int fd);
int io_sync_dir(int dir);
int io_allocate(int fd, off_t size); /* blocks only, not the file's length; where it can't be had: 0 */
int io_truncate(int fd, off_t size);
int io_unlink(int dir, const char *name);
int io_rename(int dir, const char *from, const char *to);

#endif
