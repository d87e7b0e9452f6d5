#include "base/buf.h"

#include <errno.h>

#include "agent/mine/lines.h"

/* Words without digits, as many different ones as wanted. */
static const char *name(unsigned i)
{
	static char s[16];
	size_t n = 0;

	for (s[n++] = 'q'; i; i /= 20)
		s[n++] = "abcdfghijklmnoprstuv"[i % 20];
	s[n] = 0;
	return s;
}

TEST(the_least_recently_used_gives_way_and_comes_back_with_its_id)
{
	struct mine *m = mine_new(3);
	uint64_t one = mined(m, "one: a").id, two = mined(m, "two: b").id;
	struct mine_stats st;

	mined(m, "three: c");
	assert_int_equal(mined(m, "one: a").id, one);
	mined(m, "four: d");
	mine_stats(m, &st);
	assert_int_equal(st.templates, 3);
	assert_int_equal(st.evicted, 1);
	assert_false(mined(m, "one: a").fresh);
	assert_true(mined(m, "two: b").fresh);
	assert_int_equal(mined(m, "two: b").id, two);
	assert_false(mined(m, "one: a").fresh);
	mine_free(m);
}

TEST(words_without_number_take_no_more_memory_than_allowed)
{
	struct mine *m = mine_new(256);
	uint64_t kept = mined(m, "Kept: always here").id;
	struct mine_stats st;

	for (unsigned i = 0; i < 50000; i++) {
		char line[2000];
		size_t n = (size_t)snprintf(line, sizeof(line), "%s: %s", name(i), name(i * 7));

		for (unsigned k = 0; k < i % 200; k++)
			n += (size_t)snprintf(line + n, sizeof(line) - n, " %s", name(k));
		mined(m, line);
		if (i % 50 == 0)
			assert_int_equal(mined(m, "Kept: always here").id, kept);
		mine_stats(m, &st);
		assert_true(st.templates <= 256);
		assert_true(st.bytes <= 256 * 640);
	}
	assert_true(st.evicted > 40000);
	assert_false(mined(m, "Kept: always here").fresh);
	mine_free(m);
}

TEST(names_without_number_make_one_template)
{
	struct mine *m = mine_new(64);
	struct mine_stats st;

	for (unsigned i = 0; i < 20000; i++) {
		char line[100];

		snprintf(line, sizeof(line), "copied file to %s, all good", name(i));
		mined(m, line);
	}
	mine_stats(m, &st);
	assert_true(st.templates <= 3);
	assert_int_equal(st.evicted, 0);
	mine_free(m);
}

TEST(only_a_number_of_templates_that_makes_sense_is_taken)
{
	assert_null(mine_new(0));
	assert_null(mine_new(65536));
	mine_free(NULL);
}

static bool no_memory(void *arg)
{
	long *n = arg;

	return (*n)-- == 0;
}

TEST(every_allocation_may_fail)
{
	static const char *const lines[] = {"by alice at home", "by bob at home", "x=1 is new", "by carol at home"};
	long at = 0, left = 0;

	for (; left <= 0; at++) {
		struct mem_hook hook = {no_memory, &left};
		struct genlog_buf out = {0};
		struct mine *m;
		int r;

		left = at;
		mem_hook_set(&hook);
		m = mine_new(16);
		for (size_t i = 0; m && i < ROWS(lines); i++) {
			char line[100] = {0};
			struct mined d;

			memcpy(line, lines[i], strlen(lines[i]));
			r = mine_line(m, line, strlen(line), &d);
			assert_true(r == 0 || r == -ENOMEM);
		}
		r = m ? mine_save(m, &out) : -ENOMEM;
		assert_true(r == 0 || (r == -ENOMEM && out.n == 0));
		if (r == 0) {
			r = mine_load(m, out.p, out.n);
			assert_true(r == 0 || r == -ENOMEM);
		}
		mem_hook_set(NULL);
		if (m) { /* what failed was not learned, and is now */
			struct mined d;

			mined(m, "by alice at home");
			d = mined(m, "by bob at home");
			expect_text(&d, "by {} at home");
		}
		buf_free(&out);
		mine_free(m);
	}
	assert_true(at > 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_least_recently_used_gives_way_and_comes_back_with_its_id),
		cmocka_unit_test(words_without_number_take_no_more_memory_than_allowed),
		cmocka_unit_test(names_without_number_make_one_template),
		cmocka_unit_test(only_a_number_of_templates_that_makes_sense_is_taken),
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
