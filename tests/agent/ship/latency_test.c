#include "ship/latency.h"

#include "lib/test.h"

TEST(a_quantile_is_right_to_a_step)
{
	struct latency l = {{0}};

	assert_true(latency_quantile(&l, NULL, 0.5) == 0);
	for (int i = 1; i <= 1000; i++)
		latency_add(&l, (int64_t)i * 1000000);
	for (int share = 1; share <= 99; share++) {
		double want = share * 10, got = latency_quantile(&l, NULL, share / 100.0);

		assert_true(got >= want * 0.999 && got <= want * 1.26);
	}
}

TEST(only_what_came_since_counts)
{
	struct latency l = {{0}}, before;

	for (int i = 0; i < 100; i++)
		latency_add(&l, 1000000000);
	latency_copy(&before, &l);
	assert_true(latency_quantile(&l, &before, 0.99) == 0);
	latency_add(&l, 2000000);
	assert_true(latency_quantile(&l, &before, 0.99) < 3);
	assert_true(latency_quantile(&l, NULL, 0.5) > 900);
}

TEST(what_is_out_of_all_bounds_is_counted_at_the_ends)
{
	struct latency l = {{0}};

	latency_add(&l, -5);
	latency_add(&l, INT64_MAX);
	assert_int_equal(l.n[0], 1);
	assert_int_equal(l.n[LATENCY_STEPS - 1], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quantile_is_right_to_a_step),
		cmocka_unit_test(only_what_came_since_counts),
		cmocka_unit_test(what_is_out_of_all_bounds_is_counted_at_the_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
