/*
 * While nothing happens anywhere, programs are asked to ring: `doorbell` of each segment is 1, and a thread waits for
 * any of them to change.  Who logs an ERROR, or has filled half a ring, then wakes the agent; all else waits for its
 * next look, 100 ms at most.
 *
 * A program does not order its record before its look at the doorbell: the barrier that the agent makes here, in all
 * processes that have registered for it, does.  After it all rings are looked at once more.
 *
 * The words of a file are mapped for this, and never touched here: the kernel that cannot read one says EFAULT.
 */
#include "emit.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
#define WORDS_MAX 127u /* the kernel takes 128, of which one is the agent's own */
#define WAIT_SECONDS 5

/* As the kernel has it since 5.16. */
struct waiter_ {
	uint64_t val, uaddr;
	uint32_t flags, reserved;
};
#define FUTEX2_32 2u

struct wake {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t armed;
	struct genlog_watch *watch;
	int fd;
	bool running, quit, waiting;
	uint32_t own; /* changes when the words do */
	uint32_t n;
	uint32_t *words[WORDS_MAX];
};

static int wait_for_any(struct wake *w, uint32_t own, uint32_t *const *words, uint32_t n)
{
	struct waiter_ v[WORDS_MAX + 1] = {{.val = own, .uaddr = (uintptr_t)&w->own, .flags = FUTEX2_32}};
	struct timespec t;

	for (uint32_t i = 0; i < n; i++)
		v[i + 1] = (struct waiter_){.val = 1, .uaddr = (uintptr_t)words[i], .flags = FUTEX2_32};
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += WAIT_SECONDS;
	return (int)syscall(SYS_futex_waitv, v, n + 1, 0, &t, CLOCK_MONOTONIC) < 0 ? -errno : 0;
}

/* One that cannot be waited for is looked at like all others. */
static void *run(void *arg)
{
	struct wake *w = arg;
	uint32_t *words[WORDS_MAX];
	const uint64_t one = 1;

	pthread_mutex_lock(&w->lock);
	while (!w->quit) {
		uint32_t own, n = w->n;
		int r;

		if (!w->waiting) {
			pthread_cond_wait(&w->armed, &w->lock);
			continue;
		}
		memcpy(words, w->words, sizeof(words));
		own = w->own;
		pthread_mutex_unlock(&w->lock);
		r = wait_for_any(w, own, words, n);
		pthread_mutex_lock(&w->lock);
		if (w->own != own || r == -ETIMEDOUT)
			continue;
		w->waiting = false;
		if (r == 0 || r == -EAGAIN)
			(void)!write(w->fd, &one, sizeof(one));
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

static void change(struct wake *w, bool waiting)
{
	w->waiting = waiting;
	__atomic_fetch_add(&w->own, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &w->own, FUTEX_WAKE, 1, NULL, NULL, 0);
	pthread_cond_signal(&w->armed);
}

/* ── the reader's thread ── */

static void on_rung(void *arg, uint32_t events)
{
	struct emit *e = arg;
	uint64_t n;

	(void)events;
	(void)!read(e->wake->fd, &n, sizeof(n));
	for (struct segment *s = e->segments; s; s = s->next)
		s->look_at = 0;
	e->asleep = false;
	poll_soon(e);
}

int wake_open(struct emit *e)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t armed = PTHREAD_COND_INITIALIZER;

	e->wake = calloc(1, sizeof(*e->wake));
	if (!e->wake)
		return -ENOMEM;
	e->wake->lock = lock;
	e->wake->armed = armed;
	e->wake->fd = -1;
	return 0;
}

/* Without such a kernel, programs are looked at every 10 ms. */
int wake_start(struct emit *e)
{
	struct wake *w = e->wake;
	sigset_t all, old;

	if (syscall(SYS_futex_waitv, NULL, 0, 0, NULL, 0) < 0 && errno == ENOSYS)
		return 0;
	w->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	w->watch = w->fd < 0 ? NULL : genlog_watch(e->in, w->fd, EPOLLIN, on_rung, e);
	if (!w->watch)
		return -errno;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	w->running = pthread_create(&w->thread, NULL, run, w) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (w->running)
		(void)pthread_setname_np(w->thread, "emit/wake");
	return 0;
}

void wake_close(struct emit *e)
{
	struct wake *w = e->wake;

	if (!w)
		return;
	if (w->running) {
		pthread_mutex_lock(&w->lock);
		w->quit = true;
		change(w, false);
		pthread_mutex_unlock(&w->lock);
		pthread_join(w->thread, NULL);
	}
	genlog_unwatch(w->watch);
	if (w->fd >= 0)
		close(w->fd);
	free(w);
	e->wake = NULL;
}

bool wake_can(const struct emit *e)
{
	return e->wake && e->wake->running;
}

/* The word of a segment, where the kernel finds it; a file's first page is mapped for that alone. */
static uint32_t *word_of(struct segment *s)
{
	if (s->v.p)
		return (uint32_t *)(void *)(s->v.p + offsetof(struct gl_segment, doorbell));
	if (!s->page) {
		s->page = mmap(NULL, GL_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, s->v.fd, 0);
		if (s->page == MAP_FAILED)
			s->page = NULL;
	}
	return s->page ? (uint32_t *)(void *)(s->page + offsetof(struct gl_segment, doorbell)) : NULL;
}

/* The thread knows no words of what goes. */
void wake_forget(struct segment *s)
{
	if (s->owner->wake && s->owner->asleep)
		wake_disarm(s->owner);
	if (s->page)
		munmap(s->page, GL_PAGE);
	s->page = NULL;
}

void wake_disarm(struct emit *e)
{
	struct wake *w = e->wake;

	e->asleep = false;
	pthread_mutex_lock(&w->lock);
	change(w, false);
	pthread_mutex_unlock(&w->lock);
}

/* 0: all are asked; a look at all has to follow. */
void wake_arm(struct emit *e)
{
	struct wake *w = e->wake;

	pthread_mutex_lock(&w->lock);
	w->n = 0;
	for (struct segment *s = e->segments; s; s = s->next) {
		uint32_t *word = s->dead || w->n == WORDS_MAX ? NULL : word_of(s);

		if (!word)
			continue;
		view_store32(&s->v, offsetof(struct gl_segment, doorbell), 1);
		w->words[w->n++] = word;
	}
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0);
	e->asleep = true;
	change(w, true);
	pthread_mutex_unlock(&w->lock);
}
