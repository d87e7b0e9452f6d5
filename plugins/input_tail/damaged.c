/*
 * Compressed files that end within a stream, or hold bytes that are none of its kind.
 *
 * One that is still being written looks the same for a while, so nothing is said of a file that changed within
 * rotate_wait.  Then it is given up: what could be read has been shipped, its last piece follows, a gap document says
 * where it ended, and it counts as done unless its size changes.
 */
#include <sys/stat.h>

#include "tail.h"

static bool changed_lately(const struct tail *t, const struct stat *st)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return ((int64_t)now.tv_sec - (int64_t)st->st_mtime) * 1000 < t->rotate_wait;
}

static const char *what_is_wrong(const struct tfile *f)
{
	return stream_is_broken(f->stream) ? "the compressed file is damaged there"
					   : "the compressed file was cut there";
}

bool damaged_give_up(struct tail *t, struct tfile *f)
{
	struct stat st;

	if (!f->stream || f->given_up || stream_is_whole(f->stream) || fstat(f->fd, &st) < 0 || st.st_size == 0 ||
		changed_lately(t, &st))
		return false;
	f->given_up = true;
	genlog_count(t->in, GENLOG_COUNT_READ_ERRORS, 1);
	if (!f->known)
		genlog_say(t->in, GENLOG_SAY_WARN, "%s: nothing of it can be read: %s", f->path, what_is_wrong(f));
	return f->known != NULL;
}

void damaged_tell(struct tfile *f)
{
	(void)genlog_gap(f->source, f->offset, 0, what_is_wrong(f));
}

/* It has grown since: what was missing may be there now. */
void damaged_look_again(struct tfile *f, uint64_t size)
{
	if (!f->given_up || !f->known || f->known->size == size)
		return;
	f->given_up = false;
	f->known->done = false;
}
