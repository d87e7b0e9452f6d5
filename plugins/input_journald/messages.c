/* What the reader says.  It may have read a hostile journal, so nothing of it is taken on trust. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "journald.h"

#define MAX_FILES 65536
#define SAY_LEN 1000

static struct known *file_of(struct journald *j, struct wire_in *w)
{
	uint32_t i = wire_u32(w);

	if (w->bad || i >= j->files) {
		w->bad = true;
		return NULL;
	}
	return j->file[i];
}

/* Their positions are stored before another file's entries come: what is flushed then is covered. */
static void settle(struct journald *j, const struct known *next)
{
	struct known *k = j->last;

	if (!k || k == next)
		return;
	j->last = NULL;
	if (k->unstored)
		known_store(j, k);
}

static int take_file(struct journald *j, struct wire_in *w)
{
	uint32_t index = wire_u32(w);
	uint8_t id[ID_SIZE], series[ID_SIZE], flags;
	uint64_t folder, from;
	const char *path;
	struct known *k;

	wire_copy(w, id, ID_SIZE);
	wire_copy(w, series, ID_SIZE);
	flags = wire_u8(w);
	folder = wire_u64(w);
	from = wire_u64(w);
	path = wire_str(w);
	if (w->bad || index != j->files || index >= MAX_FILES)
		return -EPROTO;
	if (j->files == j->file_cap) {
		size_t cap = j->file_cap ? 2 * j->file_cap : 64;
		struct known **more = realloc(j->file, cap * sizeof(struct known *));

		if (!more)
			return -EAGAIN;
		j->file = more;
		j->file_cap = cap;
	}
	k = known_of(j, id);
	if (!k)
		return -EAGAIN;
	free(k->path);
	k->path = strdup(path); /* NULL: a gap in it will not say where */
	if (k->path)
		k->path[text_valid(k->path, strlen(k->path))] = 0;
	k->generation = id_hash(series);
	k->there = true;
	k->folder = folder;
	k->from = from;
	k->flags = (uint8_t)((k->flags & ~WIRE_FILE_RUNTIME) | (flags & WIRE_FILE_RUNTIME));
	j->file[j->files++] = k;
	return 0;
}

static int64_t wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int take_entry(struct journald *j, struct wire_in *w)
{
	struct entry *e = &j->entry;
	int r = entry_get(j, w);

	if (r < 0)
		return r;
	settle(j, e->file);
	r = event_hand_over(j);
	if (r < 0)
		return r;
	if (known_cursor(e->file, e->cursor) < 0)
		return 0;
	e->file->time = e->time;
	e->file->strikes = 0;
	e->file->unstored = true;
	j->last = e->file;
	j->progress = true;
	genlog_gauge(j->in, GENLOG_GAUGE_LAG_MS, wall_ms() - (int64_t)(e->time / 1000));
	return 0;
}

static int take_looked(struct journald *j, struct wire_in *w)
{
	struct known *k = file_of(j, w);
	uint64_t time = wire_u64(w);
	uint8_t flags = wire_u8(w);
	const char *cursor = wire_str(w);

	if (w->bad)
		return -EPROTO;
	settle(j, k);
	if (*cursor && known_cursor(k, cursor) < 0)
		return -EAGAIN;
	k->time = time;
	k->flags = (uint8_t)((k->flags & ~WIRE_FILE_DONE) | (flags & WIRE_FILE_DONE));
	k->strikes = 0;
	known_store(j, k);
	return 0;
}

static int take_lost(struct journald *j, struct wire_in *w)
{
	struct known *k = file_of(j, w);
	uint64_t n = wire_u64(w);
	const char *reason = wire_str(w);
	char text[200];

	if (w->bad)
		return -EPROTO;
	snprintf(text, sizeof(text), "%s", reason);
	text[text_valid(text, strlen(text))] = 0;
	settle(j, NULL);
	return event_lost(j, k, n, text) < 0 ? -EAGAIN : 0;
}

static int take_said(struct journald *j, struct wire_in *w)
{
	uint8_t level = wire_u8(w);
	const char *text = wire_str(w);

	if (w->bad || level > GENLOG_SAY_DEBUG)
		return -EPROTO;
	genlog_say(j->in, (enum genlog_say)level, "%.*s", SAY_LEN, text);
	return 0;
}

/* What a file is to blame for. */
static int take_fault(struct journald *j, struct wire_in *w)
{
	uint32_t i = wire_u32(w);
	int sig = wire_u8(w);
	struct known *k;

	if (w->bad || (i != UINT32_MAX && i >= j->files))
		return -EPROTO;
	j->ended = true;
	if (i == UINT32_MAX)
		return 0;
	k = j->file[i];
	genlog_say(j->in, GENLOG_SAY_WARN, "the process that reads the journal died of %s (%s)",
		k->path ? k->path : "a file", sig == SIGBUS ? "it was truncated" : strsignal(sig));
	if (k->flags & WIRE_FILE_LEFT || ++k->strikes < STRIKES)
		return 0;
	k->flags |= WIRE_FILE_LEFT;
	genlog_say(j->in, GENLOG_SAY_ERROR, "%s is left out from now on", k->path ? k->path : "it");
	settle(j, NULL);
	return event_lost(j, k, 0, "a journal file that cannot be read without dying of it is left out") < 0 ? -EAGAIN
													     : 0;
}

static int take(struct journald *j, enum wire_type type, struct wire_in *w)
{
	switch (type) {
	case WIRE_FILE: return take_file(j, w);
	case WIRE_ENTRY: return take_entry(j, w);
	case WIRE_LOOKED: return take_looked(j, w);
	case WIRE_LOST: return take_lost(j, w);
	case WIRE_SAY: return take_said(j, w);
	case WIRE_FAULT: return take_fault(j, w);
	case WIRE_STARTED:
		settle(j, NULL);
		known_started(j);
		known_forget(j);
		return 0;
	case WIRE_IDLE:
		genlog_gauge(j->in, GENLOG_GAUGE_LAG_MS, 0);
		settle(j, NULL);
		if (j->host->once)
			genlog_input_done(j->in);
		return 0;
	default: return -EPROTO;
	}
}

int messages_take(struct journald *j)
{
	const uint8_t *p = j->buf;
	size_t left = j->n, used;
	enum wire_type type;
	struct wire_in body;
	int r = 0, got;

	while ((got = wire_next(p, left, &type, &body, &used)) > 0) {
		r = take(j, type, &body);
		if (r < 0)
			break;
		p += used;
		left -= used;
	}
	memmove(j->buf, p, left);
	j->n = left;
	settle(j, NULL);
	return r < 0 ? r : got < 0 ? -EPROTO : 0;
}
