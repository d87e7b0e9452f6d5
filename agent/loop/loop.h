/*
 * One thread's events: fds, timers, and a wake-up from other threads.
 *
 * Owner:   the thread that runs it; all but loop_wake() and loop_stop() are its alone.  Zeroed is closed.
 * Life:    a watch or timer may be freed from any callback, its own as well; it is called no more from then on.
 * Failure: -errno; a watch that cannot be had is NULL with errno set.
 */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

typedef void loop_fd_fn(void *arg, uint32_t events);
typedef void loop_timer_fn(void *arg);

struct loop_watch {
	struct loop *loop;
	int fd;
	bool dead;
	loop_fd_fn *fn;
	void *arg;
	const void *owner;
	struct loop_watch *next, *before; /* of those that live, or of the dead */
};

struct loop_timer {
	struct loop *loop;
	int64_t due; /* clock_ms(); INT64_MAX: not set */
	loop_timer_fn *fn;
	void *arg;
	const void *owner;
	struct loop_timer *next;
	bool dead;
};

struct loop {
	int epoll, wake;
	struct loop_watch wake_watch;
	loop_timer_fn *woken; /* called after loop_wake() */
	void *woken_arg;
	struct loop_timer *timers;
	struct loop_watch *watches, *dead;
	bool dead_timers;
	bool stopped;
	bool open;
};

int loop_open(struct loop *l);
void loop_close(struct loop *l);
int loop_run(struct loop *l); /* until loop_stop(), also one before it began; 0 or -errno */
void loop_stop(struct loop *l);
void loop_wake(struct loop *l);

struct loop_watch *loop_watch(struct loop *l, int fd, uint32_t events, loop_fd_fn *fn, void *arg);
int loop_watch_set(struct loop_watch *w, uint32_t events); /* others from now on */
void loop_unwatch(struct loop_watch *w);
struct loop_timer *loop_timer(struct loop *l, loop_timer_fn *fn, void *arg);
void loop_timer_set(struct loop_timer *t, int64_t ms);
void loop_timer_free(struct loop_timer *t);

/* All watches and timers of an owner, who is written into them after they were made; NULL has none. */
void loop_disown(struct loop *l, const void *owner);

#endif
