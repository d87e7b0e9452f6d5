/* How many batches are under way, from what each took. */
#include "ship/flow.h"

#include "lib/test.h"

static void report(struct flow *f, int times, int64_t us_each)
{
	for (int i = 0; i < times; i++)
		flow_report(f, 1000, us_each * 1000 * 1000);
}

TEST(it_begins_wide_open_and_stays_so_while_the_pace_holds)
{
	struct flow f;

	flow_init(&f, 4);
	assert_int_equal(f.limit, 4);
	for (int i = 0; i < 50; i++) {
		report(&f, 1, 10);
		report(&f, 1, 25); /* what varies is not slow */
	}
	assert_int_equal(f.limit, 4);
	assert_true(flow_allows(&f, 3));
	assert_false(flow_allows(&f, 4));
	flow_fini(&f);
}

TEST(slow_batches_in_a_row_make_it_narrower_and_good_ones_wider_again)
{
	struct flow f;

	flow_init(&f, 3);
	report(&f, 4, 10);
	report(&f, 3, 100);
	assert_int_equal(f.limit, 3);
	report(&f, 1, 100);
	assert_int_equal(f.limit, 2);
	report(&f, 20, 100);
	assert_int_equal(f.limit, 1); /* never less */
	report(&f, 8, 10);
	assert_int_equal(f.limit, 3); /* never more */
	flow_fini(&f);
}

TEST(an_output_that_has_become_slower_for_good_is_believed_in_the_end)
{
	struct flow f;

	flow_init(&f, 2);
	report(&f, 4, 10);
	report(&f, 8, 100);
	assert_int_equal(f.limit, 1);
	report(&f, 200, 100);
	assert_int_equal(f.limit, 2);
	flow_fini(&f);
}

TEST(a_failure_leaves_one_and_small_batches_say_nothing)
{
	struct flow f;

	flow_init(&f, 8);
	flow_failed(&f);
	assert_int_equal(f.limit, 1);
	for (int i = 0; i < 100; i++)
		flow_report(&f, 5, 10);
	assert_int_equal(f.limit, 1);
	report(&f, 4, 10);
	assert_int_equal(f.limit, 2);
	flow_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_begins_wide_open_and_stays_so_while_the_pace_holds),
		cmocka_unit_test(slow_batches_in_a_row_make_it_narrower_and_good_ones_wider_again),
		cmocka_unit_test(an_output_that_has_become_slower_for_good_is_believed_in_the_end),
		cmocka_unit_test(a_failure_leaves_one_and_small_batches_say_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
