/* Last words, and backtraces: what stands in the record, and how the process ends. */
#include "left.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

static void handle(void)
{
	struct genlog_options o = {.size = sizeof(o), .crash_handler = true};

	MUST(genlog_init(&o) == 0);
}

/* ── in the raw: rings.c prints a trace as a word ── */

/* The values of the record whose first text this is; its trace. */
static const uint64_t *trace_behind(const char *text, uint64_t *n)
{
	const uint8_t *base = (const uint8_t *)r.s + r.s->rings_at, *p = base;
	const struct gl_record *rec = (const void *)p;

	for (; p < base + ring_of(&r, 0)->head; p += rec->len) {
		rec = (const void *)p;
		if (rec->site < GL_SITE_FIRST || memcmp(p + sizeof(*rec) + 16, text, strlen(text)) != 0)
			continue;
		memcpy(n, p + sizeof(*rec) + 8, 8);
		return (const void *)(p + sizeof(*rec) + 16 + strlen(text));
	}
	fail_msg("there is no \"%s\"", text);
	return NULL;
}

/* Whether a module that was told has the address. */
static bool is_in_a_module(uint64_t address)
{
	const uint8_t *base = (const uint8_t *)r.s + r.s->rings_at, *p = base;

	while (p < base + ring_of(&r, 0)->head) {
		const struct gl_record *rec = (const void *)p;
		struct gl_module m;

		memcpy(&m, p + sizeof(*rec), sizeof(m));
		if (rec->site == GL_META_MODULE && address >= m.start && address < m.end && m.path_len > 0)
			return true;
		p += rec->len;
	}
	return false;
}

__attribute__((noinline)) static void traced(void)
{
	GENLOG_ERROR_TRACE("traced {what}", "here.");
	__asm__ volatile("" ::: "memory"); /* the call is not its last */
}

/* The text is followed by the trace; lengths are 5 and 8 a frame. */
TEST(a_backtrace_has_its_caller_in_a_module)
{
	int status;
	uint64_t n = 0, at;
	bool found = false;
	const char *got = left_by(traced, &status);
	const uint64_t *t;

	assert_int_equal(status, 0);
	assert_non_null(strstr(got, "17 traced {what} [trace] | \"here.\" trace\n"));
	t = trace_behind("here.", &n);
	assert_true(n >= 16 && n % 8 == 0);
	for (uint64_t i = 0; i < n / 8; i++) {
		memcpy(&at, (const uint8_t *)t + 8 * i, 8);
		if (at > (uintptr_t)traced && at < (uintptr_t)traced + 512)
			found = is_in_a_module(at);
	}
	assert_true(found);
	end();
}

/* ── signals ── */

static int dies(void (*how)(void), const char *words)
{
	int status;
	const char *got = left_by(how, &status);

	if (!strstr(got, words))
		fail_msg("\"%s\" is not in: %s", words, got);
	assert_int_equal(count_lines(got, "21 {signal}"), 1);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(r.s->crashed, WTERMSIG(status));
	end();
	return WTERMSIG(status);
}

static void aborts(void)
{
	handle();
	abort();
}

static void twice(void)
{
	handle();
	MUST(genlog_crash_handler() == 0);
	raise(SIGFPE);
}

TEST(abort_and_raise_end_as_they_would)
{
	assert_int_equal(dies(aborts, "| \"SIGABRT\" "), SIGABRT);
	assert_int_equal(dies(twice, "| \"SIGFPE\" "), SIGFPE);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
static volatile int depth;

__attribute__((noinline)) static int deeper(volatile char *from)
{
	volatile char room[4096];

	room[0] = from[0];
	depth++;
	return depth < 1 << 30 ? deeper(room) + room[0] : 0;
}

static void overflows(void)
{
	struct rlimit small = {1 << 20, 1 << 20};
	volatile char c = 1;

	setrlimit(RLIMIT_STACK, &small);
	handle();
	_exit(deeper(&c));
}

/* The text of a call lies where nothing is: the call is under way when it faults. */
static void in_a_call(void)
{
	handle();
	GENLOG_INFO("{text}", genlog_text((const char *)(uintptr_t)64, 100));
}

static void *fault(void *arg)
{
	volatile int *volatile nowhere = (volatile int *)16;

	pthread_barrier_wait(arg);
	*nowhere = 1;
	return NULL;
}

static void two_at_once(void)
{
	pthread_barrier_t b;
	pthread_t t;

	handle();
	pthread_barrier_init(&b, NULL, 2);
	pthread_create(&t, NULL, fault, &b);
	(void)fault(&b);
}

TEST(faults_are_told_wherever_they_happen)
{
	assert_int_equal(dies(overflows, "| \"SIGSEGV\" "), SIGSEGV);
	assert_int_equal(
		dies(in_a_call, "slot 21 {signal} at {address} [si_code,trace,registers] | \"SIGSEGV\" 40x"), SIGSEGV);
	for (int i = 0; i < 20; i++)
		assert_int_equal(dies(two_at_once, "| \"SIGSEGV\" 10x"), SIGSEGV);
}
#else
TEST(faults_are_told_wherever_they_happen)
{
	print_message("skipped: the sanitizer handles faults itself\n");
}
#endif

static void on_abort(int s)
{
	_exit(40 + s);
}

static void has_its_own(void)
{
	signal(SIGABRT, on_abort);
	handle();
	abort();
}

TEST(the_program_s_own_handler_comes_afterwards)
{
	int status;
	const char *got = left_by(has_its_own, &status);

	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 40 + SIGABRT);
	assert_non_null(strstr(got, "\"SIGABRT\""));
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_backtrace_has_its_caller_in_a_module),
		cmocka_unit_test(abort_and_raise_end_as_they_would),
		cmocka_unit_test(faults_are_told_wherever_they_happen),
		cmocka_unit_test(the_program_s_own_handler_comes_afterwards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
