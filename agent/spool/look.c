#include "spool/look.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "spool/state.h"

/* The kernel's list, since to ask for the lock would be to have it for a moment. */
static bool is_locked(int dir)
{
	FILE *f = fopen("/proc/locks", "re");
	char line[256], place[64];
	bool found = false;
	struct stat st;

	if (!f)
		return false;
	if (fstatat(dir, "lock", &st, AT_SYMLINK_NOFOLLOW) == 0) {
		snprintf(place, sizeof(place), " %02x:%02x:%llu ", major(st.st_dev), minor(st.st_dev),
			(unsigned long long)st.st_ino);
		while (!found && fgets(line, sizeof(line), f))
			found = strstr(line, "FLOCK") && strstr(line, place);
	}
	fclose(f);
	return found;
}

/* One at a time is open: there may be more of them than a process may open. */
static int open_to_read(struct look *l, struct segment *g)
{
	char name[SEGMENT_NAME];

	segment_name(name, g->number);
	g->fd = io_open(l->s->dir, name, O_RDONLY | O_NOFOLLOW, 0);
	return g->fd < 0 ? g->fd : 0;
}

static void shut(struct segment *g)
{
	if (g->fd >= 0)
		close(g->fd);
	g->fd = -1;
}

/* How a segment begins.  0; -ENOTSUP; -errno of the disk. */
static int read_head(struct look *l, struct segment *g, struct look_segment *out)
{
	uint8_t bytes[SEGMENT_HEADER];
	int r = open_to_read(l, g);
	struct stat st;
	ssize_t n;

	*out = (struct look_segment){
		.number = g->number, .bytes = g->end, .head = LOOK_DAMAGED, .last = g == l->s->last};
	if (r == -ENOENT) {
		out->head = LOOK_GONE;
		return 0;
	}
	n = r < 0 ? r : io_read(g->fd, bytes, sizeof(bytes), 0);
	if (n >= 0 && fstat(g->fd, &st) < 0)
		n = -errno;
	shut(g);
	if (n < 0)
		return (int)n;
	out->inode = st.st_ino;
	r = segment_header_read(bytes, (size_t)n, &out->header);
	if (r == 0 && out->header.number == g->number)
		out->head = LOOK_WHOLE;
	if (r == 0)
		memcpy(l->s->id, out->header.id, SPOOL_ID);
	return r == -ENOTSUP ? r : 0;
}

static int read_heads(struct look *l, struct genlog_err *err)
{
	struct segment *g;
	size_t i = 0;

	for (g = l->s->first; g; g = g->next)
		l->n++;
	l->segment = mem_calloc(l->n + 1, sizeof(*l->segment));
	if (!l->segment)
		return genlog_fail(err, ENOMEM, "no memory for the spool's segments");
	for (g = l->s->first; g; g = g->next, i++) {
		int r = read_head(l, g, &l->segment[i]);

		if (r == -ENOTSUP)
			return genlog_fail(err, ENOTSUP,
				"spool %s: segment %016llx has format %u, of a newer genlog; this one reads format %d",
				l->s->path, (unsigned long long)g->number, l->segment[i].header.version, SPOOL_VERSION);
		if (r < 0)
			return genlog_fail(err, -r, "spool %s: segment %016llx cannot be read: %s", l->s->path,
				(unsigned long long)g->number, strerror(-r));
	}
	return 0;
}

static void find_id(struct look *l)
{
	static const uint8_t none[SPOOL_ID];

	if (memcmp(l->s->id, none, SPOOL_ID) == 0)
		memcpy(l->s->id, l->cursor.id, SPOOL_ID);
	for (struct segment *g = l->s->first; g; g = g->next)
		g->salt = frame_salt(l->s->id, g->number);
}

static int look_at(struct look *l, bool locked, struct genlog_err *err)
{
	struct spool *s = l->s;
	int r = 0;

	s->dir = io_open(AT_FDCWD, s->path, O_RDONLY | O_DIRECTORY, 0);
	if (s->dir < 0)
		return genlog_fail(err, -s->dir, "spool %s cannot be opened: %s", s->path, strerror(-s->dir));
	if (locked)
		r = spool_lock(s, err);
	else
		l->in_use = is_locked(s->dir);
	if (r == 0)
		r = cursor_look(s, err);
	if (r < 0)
		return r;
	l->has_cursor = r == 1;
	l->cursor = s->cursor.at;
	r = segments_list(s, err);
	if (r == 0)
		r = read_heads(l, err);
	find_id(l);
	return r;
}

static int open_as(struct look *l, const char *path, bool locked, struct genlog_err *err)
{
	struct spool_conf conf = {.path = path, .sync_ms = SPOOL_SYNC_NEVER};
	int r;

	*l = (struct look){.s = spool_new(&conf, err)};
	r = l->s ? look_at(l, locked, err) : -ENOMEM;
	if (r < 0)
		look_fini(l);
	return r;
}

int look_open(struct look *l, const char *path, struct genlog_err *err)
{
	return open_as(l, path, false, err);
}

int look_open_locked(struct look *l, const char *path, struct genlog_err *err)
{
	return open_as(l, path, true, err);
}

void look_fini(struct look *l)
{
	spool_close(l->s);
	free(l->segment);
	*l = (struct look){0};
}

const uint8_t *look_id(const struct look *l)
{
	return l->s->id;
}

static struct segment *segment_at(const struct look *l, size_t i)
{
	struct segment *g = l->s->first;

	while (i--)
		g = g->next;
	return g;
}

bool look_is_there(const struct look *l, size_t i)
{
	char name[SEGMENT_NAME];
	struct stat st;

	segment_name(name, l->segment[i].number);
	return fstatat(l->s->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_ino == l->segment[i].inode;
}

/* Bytes that are less than a frame's header are not found by chunk_next(). */
static int rest(struct look *l, size_t i, const struct chunk *k, look_fn *fn, void *arg)
{
	struct look_frame f = {.segment = &l->segment[i], .at = k->at + k->pos, .size = k->buf->n - k->pos};

	f.bytes = f.size ? k->buf->p + k->pos : NULL;
	return f.size ? fn(arg, &f) : 0;
}

int look_frames(struct look *l, size_t i, uint64_t from, look_fn *fn, void *arg)
{
	struct segment *g = segment_at(l, i);
	struct chunk_frame c;
	struct chunk k;
	int r = l->segment[i].head == LOOK_GONE ? -ENOENT : open_to_read(l, g), found = CHUNK_FRAME;

	if (r == 0)
		chunk_begin(&k, &l->s->scratch, g->fd, from, g->end, g->salt);
	while (r == 0 && (found = chunk_next(&k, &c)) > CHUNK_END) {
		struct look_frame f = {.segment = &l->segment[i], .good = found == CHUNK_FRAME};

		if (f.good)
			f.header = c.header;
		f.header.docs = c.header.docs;
		f.size = f.good ? frame_size(&c.header) : c.len;
		f.at = k.at + k.pos - f.size;
		f.bytes = k.buf->p + k.pos - f.size;
		f.payload = k.buf->p + c.payload;
		f.len = c.len;
		r = fn(arg, &f);
		chunk_forget(&k);
	}
	if (r == 0 && found == CHUNK_END)
		r = rest(l, i, &k, fn, arg);
	shut(g);
	return r == 0 && found < 0 ? found : r;
}

bool look_waits(const struct look *l, uint64_t segment, uint64_t at)
{
	return !l->has_cursor || segment > l->cursor.segment ||
	       (segment == l->cursor.segment && at >= l->cursor.offset);
}
