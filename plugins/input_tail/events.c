#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "tail.h"

#define COALESCE_MS 50 /* what comes within it shares a wake-up, a write and a frame */

/* A name that has gone, until its new one comes, which the kernel puts right behind it. */
struct move {
	uint32_t cookie;
	struct tfile *file;
};

static void join(char *out, size_t cap, const char *folder, const char *name)
{
	snprintf(out, cap, "%s/%s", folder[1] ? folder : "", name);
}

static void everything_again(struct tail *t)
{
	genlog_count(t->in, GENLOG_COUNT_OVERFLOWS, 1);
	genlog_say(t->in, GENLOG_SAY_WARN, "the kernel dropped file events; all folders are looked at again");
	for (struct tdir *d = t->dirs; d; d = d->next)
		if (d->use == DIR_READ)
			dir_scan(t, d);
	for (size_t i = 0; i < t->file_cap; i++)
		for (struct tfile *f = t->file_by_path[i]; f; f = f->by_path)
			file_ready(t, f);
}

/* It or another one: an open file keeps its folder from being told as deleted. */
static void folder_gone(struct tail *t)
{
	if (dirs_check(t))
		dirs_discover(t);
}

static void folder_came(struct tail *t, struct tdir *d, const char *path)
{
	struct tdir *below;

	if (!tail_wants_below(t, path))
		return;
	if (d->use != DIR_READ) {
		dirs_discover(t);
		return;
	}
	below = dir_add(t, path, DIR_READ);
	if (below)
		dir_scan(t, below);
}

static bool is_at(const struct tfile *f, const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_ino == f->ino && st.st_dev == f->dev;
}

/*
 * An event may be told long after what it tells of: then other files bear its names.  So each is checked, and where
 * they disagree the folder is read again after the others.
 */
static void name_came(struct tail *t, struct tdir *d, const char *path, const char *real, const struct move *move)
{
	struct tfile *there = file_by_real(t, real);

	if (there && move->file != there && !file_is_there(there))
		file_rotated(t, there); /* its name was taken from it */
	if (move->file && is_at(move->file, real)) {
		file_renamed(t, move->file, real);
		return;
	}
	if (move->file)
		d->stale = t->dirs_stale = true;
	if (d->use == DIR_READ)
		dir_entry(t, path);
	else
		t->links_stale = true;
}

static void name_went(struct tail *t, struct tdir *d, struct tfile *f, const struct inotify_event *e, struct move *move)
{
	if (e->mask & IN_MOVED_FROM)
		*move = (struct move){e->cookie, NULL};
	if (!f)
		return;
	if (file_is_there(f)) { /* it came later, and has that name rightly */
		d->stale = t->dirs_stale = true;
		return;
	}
	if (e->mask & IN_MOVED_FROM)
		move->file = f;
	file_rotated(t, f);
}

static void folder_event(struct tail *t, struct tdir *d, const char *path, uint32_t mask)
{
	if (mask & (IN_DELETE | IN_MOVED_FROM))
		folder_gone(t);
	else if (mask & (IN_CREATE | IN_MOVED_TO))
		folder_came(t, d, path);
}

static void name_event(struct tail *t, struct tdir *d, const struct inotify_event *e, struct move *move)
{
	static const struct move none;
	char path[4096 + 256], real[4096 + 256];
	struct tfile *f;

	join(path, sizeof(path), d->path, e->name);
	join(real, sizeof(real), d->real, e->name);
	if (e->mask & IN_ISDIR) {
		folder_event(t, d, path, e->mask);
		return;
	}
	if (d->use == DIR_NAMES)
		return;
	if (e->mask & (IN_CREATE | IN_MOVED_TO)) {
		name_came(t, d, path, real, e->cookie && e->cookie == move->cookie ? move : &none);
		*move = none;
		return;
	}
	f = file_by_real(t, real);
	if (e->mask & (IN_DELETE | IN_MOVED_FROM))
		name_went(t, d, f, e, move);
	else if (f)
		file_ready(t, f);
	else if (d->use == DIR_READ)
		dir_entry(t, path);
}

static void event(struct tail *t, const struct inotify_event *e, struct move *move)
{
	struct tdir *d;

	if (e->mask & IN_Q_OVERFLOW) {
		everything_again(t);
		return;
	}
	d = dir_of_wd(t, e->wd);
	if (!d)
		return;
	if (e->mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) {
		d->ino = 0; /* its number may be given to another at once */
		folder_gone(t);
	} else if (e->len) {
		name_event(t, d, e, move);
	}
}

static void settle(struct tail *t)
{
	for (struct tdir *d = t->dirs_stale ? t->dirs : NULL; d; d = d->next)
		if (d->stale) {
			d->stale = false;
			dir_scan(t, d);
		}
	t->dirs_stale = false;
	if (t->links_stale)
		links_again(t);
}

static void on_events(void *arg, uint32_t events)
{
	_Alignas(struct inotify_event) char buf[32768];
	struct tail *t = arg;
	struct move move = {0};
	bool busy = t->ready;
	ssize_t n = read(t->inotify, buf, sizeof(buf));

	(void)events;
	for (ssize_t at = 0; at + (ssize_t)sizeof(struct inotify_event) <= n;) {
		const struct inotify_event *e = (const void *)(buf + at);

		event(t, e, &move);
		at += (ssize_t)(sizeof(*e) + e->len);
	}
	settle(t);
	if (t->ready && !busy && !t->waiting)
		genlog_timer_set(t->turn, COALESCE_MS); /* a writer's next lines come along */
}

int events_open(struct tail *t)
{
	t->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (t->inotify < 0) {
		genlog_say(t->in, GENLOG_SAY_WARN,
			"inotify cannot be had: %s; files are looked at every %lld ms instead", strerror(errno),
			(long long)t->poll_interval);
		t->polling = true;
		genlog_timer_set(t->poll, t->poll_interval);
		return 0;
	}
	t->watch = genlog_watch(t->in, t->inotify, EPOLLIN, on_events, t);
	return t->watch ? 0 : -errno;
}
