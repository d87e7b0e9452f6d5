#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "tail.h"

#define NUL_BLOCK 65536

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
		f->known->in_use = false;
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

/* An open file answers to this inode: it was renamed, or this is one more link to it. */
static struct tfile *seen_before(struct tail *t, const char *real, const struct stat *st)
{
	struct tfile *f = by_inode(t, st);
	struct stat there;

	if (f && (stat(f->real, &there) < 0 || there.st_ino != f->ino || there.st_dev != f->dev))
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

static bool still_there(const struct tfile *f)
{
	struct stat st;

	return stat(f->real, &st) == 0 && st.st_ino == f->ino && st.st_dev == f->dev;
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
	if (f && still_there(f)) {
		free(real);
		return f;
	}
	if (f)
		file_rotated(t, f); /* another file has taken its name */
	return open_new(t, path, real);
}

static ssize_t file_pread(struct tfile *f, void *p, size_t n, uint64_t offset)
{
	return f->stream ? stream_read(f->stream, p, n, offset) : pread(f->fd, p, n, (off_t)offset);
}

/* A writer without O_APPEND leaves a hole of NULs before what it writes after a truncation. */
static uint64_t skip_nuls(struct tail *t, struct tfile *f)
{
	uint64_t at = 0;
	ssize_t n = f->stream ? 0 : pread(f->fd, t->buf, 1, 0);

	if (n != 1 || t->buf[0] != 0)
		return 0;
	while ((n = pread(f->fd, t->buf, NUL_BLOCK, (off_t)at)) > 0) {
		ssize_t i = 0;

		while (i < n && t->buf[i] == 0)
			i++;
		at += (uint64_t)i;
		if (i < n)
			return at;
	}
	return at;
}

/* The generation's name; false: neither a whole line nor enough bytes are there, and more may come. */
static bool generation_of(struct tail *t, struct tfile *f, uint64_t from, uint64_t *out)
{
	char line[FIRST_LINE];
	ssize_t n = file_pread(f, line, sizeof(line), from);
	const char *nl = n > 0 ? memchr(line, '\n', (size_t)n) : NULL;
	size_t len = nl ? (size_t)(nl - line) : (size_t)(n > 0 ? n : 0);
	uint64_t seed = tail_hash(t->host->node_id, strlen(t->host->node_id), 0);

	if (n <= 0 || (!nl && n < FIRST_LINE && !f->at_end && !f->stream))
		return false;
	if (len && line[len - 1] == '\r')
		len--;
	seed = tail_hash(f->path, base_len(f->path), seed);
	*out = tail_hash(line, len, seed);
	return true;
}

/* Renamed while we were away, to a name that makes another hash: found again by its inode, if the bytes agree. */
static struct known *known_by_inode(struct tail *t, struct tfile *f)
{
	for (struct known *k = NULL; (k = known_at_inode(t, f->dev, f->ino, k));)
		if (k->offset && !k->done && !k->in_use && !f->stream && tail_matches(f, k))
			return k;
	return NULL;
}

/* Which of the lives of this name it is: the one whose bytes are there, with the most of them. */
static struct known *which_life(struct tail *t, struct tfile *f, uint64_t generation)
{
	struct known *best = NULL;

	for (struct known *k = known_next(t, generation, NULL); k; k = known_next(t, generation, k))
		if ((!best || k->offset > best->offset) && tail_matches(f, k))
			best = k;
	return best ? best : known_by_inode(t, f);
}

/* Where a file begins that nobody has read yet. */
static uint64_t begin_at(struct tail *t, struct tfile *f, uint64_t from)
{
	ssize_t n;
	uint64_t at;

	if (t->start != START_END || !t->first_scan || f->sibling || f->stream)
		return from;
	at = f->size > READ_CHUNK ? f->size - READ_CHUNK : from;
	n = pread(f->fd, t->buf, READ_CHUNK, (off_t)at);
	while (n > 0 && t->buf[n - 1] != '\n')
		n--;
	return n > 0 ? at + (uint64_t)n : f->size;
}

static void set_tail(struct tfile *f)
{
	struct known *k = f->known;
	ssize_t n;

	k->tail_len = k->offset < TAIL_BYTES ? (uint8_t)k->offset : TAIL_BYTES;
	n = pread(f->fd, k->tail, k->tail_len, (off_t)(k->offset - k->tail_len));
	if (n != k->tail_len)
		k->tail_len = 0;
}

static int new_life(struct tail *t, struct tfile *f, uint64_t generation, uint64_t from)
{
	struct known *k = known_new(t, generation, path_hash(f->path));

	if (!k)
		return -ENOMEM;
	f->known = k;
	k->offset = begin_at(t, f, from);
	if (k->offset && !f->stream)
		set_tail(f);
	if (from)
		genlog_count(t->in, GENLOG_COUNT_NUL_SKIPPED, from);
	return 0;
}

int file_identify(struct tail *t, struct tfile *f)
{
	uint64_t generation, from = skip_nuls(t, f);
	struct genlog_source_desc d = {.type = "tail", .label = "path", .value = f->path};
	int r = 0;

	if (!generation_of(t, f, from, &generation))
		return 0;
	f->known = which_life(t, f, generation);
	if (f->known && f->known->in_use) { /* a copy of what is being followed, or one more stage of its rotation */
		f->known = NULL;
		return -EBUSY;
	}
	if (!f->known)
		r = new_life(t, f, generation, from);
	if (r < 0)
		return r;
	d.generation = f->known->generation;
	d.salt = f->known->salt;
	f->source = genlog_source_open(t->in, &d);
	if (!f->source)
		return -ENOMEM;
	f->known->in_use = true;
	known_moved(t, f->known, f);
	f->offset = f->known->offset;
	f->scanned = f->offset;
	return 1;
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
