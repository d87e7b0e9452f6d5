#include "plugins/filter_told.h"

static int passing(int n, const char *level, const char *key)
{
	int kept = 0;

	for (int i = 0; i < n; i++)
		kept += told_event(level, "x", key) == GENLOG_KEEP;
	return kept;
}

TEST(a_part_is_kept)
{
	static const struct {
		const char *settings;
		int of_1000;
	} rows[] = {{"one_in: 10", 100}, {"one_in: 3", 334}, {"one_in: 1", 1000}, {"rate: '0.25'", 250},
		{"rate: '0'", 0}, {"rate: '1'", 1000}, {"rate: 0.999", 999}};

	for (size_t i = 0; i < ROWS(rows); i++) {
		int kept;

		told_open("sample", rows[i].settings);
		kept = passing(1000, "INFO", NULL);
		if (kept != rows[i].of_1000)
			fail_msg("%s: %d", rows[i].settings, kept);
		told_close();
	}
}

TEST(the_first_is_kept)
{
	told_open("sample", "one_in: 1000");
	assert_int_equal(passing(1, NULL, NULL), 1);
	assert_int_equal(passing(999, NULL, NULL), 0);
	assert_int_equal(passing(1, NULL, NULL), 1);
	told_close();
}

TEST(all_of_one_key_are_kept_or_none)
{
	int kept = 0;
	char key[16];

	told_open("sample", "rate: 0.3, key: key");
	for (int i = 0; i < 1000; i++) {
		int n;

		snprintf(key, sizeof(key), "id-%d", i);
		n = passing(3, "INFO", key);
		assert_true(n == 0 || n == 3);
		kept += n == 3;
	}
	assert_in_range(kept, 250, 350);
	told_close();
}

TEST(errors_stay_unless_named)
{
	told_open("sample", "rate: '0'");
	assert_int_equal(passing(10, "error", NULL), 10);
	assert_int_equal(passing(10, "FATAL", NULL), 10);
	assert_int_equal(passing(10, "WARN", NULL), 0);
	assert_int_equal(passing(10, "?", NULL), 0);
	told_close();
	told_open("sample", "rate: '0', levels: [ERROR]");
	assert_int_equal(passing(10, "error", NULL), 0);
	assert_int_equal(passing(10, "INFO", NULL), 10);
	told_close();
}

TEST(it_is_told_once_a_minute_and_at_the_end)
{
	told_open("sample", "one_in: 4");
	passing(8, "INFO", NULL);
	clock_at += 59000;
	assert_string_equal(told_tick(false), "");
	clock_at += 1000;
	assert_string_equal(told_tick(false), "6 \"sampled: 6 events were left out; 0.25 of them are kept\"");
	assert_string_equal(told_tick(false), "");
	passing(4, "INFO", NULL);
	assert_string_equal(told_tick(false), "");
	assert_string_equal(told_tick(true), "3 \"sampled: 3 events were left out; 0.25 of them are kept\"");
	told_close();
}

TEST(settings_are_checked)
{
	static const struct {
		const char *settings, *said;
	} rows[] = {{"key: a", "either \"one_in\" or \"rate\""},
		{"one_in: 2, rate: 0.5", "either \"one_in\" or \"rate\""}, {"rate: 1.5", "no number from 0 to 1"},
		{"rate: x", "no number from 0 to 1"}, {"rate: nan", "no number"},
		{"one_in: 2, levels: [INFO, LOUD]", "3:27: \"LOUD\" is no level"},
		{"one_in: 2, when: ['x>']", "is no condition"}};

	for (size_t i = 0; i < ROWS(rows); i++) {
		bench_open(&b, GENLOG_FILTER, "sample", rows[i].settings);
		assert_true(b.opened < 0);
		config_said(&b.config, rows[i].said);
		bench_close(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_part_is_kept),
		cmocka_unit_test(the_first_is_kept),
		cmocka_unit_test(all_of_one_key_are_kept_or_none),
		cmocka_unit_test(errors_stay_unless_named),
		cmocka_unit_test(it_is_told_once_a_minute_and_at_the_end),
		cmocka_unit_test(settings_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
