/* A case in a process of its own, for a process has one segment; and what it has left in that, as text. */
#ifndef EMIT_LEFT_H
#define EMIT_LEFT_H

#include <genlog/genlog.h>

#include "lib/folder.h"
#include "lib/rings.h"
#include "lib/test.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __SANITIZE_THREAD__
__attribute__((visibility("default"))) const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
	return "die_after_fork=0"; /* children of processes with threads have some, too */
}
#endif

static struct rings r;
static struct folder place;

static inline void make_place(void)
{
	folder_make(&place);
	setenv("GENLOG_RING_DIR", place.path, 1);
	setenv("GENLOG_SOCKET", "/none", 1);
}

static inline pid_t start(void (*program)(void))
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
	pid_t child = fork();

	if (child == 0) {
		for (size_t i = 0; i < ROWS(faults); i++)
			signal(faults[i], SIG_DFL); /* the test's own go */
		program();
		_exit(0);
	}
	assert_true(child > 0);
	return child;
}

static inline int end_of(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

/* The case runs with a file here for its segment. */
static inline const char *left_by(void (*program)(void), int *status)
{
	make_place();
	*status = end_of(start(program));
	rings_open(&r, place.path);
	return rings_take(&r);
}

static inline void end(void)
{
	rings_close(&r);
	folder_remove(&place);
}

/* The same, with the text that it should be, behind the line of the thread. */
static inline void expect(void (*program)(void), const char *text)
{
	int status;
	const char *got = left_by(program, &status);

	assert_int_equal(status, 0);
	if (strncmp(got, "thread ", 7) == 0)
		got = strchr(got, '\n') + 1;
	assert_string_equal(got, text);
	end();
}

static inline unsigned count_lines(const char *text, const char *with)
{
	unsigned n = 0;

	for (const char *p = text; (p = strstr(p, with)); p++)
		n++;
	return n;
}

static inline struct gl_ring *ring_of(struct rings *x, uint32_t i)
{
	return (struct gl_ring *)(void *)((uint8_t *)x->s + x->s->ring_headers_at) + i;
}

/* In a case: what should hold does not. */
#define MUST(what)                                                                                                     \
	do {                                                                                                           \
		if (!(what)) {                                                                                         \
			fprintf(stderr, "line %d: %s does not hold\n", __LINE__, #what);                               \
			_exit(9);                                                                                      \
		}                                                                                                      \
	} while (0)

static inline void *one_line(void *arg)
{
	GENLOG_INFO("a thread");
	return arg;
}

/* In a thread, to its end. */
static inline void run(void *(*what)(void *), void *arg)
{
	pthread_t t;

	MUST(pthread_create(&t, NULL, what, arg) == 0);
	MUST(pthread_join(t, NULL) == 0);
}

#endif
