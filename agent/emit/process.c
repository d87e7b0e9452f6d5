#include "emit.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static struct gl_producer no_ring;

__thread struct gl_thread_state gl_thread_state = {&no_ring, 0};
struct gl_process *gl_process;
struct genlog_options gl_options;
struct gl_counts gl_counts;
int gl_threshold = GENLOG_SEV_INFO, gl_level = GENLOG_SEV_INFO, gl_clock = GL_CLOCK_REALTIME;

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

	clock_gettime(gl_clock == GL_CLOCK_COARSE ? CLOCK_REALTIME_COARSE : CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

bool gl_lock(bool wait)
{
	for (unsigned i = 0;; i++) {
		uint32_t free = 0;

		if (__atomic_compare_exchange_n(&gl_process->lock, &free, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return true;
		if (!wait)
			return false;
		if (i > 100)
			sched_yield();
	}
}

void gl_unlock(void)
{
	__atomic_store_n(&gl_process->lock, 0, __ATOMIC_RELEASE);
}

/* A level that only the recorder wants is on, too. */
void gl_set_threshold(void)
{
	int recorder = gl_options.recorder ? (int)gl_options.recorder : GENLOG_SEV_OFF;

	__atomic_store_n(&gl_threshold, recorder < gl_level ? recorder : gl_level, __ATOMIC_RELAXED);
}

const char *gl_socket_path(void)
{
	const char *e = gl_options.socket_path ? gl_options.socket_path : secure_getenv("GENLOG_SOCKET");

	return e && *e ? e : GL_SOCKET_PATH;
}

const char *gl_ring_dir(void)
{
	const char *e = gl_options.ring_dir ? gl_options.ring_dir : secure_getenv("GENLOG_RING_DIR");

	return e && *e ? e : GL_RINGS_PATH;
}

static const struct {
	const char *word;
	int level;
} levels[] = {{"debug", GENLOG_SEV_DEBUG}, {"info", GENLOG_SEV_INFO}, {"warn", GENLOG_SEV_WARN},
	{"error", GENLOG_SEV_ERROR}, {"critical", GENLOG_SEV_CRITICAL}, {"off", GENLOG_SEV_OFF}};

static void level_of_environment(void)
{
	const char *e = secure_getenv("GENLOG_LEVEL");

	for (size_t i = 0; e && i < sizeof(levels) / sizeof(*levels); i++)
		if (strcasecmp(e, levels[i].word) == 0)
			gl_level = levels[i].level;
	gl_set_threshold();
}

/* No effect outside of the process, and none that the program would notice. */
__attribute__((constructor)) static void begin(void)
{
	size_t n = (sizeof(*gl_process) + GL_PAGE - 1) & ~(size_t)(GL_PAGE - 1);

	gl_process = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (gl_process == MAP_FAILED) {
		static struct gl_process none; /* without a wipe at fork; there is no memory for much anyway */

		gl_process = &none;
		return;
	}
	madvise(gl_process, n, MADV_WIPEONFORK);
	level_of_environment();
}
