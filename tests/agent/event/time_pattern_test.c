#include <errno.h>
#include <time.h>

#include "event/time.h"
#include "lib/test.h"

#define NOW 1766399445000LL /* 2025-12-22T10:30:45Z, a Monday */
#define YEAR TIME_YEAR_INFERRED
#define ZONE TIME_ZONE_INFERRED

struct row {
	const char *pattern, *text;
	const char *utc; /* NULL: no time */
	unsigned flags;
};

static void check(const struct row *row, const struct tz *zone, int64_t now)
{
	struct time_format f = {0};
	struct genlog_err err = {0};
	struct time_result t = {-1, 99};
	time_t sec;
	struct tm tm;
	char utc[64];
	size_t n;
	int r;

	if (time_format_init(&f, row->pattern, zone, &err) < 0)
		fail_msg("%s: %s", row->pattern, err.text);
	r = time_parse(&f, row->text, strlen(row->text), now, &t);
	sec = (time_t)(t.ms / 1000);
	gmtime_r(&sec, &tm);
	n = strftime(utc, sizeof(utc), "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(utc + n, sizeof(utc) - n, ".%03d", (int)(t.ms % 1000));
	if (!row->utc && (r != -EINVAL || t.ms != -1 || t.flags != 99))
		fail_msg("\"%s\" by %s should be no time: %d %s", row->text, row->pattern, r, utc);
	if (row->utc && (r != 0 || strcmp(utc, row->utc) != 0 || t.flags != row->flags))
		fail_msg("\"%s\" by %s: %d %s flags %x, not %s flags %x", row->text, row->pattern, r, utc, t.flags,
			row->utc, row->flags);
}

TEST(every_letter_reads_what_it_should)
{
	static const struct row rows[] = {
		{"%Y-%m-%d %H:%M:%S,%L", "2025-12-22 10:30:45,123", "2025-12-22 10:30:45.123", ZONE},
		{"%Y-%m-%d %H:%M:%S,%L", "2025-12-22 10:30:45,123456", "2025-12-22 10:30:45.123", ZONE},
		{"%F %T.%f", "2025-12-22 10:30:45.5", "2025-12-22 10:30:45.500", ZONE},
		{"%FT%T.%N%z", "2025-12-22T10:30:45.123456789+01:00", "2025-12-22 09:30:45.123", 0},
		{"%d/%b/%Y:%H:%M:%S %z", "22/Dec/2025:10:30:45 +0100", "2025-12-22 09:30:45.000", 0},
		{"%a, %d %b %Y %T %Z", "Mon, 22 Dec 2025 10:30:45 GMT", "2025-12-22 10:30:45.000", 0},
		{"%A, %B %e, %Y %I:%M %p", "Monday, December 22, 2025 10:30 pm", "2025-12-22 22:30:00.000", ZONE},
		{"%a %b %e %T %Y", "Mon Dec  1 10:30:45 2025", "2025-12-01 10:30:45.000", ZONE},
		{"%D %R", "12/22/25 10:30", "2025-12-22 10:30:00.000", ZONE},
		{"%y%m%d %H%M%S", "251222 103045", "2025-12-22 10:30:45.000", ZONE},
		{"%y-%j", "70-365", "1970-12-31 00:00:00.000", ZONE},
		{"%Y.%j", "2024.366", "2024-12-31 00:00:00.000", ZONE},
		{"%s", "1766399445", "2025-12-22 10:30:45.000", 0},
		{"%s", "12", "1970-01-01 00:00:12.000", 0},
		{"%s.%L", "1766399445.25", "2025-12-22 10:30:45.250", 0},
		{"%F %T %Z", "2025-12-22 10:30:45 CET", "2025-12-22 09:30:45.000", 0},
		{"%F %T %Z", "2025-12-22 10:30:45 IST", "2025-12-22 05:00:45.000", 0},
		{"%F %T %Z", "2025-12-22 10:30:45 NST", "2025-12-22 14:00:45.000", 0},
		{"%F %T %Z", "2025-12-22 10:30:45 XYZ", NULL, 0},
		{"%F %I:%M %p", "2025-12-22 12:30 AM", "2025-12-22 00:30:00.000", ZONE},
		{"%F %I:%M %p", "2025-12-22 12:30 PM", "2025-12-22 12:30:00.000", ZONE},
		{"%F %I:%M %p", "2025-12-22 13:30 PM", NULL, 0},
		{"%F%n%T", "2025-12-22 \t 10:30:45", "2025-12-22 10:30:45.000", ZONE},
		{"100%% %F", "100% 2025-12-22", "2025-12-22 00:00:00.000", ZONE},
		{"[%F]", "[2025-12-22]", "2025-12-22 00:00:00.000", ZONE},
		{"[%F]", "[2025-12-22", NULL, 0},
		{"%F", "2025-12-22x", NULL, 0},
		{"%F", "2025-02-30", NULL, 0},
		{"%Y-%j", "2025-366", NULL, 0},
		{"%F", "1960-01-01", NULL, 0},
		{"%F", "", NULL, 0},
		{"%F %T", "2025-12-22 10:30", NULL, 0},
		{"%FT%T%z", "2025-12-22T10:30:45", NULL, 0},
		{"%b %e", "Dez 1", NULL, 0},
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		check(&rows[i], NULL, NOW);
}

TEST(a_missing_year_is_the_one_nearest_to_now)
{
	static const int64_t new_year = 1767225610000; /* 2026-01-01T00:00:10Z */
	static const struct row rows[] = {
		{"%b %e %T", "Dec 31 23:59:59", "2025-12-31 23:59:59.000", YEAR | ZONE},
		{"%b %e %T", "Jan  1 00:00:10", "2026-01-01 00:00:10.000", YEAR | ZONE},
		{"%b %e %T", "Jul  2 00:00:00", "2026-07-02 00:00:00.000", YEAR | ZONE},
		{"%b %e %T", "Jul  3 00:00:00", "2025-07-03 00:00:00.000", YEAR | ZONE},
		{"%j %T", "365 00:00:00", "2025-12-31 00:00:00.000", YEAR | ZONE},
		{"%b %e %T", "Feb 29 00:00:00", NULL, 0},
		{"%T", "23:59:59", "2025-12-31 23:59:59.000", YEAR | ZONE},
		{"%T", "00:00:09", "2026-01-01 00:00:09.000", YEAR | ZONE},
		{"%T.%L", "00:00:09.5", "2026-01-01 00:00:09.500", YEAR | ZONE},
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		check(&rows[i], NULL, new_year);
}

TEST(february_29th_finds_its_leap_year)
{
	check(&(struct row){"%b %e", "Feb 29", "2024-02-29 00:00:00.000", YEAR | ZONE}, NULL, 1735689600000);
}

TEST(zones_apply_to_patterns_as_well)
{
	struct arena a = {0};
	const struct tz *z = NULL;

	assert_int_equal(tz_load(&z, &a, "America/New_York", NULL), 0);
	check(&(struct row){"%b %e %T", "Dec 22 05:30:45", "2025-12-22 10:30:45.000", YEAR | ZONE}, z, NOW);
	check(&(struct row){"%F %T", "2025-11-02 01:30:00", "2025-11-02 05:30:00.000", ZONE | TIME_FOLD}, z, NOW);
	check(&(struct row){"%F %T", "2025-03-09 02:30:00", "2025-03-09 07:30:00.000", ZONE | TIME_GAP}, z, NOW);
	arena_free(&a);
}

TEST(a_bad_pattern_is_told_with_its_column)
{
	static const struct {
		const char *pattern, *said;
	} rows[] = {
		{"%Y-%q", "column 4 of the time pattern: unknown \"%q\""},
		{"%", "column 1 of the time pattern: nothing behind \"%\""},
		{"%F %", "column 4 of the time pattern: nothing behind \"%\""},
		{"hello", "neither date nor time"},
		{"", "neither date nor time"},
		{"%d %H", "a day but no month"},
		{"%F %I", "%I but no %p"},
		{"%\xc3\xa4", "unknown"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct genlog_err err = {0};
		struct time_format f = {.n = 77};

		assert_int_equal(time_format_init(&f, rows[i].pattern, NULL, &err), -EINVAL);
		assert_int_equal(f.n, 77);
		if (!strstr(err.text, rows[i].said))
			fail_msg("%s: %s", rows[i].pattern, err.text);
	}
}

TEST(a_pattern_that_is_too_long_is_refused)
{
	char pattern[400] = "%F";
	struct genlog_err err = {0};
	struct time_format f = {0};

	memset(pattern + 2, 'x', 200);
	assert_int_equal(time_format_init(&f, pattern, NULL, &err), -EINVAL);
	assert_non_null(strstr(err.text, "longer than"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_letter_reads_what_it_should),
		cmocka_unit_test(a_missing_year_is_the_one_nearest_to_now),
		cmocka_unit_test(february_29th_finds_its_leap_year),
		cmocka_unit_test(zones_apply_to_patterns_as_well),
		cmocka_unit_test(a_bad_pattern_is_told_with_its_column),
		cmocka_unit_test(a_pattern_that_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
