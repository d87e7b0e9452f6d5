#include "spool/age.h"

#include "lib/test.h"

TEST(the_oldest_that_waits_counts_and_not_what_was_tried_last)
{
	struct age a = {0};

	assert_int_equal(age_of(&a, 0, 5000), 0);
	age_come(&a, 0, 0, 1000);
	assert_int_equal(age_of(&a, 0, 1000), 0);
	age_come(&a, 10, 0, 3000);
	age_come(&a, 20, 0, 4000);
	assert_int_equal(age_of(&a, 0, 9000), 8000);
	assert_int_equal(age_of(&a, 9, 9000), 8000);
	assert_int_equal(age_of(&a, 10, 9000), 6000);
	assert_int_equal(age_of(&a, 25, 9000), 5000);
	age_come(&a, 30, 15, 8000);
	assert_int_equal(age_of(&a, 15, 9000), 6000);
	assert_int_equal(a.n, 3);
}

TEST(after_all_was_delivered_time_begins_anew)
{
	struct age a = {0};

	age_come(&a, 0, 0, 1000);
	age_come(&a, 7, 7, 1050);
	assert_int_equal(age_of(&a, 7, 1060), 10);
	assert_int_equal(a.n, 1);
}

/* A day of documents, a hundred a second, none delivered: never too little, and right to a few hundredths. */
TEST(of_very_many_it_is_told_to_a_fraction)
{
	struct age a = {0};
	const int64_t all = 24LL * 3600 * 100;

	for (int64_t i = 0; i < all; i++)
		age_come(&a, (uint64_t)i, 0, i * 10);
	for (int64_t i = 0; i < all; i += 1237) {
		int64_t age = age_of(&a, (uint64_t)i, all * 10);

		assert_true(age >= (all - i) * 10);
		assert_true(age <= (all - i) * 10 + all * 10 / (AGE_MARKS / 2 - 1));
	}
	assert_int_equal(age_of(&a, 0, all * 10), all * 10);
}

TEST(what_is_delivered_makes_room)
{
	struct age a = {0};

	for (uint64_t i = 0; i < 100000; i++)
		age_come(&a, i, i > 5 ? i - 5 : 0, (int64_t)i * 200);
	assert_int_equal(a.step, AGE_STEP_MS);
	assert_int_equal(age_of(&a, 99994, 100000LL * 200), 1200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_oldest_that_waits_counts_and_not_what_was_tried_last),
		cmocka_unit_test(after_all_was_delivered_time_begins_anew),
		cmocka_unit_test(of_very_many_it_is_told_to_a_fraction),
		cmocka_unit_test(what_is_delivered_makes_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
