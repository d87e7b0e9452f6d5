#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "tail.h"

static int grow(struct tail *t)
{
	size_t cap = t->file_cap ? 2 * t->file_cap : 256;
	struct tfile **by_path = calloc(cap, sizeof(struct tfile *)), **by_inode = calloc(cap, sizeof(struct tfile *));

	if (!by_path || !by_inode) {
		free(by_path);
		free(by_inode);
		return -ENOMEM;
	}
	for (size_t i = 0; i < t->file_cap; i++)
		for (struct tfile *f = t->file_by_path[i], *next; f; f = next) {
			next = f->by_path;
			f->by_path = by_path[f->real_hash & (cap - 1)];
			by_path[f->real_hash & (cap - 1)] = f;
		}
	for (size_t i = 0; i < t->file_cap; i++)
		for (struct tfile *f = t->file_by_inode[i], *next; f; f = next) {
			next = f->by_inode;
			f->by_inode = by_inode[f->ino & (cap - 1)];
			by_inode[f->ino & (cap - 1)] = f;
		}
	free(t->file_by_path);
	free(t->file_by_inode);
	t->file_by_path = by_path;
	t->file_by_inode = by_inode;
	t->file_cap = cap;
	return 0;
}

struct tfile *file_by_real(struct tail *t, const char *real)
{
	uint64_t h = tail_hash(real, strlen(real), 0);
	struct tfile *f = t->file_cap ? t->file_by_path[h & (t->file_cap - 1)] : NULL;

	while (f && (f->real_hash != h || strcmp(f->real, real) != 0))
		f = f->by_path;
	return f;
}

static struct tfile *by_inode(const struct tail *t, const struct stat *st)
{
	struct tfile *f = t->file_cap ? t->file_by_inode[st->st_ino & (t->file_cap - 1)] : NULL;

	while (f && (f->ino != st->st_ino || f->dev != st->st_dev))
		f = f->by_inode;
	return f;
}

static void unlink_path(struct tail *t, struct tfile *f)
{
	struct tfile **at = &t->file_by_path[f->real_hash & (t->file_cap - 1)];

	while (*at && *at != f)
		at = &(*at)->by_path;
	if (*at)
		*at = f->by_path;
}

static void link_path(struct tail *t, struct tfile *f)
{
	f->real_hash = tail_hash(f->real, strlen(f->real), 0);
	f->by_path = t->file_by_path[f->real_hash & (t->file_cap - 1)];
	t->file_by_path[f->real_hash & (t->file_cap - 1)] = f;
}

void file_renamed(struct tail *t, struct tfile *f, const char *real)
{
	char *copy = strdup(real);

	if (!copy)
		return; /* it is followed under its old name; events of the new one are missed until the next scan */
	unlink_path(t, f);
	free(f->real);
	f->real = copy;
	link_path(t, f);
}

static void file_free(struct tfile *f)
{
	genlog_source_close(f->source);
	stream_free(f->stream);
	if (f->fd >= 0)
		close(f->fd);
	free(f->path);
	free(f->real);
	free(f);
}

static void unlist(struct tail *t, struct tfile *f)
{
	struct tfile **at = &t->ready;

	while (*at && *at != f)
		at = &(*at)->next_ready;
	if (*at) {
		*at = f->next_ready;
		if (t->ready_end == &f->next_ready)
			t->ready_end = at;
	}
	for (at = &t->rotated; *at && *at != f;)
		at = &(*at)->next_rotated;
	if (*at)
		*at = f->next_rotated;
}

void file_close(struct tail *t, struct tfile *f)
{
	struct tfile **at = &t->file_by_inode[f->ino & (t->file_cap - 1)];

	while (*at && *at != f)
		at = &(*at)->by_inode;
	if (*at)
		*at = f->by_inode;
	unlink_path(t, f);
	unlist(t, f);
	if (f->known)
		f->known->user = NULL;
	t->files--;
	file_free(f);
}

void file_ready(struct tail *t, struct tfile *f)
{
	if (!f->ready) {
		f->ready = true;
		f->next_ready = NULL;
		*t->ready_end = f;
		t->ready_end = &f->next_ready;
	}
	if (!t->waiting)
		genlog_timer_set(t->turn, 0);
	else
		file_behind(f);
}

static void tell_unreadable(struct tail *t, const char *path, int e)
{
	uint64_t h = tail_hash(path, strlen(path), (uint64_t)e);

	if (e == ENOENT || h == t->refused_hash)
		return;
	t->refused_hash = h;
	genlog_count(t->in, GENLOG_COUNT_READ_ERRORS, 1);
	genlog_say(t->in, GENLOG_SAY_WARN, "%s cannot be opened: %s; tried again when that changes", path, strerror(e));
}

static struct tfile *file_new(struct tail *t, const char *path, char *real, int fd, const struct stat *st)
{
	struct tfile *f = t->files < t->file_cap || grow(t) == 0 ? calloc(1, sizeof(*f)) : NULL;
	int e = 0;

	if (!f)
		return NULL;
	f->path = strdup(path);
	f->real = real;
	f->fd = fd;
	f->dev = st->st_dev;
	f->ino = st->st_ino;
	f->size = (uint64_t)st->st_size;
	f->stream = f->path ? stream_open(fd, path, &e) : NULL;
	if (!f->path || e) {
		if (e)
			tell_unreadable(t, path, e);
		f->fd = -1; /* the caller's still, and so is `real` */
		f->real = NULL;
		file_free(f);
		return NULL;
	}
	link_path(t, f);
	f->by_inode = t->file_by_inode[f->ino & (t->file_cap - 1)];
	t->file_by_inode[f->ino & (t->file_cap - 1)] = f;
	t->files++;
	genlog_count(t->in, GENLOG_COUNT_FILES_OPENED, 1);
	return f;
}

bool file_is_there(const struct tfile *f)
{
	struct stat st;

	return stat(f->real, &st) == 0 && st.st_ino == f->ino && st.st_dev == f->dev;
}

/* An open file answers to this inode: it was renamed, or this is one more link to it. */
static struct tfile *seen_before(struct tail *t, const char *real, const struct stat *st)
{
	struct tfile *f = by_inode(t, st);

	if (f && !file_is_there(f))
		file_renamed(t, f, real);
	return f;
}

static struct tfile *open_new(struct tail *t, const char *path, char *real)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct tfile *f = NULL;
	struct stat st;

	if (fd < 0) {
		tell_unreadable(t, path, errno);
		free(real);
		return NULL;
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		f = seen_before(t, real, &st);
		if (!f && !(path_is_compressed(path) && known_is_done(t, &st))) {
			f = file_new(t, path, real, fd, &st);
			if (f)
				return f;
		}
	}
	close(fd);
	free(real);
	return f;
}

struct tfile *file_found(struct tail *t, const char *path)
{
	struct stat st;
	char *real;
	struct tfile *f;

	if (!t->follow_links && lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
		return NULL;
	real = realpath(path, NULL);
	if (!real) {
		tell_unreadable(t, path, errno);
		return NULL;
	}
	f = file_by_real(t, real);
	if (f && file_is_there(f)) {
		free(real);
		return f;
	}
	if (f)
		file_rotated(t, f); /* another file has taken its name */
	return open_new(t, path, real);
}

void files_free(struct tail *t)
{
	for (size_t i = 0; i < t->file_cap; i++)
		while (t->file_by_path[i]) {
			struct tfile *f = t->file_by_path[i];

			t->file_by_path[i] = f->by_path;
			file_free(f);
		}
	free(t->file_by_path);
	free(t->file_by_inode);
}
