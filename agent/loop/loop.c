#include "loop/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

#define EVENTS 64

static void on_wake(void *arg, uint32_t events)
{
	struct loop *l = arg;
	uint64_t n;

	(void)events;
	if (read(l->wake, &n, sizeof(n)) == sizeof(n) && l->woken)
		l->woken(l->woken_arg);
}

static int add(struct loop *l, struct loop_watch *w, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = w};

	return epoll_ctl(l->epoll, EPOLL_CTL_ADD, w->fd, &e) < 0 ? -errno : 0;
}

int loop_open(struct loop *l)
{
	l->open = true;
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->wake = l->epoll < 0 ? -1 : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->wake < 0)
		return -errno;
	l->wake_watch = (struct loop_watch){.loop = l, .fd = l->wake, .fn = on_wake, .arg = l};
	return add(l, &l->wake_watch, EPOLLIN);
}

static void free_dead_timers(struct loop *l)
{
	struct loop_timer **at = &l->timers;

	while (*at) {
		struct loop_timer *t = *at;

		if (!t->dead) {
			at = &t->next;
			continue;
		}
		*at = t->next;
		free(t);
	}
	l->dead_timers = false;
}

static void free_dead(struct loop *l)
{
	while (l->dead) {
		struct loop_watch *w = l->dead;

		l->dead = w->next;
		free(w);
	}
	if (l->dead_timers)
		free_dead_timers(l);
}

static void bury(struct loop_watch *w)
{
	struct loop *l = w->loop;

	if (w->before)
		w->before->next = w->next;
	else
		l->watches = w->next;
	if (w->next)
		w->next->before = w->before;
	w->dead = true;
	w->next = l->dead;
	l->dead = w;
}

void loop_close(struct loop *l)
{
	if (!l->open)
		return;
	for (struct loop_timer *t = l->timers; t; t = t->next)
		t->dead = l->dead_timers = true;
	while (l->watches)
		bury(l->watches);
	free_dead(l);
	if (l->wake >= 0)
		close(l->wake);
	if (l->epoll >= 0)
		close(l->epoll);
	*l = (struct loop){0};
}

static int64_t next_due(const struct loop *l)
{
	int64_t due = INT64_MAX;

	for (const struct loop_timer *t = l->timers; t; t = t->next)
		if (!t->dead && t->due < due)
			due = t->due;
	return due;
}

static int wait_ms(const struct loop *l)
{
	int64_t due = next_due(l), now = clock_ms();

	if (due == INT64_MAX)
		return -1;
	return due <= now ? 0 : due - now > 60000 ? 60000 : (int)(due - now);
}

/* A timer that its callback sets again waits for the next turn. */
static void run_timers(struct loop *l)
{
	int64_t now = clock_ms();

	for (struct loop_timer *t = l->timers; t; t = t->next)
		if (!t->dead && t->due <= now) {
			t->due = INT64_MAX;
			t->fn(t->arg);
		}
}

int loop_run(struct loop *l)
{
	struct epoll_event e[EVENTS];

	while (!__atomic_load_n(&l->stopped, __ATOMIC_RELAXED)) {
		int n = epoll_wait(l->epoll, e, EVENTS, wait_ms(l));

		if (n < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < n; i++) {
			struct loop_watch *w = e[i].data.ptr;

			if (!w->dead)
				w->fn(w->arg, e[i].events);
		}
		run_timers(l);
		free_dead(l);
	}
	return 0;
}

void loop_wake(struct loop *l)
{
	uint64_t one = 1;

	if (write(l->wake, &one, sizeof(one)) < 0)
		return; /* full: it is awake */
}

void loop_stop(struct loop *l)
{
	__atomic_store_n(&l->stopped, true, __ATOMIC_RELAXED);
	loop_wake(l);
}

struct loop_watch *loop_watch(struct loop *l, int fd, uint32_t events, loop_fd_fn *fn, void *arg)
{
	struct loop_watch *w = mem_calloc(1, sizeof(*w));
	int r;

	if (!w)
		return NULL;
	*w = (struct loop_watch){.loop = l, .fd = fd, .fn = fn, .arg = arg};
	r = add(l, w, events);
	if (r < 0) {
		free(w);
		errno = -r;
		return NULL;
	}
	w->next = l->watches;
	if (w->next)
		w->next->before = w;
	l->watches = w;
	return w;
}

int loop_watch_set(struct loop_watch *w, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = w};

	return epoll_ctl(w->loop->epoll, EPOLL_CTL_MOD, w->fd, &e) < 0 ? -errno : 0;
}

void loop_unwatch(struct loop_watch *w)
{
	if (!w || w->dead)
		return;
	epoll_ctl(w->loop->epoll, EPOLL_CTL_DEL, w->fd, NULL);
	bury(w);
}

struct loop_timer *loop_timer(struct loop *l, loop_timer_fn *fn, void *arg)
{
	struct loop_timer *t = mem_calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	*t = (struct loop_timer){.loop = l, .due = INT64_MAX, .fn = fn, .arg = arg, .next = l->timers};
	l->timers = t;
	return t;
}

void loop_timer_set(struct loop_timer *t, int64_t ms)
{
	t->due = ms < 0 ? INT64_MAX : clock_ms() + ms;
}

void loop_timer_free(struct loop_timer *t)
{
	if (t)
		t->dead = t->loop->dead_timers = true;
}

void loop_disown(struct loop *l, const void *owner)
{
	for (struct loop_watch *w = l->watches, *next; w && owner; w = next) {
		next = w->next;
		if (w->owner == owner)
			loop_unwatch(w);
	}
	for (struct loop_timer *t = l->timers; t && owner; t = t->next)
		if (t->owner == owner)
			loop_timer_free(t);
}
