/*
 * Files that are read alone, once, whatever the paths say: what was missed is read again this way.  Their events are
 * those of the names that they had.
 *
 * Somebody may still write to one that has no rotation's suffix: its last line, without an end, is none yet, and lines
 * may still join its last event, until it has been quiet for a while.
 */
#include <errno.h>
#include <stdlib.h>

#include "tail.h"

static bool has_suffix(const char *path)
{
	return path[base_len(path)] != 0;
}

int tail_replay(void *state, const char *path, const char *as)
{
	struct tail *t = state;
	struct replayed *v, *r;

	if (!tail_wants(t, as) && !tail_wants_sibling(t, as))
		return -ENOENT;
	v = realloc(t->replay, (t->replays + 1) * sizeof(*v));
	if (!v)
		return -ENOMEM;
	t->replay = v;
	r = &v[t->replays++];
	*r = (struct replayed){strdup(path), strdup(as)};
	return r->path && r->as ? 0 : -ENOMEM;
}

static void read_as(struct tail *t, const struct replayed *r)
{
	struct tfile *f = file_found(t, r->path);
	char *as = f && !f->known ? strdup(r->as) : NULL;

	if (!as)
		return; /* told, read to its end before, or the same file by another name */
	free(f->path);
	f->path = as;
	f->live = !f->stream && !has_suffix(r->path) && !has_suffix(as);
	file_ready(t, f);
}

void replay_start(struct tail *t)
{
	for (size_t i = 0; i < t->replays; i++)
		read_as(t, &t->replay[i]);
}

void replay_free(struct tail *t)
{
	for (size_t i = 0; i < t->replays; i++) {
		free(t->replay[i].path);
		free(t->replay[i].as);
	}
	free(t->replay);
}

static bool is_quiet(const struct tail *t, const struct tfile *f)
{
	struct timespec now;
	struct stat st;

	clock_gettime(CLOCK_REALTIME, &now);
	return fstat(f->fd, &st) == 0 && ((int64_t)now.tv_sec - (int64_t)st.st_mtime) * 1000 > t->rotate_wait;
}

size_t replay_settled(const struct tail *t, const struct tfile *f, const char *p, size_t n, bool *over)
{
	while (n && p[n - 1] != '\n')
		n--;
	*over = n && is_quiet(t, f);
	return n;
}
