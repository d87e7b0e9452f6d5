#include "base/tz.h"

#include <errno.h>
#include <time.h>

#include "lib/folder.h"
#include "lib/test.h"

static const char *const zones[] = {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata",
	"America/Sao_Paulo", "Africa/Casablanca", "Pacific/Apia", "Asia/Tehran", "Europe/Dublin", "America/Nuuk",
	"Antarctica/Troll", "Etc/UTC", "Africa/Cairo", "Pacific/Chatham"};

/* The same steps on every machine. */
static uint64_t step(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static const struct tz *load(struct arena *a, const char *name)
{
	struct genlog_err err = {0};
	const struct tz *z = NULL;

	if (tz_load(&z, a, name, &err) < 0)
		fail_msg("%s", err.text);
	return z;
}

TEST(offsets_at_any_instant_are_those_of_the_libc)
{
	struct arena a = {0};
	uint64_t x = 88172645463325252ULL;

	for (size_t i = 0; i < ROWS(zones); i++) {
		const struct tz *z = load(&a, zones[i]);

		setenv("TZ", zones[i], 1);
		tzset();
		for (int k = 0; k < 20000; k++) {
			time_t t = (time_t)(step(&x) % 7258118400ULL); /* to 2200 */
			struct tm tm;

			localtime_r(&t, &tm);
			if (tz_offset_at(z, t) != tm.tm_gmtoff)
				fail_msg("%s at %lld: %d, libc %ld", zones[i], (long long)t, tz_offset_at(z, t),
					tm.tm_gmtoff);
		}
	}
	unsetenv("TZ");
	arena_free(&a);
}

/* mktime() is asked where there is one answer; where there are two or none, its choice is not ours. */
TEST(wall_clocks_are_turned_into_the_instants_of_the_libc)
{
	struct arena a = {0};
	uint64_t x = 88172645463325252ULL;

	for (size_t i = 0; i < ROWS(zones); i++) {
		const struct tz *z = load(&a, zones[i]);

		setenv("TZ", zones[i], 1);
		tzset();
		for (int k = 0; k < 5000; k++) {
			int64_t local = (int64_t)(step(&x) % 7200000000ULL) + 200000;
			time_t as_utc = (time_t)local;
			unsigned flags = 0;
			struct tm tm;
			int64_t utc = tz_to_utc(z, local, &flags);

			gmtime_r(&as_utc, &tm);
			tm.tm_isdst = -1;
			if (!flags)
				assert_int_equal(utc, mktime(&tm));
		}
	}
	unsetenv("TZ");
	arena_free(&a);
}

TEST(there_and_back_gives_the_same_instant_unless_it_is_flagged)
{
	struct arena a = {0};
	uint64_t x = 4242424242ULL;

	for (size_t i = 0; i < ROWS(zones); i++) {
		const struct tz *z = load(&a, zones[i]);

		for (size_t k = 0; k < 20000; k++) {
			bool near = z->n && k % 2;
			int64_t t = near ? z->at[step(&x) % z->n] + (int64_t)(step(&x) % 14400) - 7200
					 : (int64_t)(step(&x) % 7258118400ULL);
			unsigned flags = 0;
			int64_t back = tz_to_utc(z, t + tz_offset_at(z, t), &flags);

			assert_false(flags & TZ_GAP);
			assert_true(back == t || ((flags & TZ_FOLD) && back < t));
		}
	}
	arena_free(&a);
}

TEST(a_gap_shifts_forward_and_a_fold_takes_the_earlier_one)
{
	struct arena a = {0};
	const struct tz *z = load(&a, "Europe/Berlin");
	unsigned flags = 0;

	/* 2025-03-30 02:30 was 03:30 summer time, 01:30 UTC */
	assert_int_equal(tz_to_utc(z, 1743301800, &flags), 1743301800 - 3600);
	assert_int_equal(flags, TZ_GAP);
	flags = 0;
	/* 2025-10-26 02:30 was 00:30 UTC, and once more 01:30 UTC */
	assert_int_equal(tz_to_utc(z, 1761445800, &flags), 1761445800 - 7200);
	assert_int_equal(flags, TZ_FOLD);
	arena_free(&a);
}

TEST(rules_as_in_the_variable_tz)
{
	static const struct {
		const char *rule;
		int64_t at;
		int32_t offset; /* 1: no rule */
	} rows[] = {
		{"UTC0", 0, 0},
		{"CET-1CEST,M3.5.0,M10.5.0/3", 1750000000, 7200},
		{"CET-1CEST,M3.5.0,M10.5.0/3", 1735000000, 3600},
		{"EST5EDT", 1750000000, -14400},
		{"<+0330>-3:30", 1750000000, 12600},
		{"<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", 1750000000, -7200},
		{"XXX3EDT4,0/0,J365/23", 1750000000, -14400},
		{"AEST-10AEDT,M10.1.0,M4.1.0/3", 1735000000, 39600},
		{"EST5EDT,J60,J300", 1750000000, -14400},
		{"", 0, 1},
		{"X", 0, 1},
		{"ABC", 0, 1},
		{"ABC25", 0, 1},
		{"ABC1DEF,M13.1.0,M1.1.0", 0, 1},
		{"ABC1DEF,M1.1.0", 0, 1},
		{"ABC1DEF,M1.1.0,M2.1.0,", 0, 1},
		{"ABC1DEF,M1.6.0,M2.1.0", 0, 1},
		{"ABC1DEF,J0,J5", 0, 1},
		{"<AB", 0, 1},
		{"ABC1DEF,M3.5.0/168,M10.5.0", 0, 1},
	};
	struct arena a = {0};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct genlog_err err = {0};
		struct tz z = {0};
		int r = tz_parse_rule(&z, &a, rows[i].rule, &err);

		if (rows[i].offset == 1)
			assert_int_equal(r, -EINVAL);
		else if (r < 0 || tz_offset_at(&z, rows[i].at) != rows[i].offset)
			fail_msg("%s: %d %s", rows[i].rule, r, err.text);
	}
	arena_free(&a);
}

TEST(offsets_in_all_their_forms)
{
	static const struct {
		const char *text;
		size_t used;
		int32_t offset;
	} rows[] = {
		{"Z", 1, 0},
		{"z", 1, 0},
		{"+01", 3, 3600},
		{"+0130", 5, 5400},
		{"-01:30", 6, -5400},
		{"+01:3", 3, 3600},
		{"+01:60", 3, 3600},
		{"+013", 3, 3600},
		{"+1", 0, 0},
		{"+26:00", 0, 0},
		{"", 0, 0},
		{"01:00", 0, 0},
		{"+", 0, 0},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		int32_t offset = 0;

		assert_int_equal(tz_parse_offset(rows[i].text, strlen(rows[i].text), &offset), rows[i].used);
		assert_int_equal(offset, rows[i].offset);
	}
}

TEST(a_name_never_leaves_the_folder_of_zones)
{
	static const char *const names[] = {
		"../../../etc/passwd", "/etc/localtime", "Europe/../../x", "", "a b", "x\ny"};
	struct arena a = {0};

	for (size_t i = 0; i < ROWS(names); i++) {
		struct genlog_err err = {0};
		const struct tz *z = NULL;

		assert_int_equal(tz_load(&z, &a, names[i], &err), -EINVAL);
		assert_non_null(strstr(err.text, "is no time zone"));
		assert_null(z);
	}
	arena_free(&a);
}

TEST(an_unknown_zone_is_told_and_so_is_a_folder)
{
	struct arena a = {0};
	struct genlog_err err = {0};
	const struct tz *z = NULL;

	assert_int_equal(tz_load(&z, &a, "Europe/Berln", &err), -ENOENT);
	assert_non_null(strstr(err.text, "no time zone \"Europe/Berln\""));
	assert_int_equal(tz_load(&z, &a, "Europe", &err), -ENOENT);
	arena_free(&a);
}

TEST(the_host_zone_follows_the_variable_tz)
{
	static const struct {
		const char *tz;
		int32_t offset; /* in June 2025 */
	} rows[] = {{"Europe/Berlin", 7200}, {":Europe/Berlin", 7200}, {"", 0}, {"CET-1CEST,M3.5.0,M10.5.0/3", 7200},
		{"/usr/share/zoneinfo/Asia/Tokyo", 32400}, {"nonsense", 0}, {"/nowhere", 0}};
	struct arena a = {0};

	for (size_t i = 0; i < ROWS(rows); i++) {
		setenv("TZ", rows[i].tz, 1);
		assert_int_equal(tz_offset_at(load(&a, NULL), 1750000000), rows[i].offset);
	}
	unsetenv("TZ");
	assert_non_null(load(&a, NULL));
	arena_free(&a);
}

static size_t slurp(const char *path, uint8_t *to, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(to, 1, size, f);
	fclose(f);
	return n;
}

TEST(a_file_that_ends_anywhere_is_damaged_or_fine_and_never_more)
{
	uint8_t bytes[8192];
	size_t n = slurp("/usr/share/zoneinfo/Europe/Berlin", bytes, sizeof(bytes));

	for (size_t cut = 0; cut < n; cut++) {
		struct arena a = {0};
		struct genlog_err err = {0};
		struct tz z = {0};
		uint8_t *exact = malloc(cut + 1);

		assert_non_null(exact);
		memcpy(exact, bytes, cut);
		assert_int_equal(tz_parse(&z, &a, exact, cut, &err), -EINVAL);
		free(exact);
		arena_free(&a);
	}
}

TEST(any_flipped_byte_is_refused_or_still_a_zone)
{
	uint8_t bytes[8192];
	size_t n = slurp("/usr/share/zoneinfo/Europe/Berlin", bytes, sizeof(bytes));

	for (size_t i = 0; i < n; i++) {
		struct arena a = {0};
		struct tz z = {0};

		bytes[i] ^= 0xff;
		if (tz_parse(&z, &a, bytes, n, NULL) == 0) {
			unsigned flags = 0;

			for (size_t k = 1; k < z.n; k++)
				assert_true(z.at[k] > z.at[k - 1]);
			tz_to_utc(&z, 1750000000, &flags);
		}
		bytes[i] ^= 0xff;
		arena_free(&a);
	}
}

TEST(every_allocation_may_fail)
{
	static const char *const names[] = {"Europe/Berlin", "+01:00", "UTC"};
	int r = -ENOMEM;

	for (size_t i = 0; i < ROWS(names); i++) {
		for (size_t n = 1; r == -ENOMEM || n < 3; n++) {
			struct arena a = {.fail_at = n};
			const struct tz *z = NULL;

			r = tz_load(&z, &a, names[i], NULL);
			assert_true(r == 0 || (r == -ENOMEM && !z));
			arena_free(&a);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offsets_at_any_instant_are_those_of_the_libc),
		cmocka_unit_test(wall_clocks_are_turned_into_the_instants_of_the_libc),
		cmocka_unit_test(there_and_back_gives_the_same_instant_unless_it_is_flagged),
		cmocka_unit_test(a_gap_shifts_forward_and_a_fold_takes_the_earlier_one),
		cmocka_unit_test(rules_as_in_the_variable_tz),
		cmocka_unit_test(offsets_in_all_their_forms),
		cmocka_unit_test(a_name_never_leaves_the_folder_of_zones),
		cmocka_unit_test(an_unknown_zone_is_told_and_so_is_a_folder),
		cmocka_unit_test(the_host_zone_follows_the_variable_tz),
		cmocka_unit_test(a_file_that_ends_anywhere_is_damaged_or_fine_and_never_more),
		cmocka_unit_test(any_flipped_byte_is_refused_or_still_a_zone),
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
