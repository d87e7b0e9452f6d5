#include "reader.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS 1000
#define SCAN_MS 30000
#define TELL_MS 60000
#define AHEAD 16 /* archived files that are kept open before their turn: they may be deleted */

int64_t reader_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int reader_flush(struct reader *r)
{
	const uint8_t *p = r->out.b.p;
	size_t n = r->out.b.n;

	while (n) {
		ssize_t w = send(r->fd, p, n, MSG_NOSIGNAL);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0) {
			r->gone = true;
			return -errno;
		}
		p += w;
		n -= (size_t)w;
	}
	r->out.b.n = r->out.whole = 0;
	return 0;
}

void reader_say(struct reader *r, enum genlog_say level, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put_begin(&r->out, WIRE_SAY);
	put_u8(&r->out, (uint8_t)level);
	put_text(&r->out, text);
	put_end(&r->out);
}

/* n 0: nobody knows how many. */
void reader_lost(struct reader *r, const struct rfile *f, uint64_t n, const char *reason)
{
	put_begin(&r->out, WIRE_LOST);
	put_u32(&r->out, f->index);
	put_u64(&r->out, n);
	put_text(&r->out, reason);
	put_end(&r->out);
}

static int read_all(int fd, void *to, size_t n)
{
	uint8_t *p = to;

	while (n) {
		ssize_t got = read(fd, p, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EPIPE;
		p += got;
		n -= (size_t)got;
	}
	return 0;
}

static int get_known(struct reader *r, struct wire_in *w)
{
	size_t n = wire_u32(w);

	if (w->bad || n > (size_t)(w->end - w->p))
		return -EPROTO;
	r->known = calloc(n + 1, sizeof(*r->known));
	if (!r->known)
		return -ENOMEM;
	for (; r->n_known < n; r->n_known++) {
		struct resume *k = &r->known[r->n_known];

		wire_copy(w, k->id, ID_SIZE);
		k->flags = wire_u8(w);
		k->folder = wire_u64(w);
		k->from = wire_u64(w);
		k->cursor = wire_str(w);
	}
	return w->bad ? -EPROTO : 0;
}

static int get_settings(struct reader *r)
{
	uint32_t n;
	struct wire_in w;
	int e = read_all(r->fd, &n, sizeof(n));

	if (e < 0)
		return e;
	if (n < 1 || n > WIRE_MAX)
		return -EPROTO;
	r->settings = malloc(n);
	if (!r->settings)
		return -ENOMEM;
	e = read_all(r->fd, r->settings, n);
	w = (struct wire_in){r->settings, r->settings + n, false};
	if (e == 0 && (wire_u8(&w) != WIRE_SETTINGS || wire_u32(&w) != WIRE_VERSION))
		e = -EPROTO;
	if (e == 0)
		e = asked_get(&w, &r->a);
	return e < 0 ? e : get_known(r, &w);
}

/* One turn of everything that has more: all that is written to now, and the oldest of what is not. */
static bool turns_of(struct reader *r, bool runtime)
{
	bool more = false, archive = false;
	int ahead = 0;

	for (struct rfile *f = r->files; f && !r->gone; f = f->next) {
		if (f->runtime != runtime || f->done || f->left || f->broken)
			continue;
		if (f->head.archived && archive && ahead++ >= AHEAD)
			continue;
		if (f->head.archived && archive) {
			more = true;
			if (!f->j)
				(void)file_turn(r, f); /* which opens it, and reads some of it */
			continue;
		}
		if (file_turn(r, f)) {
			more = true;
			archive = archive || f->head.archived;
		}
		if (r->out.b.n >= WIRE_BATCH)
			(void)reader_flush(r);
	}
	return more;
}

/* First what is below /run: what of it was read need not be read where it is copied to. */
static bool turns(struct reader *r)
{
	return turns_of(r, true) || turns_of(r, false);
}

static void started(struct reader *r)
{
	if (r->started)
		return;
	r->started = true;
	put_begin(&r->out, WIRE_STARTED);
	put_end(&r->out);
}

static void idle(struct reader *r)
{
	int64_t now = reader_now();

	for (struct rfile *f = r->files; f; f = f->next)
		if (f->skipped && !f->done && (!r->was_idle || now - f->told_ms >= TELL_MS))
			file_tell(r, f, false);
	if (r->n_files >= MANY_FILES)
		r->gone = true; /* numbers are used up: the next process begins anew from the positions */
	if (r->idle_told || r->pending)
		return;
	r->idle_told = r->was_idle = true;
	put_begin(&r->out, WIRE_IDLE);
	put_end(&r->out);
}

/* Whether files came or went; else one of them has grown. */
static bool folders_changed(struct reader *r)
{
	char buf[16384] __attribute__((aligned(8)));
	bool changed = false;
	ssize_t n;

	while ((n = read(r->inotify, buf, sizeof(buf))) > 0)
		for (ssize_t at = 0; at + (ssize_t)sizeof(struct inotify_event) <= n;) {
			struct inotify_event ev;

			memcpy(&ev, buf + at, sizeof(ev));
			changed = changed || ev.mask & ~(uint32_t)IN_MODIFY || r->unfinished;
			at += (ssize_t)(sizeof(ev) + ev.len);
		}
	return changed;
}

static void wait_for_more(struct reader *r)
{
	struct pollfd p[2] = {{r->fd, POLLIN, 0}, {r->inotify, POLLIN, 0}};
	int n = poll(p, r->inotify >= 0 ? 2 : 1, WAIT_MS);

	if (n > 0 && p[0].revents)
		r->gone = true; /* the agent has nothing more to say but its end */
	if ((n > 0 && r->inotify >= 0 && p[1].revents && folders_changed(r)) || reader_now() >= r->scan_ms ||
		r->no_folder)
		r->scan_ms = 0;
}

static void run(struct reader *r)
{
	while (!r->gone) {
		bool more;

		if (reader_now() >= r->scan_ms) {
			scan(r);
			r->scan_ms = reader_now() + SCAN_MS;
		}
		r->pending = false;
		more = turns(r);
		if (more)
			r->idle_told = false;
		started(r);
		if (!more)
			idle(r);
		if (reader_flush(r) == 0 && !more)
			wait_for_more(r);
	}
}

int reader_main(int fd)
{
	struct rlimit none = {0, 0};
	struct reader r = {.fd = fd, .inotify = -1};
	int e;

	prctl(PR_SET_NAME, "genlog-journal");
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	setrlimit(RLIMIT_CORE, &none);
	e = get_settings(&r);
	if (e == 0) {
		r.started = r.a.started;
		r.inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
		fault_open(&r);
		run(&r);
	}
	scan_end(&r);
	if (r.inotify >= 0)
		close(r.inotify);
	free(r.out.b.p);
	free(r.known);
	asked_free(&r.a);
	free(r.settings);
	return e < 0 ? 1 : 0;
}
