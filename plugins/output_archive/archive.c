#include "archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define IOV 512

static const struct genlog_opt opts[] = {
	GENLOG_STR(struct archive, path, .required = true,
		.help = "folder of the archive; it is made where it is missing"),
	GENLOG_STR(struct archive, database, .def = "genims_production",
		.help = "the folder in it, and the database's name"),
	GENLOG_BOOL(struct archive, sync, .def = "yes",
		.help = "make every batch durable before it counts as delivered; `no` is faster and loses up to some "
			"seconds at a power cut"),
	{0},
};

static int make_folder(const char *path)
{
	char part[4096];
	size_t n = strlen(path);

	if (n >= sizeof(part))
		return -ENAMETOOLONG;
	for (size_t i = 1; i <= n; i++)
		if (path[i] == '/' || i == n) {
			memcpy(part, path, i);
			part[i] = 0;
			if (mkdir(part, 0750) < 0 && errno != EEXIST)
				return -errno;
		}
	return 0;
}

static int open_in(struct archive *a, const char *name, const char *ending)
{
	char full[ARCHIVE_NAME + 32];

	snprintf(full, sizeof(full), "%s%s", name, ending);
	return openat(a->dir, full, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
}

static int write_metadata(struct archive *a, const char *name)
{
	char text[512];
	int fd = open_in(a, name, ".metadata.json"), n, ok;

	if (fd < 0)
		return -errno;
	n = snprintf(text, sizeof(text),
		"{\"indexes\":[{\"v\":{\"$numberInt\":\"2\"},\"key\":{\"_id\":{\"$numberInt\":\"1\"}},\"name\":\"_id_"
		"\"}],"
		"\"collectionName\":\"%s\",\"type\":\"collection\"}",
		name);
	ok = pwrite(fd, text, (size_t)n, 0) == n;
	close(fd);
	return ok ? 0 : -EIO;
}

/* Longer than the mark says: documents that were written and not committed, and will come again. */
static int file_open(struct archive *a, struct archive_file *f)
{
	struct stat st;

	f->fd = open_in(a, f->name, ".bson");
	if (f->fd < 0 || fstat(f->fd, &st) < 0)
		return -errno;
	if (st.st_size < f->size)
		f->size = f->kept = st.st_size; /* somebody took it away: it begins anew */
	if (st.st_size > f->size && ftruncate(f->fd, f->size) < 0)
		return -errno;
	return f->size == 0 ? write_metadata(a, f->name) : 0;
}

/*
 * A folder without a mark of ours may hold a dump of somebody else's: that is kept, and continued behind its end.
 * The other files stay in the mark as they were committed.
 */
static int file_adopt(struct archive *a, struct archive_file *f)
{
	char full[ARCHIVE_NAME + 32];
	struct stat st;

	snprintf(full, sizeof(full), "%s.bson", f->name);
	if (fstatat(a->dir, full, &st, AT_SYMLINK_NOFOLLOW) == 0)
		f->size = f->kept = st.st_size;
	return mark_store(a);
}

static bool name_is_safe(const char *name)
{
	bool safe = *name && *name != '.' && !strchr(name, '/') && strlen(name) < ARCHIVE_NAME;

	errno = safe ? errno : EINVAL;
	return safe;
}

static struct archive_file *file_of(struct archive *a, const char *name)
{
	struct archive_file *f = a->files;

	while (f < a->files + a->n && strcmp(f->name, name) != 0)
		f++;
	if (f == a->files + a->n) {
		if (a->n == ARCHIVE_FILES) {
			errno = ENOSPC;
			return NULL;
		}
		*f = (struct archive_file){.fd = -1};
		memcpy(f->name, name, strlen(name) + 1);
		a->n++;
		if (file_adopt(a, f) < 0) {
			a->n--;
			return NULL;
		}
	}
	if (f->fd < 0 && file_open(a, f) < 0)
		return NULL;
	return f;
}

static int write_all(int fd, struct iovec *v, int n, int64_t at)
{
	while (n) {
		ssize_t k = pwritev(fd, v, n, at);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -errno;
		at += k;
		for (; n && (size_t)k >= v->iov_len; v++, n--)
			k -= (ssize_t)v->iov_len;
		if (n) {
			v->iov_base = (char *)v->iov_base + k;
			v->iov_len -= (size_t)k;
		}
	}
	return 0;
}

static int append(struct archive_file *f, const struct genlog_doc *docs, size_t n)
{
	struct iovec v[IOV];
	int64_t at = f->size;
	int r = 0;

	for (size_t i = 0; i < n && r == 0;) {
		int64_t bytes = 0;
		int k = 0;

		for (; k < IOV && i < n; k++, i++) {
			v[k] = (struct iovec){(void *)(uintptr_t)docs[i].bson, docs[i].len};
			bytes += docs[i].len;
		}
		r = write_all(f->fd, v, k, at);
		at += bytes;
	}
	if (r == 0) {
		f->size = at;
		f->dirty = true;
	}
	return r;
}

static int archive_write(void *state, struct genlog_batch *b)
{
	struct archive *a = state;
	struct archive_file *f = name_is_safe(b->collection) ? file_of(a, b->collection) : NULL;
	int r = f ? append(f, b->docs, b->n) : -errno;

	if (f && r == 0)
		return 0;
	snprintf(b->why, sizeof(b->why), "%s/%s/%s.bson: %s", a->path, a->database, b->collection, strerror(-r));
	b->alarm = true;
	return -EAGAIN;
}

static int archive_commit(void *state, const struct genlog_mark *mark, struct genlog_err *err)
{
	struct archive *a = state;
	int r = 0;

	for (size_t i = 0; i < a->n && r == 0; i++) {
		if (!a->files[i].dirty)
			continue;
		r = a->sync && fdatasync(a->files[i].fd) < 0 ? -errno : 0;
		a->files[i].dirty = r < 0;
	}
	if (r == 0) {
		a->mark = *mark;
		for (size_t i = 0; i < a->n; i++)
			a->files[i].kept = a->files[i].size;
		r = mark_store(a);
	}
	return r < 0 ? genlog_fail(err, -r, "the archive in %s cannot be made durable: %s", a->path, strerror(-r)) : 0;
}

static bool archive_resumed(void *state, struct genlog_mark *mark)
{
	const struct archive *a = state;

	if (!a->has_mark || memcmp(a->mark.spool_id, mark->spool_id, sizeof(mark->spool_id)) != 0)
		return false;
	mark->sequence = a->mark.sequence;
	return true;
}

static int archive_open(void *state, struct genlog_err *err)
{
	struct archive *a = state;

	a->dir = a->state_fd = -1;
	if (!name_is_safe(a->database))
		return genlog_fail_opt(err, "database", EINVAL, "\"%s\" is not a database's name", a->database);
	return 0;
}

static int open_state(struct archive *a, const char *path, struct genlog_err *err)
{
	int r = make_folder(path);

	if (r < 0)
		return genlog_fail_opt(err, "path", -r, "%s cannot be made: %s", path, strerror(-r));
	a->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	a->state_fd = a->dir < 0 ? -1 : openat(a->dir, ".genlog", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (a->state_fd < 0)
		return genlog_fail_opt(err, "path", errno, "%s cannot be written: %s", path, strerror(errno));
	if (flock(a->state_fd, LOCK_EX | LOCK_NB) < 0)
		return genlog_fail_opt(err, "path", EBUSY, "%s is in use by another genlogd", path);
	return 0;
}

/* Files are cut back to what the mark says was committed. */
static int archive_start(void *state, struct genlog_input *in, struct genlog_err *err)
{
	struct archive *a = state;
	char path[4096];
	int r;

	(void)in;
	snprintf(path, sizeof(path), "%s/%s", a->path, a->database);
	r = open_state(a, path, err);
	if (r < 0)
		return r;
	r = mark_load(a);
	for (size_t i = 0; i < a->n && r >= 0; i++)
		r = file_open(a, &a->files[i]);
	return r < 0 ? genlog_fail_opt(err, "path", -r, "%s cannot be taken up again: %s", path, strerror(-r)) : 0;
}

static void archive_close(void *state)
{
	struct archive *a = state;

	for (size_t i = 0; i < a->n; i++)
		if (a->files[i].fd >= 0)
			close(a->files[i].fd);
	if (a->state_fd >= 0)
		close(a->state_fd);
	if (a->dir >= 0)
		close(a->dir);
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_OUTPUT,
	.name = "archive",
	.summary = "files as mongodump writes them; needs no server",
	.state_size = sizeof(struct archive),
	.flags = GENLOG_OUT_SERIAL,
	.opts = opts,
	.open = archive_open,
	.close = archive_close,
	.start = archive_start,
	.write = archive_write,
	.commit = archive_commit,
	.resumed = archive_resumed,
};
