#include <time.h>

#include "base/arena.h"
#include "ctl/cron.h"
#include "lib/test.h"

static struct arena arena;

static const struct tz *zone(const char *name)
{
	const struct tz *z = NULL;

	assert_int_equal(tz_load(&z, &arena, name, NULL), 0);
	return z;
}

static int64_t utc(const char *text)
{
	struct tm t = {0};

	assert_non_null(strptime(text, "%Y-%m-%d %H:%M:%S", &t));
	return timegm(&t);
}

static const char *text_of(int64_t at)
{
	static char out[32];
	time_t t = (time_t)at;
	struct tm tm;

	strftime(out, sizeof(out), "%Y-%m-%d %H:%M:%S", gmtime_r(&t, &tm));
	return out;
}

struct row {
	const char *schedule, *now, *last, *next;
};

static void check(const struct tz *z, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct genlog_err err = {0};
		struct cron c;
		int64_t at = 0;

		if (cron_parse(&c, rows[i].schedule, &err) < 0)
			fail_msg("%s: %s", rows[i].schedule, err.text);
		assert_int_equal(cron_last(&c, z, utc(rows[i].now), &at), 0);
		if (strcmp(text_of(at), rows[i].last) != 0)
			fail_msg("%s at %s: last %s, not %s", rows[i].schedule, rows[i].now, text_of(at), rows[i].last);
		assert_int_equal(cron_next(&c, z, utc(rows[i].now), &at), 0);
		if (strcmp(text_of(at), rows[i].next) != 0)
			fail_msg("%s at %s: next %s, not %s", rows[i].schedule, rows[i].now, text_of(at), rows[i].next);
	}
}

TEST(schedules)
{
	static const struct row rows[] = {
		{"* * * * *", "2026-03-04 05:06:07", "2026-03-04 05:06:00", "2026-03-04 05:07:00"},
		{"* * * * *", "2026-03-04 05:06:00", "2026-03-04 05:06:00", "2026-03-04 05:07:00"},
		{"*/15 * * * *", "2026-03-04 05:46:07", "2026-03-04 05:45:00", "2026-03-04 06:00:00"},
		{"7/20 * * * *", "2026-03-04 05:46:07", "2026-03-04 05:27:00", "2026-03-04 05:47:00"},
		{"0 2 * * *", "2026-03-04 01:59:59", "2026-03-03 02:00:00", "2026-03-04 02:00:00"},
		{"30 8-17/3 * * mon-FRI", "2026-03-07 12:00:00", "2026-03-06 17:30:00", "2026-03-09 08:30:00"},
		{"0 0 1 jan,Jul *", "2026-03-04 00:00:00", "2026-01-01 00:00:00", "2026-07-01 00:00:00"},
		{"0 0 29 2 *", "2026-03-04 00:00:00", "2024-02-29 00:00:00", "2028-02-29 00:00:00"},
		{"0 12 13 * 5", "2026-03-10 00:00:00", "2026-03-06 12:00:00", "2026-03-13 12:00:00"}, /* either */
		{"0 12 13 * 5", "2026-05-09 00:00:00", "2026-05-08 12:00:00", "2026-05-13 12:00:00"},
		{"0 0 */2 * 1", "2026-03-04 00:00:00", "2026-02-23 00:00:00", "2026-03-09 00:00:00"}, /* both */
		{"0 0 * * 7", "2026-03-04 00:00:00", "2026-03-01 00:00:00", "2026-03-08 00:00:00"},
		{"0 0 * * 5-7", "2026-03-04 00:00:00", "2026-03-01 00:00:00", "2026-03-06 00:00:00"},
		{"@hourly", "2026-03-04 05:06:07", "2026-03-04 05:00:00", "2026-03-04 06:00:00"},
		{" @Daily", "2026-03-04 05:06:07", "2026-03-04 00:00:00", "2026-03-05 00:00:00"},
		{"@weekly", "2026-03-04 05:06:07", "2026-03-01 00:00:00", "2026-03-08 00:00:00"},
		{"@monthly", "2026-03-04 05:06:07", "2026-03-01 00:00:00", "2026-04-01 00:00:00"},
		{"@yearly", "2026-03-04 05:06:07", "2026-01-01 00:00:00", "2027-01-01 00:00:00"},
	};

	check(&tz_utc, rows, ROWS(rows));
}

/* Berlin: 2026-03-29 02:00 becomes 03:00 (01:00 UTC); 2026-10-25 03:00 becomes 02:00 (01:00 UTC). */
TEST(clocks_that_change)
{
	static const struct row rows[] = {
		{"0 2 * * *", "2026-01-10 00:30:00", "2026-01-09 01:00:00", "2026-01-10 01:00:00"},
		{"0 2 * * *", "2026-07-10 00:30:00", "2026-07-10 00:00:00", "2026-07-11 00:00:00"},
		/* not shown: as if the clock had not been changed */
		{"30 2 * * *", "2026-03-29 00:00:00", "2026-03-28 01:30:00", "2026-03-29 01:30:00"},
		{"30 2 * * *", "2026-03-29 12:00:00", "2026-03-29 01:30:00", "2026-03-30 00:30:00"},
		/* shown twice: once, the earlier */
		{"30 2 * * *", "2026-10-24 12:00:00", "2026-10-24 00:30:00", "2026-10-25 00:30:00"},
		{"30 2 * * *", "2026-10-25 00:45:00", "2026-10-25 00:30:00", "2026-10-26 01:30:00"},
		/* every hour goes by what is shown */
		{"30 * * * *", "2026-03-29 00:45:00", "2026-03-29 00:30:00", "2026-03-29 01:30:00"},
		{"30 * * * *", "2026-10-25 00:45:00", "2026-10-25 00:30:00", "2026-10-25 01:30:00"},
		{"30 * * * *", "2026-10-25 01:45:00", "2026-10-25 01:30:00", "2026-10-25 02:30:00"},
		{"0 0 * * *", "2026-10-25 00:00:00", "2026-10-24 22:00:00", "2026-10-25 23:00:00"},
	};

	check(zone("Europe/Berlin"), rows, ROWS(rows));
}

/* Every due time of a year, by the definition: each minute is asked. */
TEST(a_year_minute_by_minute)
{
	const struct tz *z = zone("America/New_York");
	int64_t t = utc("2026-01-01 00:00:00"), end = utc("2027-01-01 00:00:00"), due = t, back;
	struct cron c;
	unsigned n = 0;

	assert_int_equal(cron_parse(&c, "*/20 * * * *", NULL), 0);
	for (; due < end; n++) {
		int64_t before = due;

		assert_int_equal(cron_next(&c, z, before, &due), 0);
		assert_int_equal(due - before, 1200);
		assert_int_equal(cron_last(&c, z, due - 1, &back), 0);
		assert_int_equal(back, before);
		due += n % 50 == 0 ? 0 : (int64_t)6 * 86400 * (due + 7 * 86400 < end && n % 3 == 0 && n > 100);
	}
	assert_true(n > 300);
}

TEST(what_is_no_schedule)
{
	static const char *const bad[] = {"", "*", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *",
		"* * * * 8", "5-1 * * * *", "*/0 * * * *", "1,, * * * *", "a * * * *", "* * * janu *", "@reboot",
		"* * * * * *", "1- * * * *", "-1 * * * *", "*/ * * * *", "999999999999 * * * *", "* * * * mon-"};

	for (size_t i = 0; i < ROWS(bad); i++) {
		struct genlog_err err = {0};
		struct cron c;

		if (cron_parse(&c, bad[i], &err) == 0)
			fail_msg("\"%s\" was taken", bad[i]);
		assert_true(err.text[0]);
	}
}

TEST(one_that_is_never_due)
{
	struct cron c;
	int64_t at;

	assert_int_equal(cron_parse(&c, "0 0 31 2 *", NULL), 0);
	assert_int_equal(cron_next(&c, &tz_utc, 0, &at), -2);
	assert_int_equal(cron_last(&c, &tz_utc, 0, &at), -2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(schedules),
		cmocka_unit_test(clocks_that_change),
		cmocka_unit_test(a_year_minute_by_minute),
		cmocka_unit_test(what_is_no_schedule),
		cmocka_unit_test(one_that_is_never_due),
	};
	int r = cmocka_run_group_tests(tests, NULL, NULL);

	arena_free(&arena);
	return r;
}
