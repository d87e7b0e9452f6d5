#include "pipe/templates.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/io.h"
#include "base/log.h"
#include "mine/mine.h"

#define STATE_MAX (16 << 20)
#define NAME_ROOM 48

/* Of the service, the collection, and which of the service's inputs it is. */
static void name_of(const struct genlog_input *in, char *name, size_t cap)
{
	const char *service = in->service->name ? in->service->name : "";
	uint64_t h = hash_mix(hash64(service, strlen(service), 0), in->defaults.id_seed);

	snprintf(name, cap, "templates-%016" PRIx64 "-%u", h, in->ordinal);
}

static int read_all(int fd, struct genlog_buf *b)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size > STATE_MAX)
		return -EFBIG;
	if (genlog_buf_reserve(b, (size_t)st.st_size + 1) < 0)
		return -ENOMEM;
	n = io_read(fd, b->p, (size_t)st.st_size, 0);
	if (n < 0)
		return (int)n;
	b->n = (size_t)n;
	return 0;
}

void templates_load(struct genlog_input *in, const char *folder)
{
	struct genlog_buf b = {0};
	char name[NAME_ROOM];
	int dir, fd, r;

	if (!in->mine)
		return;
	name_of(in, name, sizeof(name));
	dir = io_open(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY, 0);
	fd = dir < 0 ? dir : io_open(dir, name, O_RDONLY | O_NOFOLLOW, 0);
	r = fd < 0 ? fd : read_all(fd, &b);
	if (r == 0)
		r = mine_load(in->mine, b.p, b.n);
	if (r < 0 && r != -ENOENT)
		log_warn("message templates in %s/%s cannot be used (%s); they are learned anew", folder, name,
			r == -EBADMSG ? "damaged" : strerror(-r));
	if (fd >= 0)
		close(fd);
	if (dir >= 0)
		close(dir);
	buf_free(&b);
}

static int write_file(int dir, const char *name, const struct genlog_buf *b)
{
	struct iovec v = {b->p, b->n};
	char temporary[NAME_ROOM + 4];
	int fd, r;

	snprintf(temporary, sizeof(temporary), "%s.new", name);
	fd = io_open(dir, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fd;
	r = io_write_all(fd, &v, 1, 0);
	if (r == 0)
		r = io_sync(fd);
	close(fd);
	return r < 0 ? r : io_rename(dir, temporary, name);
}

void templates_save(struct genlog_input *in, const char *folder)
{
	static struct log_limit limit;
	struct genlog_buf b = {0};
	char name[NAME_ROOM];
	int dir, r;

	if (!in->mine || !mine_changed(in->mine))
		return;
	name_of(in, name, sizeof(name));
	dir = io_open(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY, 0);
	r = dir < 0 ? dir : mine_save(in->mine, &b);
	if (r == 0)
		r = write_file(dir, name, &b);
	if (r == 0)
		mine_clean(in->mine);
	else
		log_limited(&limit, LOG_LEVEL_WARN, "message templates cannot be saved to %s (%s); tried again later",
			folder, strerror(-r));
	if (dir >= 0)
		close(dir);
	buf_free(&b);
}
