#include "base/civil.h"

#include <time.h>

#include "lib/test.h"

TEST(every_day_of_three_centuries_is_as_the_libc_has_it)
{
	for (int64_t day = -70000; day < 90000; day++) {
		time_t t = (time_t)(day * 86400);
		struct civil_date d = civil_from_days(day);
		struct tm tm;

		gmtime_r(&t, &tm);
		assert_int_equal(d.year, tm.tm_year + 1900);
		assert_int_equal(d.month, tm.tm_mon + 1);
		assert_int_equal(d.day, tm.tm_mday);
		assert_int_equal(civil_days(d.year, d.month, d.day), day);
		assert_int_equal(civil_weekday(day), tm.tm_wday);
	}
}

TEST(leap_years_have_a_29th_of_february)
{
	assert_int_equal(civil_month_days(2024, 2), 29);
	assert_int_equal(civil_month_days(2025, 2), 28);
	assert_int_equal(civil_month_days(2000, 2), 29);
	assert_int_equal(civil_month_days(2100, 2), 28);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_day_of_three_centuries_is_as_the_libc_has_it),
		cmocka_unit_test(leap_years_have_a_29th_of_february),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
