#include "ship/dead.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <genlog/bson.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/io.h"

#define FILE_MAX (64LL << 20)
#define REASON_MAX 512

void dead_name(char out[DEAD_NAME], unsigned number)
{
	snprintf(out, DEAD_NAME, "%06u.bson", number);
}

bool dead_number(const char *name, unsigned *number)
{
	char again[DEAD_NAME];

	*number = (unsigned)strtoul(name, NULL, 10);
	dead_name(again, *number);
	return strcmp(name, again) == 0;
}

static int open_file(struct dead *d)
{
	char name[DEAD_NAME];
	struct stat st;

	dead_name(name, d->number);
	d->fd = io_open(d->dir, name, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
	if (d->fd < 0)
		return d->fd;
	if (fstat(d->fd, &st) < 0)
		return -errno;
	d->size = st.st_size;
	return 0;
}

/* Goes on in the last file there is; a torn last document is cut off by the next one being written over it. */
static int64_t whole_end(int fd, int64_t size)
{
	int64_t at = 0;
	int32_t n;

	while (at + 5 <= size && io_read(fd, &n, sizeof(n), at) == sizeof(n) && n >= 5 && at + n <= size)
		at += n;
	return at;
}

/* Files before it may be gone: their letters were delivered after all. */
int dead_newest(int dir, unsigned *number)
{
	int fd = io_open(dir, ".", O_RDONLY | O_DIRECTORY, 0);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	unsigned n;

	if (!d) {
		int r = fd < 0 ? fd : -errno;

		if (fd >= 0)
			close(fd);
		return r;
	}
	*number = 0;
	while ((e = readdir(d)))
		if (dead_number(e->d_name, &n) && n > *number)
			*number = n;
	closedir(d);
	return 0;
}

int dead_open(struct dead *d, const char *spool_path, struct genlog_err *err)
{
	char path[4096];
	int r;

	pthread_mutex_init(&d->lock, NULL);
	d->ready = true;
	d->fd = -1;
	snprintf(path, sizeof(path), "%s/dead-letter", spool_path);
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return genlog_fail(err, errno, "%s cannot be made", path);
	d->dir = io_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
	if (d->dir < 0)
		return genlog_fail(err, -d->dir, "%s cannot be opened", path);
	r = dead_newest(d->dir, &d->number);
	if (r == 0)
		r = open_file(d);
	if (r < 0)
		return genlog_fail(err, -r, "%s cannot be written", path);
	d->size = whole_end(d->fd, d->size);
	return 0;
}

void dead_close(struct dead *d)
{
	if (!d->ready)
		return;
	if (d->fd >= 0)
		close(d->fd);
	if (d->dir >= 0)
		close(d->dir);
	buf_free(&d->buf);
	pthread_mutex_destroy(&d->lock);
	*d = (struct dead){0};
}

static int letter(struct genlog_buf *b, const char *collection, const struct genlog_doc *doc)
{
	const char *reason = doc->reason ? doc->reason : "";
	size_t n = strlen(collection), m = strnlen(reason, REASON_MAX);
	uint8_t *start, *w;

	if (genlog_buf_reserve(b, n + m + doc->len + 256) < 0)
		return -ENOMEM;
	start = b->p + b->n;
	w = genlog_bson_begin(start);
	w = genlog_bson_i64(genlog_bson_key(w, GENLOG_BSON_DATE, "rejected_at", 11), clock_wall_ms());
	w = genlog_bson_text(genlog_bson_key(w, GENLOG_BSON_STR, "collection", 10), collection, n);
	w = genlog_bson_i32(genlog_bson_key(w, GENLOG_BSON_INT32, "code", 4), doc->code);
	w = genlog_bson_text(genlog_bson_key(w, GENLOG_BSON_STR, "reason", 6), reason, m);
	w = genlog_bson_bytes(genlog_bson_key(w, GENLOG_BSON_DOC, "document", 8), doc->bson, doc->len);
	b->n = (size_t)(genlog_bson_end(start, w) - b->p);
	return 0;
}

static int next_file(struct dead *d)
{
	if (d->size < FILE_MAX)
		return 0;
	close(d->fd);
	d->number++;
	return open_file(d);
}

static int put(struct dead *d, const char *collection, const struct genlog_doc *docs, size_t n)
{
	struct iovec v;
	int r = next_file(d);

	d->buf.n = 0;
	for (size_t i = 0; i < n && r == 0; i++)
		if (docs[i].outcome == GENLOG_REJECTED)
			r = letter(&d->buf, collection, &docs[i]);
	if (r < 0 || !d->buf.n)
		return r;
	v = (struct iovec){d->buf.p, d->buf.n};
	r = io_write_all(d->fd, &v, 1, d->size);
	if (r == 0)
		r = io_sync(d->fd);
	if (r == 0)
		d->size += (int64_t)d->buf.n;
	return r;
}

int dead_put(struct dead *d, const char *collection, const struct genlog_doc *docs, size_t n)
{
	int r;

	pthread_mutex_lock(&d->lock);
	r = put(d, collection, docs, n);
	pthread_mutex_unlock(&d->lock);
	return r;
}
