#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/io.h"
#include "spool/state.h"

void segment_name(char out[SEGMENT_NAME], uint64_t number)
{
	snprintf(out, SEGMENT_NAME, "%016" PRIx64 ".seg", number);
}

void segment_free(struct segment *g)
{
	if (g && g->fd >= 0)
		close(g->fd);
	free(g);
}

/* In order of their numbers. */
static void insert(struct spool *s, struct segment *g)
{
	struct segment **at = &s->first;

	while (*at && (*at)->number < g->number)
		at = &(*at)->next;
	g->next = *at;
	*at = g;
	if (!g->next)
		s->last = g;
	s->bytes += g->end;
}

static bool number_of(const char *name, uint64_t *number)
{
	char again[SEGMENT_NAME];
	char *end;

	if (strlen(name) != 20)
		return false;
	*number = strtoull(name, &end, 16);
	segment_name(again, *number);
	return strcmp(again, name) == 0;
}

static int add_listed(struct spool *s, const char *name)
{
	struct segment *g;
	struct stat st;
	uint64_t number;

	if (!number_of(name, &number))
		return 0;
	if (fstatat(s->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno; /* given back between the two, where somebody else only looks */
	g = S_ISREG(st.st_mode) ? mem_calloc(1, sizeof(*g)) : NULL;
	if (!g)
		return S_ISREG(st.st_mode) ? -ENOMEM : 0;
	g->number = number;
	g->fd = -1;
	g->end = (uint64_t)st.st_size;
	g->durable = g->sealed = true;
	g->salt = frame_salt(s->id, number);
	insert(s, g);
	return 0;
}

int segments_list(struct spool *s, struct genlog_err *err)
{
	int fd = io_open(s->dir, ".", O_RDONLY | O_DIRECTORY, 0), r = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return genlog_fail(err, fd < 0 ? -fd : errno, "spool %s cannot be listed", s->path);
	}
	while (r == 0 && (e = readdir(d)))
		r = add_listed(s, e->d_name);
	closedir(d);
	return r < 0 ? genlog_fail(err, -r, "spool %s cannot be listed", s->path) : 0;
}

int segment_open(struct spool *s, struct segment *g)
{
	char name[SEGMENT_NAME];
	int fd;

	if (g->fd >= 0)
		return 0;
	segment_name(name, g->number);
	fd = io_open(s->dir, name, (g == s->last ? O_RDWR : O_RDONLY) | O_NOFOLLOW, 0);
	if (fd < 0)
		return fd;
	g->fd = fd;
	return 0;
}

static int write_header(struct spool *s, struct segment *g, uint32_t flags)
{
	struct segment_header h = {.version = SPOOL_VERSION,
		.flags = flags,
		.number = g->number,
		.created_ms = clock_wall_ms(),
		.boot = s->boot};
	uint8_t bytes[SEGMENT_HEADER];
	struct iovec v = {bytes, sizeof(bytes)};

	memcpy(h.id, s->id, SPOOL_ID);
	segment_header_write(bytes, &h);
	return io_write_all(g->fd, &v, 1, 0);
}

/*
 * A file of its own, or one that was read to its end: writing over what lies in memory and on disk already costs less
 * than to give it back and ask for new.
 */
static int make_file(struct spool *s, struct segment *g, const char *name)
{
	int r = s->spare ? io_rename(s->dir, SPARE_NAME, name) : -ENOENT;
	bool reused = r == 0;

	s->spare = false;
	s->dir_dirty = true;
	r = g->fd = io_open(s->dir, name, (reused ? O_RDWR : O_RDWR | O_CREAT | O_TRUNC) | O_NOFOLLOW, 0600);
	if (r < 0 && reused)
		(void)unlinkat(s->dir, name, 0);
	if (r >= 0)
		r = io_allocate(g->fd, s->conf.segment_size);
	return r < 0 ? r : write_header(s, g, reused ? SEGMENT_REUSED : 0);
}

/* What a failed birth leaves behind is removed, or else cut to nothing: the number will be used again. */
int segment_create(struct spool *s, uint64_t number, struct segment **out)
{
	struct segment *g = mem_calloc(1, sizeof(*g));
	char name[SEGMENT_NAME];
	int r;

	if (!g)
		return -ENOMEM;
	g->number = number;
	g->fd = -1;
	g->salt = frame_salt(s->id, number);
	segment_name(name, number);
	r = make_file(s, g, name);
	if (r < 0) {
		if (g->fd >= 0)
			unlinkat(s->dir, name, 0);
		segment_free(g);
		return r;
	}
	g->end = SEGMENT_HEADER;
	*out = g;
	return 0;
}

void spare_drop(struct spool *s)
{
	(void)unlinkat(s->dir, SPARE_NAME, 0); /* mostly there is none */
	s->spare = false;
}

/* One spare where the bounds leave room for it. */
static int put_away(struct spool *s, const char *name)
{
	int r = -EBUSY;

	if (!s->spare && s->conf.max_size >= 4 * s->conf.segment_size && !s->no_space)
		r = io_rename(s->dir, name, SPARE_NAME);
	if (r == 0)
		s->spare = true;
	else
		r = io_unlink(s->dir, name);
	s->dir_dirty = true;
	return r;
}

void segments_drop_before(struct spool *s, uint64_t number)
{
	while (s->first != s->last && s->first->number < number && s->first != s->reading) {
		struct segment *g = s->first;
		char name[SEGMENT_NAME];

		segment_name(name, g->number);
		if (put_away(s, name) < 0)
			return; /* it stays in the list: the next acknowledgement tries again */
		s->first = g->next;
		s->bytes -= g->end;
		s->space_checked = -1;
		segment_free(g);
	}
}
