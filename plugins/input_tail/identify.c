/*
 * Who a file is.  Several files of one name, with or without a rotation's suffix, may begin with the same line: one
 * may be a copy of another, a later stage of it, or another life that only begins the same.  Their bytes tell.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "tail.h"

#define HEAD_BYTES 4096 /* of a file that say how its lines are to be read */

#define NUL_BLOCK 65536
#define SAME_HEAD (64 << 10) /* bytes that are compared at the beginning, and before the end of the shorter one */
#define SAME_TAIL (4 << 10)

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
	ssize_t n = file_get(f, line, sizeof(line), from);
	const char *nl = n > 0 ? memchr(line, '\n', (size_t)n) : NULL;
	size_t len = nl ? (size_t)(nl - line) : (size_t)(n > 0 ? n : 0);
	uint64_t seed = tail_hash(t->host->node_id, strlen(t->host->node_id), 0);

	if (n <= 0 || (!nl && n < FIRST_LINE && !f->at_end && !f->stream && !t->host->once))
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
		if (k->offset && !k->done && !k->user && !f->stream && tail_matches(f, k))
			return k;
	return NULL;
}

/* Lives in order: the one that was read the farthest comes first. */
static bool comes_before(const struct known *a, const struct known *b)
{
	return a->offset != b->offset ? a->offset > b->offset : a->salt > b->salt;
}

static struct known *next_life(const struct tail *t, uint64_t generation, const struct known *after)
{
	struct known *best = NULL;

	for (struct known *k = known_next(t, generation, NULL); k; k = known_next(t, generation, k))
		if ((!after || comes_before(after, k)) && (!best || comes_before(k, best)))
			best = k;
	return best;
}

static bool same_bytes(struct tail *t, struct tfile *f, struct tfile *of, size_t n, uint64_t at)
{
	char *a = t->buf, *b = t->buf + SAME_HEAD;
	ssize_t x = file_get(f, a, n, at), y = file_get(of, b, n, at), both = x < y ? x : y;

	return both >= 0 && memcmp(a, b, (size_t)both) == 0;
}

static uint64_t plain_size(const struct tfile *f)
{
	struct stat st;

	return f->stream || fstat(f->fd, &st) < 0 ? UINT64_MAX : (uint64_t)st.st_size;
}

/* How long a compressed file is nobody knows: it counts as no longer than the plain one, whose copy it is. */
static bool is_longer(struct tfile *f, uint64_t size, struct tfile *than, uint64_t than_size)
{
	char c;

	if (f->stream)
		return false;
	return than->stream ? size && file_get(than, &c, 1, size - 1) == 0 : size > than_size;
}

enum same { OTHER_BYTES, COPY, LATER_STAGE };

static enum same compare(struct tail *t, struct tfile *f, struct tfile *of)
{
	uint64_t x = plain_size(f), y = plain_size(of), shorter = x < y ? x : y;

	if (!same_bytes(t, f, of, SAME_HEAD, 0))
		return OTHER_BYTES;
	if (shorter != UINT64_MAX && shorter > SAME_TAIL && !same_bytes(t, f, of, SAME_TAIL, shorter - SAME_TAIL))
		return OTHER_BYTES;
	return is_longer(f, x, of, y) ? LATER_STAGE : COPY;
}

static bool has_suffix(const char *path)
{
	return path[base_len(path)] != 0;
}

/* A live file that begins with all that the rotated one is: they were one file never, unless that is a copy itself. */
static bool follows(const struct tfile *f, const struct tfile *old)
{
	return !has_suffix(f->path) && (old->original || (old->rotated && !old->sibling)) &&
	       (has_suffix(old->real) || old->deleted);
}

/* f is its life's next user; what has read it so far was a copy. */
static void take_over(struct tail *t, struct known *k)
{
	struct tfile *copy = k->user;

	file_close(t, copy);
	k->user = NULL;
}

/* Its reader's file was truncated, and that has not been seen yet: its bytes are no longer this life's. */
static bool was_truncated(const struct known *k)
{
	struct stat st;

	if (k->user->stream || fstat(k->user->fd, &st) < 0)
		return false;
	return (uint64_t)st.st_size < k->offset || !tail_matches(k->user, k);
}

/* The copy was made before the last bytes came that were read of its file, which was then truncated. */
static bool is_short_copy(struct tfile *f, const struct known *k)
{
	return k->cut && !k->user && has_suffix(f->path) && tail_is_earlier(f, k);
}

/* Which of the lives of this name it is.  NULL: a new one; -EBUSY: none, but a copy of what is being read. */
static int which_life(struct tail *t, struct tfile *f, uint64_t generation, struct known **out)
{
	struct known *k = NULL;

	while ((k = next_life(t, generation, k))) {
		enum same s;

		if (k->user && was_truncated(k))
			file_cut(t, k->user, tail_matches(f, k));
		s = k->user ? compare(t, f, k->user) : LATER_STAGE;
		if (s == COPY || is_short_copy(f, k))
			return -EBUSY;
		if (s == OTHER_BYTES || !tail_matches(f, k) || (k->user && follows(f, k->user)))
			continue;
		if (k->user)
			take_over(t, k);
		*out = k;
		return 0;
	}
	*out = known_by_inode(t, f);
	return 0;
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
	char bytes[TAIL_BYTES];
	ssize_t n;

	k->tail_len = k->offset < TAIL_BYTES ? (uint8_t)k->offset : TAIL_BYTES;
	n = pread(f->fd, bytes, k->tail_len, (off_t)(k->offset - k->tail_len));
	if (n != k->tail_len)
		k->tail_len = 0;
	k->tail = tail_hash(bytes, k->tail_len, k->salt);
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
	if (k->offset != from)
		(void)known_store(t, k); /* without memory: read from its end again, a little later */
	if (from)
		genlog_count(t->in, GENLOG_COUNT_NUL_SKIPPED, from);
	return 0;
}

int tail_describe(void *state, struct genlog_input *in, const char *path, struct genlog_source_desc *out)
{
	struct tail *t = state;
	struct tfile f = {.path = (char *)path, .at_end = true};
	int e = 0, r = 0;

	t->in = in;
	t->host = genlog_host(in);
	if (!tail_wants(t, path) && !tail_wants_sibling(t, path))
		return -ENOENT;
	f.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (f.fd < 0)
		return -errno;
	f.stream = stream_open(f.fd, path, &e);
	*out = (struct genlog_source_desc){.type = "tail", .label = "path", .value = path};
	if (e)
		r = -e;
	else if (!generation_of(t, &f, 0, &out->generation))
		r = -ENODATA;
	stream_free(f.stream);
	close(f.fd);
	return r;
}

/* Whole lines from its beginning, where reading begins behind them; in the input's buffer. */
static void add_head(struct tail *t, struct tfile *f, struct genlog_source_desc *d)
{
	ssize_t n = t->host->wants_head && f->known->offset ? file_get(f, t->buf, HEAD_BYTES, 0) : 0;

	if (n <= 0)
		return;
	d->head = t->buf;
	d->head_len = (uint64_t)n < f->known->offset ? (size_t)n : (size_t)f->known->offset;
}

int file_identify(struct tail *t, struct tfile *f)
{
	uint64_t generation, from = skip_nuls(t, f);
	struct genlog_source_desc d = {.type = "tail", .label = "path", .value = f->path};
	int r = 0;

	if (!generation_of(t, f, from, &generation))
		return 0;
	r = which_life(t, f, generation, &f->known);
	if (r < 0)
		return r;
	f->original = f->known && f->known->ino == f->ino && f->known->dev == f->dev;
	if (!f->known)
		r = new_life(t, f, generation, from);
	if (r < 0)
		return r;
	d.generation = f->known->generation;
	d.salt = f->known->salt;
	add_head(t, f, &d);
	f->source = genlog_source_open(t->in, &d);
	if (!f->source)
		return -ENOMEM;
	genlog_source_mark(f->source, f);
	f->known->user = f;
	known_moved(t, f->known, f);
	f->offset = f->known->offset;
	f->scanned = f->offset;
	genlog_source_from(f->source, f->offset);
	return 1;
}
