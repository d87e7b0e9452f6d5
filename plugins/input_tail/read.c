#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "tail.h"

ssize_t file_get(struct tfile *f, void *p, size_t n, uint64_t at)
{
	return f->stream ? stream_read(f->stream, p, n, at) : pread(f->fd, p, n, (off_t)at);
}

bool tail_matches(struct tfile *f, const struct known *k)
{
	char have[TAIL_BYTES];

	if (!k->tail_len)
		return k->offset == 0;
	return file_get(f, have, k->tail_len, k->offset - k->tail_len) == k->tail_len &&
	       tail_hash(have, k->tail_len, k->salt) == k->tail;
}

static bool ends_before(struct tfile *f, uint64_t offset)
{
	struct stat st;
	char c;

	if (f->stream)
		return file_get(f, &c, 1, offset - 1) == 0;
	return fstat(f->fd, &st) == 0 && (uint64_t)st.st_size < offset;
}

static bool mark_matches(struct tfile *f, const struct known *k, const struct mark *m)
{
	char have[TAIL_BYTES];

	return file_get(f, have, TAIL_BYTES, m->offset - TAIL_BYTES) == TAIL_BYTES &&
	       tail_hash(have, TAIL_BYTES, k->salt) == m->tail;
}

/* Of the marks within it the last one counts. */
bool tail_is_earlier(struct tfile *f, const struct known *k)
{
	if (!k->marks || !ends_before(f, k->offset))
		return false;
	for (size_t i = k->marks; i-- > 0;)
		if (!ends_before(f, k->mark[i].offset))
			return mark_matches(f, k, &k->mark[i]);
	return false;
}

static bool make_room(struct tail *t, size_t n)
{
	char *p;

	if (n <= t->buf_cap)
		return true;
	p = realloc(t->buf, n + GENLOG_PAD);
	if (!p)
		return false;
	t->buf = p;
	t->buf_cap = n;
	return true;
}

/* Lines [p, p + n) are taken; their end becomes the position. `before` bytes of the file lie before p. */
static void advance(struct tail *t, struct tfile *f, const char *p, size_t before, size_t n)
{
	struct known *k = f->known;
	size_t have = before + n < TAIL_BYTES ? before + n : TAIL_BYTES;

	known_mark(k);
	f->offset += n;
	f->scanned = f->offset;
	k->offset = f->offset;
	k->tail_len = (uint8_t)have;
	k->tail = tail_hash(p + n - have, have, k->salt);
	(void)known_store(t, k); /* without memory the older position stands, and these lines would be read again */
}

/*
 * The host took an event after all that it had kept back: its lines end at p + n.  Where many files have waited, it
 * takes many, and they go into the spool together.
 */
void file_taken(struct tail *t, struct tfile *f, const char *p, size_t n)
{
	if (!f->known)
		return;
	advance(t, f, p, 0, n);
	if (t->host->once)
		genlog_turn_end(t->in);
	else
		genlog_timer_set(t->flush, 0);
}

static void failed(struct tail *t, struct tfile *f, int e)
{
	genlog_count(t->in, GENLOG_COUNT_READ_ERRORS, 1);
	genlog_say(t->in, GENLOG_SAY_WARN, "%s cannot be read at offset %llu: %s", f->path,
		(unsigned long long)f->offset, strerror(e));
}

enum got { GOT_NOTHING, GOT_BYTES, GOT_OTHER_BYTES };

/*
 * Reads on from the offset, with the bytes before it, which have to be those that were there before: else the file was
 * truncated or written over.  `n` is what lies behind the offset.
 */
static enum got read_on(struct tail *t, struct tfile *f, size_t want, size_t *n)
{
	const struct known *k = f->known;
	size_t before = k->tail_len;
	ssize_t r = file_get(f, t->buf, before + want, f->offset - before);

	if (r < 0) {
		if (r == -1)
			failed(t, f, errno);
		return GOT_NOTHING;
	}
	if ((size_t)r < before || (before && tail_hash(t->buf, before, k->salt) != k->tail))
		return GOT_OTHER_BYTES;
	*n = (size_t)r - before;
	return *n ? GOT_BYTES : GOT_NOTHING;
}

/* Behind what there is nothing comes: a compressed file may still be being written. */
static bool is_complete(const struct tfile *f)
{
	return !f->stream || f->given_up || stream_is_whole(f->stream);
}

static ssize_t hand_over(struct tail *t, struct tfile *f, const char *p, size_t *have, bool to_end, bool last)
{
	unsigned flags = last && to_end && is_complete(f) ? GENLOG_LINES_END : 0;
	size_t n = *have;
	bool over;

	if (f->live && to_end) {
		*have = n = replay_settled(t, f, p, n, &over);
		flags = over ? GENLOG_LINES_END : 0;
	}
	return t->conv ? conv_lines(t->conv, f->source, p, n, f->offset, flags)
		       : genlog_lines(f->source, p, n, f->offset, flags);
}

/* The end of a line longer than max_line.  false: it has none yet. */
static bool long_line_end(struct tail *t, struct tfile *f, bool last)
{
	while (!f->long_end) {
		ssize_t n = file_get(f, t->buf, READ_CHUNK, f->scanned);
		const char *nl = n > 0 ? memchr(t->buf, '\n', (size_t)n) : NULL;

		if (n < 0 || (n == 0 && !last))
			return false;
		f->scanned += (uint64_t)(nl ? nl - t->buf + 1 : n);
		if (nl || n == 0)
			f->long_end = f->scanned;
	}
	return true;
}

/* Its beginning is shipped, with its true length; the file goes on behind it. */
static int pass_long_line(struct tail *t, struct tfile *f, bool last)
{
	size_t max = t->host->max_line, have;

	if (!long_line_end(t, f, last) || file_get(f, t->buf, max, f->offset) < (ssize_t)max)
		return 0;
	if (genlog_line(f->source, t->buf, max, f->offset, f->long_end - f->offset, GENLOG_LINES_CUT) < 0) {
		t->waiting = true;
		return 0;
	}
	genlog_count(t->in, GENLOG_COUNT_LINES_TRUNCATED, 1);
	have = f->long_end < TAIL_BYTES ? (size_t)f->long_end : TAIL_BYTES;
	f->offset = f->long_end - have;
	if (file_get(f, t->buf, have, f->offset) != (ssize_t)have)
		have = 0; /* cut under our hands: the next read tells */
	advance(t, f, t->buf, 0, have);
	f->skipping = false;
	f->long_end = 0;
	return 1;
}

/* Bytes that were looked at before held no line end: only what is new is looked at now. */
static bool line_has_ended(struct tail *t, struct tfile *f)
{
	ssize_t n;

	if (f->scanned > f->size)
		f->scanned = f->offset;
	if (f->scanned <= f->offset || f->stream)
		return true;
	do { /* to its end: who has written the last of it may not write again */
		n = pread(f->fd, t->buf, READ_CHUNK, (off_t)f->scanned);
		if (n > 0 && memchr(t->buf, '\n', (size_t)n))
			return true;
		if (n > 0)
			f->scanned += (uint64_t)n;
	} while (n > 0 && f->scanned - f->offset <= t->host->max_line);
	return f->scanned - f->offset > t->host->max_line;
}

/* One chunk.  1: there may be more at once; 0: that was all. */
static int chunk(struct tail *t, struct tfile *f, bool last)
{
	size_t want = READ_CHUNK, n = 0;
	ssize_t taken;
	enum got g;

	for (;; want *= 2) {
		if (!make_room(t, TAIL_BYTES + want))
			return 0;
		g = read_on(t, f, want, &n);
		if (g == GOT_OTHER_BYTES && !f->stream) {
			file_truncated(t, f);
			return 0;
		}
		if (g != GOT_BYTES)
			return 0;
		taken = hand_over(t, f, t->buf + f->known->tail_len, &n, n < want, last);
		if (taken != 0 || n < want)
			break;
		if (want > t->host->max_line) {
			f->skipping = true;
			f->long_end = 0;
			f->scanned = f->offset + n;
			return 1;
		}
	}
	f->grown_ms = tail_now();
	if (taken < 0) {
		t->waiting = true;
		return 0;
	}
	if (taken)
		advance(t, f, t->buf + f->known->tail_len, f->known->tail_len, (size_t)taken);
	if ((size_t)taken < n)
		f->scanned = f->offset + n - (size_t)taken;
	return n == want;
}

static bool stat_size(struct tfile *f)
{
	struct stat st;

	if (fstat(f->fd, &st) < 0)
		return false;
	if (!f->stream)
		f->size = (uint64_t)st.st_size;
	else
		damaged_look_again(f, (uint64_t)st.st_size);
	f->deleted = st.st_nlink == 0;
	return true;
}

static void finished(struct tail *t, struct tfile *f)
{
	struct stat st;

	if (!f->stream || f->known->done || !is_complete(f) || fstat(f->fd, &st) < 0)
		return;
	f->known->done = true;
	f->known->size = (uint64_t)st.st_size;
	(void)known_store(t, f->known); /* else it is looked through once more after a restart */
}

/* Nothing more to read now, but perhaps the last piece of one that is given up. */
static void ended(struct tail *t, struct tfile *f, bool last)
{
	if (damaged_give_up(t, f)) {
		while (chunk(t, f, last) && !t->waiting)
			;
		if (t->waiting) {
			f->given_up = false; /* the spool is full: once more when there is room */
			return;
		}
		damaged_tell(f);
	}
	finished(t, f);
}

/* Up to where there is something to take: a line that has not ended is not, nor one that is joined to. */
static void tell_size(struct tfile *f)
{
	if (f->source && !f->stream)
		genlog_source_size(f->source, f->scanned >= f->size ? f->offset : f->size);
}

void file_behind(struct tfile *f)
{
	struct stat st;

	if (f->source && !f->stream && fstat(f->fd, &st) == 0 && (uint64_t)st.st_size > f->offset)
		genlog_source_size(f->source, (uint64_t)st.st_size);
}

bool file_read(struct tail *t, struct tfile *f)
{
	bool last = (t->host->once && !f->live) || f->stream || (f->rotated && f->at_end);
	int more = 1;

	if (!f->known) {
		int r = file_identify(t, f);

		if (r == -EBUSY) {
			f->at_end = true;
			file_rotated(t, f); /* which closes it */
		}
		if (r == 0)
			(void)damaged_give_up(t, f);
		if (r <= 0)
			return false;
	}
	f->old_size = f->size;
	if (!stat_size(f))
		return false;
	if (f->size < f->offset && !f->stream) {
		file_truncated(t, f);
		return false;
	}
	tell_size(f);
	if (!last && !f->skipping && !line_has_ended(t, f)) {
		tell_size(f);
		return false;
	}
	for (int i = 0; i < READ_TURN && more && !t->waiting; i++)
		more = f->skipping ? pass_long_line(t, f, last) : chunk(t, f, last);
	if (!more && !t->waiting && f->known)
		ended(t, f, last);
	if (!t->waiting)
		tell_size(f);
	return more || t->waiting;
}
