/* Each case in a process of its own: a process has one segment. */
#include "left.h"

#include <pthread.h>
#include <signal.h>

static void types(void)
{
	enum { RED = 3 } colour = RED;
	short s = -7;
	unsigned char c = 200;
	const char *none = NULL;
	char own[] = "array";

	GENLOG_INFO("a {i} {s} {u} {c}", 42, s, 7U, c);
	GENLOG_INFO("b {d} {f} {t} {n}", 1.5, 2.5F, true, 3 > 4);
	GENLOG_WARN("c {text} {none} {own} {slice}", "text", none, own, genlog_text("slice of it", 5));
	GENLOG_ERROR_X("d", "colour,when,long", colour, genlog_time(1767322800000), -1LL);
	GENLOG_CRITICAL("e {nothing}", genlog_text(NULL, 5));
	GENLOG_DOC("integration_event_log", "integration_id,status", "i-1", "success");
}

TEST(each_type_is_kept)
{
	expect(types, "9 a {i} {s} {u} {c} | 42 -7 7u 200u\n"
		      "9 b {d} {f} {t} {n} | 1.5 2.5 true 0\n"
		      "13 c {text} {none} {own} {slice} | \"text\" \"(null)\" \"array\" \"slice\"\n"
		      "17 d [colour,when,long] | 3u @1767322800000 -1\n"
		      "21 e {nothing} | \"\"\n"
		      "9  [integration_id,status] in integration_event_log | \"i-1\" \"success\"\n");
}

static int evaluated;

static int count(void)
{
	return ++evaluated;
}

static void levels(void)
{
	GENLOG_DEBUG("no {n}", count());
	genlog_set_level(GENLOG_SEV_DEBUG);
	GENLOG_DEBUG("yes {n}", count());
	genlog_set_level(GENLOG_SEV_ERROR);
	GENLOG_WARN("no {n}", count());
	GENLOG_ERROR("yes {n}", count());
}

TEST(what_is_off_is_not_evaluated)
{
	expect(levels, "5 yes {n} | 1\n17 yes {n} | 2\n");
}

static void context(void)
{
	genlog_ctx_push("order", "WO-1");
	GENLOG_INFO("a");
	genlog_ctx_push("user", "u7");
	genlog_ctx_pop();
	genlog_ctx_pop();
	genlog_ctx_pop();
	GENLOG_INFO("b");
}

TEST(context_is_a_stack)
{
	expect(context, "push 0 order=WO-1\n9 a |\npush 1 user=u7\npop 1\npop 0\n9 b |\n");
}

static void bindings(void)
{
	const union genlog_arg a[3] = {{.i = -5}, {.s = {"xyz", 2}}, {.d = 0.5}};
	int32_t site = genlog_register(GENLOG_SEV_WARN, "from {a} {b}", "c", "isd", NULL, "x.py", 7, "f");

	genlog_emit(site, a);
	if (genlog_register(GENLOG_SEV_WARN, "x", "", "q", NULL, "", 0, "") == -22 && !genlog_emit(99, a) &&
		!genlog_emit(0, a))
		GENLOG_INFO("refused");
}

TEST(bindings_register_once_and_emit_by_number)
{
	expect(bindings, "13 from {a} {b} [c] | -5 \"xy\" 0.5\n9 refused |\n");
}

static void hole(void)
{
	GENLOG_INFO("no {argument} {{for}} it");
}

TEST(a_hole_without_an_argument_is_told)
{
	int status;
	const char *got = left_by(hole, &status);

	assert_non_null(strstr(got, "has a hole without an argument | \"no {argument} {{for}} it\""));
	assert_non_null(strstr(got, "9 no {argument} {{for}} it |\n"));
	end();
}

/* ── full ── */

static void flood(void)
{
	struct genlog_options o = {.size = sizeof(o), .ring_bytes = 65536};
	struct genlog_stats st = {.size = sizeof(st)};

	genlog_init(&o);
	for (int i = 0; i < 5000; i++)
		GENLOG_INFO("flood {i}", i);
	for (int i = 0; i < 10; i++)
		GENLOG_CRITICAL("last words {i}", i);
	genlog_get_stats(&st);
	if (st.dropped == 0)
		_exit(1);
}

TEST(a_full_ring_drops_counts_and_keeps_room_for_errors)
{
	int status;
	const char *got = left_by(flood, &status);
	struct gl_ring *ring = ring_of(&r, 0);

	assert_int_equal(status, 0);
	assert_int_equal(count_lines(got, "21 last words"), 10);
	assert_int_equal(count_lines(got, "9 flood") + ring->drops, 5000);
	assert_int_equal(ring->drops, strtoul(strstr(got, "gap ") + 4, NULL, 10));
	end();
}

/* ── death ── */

static void killed(void)
{
	GENLOG_INFO("before {n}", 1);
	kill(getpid(), SIGKILL);
}

TEST(what_was_logged_survives_a_kill)
{
	int status;
	const char *got = left_by(killed, &status);

	assert_true(WIFSIGNALED(status));
	assert_non_null(strstr(got, "9 before {n} | 1\n"));
	end();
}

static void crash(void)
{
	struct genlog_options o = {.size = sizeof(o), .crash_handler = true};
	volatile int *volatile nowhere = (int *)(uintptr_t)getppid();

	nowhere = (volatile int *)16;
	signal(SIGSEGV, SIG_DFL); /* the test's own goes */
	genlog_init(&o);
	*nowhere = 1;
}

TEST(a_crash_has_last_words)
{
	int status;
	const char *got = left_by(crash, &status);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
	assert_non_null(strstr(
		got, "21 {signal} at {address} [si_code,trace,registers] | \"SIGSEGV\" 10x 1 trace registers\n"));
	assert_int_equal(r.s->crashed, SIGSEGV);
	end();
}

/* ── threads, forks, handlers ── */

static void *one_thread(void *arg)
{
	(void)arg;
	GENLOG_INFO("in a thread");
	return NULL;
}

static void threads(void)
{
	pthread_t t;

	GENLOG_INFO("main");
	for (int i = 0; i < 3; i++) {
		pthread_create(&t, NULL, one_thread, NULL);
		pthread_join(t, NULL);
	}
}

TEST(a_thread_s_ring_goes_to_the_next_one)
{
	int status;
	const char *got = left_by(threads, &status);

	assert_int_equal(count_lines(got, "in a thread"), 3);
	assert_int_equal(r.s->rings_used, 2);
	end();
}

static void forks(void)
{
	pid_t child;

	GENLOG_INFO("parent");
	child = fork();
	if (child == 0) {
		setenv("GENLOG_RING_DIR", "/none", 1); /* its segment is memory then, and goes with it */
		GENLOG_INFO("child");
		_exit(0);
	}
	waitpid(child, NULL, 0);
	GENLOG_INFO("parent again");
}

TEST(a_forked_child_does_not_write_into_its_parent_s_ring)
{
	expect(forks, "9 parent |\n9 parent again |\n");
}

static volatile sig_atomic_t handled;

static void on_alarm(int s)
{
	(void)s;
	GENLOG_INFO("handler {n}", ++handled);
}

static void handlers(void)
{
	struct sigaction a = {.sa_handler = on_alarm};
	struct genlog_options o = {.size = sizeof(o), .ring_bytes = 4 << 20};

	genlog_init(&o);
	sigaction(SIGUSR1, &a, NULL);
	for (int i = 0; i < 100; i++) {
		GENLOG_INFO("main {i}", i);
		raise(SIGUSR1);
	}
}

TEST(a_handler_may_log)
{
	int status;
	const char *got = left_by(handlers, &status);

	assert_int_equal(count_lines(got, "9 handler"), 100);
	assert_int_equal(count_lines(got, "9 main"), 100);
	end();
}

static void recorder(void)
{
	struct genlog_options o = {.size = sizeof(o), .recorder = GENLOG_SEV_DEBUG, .ring_bytes = 65536};

	genlog_init(&o);
	for (int i = 0; i < 5000; i++)
		GENLOG_DEBUG("recorded {i}", i);
	GENLOG_INFO("shipped");
}

TEST(a_recorder_keeps_the_newest)
{
	int status;
	const char *got = left_by(recorder, &status);

	assert_non_null(strstr(got, "9 shipped |\n"));
	assert_non_null(strstr(got, "5 recorded {i} | 4999\n"));
	assert_null(strstr(got, "5 recorded {i} | 0\n"));
	assert_int_equal(ring_of(&r, 1)->kind, GL_RING_RECORDER);
	end();
}

static void job(void)
{
	struct genlog_job j;

	genlog_job_begin(&j, "nightly");
	j.processed = 9;
	j.failed = 1;
	genlog_job_end(&j, GENLOG_JOB_PARTIAL, "one is missing");
}

TEST(a_job_is_a_document)
{
	int status;
	const char *got = left_by(job, &status);

	assert_non_null(strstr(got, "in daemon_execution_logs | \"nightly\" \""));
	assert_non_null(strstr(got, "\"partial\" @"));
	assert_non_null(strstr(got, " 10u 9u 1u 0u 90 "));
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_type_is_kept),
		cmocka_unit_test(what_is_off_is_not_evaluated),
		cmocka_unit_test(context_is_a_stack),
		cmocka_unit_test(bindings_register_once_and_emit_by_number),
		cmocka_unit_test(a_hole_without_an_argument_is_told),
		cmocka_unit_test(a_full_ring_drops_counts_and_keeps_room_for_errors),
		cmocka_unit_test(what_was_logged_survives_a_kill),
		cmocka_unit_test(a_crash_has_last_words),
		cmocka_unit_test(a_thread_s_ring_goes_to_the_next_one),
		cmocka_unit_test(a_forked_child_does_not_write_into_its_parent_s_ring),
		cmocka_unit_test(a_handler_may_log),
		cmocka_unit_test(a_recorder_keeps_the_newest),
		cmocka_unit_test(a_job_is_a_document),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
