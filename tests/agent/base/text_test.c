#include "base/text.h"

#include <errno.h>

#include "lib/test.h"

struct row {
	const char *text;
	int result;
	int64_t value;
};

static void check(int (*fn)(const char *, int64_t *), const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int64_t v = -77;
		int r = fn(rows[i].text, &v);

		if (r != rows[i].result || v != (r == 0 ? rows[i].value : -77))
			fail_msg("\"%s\": %d, %lld", rows[i].text, r, (long long)v);
	}
}

TEST(whole_numbers_in_three_bases)
{
	static const struct row rows[] = {
		{"0", 0, 0},
		{"1000", 0, 1000},
		{"-5", 0, -5},
		{"+5", 0, 5},
		{"0x10", 0, 16},
		{"0644", 0, 0644},
		{"9223372036854775807", 0, INT64_MAX},
		{"9223372036854775808", -ERANGE, 0},
		{"", -EINVAL, 0},
		{" 1", -EINVAL, 0},
		{"1 ", -EINVAL, 0},
		{"1.5", -EINVAL, 0},
		{"08", -EINVAL, 0},
		{"x", -EINVAL, 0},
		{"-", -EINVAL, 0},
		{"- 1", -EINVAL, 0},
	};

	check(text_int, rows, ROWS(rows));
}

TEST(sizes_with_their_units)
{
	static const struct row rows[] = {
		{"512", 0, 512},
		{"512B", 0, 512},
		{"64KiB", 0, 65536},
		{"64 KiB", 0, 65536},
		{"4MiB", 0, 4 << 20},
		{"1GiB", 0, 1 << 30},
		{"1.5GiB", 0, 3LL << 29},
		{"10kB", 0, 10000},
		{"64M", 0, 64 << 20},
		{"2TiB", 0, 2LL << 40},
		{"0", 0, 0},
		{"1KIB", -EINVAL, 0},
		{"1 xx", -EINVAL, 0},
		{"MiB", -EINVAL, 0},
		{"-1MiB", -EINVAL, 0},
		{"1.MiB", 0, 1 << 20},
		{"1.2.3", -EINVAL, 0},
		{"0.12345678", -EINVAL, 0},
		{"99999999TiB", -ERANGE, 0},
		{"99999999999999999999", -ERANGE, 0},
		{"", -EINVAL, 0},
		{"5%", -EINVAL, 0},
	};

	check(text_size, rows, ROWS(rows));
}

TEST(times_with_their_units)
{
	static const struct row rows[] = {
		{"200ms", 0, 200},
		{"5s", 0, 5000},
		{"0.5s", 0, 500},
		{"2m", 0, 120000},
		{"2min", 0, 120000},
		{"2h", 0, 7200000},
		{"1d", 0, 86400000},
		{"1w", 0, 604800000},
		{"1h30m", 0, 5400000},
		{"1h 30m", 0, 5400000},
		{"0", 0, 0},
		{"0s", 0, 0},
		{"5", -EINVAL, 0},
		{"", -EINVAL, 0},
		{"s", -EINVAL, 0},
		{"5 parsecs", -EINVAL, 0},
		{"-5s", -EINVAL, 0},
		{"99999999999999999w", -ERANGE, 0},
	};

	check(text_time, rows, ROWS(rows));
}

TEST(shares_in_percent)
{
	static const struct row rows[] = {
		{"5%", 0, 5},
		{"0%", 0, 0},
		{"100%", 0, 100},
		{"101%", -ERANGE, 0},
		{"5", -EINVAL, 0},
		{"%", -EINVAL, 0},
		{"-5%", -EINVAL, 0},
		{"5 %", -EINVAL, 0},
		{"99999999999999999999%", -ERANGE, 0},
	};

	check(text_percent, rows, ROWS(rows));
}

TEST(yes_and_no_as_people_write_them)
{
	static const struct row rows[] = {{"true", 0, 1}, {"false", 0, 0}, {"yes", 0, 1}, {"no", 0, 0}, {"on", 0, 1},
		{"off", 0, 0}, {"YES", 0, 1}, {"False", 0, 0}, {"1", -EINVAL, 0}, {"", -EINVAL, 0}, {"y", -EINVAL, 0}};

	for (size_t i = 0; i < ROWS(rows); i++) {
		bool v = !rows[i].value;

		assert_int_equal(text_bool(rows[i].text, &v), rows[i].result);
		assert_int_equal(v, rows[i].result == 0 ? rows[i].value : !rows[i].value);
	}
}

TEST(distances_count_letters_added_left_out_changed_and_swapped)
{
	static const struct {
		const char *a, *b;
		int distance;
	} rows[] = {
		{"", "", 0},
		{"abc", "abc", 0},
		{"abc", "", 3},
		{"patern", "pattern", 1},
		{"pattern", "pattenr", 1},
		{"pattern", "patterns", 1},
		{"kitten", "sitting", 3},
		{"ca", "abc", 3},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(text_distance(rows[i].a, rows[i].b), rows[i].distance);
		assert_int_equal(text_distance(rows[i].b, rows[i].a), rows[i].distance);
	}
}

TEST(very_long_words_are_far_from_everything)
{
	char word[100] = {0};

	memset(word, 'a', 99);
	assert_int_equal(text_distance(word, word), 64);
}

TEST(the_nearest_name_is_offered_only_when_it_was_probably_meant)
{
	static const char *const names[] = {"path", "max_size", "min_free", "sync", "when_full", NULL};
	static const struct {
		const char *word, *best;
	} rows[] = {
		{"paht", "path"},
		{"maxsize", "max_size"},
		{"min-free", "min_free"},
		{"synk", "sync"},
		{"whenfull", "when_full"},
		{"colour", NULL},
		{"x", NULL},
		{"", NULL},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct text_nearest n = {.word = rows[i].word};

		for (size_t k = 0; names[k]; k++)
			text_nearest_try(&n, names[k]);
		if (rows[i].best)
			assert_string_equal(n.best, rows[i].best);
		else
			assert_null(n.best);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_numbers_in_three_bases),
		cmocka_unit_test(sizes_with_their_units),
		cmocka_unit_test(times_with_their_units),
		cmocka_unit_test(shares_in_percent),
		cmocka_unit_test(yes_and_no_as_people_write_them),
		cmocka_unit_test(distances_count_letters_added_left_out_changed_and_swapped),
		cmocka_unit_test(very_long_words_are_far_from_everything),
		cmocka_unit_test(the_nearest_name_is_offered_only_when_it_was_probably_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
