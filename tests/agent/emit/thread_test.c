/* Threads: many, short ones, such as log at their exit, such as are cancelled. */
#include "left.h"

#include <pthread.h>
#include <sys/resource.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZER 1 /* takes memory of its own for each thread, and stumbles over cancelled ones */
#else
#define SANITIZER 0
#endif

static pthread_barrier_t together;

static void *wait_and_log(void *arg)
{
	GENLOG_INFO("one of many");
	pthread_barrier_wait(&together);
	return arg;
}

static void many_threads(void)
{
	struct genlog_options o = {.size = sizeof(o), .max_threads = 2, .ring_bytes = 65536};
	struct genlog_stats st = {.size = sizeof(st)};
	pthread_t t[8];

	genlog_init(&o);
	pthread_barrier_init(&together, NULL, 8);
	for (int i = 0; i < 8; i++)
		pthread_create(&t[i], NULL, wait_and_log, NULL);
	for (int i = 0; i < 8; i++)
		pthread_join(t[i], NULL);
	genlog_get_stats(&st);
	MUST(st.rings == 2 && st.dropped == 0);
}

TEST(threads_without_a_ring_use_the_slots)
{
	int status;
	const char *got = left_by(many_threads, &status);

	assert_int_equal(status, 0);
	assert_int_equal(count_lines(got, "9 one of many"), 8);
	assert_int_equal(count_lines(got, "slot 9 one of many"), 7);
	end();
}

static long resident(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

static void short_threads(void)
{
	struct genlog_stats st = {.size = sizeof(st)};
	long before;

	run(one_line, NULL);
	rings_open(&r, place.path);
	before = resident();
	for (int i = 0; i < 10000; i++) {
		run(one_line, NULL);
		if (i % 1000 == 0)
			MUST(count_lines(rings_take(&r), "9 a thread") > 0);
	}
	genlog_get_stats(&st);
	MUST(st.rings == 1 && st.dropped == 0);
	MUST(SANITIZER || resident() < before + 16384);
}

TEST(ten_thousand_short_threads_share_a_ring)
{
	int status;

	(void)left_by(short_threads, &status);
	assert_int_equal(status, 0);
	end();
}

static pthread_key_t late;

static void log_late(void *arg)
{
	(void)arg;
	GENLOG_INFO("late");
}

static void *log_at_exit(void *arg)
{
	GENLOG_INFO("early");
	pthread_setspecific(late, &late);
	return arg;
}

static void exits(void)
{
	pthread_key_create(&late, log_late);
	for (int i = 0; i < 100; i++)
		run(log_at_exit, NULL);
}

TEST(a_destructor_of_a_thread_may_log)
{
	int status;
	const char *got = left_by(exits, &status);

	assert_int_equal(status, 0);
	assert_int_equal(count_lines(got, "9 early |"), 100);
	assert_int_equal(count_lines(got, "9 late |"), 100);
	assert_int_equal(r.s->rings_used, 1);
	end();
}

/* The first call of a thread opens, maps and connects. */
static void *cancelled_in_a_call(void *arg)
{
	pthread_barrier_wait(&together); /* from here on it is asked to end */
	pthread_barrier_wait(&together);
	for (int i = 0; i < 1000; i++)
		GENLOG_INFO("{text}", "of a thread that ends when it says so, and not in a call");
	pthread_testcancel();
	return arg;
}

static void cancelled(void)
{
	struct genlog_options o = {.size = sizeof(o),
		.ring_bytes = 65536,
		.on_full = GENLOG_FULL_BLOCK,
		.block_ms = 1,
		.no_helper_thread = true};
	void *how;
	pthread_t t;

	genlog_init(&o);
	pthread_barrier_init(&together, NULL, 2);
	MUST(pthread_create(&t, NULL, cancelled_in_a_call, NULL) == 0);
	pthread_barrier_wait(&together);
	pthread_cancel(t);
	pthread_barrier_wait(&together);
	MUST(pthread_join(t, &how) == 0 && how == PTHREAD_CANCELED);
	run(one_line, NULL);
}

TEST(a_call_is_no_point_of_cancellation)
{
	int status;
	const char *got;

	if (SANITIZER) {
		print_message("skipped: not under a sanitizer\n");
		return;
	}
	got = left_by(cancelled, &status);
	assert_int_equal(status, 0);
	assert_int_equal(count_lines(got, "9 {text} |") + ring_of(&r, 1)->drops, 1000);
	assert_non_null(strstr(got, "9 a thread |"));
	end();
}

static void *register_many(void *arg)
{
	int32_t *ids = arg;

	for (int i = 0; i < 200; i++)
		ids[i] = genlog_register(GENLOG_SEV_INFO, "n {i}", "", "i", NULL, "f", i, "g");
	return NULL;
}

static void registers(void)
{
	static int32_t ids[4][200];
	static bool seen[1024];
	pthread_t t[4];

	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, register_many, ids[i]);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	for (int i = 0; i < 800; i++) {
		int32_t id = ids[i / 200][i % 200];
		union genlog_arg a = {.i = i};

		MUST(id > 0 && id < 1024 && !seen[id]);
		seen[id] = true;
		MUST(genlog_emit(id, &a));
	}
	GENLOG_INFO("done");
}

TEST(many_threads_may_register)
{
	int status;
	const char *got = left_by(registers, &status);

	assert_int_equal(status, 0);
	assert_int_equal(count_lines(got, "9 n {i} |"), 800);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_without_a_ring_use_the_slots),
		cmocka_unit_test(ten_thousand_short_threads_share_a_ring),
		cmocka_unit_test(a_destructor_of_a_thread_may_log),
		cmocka_unit_test(a_call_is_no_point_of_cancellation),
		cmocka_unit_test(many_threads_may_register),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
