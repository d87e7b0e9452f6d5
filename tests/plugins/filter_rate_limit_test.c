#include "plugins/filter_told.h"

/* How many of `n` pass. */
static int passing(int n, const char *key)
{
	int kept = 0;

	for (int i = 0; i < n; i++)
		kept += told_event("INFO", "x", key) == GENLOG_KEEP;
	return kept;
}

TEST(so_many_pass_in_a_time)
{
	told_open("rate_limit", "rate: 10, per: 1s");
	assert_int_equal(passing(100, NULL), 10);
	clock_at += 500;
	assert_int_equal(passing(100, NULL), 5);
	clock_at += 100000;
	assert_int_equal(passing(100, NULL), 10);
	told_close();
}

TEST(a_burst_passes_after_a_quiet_time)
{
	told_open("rate_limit", "rate: 10, per: 1m, burst: 50");
	assert_int_equal(passing(100, NULL), 50);
	clock_at += 60000;
	assert_int_equal(passing(100, NULL), 10);
	told_close();
}

TEST(each_key_has_its_own)
{
	told_open("rate_limit", "rate: 3, key: key");
	assert_int_equal(passing(10, "a"), 3);
	assert_int_equal(passing(2, "b"), 2);
	assert_int_equal(passing(10, NULL), 3);
	assert_int_equal(passing(10, "b"), 1);
	told_close();
}

TEST(what_was_left_out_is_told_when_its_time_is_over)
{
	told_open("rate_limit", "rate: 3, key: key, tell: 10s");
	passing(10, "a");
	passing(5, "b");
	assert_string_equal(told_tick(false), "");
	clock_at += 10000;
	assert_string_equal(told_tick(false), "7 a \"rate limit: 7 events were left out of a; 3 in 1000 ms pass\" | "
					      "2 b \"rate limit: 2 events were left out of b; 3 in 1000 ms pass\"");
	assert_string_equal(told_tick(false), "");
	passing(4, "a");
	assert_string_equal(told_tick(true), "1 a \"rate limit: 1 events were left out of a; 3 in 1000 ms pass\"");
	told_close();
}

TEST(of_too_many_keys_the_oldest_gives_way_and_is_told)
{
	char key[16];

	told_open("rate_limit", "rate: 1, key: key");
	passing(3, "first");
	for (int i = 0; i < 4095; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		assert_int_equal(passing(1, key), 1);
	}
	assert_int_equal(passing(2, "first"), 0); /* it is the newest again */
	snprintf(key, sizeof(key), "k%d", 0);
	assert_int_equal(passing(2, key), 0);
	for (int i = 0; i < 5000; i++) {
		snprintf(key, sizeof(key), "m%d", i);
		assert_int_equal(passing(1, key), 1);
	}
	assert_int_equal(passing(1, "first"), 1);
	assert_string_equal(told_tick(true),
		"6 \"rate limit: 6 events were left out of more values than are remembered; 1 in 1000 ms pass\"");
	told_close();
}

TEST(conditions_choose_what_is_limited)
{
	told_open("rate_limit", "rate: 1, when: ['level=DEBUG']");
	assert_int_equal(passing(5, NULL), 5);
	assert_int_equal(told_event("debug", "x", NULL), GENLOG_KEEP);
	assert_int_equal(told_event("debug", "x", NULL), GENLOG_DROP);
	told_close();
}

TEST(a_long_key_is_cut_at_a_character)
{
	char key[200], want[512];

	memset(key, 'k', sizeof(key));
	memcpy(key + 119, "\xc3\xbc", 2);
	key[199] = 0;
	told_open("rate_limit", "rate: 1, key: key");
	assert_int_equal(passing(2, key), 1);
	key[119] = 0;
	snprintf(want, sizeof(want), "1 %s \"rate limit: 1 events were left out of %s; 1 in 1000 ms pass\"", key, key);
	assert_string_equal(told_tick(true), want);
	told_close();
}

TEST(a_rate_is_needed)
{
	bench_open(&b, GENLOG_FILTER, "rate_limit", "per: 1s");
	assert_true(b.opened < 0);
	config_said(&b.config, "the setting \"rate\" is missing");
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(so_many_pass_in_a_time),
		cmocka_unit_test(a_burst_passes_after_a_quiet_time),
		cmocka_unit_test(each_key_has_its_own),
		cmocka_unit_test(what_was_left_out_is_told_when_its_time_is_over),
		cmocka_unit_test(of_too_many_keys_the_oldest_gives_way_and_is_told),
		cmocka_unit_test(conditions_choose_what_is_limited),
		cmocka_unit_test(a_long_key_is_cut_at_a_character),
		cmocka_unit_test(a_rate_is_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
