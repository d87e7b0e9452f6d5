#include "emit.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static struct gl_producer no_ring;
static struct gl_process none; /* where there is no memory for one that is wiped at fork */
static pthread_key_t key;
static bool have_key;

__thread struct gl_thread_state gl_thread_state = {&no_ring, 0};
struct gl_process *gl_process = &none;
const int gl_layout_1 = GL_LAYOUT;

struct gl_producer *gl_no_ring(void)
{
	return &no_ring;
}

uint64_t gl_coarse_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

uint64_t gl_clock_now(void)
{
	struct timespec t;
	bool coarse = __atomic_load_n(&gl_common.clock, __ATOMIC_RELAXED) == GL_CLOCK_COARSE;

	clock_gettime(coarse ? CLOCK_REALTIME_COARSE : CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

/* ── the lock ── */

/* 0: free; 1: taken; 2: taken, and somebody sleeps.  What is done under it opens files: it must not be cancelled. */
bool gl_lock(bool wait)
{
	uint32_t *w = &gl_process->lock, free = 0;
	int cancel;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	if (!__atomic_compare_exchange_n(w, &free, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
		if (!wait) {
			pthread_setcancelstate(cancel, NULL);
			return false;
		}
		while (__atomic_exchange_n(w, 2, __ATOMIC_ACQUIRE))
			syscall(SYS_futex, w, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
	}
	gl_process->cancel = cancel;
	return true;
}

void gl_unlock(void)
{
	uint32_t *w = &gl_process->lock;
	int cancel = gl_process->cancel;

	if (__atomic_exchange_n(w, 0, __ATOMIC_RELEASE) == 2)
		syscall(SYS_futex, w, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	pthread_setcancelstate(cancel, NULL);
}

/* ── threads and children ── */

static void on_thread_exit(void *of)
{
	(void)of;
	genlog_thread_fini();
}

int gl_watch_exit(void *of)
{
	return have_key ? pthread_setspecific(key, of) : -EAGAIN; /* without it, its ring stays open till the end */
}

/* What it had of its parent's it leaves: the ring, for another thread may get the one that it remembers. */
static void in_child(void)
{
	gl_thread_state.producer = &no_ring;
	gl_fds_leave();
	gl_process->pid = getpid();
}

bool gl_is_own_process(void)
{
	int pid = getpid();

	if (!gl_process->pid) {
		gl_fds_leave(); /* a child of a raw clone(), which calls no handlers */
		gl_process->pid = pid;
	}
	return gl_process->pid == pid;
}

/* Before those of the program, which may log.  No effect outside of the process, and none that it would notice. */
__attribute__((constructor(101))) static void begin(void)
{
	size_t n = (sizeof(*gl_process) + GL_PAGE - 1) & ~(size_t)(GL_PAGE - 1);
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p != MAP_FAILED) {
		madvise(p, n, MADV_WIPEONFORK);
		gl_process = p;
	}
	gl_process->pid = getpid();
	have_key = pthread_key_create(&key, on_thread_exit) == 0;
	(void)pthread_atfork(NULL, NULL, in_child);
	gl_environment_take();
}
