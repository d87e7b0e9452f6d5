/* One file: opened, placed, read to its end, and read past what is damaged. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reader.h"

#define TURN_ENTRIES 4096
#define TELL_SKIPPED 20000
#define KEEP_SKIPPED 256
#define PATIENCE_MS 2000 /* what is being written becomes readable before */
#define RETRIES 5
#define RETRY_MS 500

void file_close(struct rfile *f)
{
	if (f->j)
		sd_journal_close(f->j);
	f->j = NULL;
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

/* How far it has been looked at. */
void file_tell(struct reader *r, struct rfile *f, bool done)
{
	char *at = NULL;

	if (f->skipped && f->j && sd_journal_get_cursor(f->j, &at) >= 0) {
		free(f->cursor);
		f->cursor = at;
	}
	f->skipped = 0;
	f->done = done;
	f->told_ms = reader_now();
	put_begin(&r->out, WIRE_LOOKED);
	put_u32(&r->out, f->index);
	put_u64(&r->out, f->time);
	put_u8(&r->out, done ? WIRE_FILE_DONE : 0);
	put_text(&r->out, f->cursor ? f->cursor : "");
	put_end(&r->out);
}

static const char *words(int e)
{
	return e == -EPROTONOSUPPORT ? "its format is newer than this system's libsystemd can read" : strerror(-e);
}

static void break_off(struct reader *r, struct rfile *f, int e)
{
	reader_say(r, GENLOG_SAY_ERROR, "%s cannot be read: %s; it is left out", f->path, words(e));
	reader_lost(r, f, f->cursor ? 0 : f->head.entries, "a journal file cannot be read");
	file_close(f);
	f->broken = true;
}

static int seek_end(struct reader *r, struct rfile *f)
{
	char *at = NULL;
	int e = sd_journal_seek_tail(f->j);

	if (e >= 0)
		e = sd_journal_previous(f->j);
	if (e == 0) {
		f->begin = BEGIN_HEAD;
		return sd_journal_seek_head(f->j);
	}
	if (e > 0 && sd_journal_get_cursor(f->j, &at) >= 0) {
		free(f->cursor);
		f->cursor = at;
		f->begin = BEGIN_CURSOR;
		(void)sd_journal_get_realtime_usec(f->j, &f->time);
		file_tell(r, f, false);
	}
	return e;
}

static int seek(struct reader *r, struct rfile *f)
{
	f->testing = false;
	switch (f->begin) {
	case BEGIN_CURSOR: f->testing = true; return sd_journal_seek_cursor(f->j, f->cursor);
	case BEGIN_END: return seek_end(r, f);
	default:
		f->from_head = true;
		f->count = 0;
		return sd_journal_seek_head(f->j);
	}
}

static int open_it(struct reader *r, struct rfile *f)
{
	struct head h;
	int e;

	f->read = false;
	f->fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (f->fd < 0)
		return -errno;
	if (!head_read(f->fd, &h) || memcmp(h.id, f->head.id, ID_SIZE) != 0)
		return -ESTALE; /* another file by now: the next look at the folder tells */
	h.archived = h.archived || f->head.archived;
	f->head = h;
	e = sd_journal_open_files_fd(&f->j, &f->fd, 1, 0);
	if (e >= 0)
		e = sd_journal_set_data_threshold(f->j, (size_t)r->a.max_line + 128);
	return e < 0 ? e : seek(r, f);
}

static bool file_open(struct reader *r, struct rfile *f)
{
	int e;

	if (reader_now() < f->retry_ms)
		return false;
	e = open_it(r, f);
	if (e >= 0) {
		f->tries = 0;
		return true;
	}
	file_close(f);
	f->retry_ms = reader_now() + RETRY_MS;
	if (e == -ENOENT || e == -ESTALE || e == -EIDRM)
		r->scan_ms = 0;
	else if (e == -EPROTONOSUPPORT || ++f->tries > RETRIES)
		break_off(r, f, e);
	return false;
}

/* Its place is kept now and then, so that there is not much to look at again. */
static void skip(struct reader *r, struct rfile *f)
{
	char *at = NULL;

	if (++f->skipped >= TELL_SKIPPED) {
		file_tell(r, f, false);
	} else if (f->skipped % KEEP_SKIPPED == 0 && sd_journal_get_cursor(f->j, &at) >= 0) {
		free(f->cursor);
		f->cursor = at;
	}
}

static void take(struct reader *r, struct rfile *f)
{
	uint64_t time;
	char *cursor = NULL;

	if (sd_journal_get_realtime_usec(f->j, &time) < 0) {
		f->skipped++;
		return;
	}
	f->time = time;
	if (flushed_has(r, f, time) || !filter_wants(&r->a, f->j)) {
		skip(r, f);
		return;
	}
	if (sd_journal_get_cursor(f->j, &cursor) < 0) {
		f->skipped++;
		return;
	}
	if (entry_put(r, f, time, cursor) < 0) {
		free(cursor);
		f->skipped++;
		return;
	}
	free(f->cursor);
	f->cursor = cursor;
	f->skipped = 0;
	f->told_ms = reader_now();
}

/* Once more from the last entry that could be read, or from where a number further on should be. */
static bool reopen(struct reader *r, struct rfile *f, uint64_t seqnum)
{
	char at[64];
	int n = snprintf(at, sizeof(at), "s=");

	file_close(f);
	f->begin = f->cursor ? BEGIN_CURSOR : f->begin;
	if (open_it(r, f) < 0) {
		file_close(f);
		return false;
	}
	if (!seqnum)
		return true;
	for (int i = 0; i < ID_SIZE; i++)
		n += snprintf(at + n, sizeof(at) - (size_t)n, "%02x", f->head.seqnum_id[i]);
	snprintf(at + n, sizeof(at) - (size_t)n, ";i=%llx", (unsigned long long)seqnum);
	f->testing = false;
	return sd_journal_seek_cursor(f->j, at) >= 0;
}

/* What a damaged file holds behind the damage, if it can be found by its number. */
static bool jump_over(struct reader *r, struct rfile *f)
{
	uint8_t id[ID_SIZE];
	uint64_t last = f->head.head_seqnum - 1, now;
	char *cursor = NULL;

	if (f->cursor)
		(void)cursor_parse(f->cursor, strlen(f->cursor), id, &last);
	last = last < f->accepted ? f->accepted : last;
	for (f->jump = 2; last + f->jump <= f->head.tail_seqnum; f->jump *= 2) {
		if (!reopen(r, f, last + f->jump) || sd_journal_next(f->j) <= 0 ||
			sd_journal_get_cursor(f->j, &cursor) < 0)
			continue;
		if (cursor_parse(cursor, strlen(cursor), id, &now) && now > last) {
			free(cursor);
			if (now > last + 1)
				reader_lost(r, f, now - last - 1, "a journal file is damaged");
			f->lost += now - last - 1;
			f->count++;
			f->accepted = now - 1;
			f->read = true;
			take(r, f);
			return true;
		}
		free(cursor);
		cursor = NULL;
	}
	reader_lost(r, f, f->head.tail_seqnum > last ? f->head.tail_seqnum - last : 0, "a journal file is damaged");
	reader_say(r, GENLOG_SAY_ERROR, "%s is damaged; what of it cannot be read is left out", f->path);
	f->lost = f->head.entries; /* no more is said of it */
	f->accepted = f->head.tail_seqnum;
	f->accepted_time = f->head.tail_time;
	return false;
}

/* By the head there is more than was read. */
static bool is_behind(const struct rfile *f)
{
	uint8_t id[ID_SIZE];
	uint64_t seqnum = 0;
	char *cursor = NULL;
	bool known = false;

	if (!f->head.entries || (f->head.tail_seqnum <= f->accepted && f->head.tail_time <= f->accepted_time))
		return false;
	if (f->head.tail_time > f->time)
		return true;
	if (sd_journal_get_cursor(f->j, &cursor) >= 0)
		known = cursor_parse(cursor, strlen(cursor), id, &seqnum);
	free(cursor);
	return known ? seqnum < f->head.tail_seqnum : f->read;
}

/*
 * The head speaks of entries that next() does not give.  They may be just being written; a file that is damaged is
 * dropped by the library in silence, so it is opened once more, and then passed over in leaps.
 */
static bool read_on(struct reader *r, struct rfile *f)
{
	int64_t now = reader_now();

	if (!f->behind_ms || f->behind_at != f->head.entries) {
		f->behind_ms = now;
		f->behind_at = f->head.entries;
		f->tries = 0;
	}
	if (!f->head.archived && f->present && now - f->behind_ms < PATIENCE_MS) {
		r->pending = true;
		return false;
	}
	if (f->tries++ == 0)
		return reopen(r, f, 0);
	f->tries = 0;
	return jump_over(r, f) || reopen(r, f, 0);
}

/* The library passes over single entries that are damaged, and says nothing. */
static void tell_holes(struct reader *r, const struct rfile *f)
{
	if (f->from_head && f->count + f->lost < f->head.entries)
		reader_lost(r, f, f->head.entries - f->count - f->lost, "entries of a journal file are damaged");
}

/* Nothing more is there now. */
static bool at_end(struct reader *r, struct rfile *f)
{
	struct stat st;
	struct head h;
	bool over = f->head.archived || fstat(f->fd, &st) < 0 || st.st_nlink == 0;

	if (head_read(f->fd, &h)) {
		bool archived_now = h.archived && !f->head.archived;

		h.archived = h.archived || f->head.archived;
		f->head = h;
		if (archived_now)
			return true; /* once more: it was written to up to then */
	}
	if (is_behind(f))
		return read_on(r, f);
	f->behind_ms = 0;
	if (over) {
		tell_holes(r, f);
		file_tell(r, f, true);
		file_close(f);
	}
	return false;
}

bool file_turn(struct reader *r, struct rfile *f)
{
	int e = 1;

	fault_at(f);
	if (!f->j && !file_open(r, f)) {
		fault_over();
		return false;
	}
	flushed_prepare(r, f);
	for (int n = 0; n < TURN_ENTRIES && r->out.b.n < WIRE_BATCH; n++) {
		e = sd_journal_next(f->j);
		if (e <= 0)
			break;
		f->read = true;
		if (f->testing) {
			f->testing = false;
			if (sd_journal_test_cursor(f->j, f->cursor) > 0) {
				(void)sd_journal_get_realtime_usec(f->j, &f->time);
				continue;
			}
		}
		f->count++;
		take(r, f);
	}
	if (e <= 0)
		e = at_end(r, f);
	fault_over();
	return e > 0;
}
