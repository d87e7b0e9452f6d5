/* What a call does when its ring is full: drop, block, spill; and what the ring is told about that. */
#include "left.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

static struct genlog_options small(void)
{
	return (struct genlog_options){.size = sizeof(struct genlog_options), .ring_bytes = 65536};
}

/* ── block ── */

#define BLOCKED 20000

static void blocking(void)
{
	struct genlog_options o = small();
	struct genlog_stats st = {.size = sizeof(st)};

	o.on_full = GENLOG_FULL_BLOCK;
	o.block_ms = 60000;
	genlog_init(&o);
	for (int i = 0; i < BLOCKED; i++)
		GENLOG_INFO("blocked {i}", i);
	genlog_get_stats(&st);
	MUST(st.dropped == 0);
	MUST(st.blocked_ns > 0);
}

static bool has_segment(struct rings *x)
{
	return rings_open_order(x, place.path, 0);
}

TEST(a_blocked_call_goes_on_when_the_reader_takes)
{
	pid_t child;
	int status = 0;
	unsigned n = 0;
	bool over = false;

	make_place();
	child = start(blocking);
	while (!has_segment(&r))
		sched_yield();
	while (!over) {
		over = waitpid(child, &status, WNOHANG) == child;
		n += count_lines(rings_take(&r), "9 blocked");
	}
	assert_int_equal(status, 0);
	assert_int_equal(n, BLOCKED);
	end();
}

static void impatient(void)
{
	struct genlog_options o = small();

	o.on_full = GENLOG_FULL_BLOCK;
	o.block_ms = 1;
	genlog_init(&o);
	for (int i = 0; i < 2000; i++)
		GENLOG_INFO("{i} {text}", i, "a text that makes the record somewhat longer");
}

TEST(a_blocked_call_gives_up_after_its_time)
{
	int status;
	const char *got = left_by(impatient, &status);

	assert_int_equal(status, 0);
	assert_int_equal(count_lines(got, "9 {i} {text}") + ring_of(&r, 0)->drops, 2000);
	assert_true(ring_of(&r, 0)->drops > 0);
	end();
}

/* ── gaps ── */

static char big[32768];

static void oversize(void)
{
	struct genlog_options o = small();

	memset(big, 'x', sizeof(big) - 1);
	genlog_init(&o);
	GENLOG_INFO("before");
	GENLOG_INFO("{a}", big);
	GENLOG_INFO("after");
}

TEST(what_is_too_large_is_a_gap_in_its_place)
{
	expect(oversize, "9 before |\ngap 1\n9 after |\n");
}

static void *fill(void *arg)
{
	for (int i = 0; i < 3000; i++)
		GENLOG_INFO("{i}", i);
	return arg;
}

static void *push_and_log(void *arg)
{
	genlog_ctx_push("late", "1");
	GENLOG_ERROR("heard");
	return arg;
}

static void two_threads(void)
{
	struct genlog_options o = small();
	pthread_t t;

	o.max_threads = 2;
	genlog_init(&o);
	for (int i = 0; i < 2; i++) {
		pthread_create(&t, NULL, i ? push_and_log : fill, NULL);
		pthread_setname_np(t, i ? "second" : "first");
		pthread_join(t, NULL);
	}
}

/* The first thread has filled its ring but for the part for errors. */
TEST(the_next_thread_of_a_full_ring_tells_the_gap_and_itself)
{
	int status;
	const char *got = left_by(two_threads, &status), *gap = strstr(got, "gap "), *p;

	assert_int_equal(status, 0);
	assert_non_null(gap);
	assert_int_equal(strtoul(gap + 4, NULL, 10), ring_of(&r, 1)->drops);
	p = strstr(gap, "thread ");
	assert_non_null(p);
	assert_non_null(strstr(p, "push 0 late=1\n17 heard |\n"));
	end();
}

static void pushed_when_full(void)
{
	struct genlog_options o = small();

	genlog_init(&o);
	for (int i = 0; i < 3000; i++)
		GENLOG_ERROR("{i}", i);
	genlog_ctx_push("order", "WO-1");
	GENLOG_INFO("dropped as well");
	rings_open(&r, place.path);
	(void)rings_take(&r);
	GENLOG_INFO("with a context");
}

TEST(a_field_pushed_into_a_full_ring_is_told_when_there_is_room)
{
	int status;
	const char *got = left_by(pushed_when_full, &status);

	assert_int_equal(status, 0);
	assert_int_equal(strncmp(got, "gap ", 4), 0);
	assert_string_equal(strchr(got, '\n') + 1, "pop 0\npush 0 order=WO-1\n9 with a context |\n");
	end();
}

/* ── spill ── */

#define SPILLED 100000

static void spilling(void)
{
	struct genlog_options o = small();
	struct genlog_stats st = {.size = sizeof(st)};

	o.on_full = GENLOG_FULL_SPILL;
	o.spill_dir = place.path;
	o.spill_max = 4 << 20;
	genlog_init(&o);
	genlog_ctx_push("order", "WO-1");
	for (int i = 0; i < SPILLED; i++) {
		GENLOG_INFO("spilled {i}", i);
		if (i == 2500) /* in a file by now: a site that its table gets later */
			GENLOG_WARN("in between");
	}
	genlog_get_stats(&st);
	MUST(st.dropped == 0);
	MUST(st.spilled_bytes > 0);
	rings_open(&r, place.path);
	(void)rings_take(&r);
	for (int i = 0; i < 10000; i++)
		GENLOG_INFO("again {i}", i);
	genlog_ctx_pop();
}

static unsigned next_number(const char **p)
{
	unsigned n;

	*p = strstr(*p, "9 spilled {i} | ");
	if (!*p)
		return ~0U;
	*p += strlen("9 spilled {i} | ");
	n = (unsigned)strtoul(*p, NULL, 10);
	return n;
}

/* In their order; how many. */
static unsigned spilled_in(const char *got, unsigned from)
{
	unsigned i = from, n;

	for (const char *p = got; (n = next_number(&p)) != ~0U; i++)
		assert_int_equal(n, i);
	return i - from;
}

TEST(a_full_ring_goes_on_in_files_and_comes_home)
{
	static struct rings home, file;
	unsigned n = 0, files = 0, between = 0;
	const char *got;
	int status;

	make_place();
	status = end_of(start(spilling));
	assert_int_equal(status, 0);
	rings_open(&home, place.path);
	got = rings_take(&home);
	assert_non_null(strstr(got, "pop 0\npush 0 order=WO-1\n"));
	assert_non_null(strstr(got, "9 again"));
	n = home.s ? 0 : 1;
	for (uint32_t order = 1; rings_open_order(&file, place.path, order); order++, files++) {
		const char *first = rings_take(&file), *number = first;

		assert_memory_equal(file.s->before, home.s->uuid, 16);
		assert_non_null(strstr(first, "pop 0\npush 0 order=WO-1\n"));
		between += count_lines(first, "13 in between");
		if (files == 0)
			n = next_number(&number);
		n += spilled_in(first, n);
		rings_close(&file);
	}
	assert_int_equal(n, SPILLED);
	assert_int_equal(between, 1);
	assert_true(files > 1);
	rings_close(&home);
	folder_remove(&place);
}

static void spilled_to_its_end(void)
{
	struct genlog_options o = small();
	struct genlog_stats st = {.size = sizeof(st)};
	pthread_t t;

	o.on_full = GENLOG_FULL_SPILL;
	o.spill_dir = place.path;
	o.spill_max = 2 << 20;
	genlog_init(&o);
	for (int i = 0; i < SPILLED; i++)
		GENLOG_INFO("{i}", i);
	genlog_get_stats(&st);
	MUST(st.dropped > 0);
	MUST(st.spilled_bytes > 0 && st.spilled_bytes <= 2 << 20);
	for (int i = 0; i < 3; i++) { /* threads that spill, and end so */
		pthread_create(&t, NULL, fill, NULL);
		pthread_join(t, NULL);
	}
	genlog_thread_fini();
	GENLOG_ERROR("at home");
}

TEST(spilling_ends_at_its_limit_and_with_its_thread)
{
	int status;
	const char *got = left_by(spilled_to_its_end, &status);

	assert_int_equal(status, 0);
	assert_non_null(strstr(got, "17 at home |\n"));
	end();
}

static void child_of_a_spilled(void)
{
	struct genlog_options o = small();
	pid_t child;

	o.on_full = GENLOG_FULL_SPILL;
	o.spill_dir = place.path;
	o.spill_max = 8 << 20;
	genlog_init(&o);
	for (int i = 0; i < 5000; i++)
		GENLOG_INFO("{i}", i);
	child = fork();
	if (child == 0) {
		char name[64];

		for (int fd = 3; fd < 64; fd++) { /* nothing of the parent's is held open */
			char link[32];
			ssize_t n;

			snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
			n = readlink(link, name, sizeof(name) - 1);
			MUST(n < 5 || memcmp(name + n - 5, ".ring", 5) != 0);
		}
		setenv("GENLOG_RING_DIR", "/none", 1);
		GENLOG_INFO("child");
		genlog_thread_fini();
		_exit(0);
	}
	MUST(end_of(child) == 0);
}

TEST(a_child_has_nothing_of_its_parent_s_files)
{
	int status;

	(void)left_by(child_of_a_spilled, &status);
	assert_int_equal(status, 0);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_blocked_call_goes_on_when_the_reader_takes),
		cmocka_unit_test(a_blocked_call_gives_up_after_its_time),
		cmocka_unit_test(what_is_too_large_is_a_gap_in_its_place),
		cmocka_unit_test(the_next_thread_of_a_full_ring_tells_the_gap_and_itself),
		cmocka_unit_test(a_field_pushed_into_a_full_ring_is_told_when_there_is_room),
		cmocka_unit_test(a_full_ring_goes_on_in_files_and_comes_home),
		cmocka_unit_test(spilling_ends_at_its_limit_and_with_its_thread),
		cmocka_unit_test(a_child_has_nothing_of_its_parent_s_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
