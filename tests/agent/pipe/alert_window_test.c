#include "lib/test.h"
#include "pipe/alerts.h"

#define MINUTE 60000

TEST(events_within_the_time_are_counted)
{
	struct alert_window w = {0};
	int64_t t = 1766399445000LL;

	for (int i = 1; i <= 10; i++)
		assert_int_equal(window_add(&w, MINUTE, t + i * 1000), i);
	assert_int_equal(window_add(&w, MINUTE, t + 2 * MINUTE), 1);
}

TEST(the_edge_of_the_window_is_exact_to_a_bucket)
{
	int64_t width = MINUTE / ALERT_BUCKETS;

	for (int64_t gap = 1; gap <= 2 * MINUTE; gap += 500) {
		struct alert_window w = {0};
		uint64_t n;

		window_add(&w, MINUTE, 1000000000LL);
		n = window_add(&w, MINUTE, 1000000000LL + gap);
		if (gap <= MINUTE - width)
			assert_int_equal(n, 2);
		if (gap >= MINUTE + width)
			assert_int_equal(n, 1);
	}
}

TEST(events_that_come_late_count_where_they_belong)
{
	struct alert_window w = {0};

	window_add(&w, MINUTE, 1000000000LL);
	assert_int_equal(window_add(&w, MINUTE, 1000000000LL - 20000), 2);
	assert_int_equal(window_add(&w, MINUTE, 1000000000LL - 10 * MINUTE), 2);
	window_clear(&w);
	assert_int_equal(window_add(&w, MINUTE, 1000000000LL), 1);
}

TEST(a_time_shorter_than_its_buckets_and_one_before_1970)
{
	struct alert_window w = {0};

	assert_int_equal(window_add(&w, 3, 5), 1);
	assert_int_equal(window_add(&w, 3, 6), 2);
	assert_int_equal(window_add(&w, MINUTE, -100 * MINUTE), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_within_the_time_are_counted),
		cmocka_unit_test(the_edge_of_the_window_is_exact_to_a_bucket),
		cmocka_unit_test(events_that_come_late_count_where_they_belong),
		cmocka_unit_test(a_time_shorter_than_its_buckets_and_one_before_1970),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
