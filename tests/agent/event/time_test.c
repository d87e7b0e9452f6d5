#include "event/time.h"

#include <errno.h>
#include <time.h>

#include "lib/test.h"

#define NOW 1766399445000LL /* 2025-12-22T10:30:45Z */

struct row {
	const char *text;
	const char *utc; /* NULL: no time */
	unsigned flags;
};

static void render(int64_t ms, char *to, size_t size)
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;
	char sec[32];

	gmtime_r(&t, &tm);
	strftime(sec, sizeof(sec), "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(to, size, "%s.%03d", sec, (int)(ms % 1000));
}

/* The text stands at the very end of its memory, for the sanitizer to see a byte too many. */
static int parse(const struct time_format *f, const char *text, struct time_result *out)
{
	size_t n = strlen(text);
	char *exact = malloc(n ? n : 1);
	int r;

	assert_non_null(exact);
	memcpy(exact, text, n);
	r = time_parse(f, exact, n, NOW, out);
	free(exact);
	return r;
}

static void check(const struct time_format *f, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct time_result t = {-1, 99};
		char utc[64];
		int r = parse(f, rows[i].text, &t);

		render(t.ms, utc, sizeof(utc));
		if (!rows[i].utc && (r != -EINVAL || t.ms != -1 || t.flags != 99))
			fail_msg("\"%s\" should be no time: %d %s", rows[i].text, r, utc);
		if (rows[i].utc && (r != 0 || strcmp(utc, rows[i].utc) != 0 || t.flags != rows[i].flags))
			fail_msg("\"%s\": %d %s flags %x, not %s flags %x", rows[i].text, r, utc, t.flags, rows[i].utc,
				rows[i].flags);
	}
}

TEST(the_usual_forms_are_read)
{
	static const struct row rows[] = {
		{"2025-12-22T10:30:45Z", "2025-12-22 10:30:45.000", 0},
		{"2025-12-22T10:30:45.123Z", "2025-12-22 10:30:45.123", 0},
		{"2025-12-22T10:30:45,123Z", "2025-12-22 10:30:45.123", 0},
		{"2025-12-22t10:30:45.123z", "2025-12-22 10:30:45.123", 0},
		{"2025-12-22 10:30:45.123Z", "2025-12-22 10:30:45.123", 0},
		{"2025-12-22T10:30:45.1Z", "2025-12-22 10:30:45.100", 0},
		{"2025-12-22T10:30:45.123456Z", "2025-12-22 10:30:45.123", 0},
		{"2025-12-22T10:30:45.123999999Z", "2025-12-22 10:30:45.123", 0},
		{"2025-12-22T10:30:45+01:00", "2025-12-22 09:30:45.000", 0},
		{"2025-12-22T10:30:45.5-0530", "2025-12-22 16:00:45.500", 0},
		{"2025-12-22T10:30:45+01", "2025-12-22 09:30:45.000", 0},
		{"2025-12-22T10:30:45 UTC", "2025-12-22 10:30:45.000", 0},
		{"2025-12-22 10:30:45 GMT", "2025-12-22 10:30:45.000", 0},
		{"2025-12-22 10:30:45 +0100", "2025-12-22 09:30:45.000", 0},
		{"2025-12-22 10:30:45.12 +0000 UTC", "2025-12-22 10:30:45.120", 0},
		{"2025-12-22T10:30:45+01:00[Europe/Berlin]", "2025-12-22 09:30:45.000", 0},
		{"2025/12/22 10:30:45", "2025-12-22 10:30:45.000", TIME_ZONE_INFERRED},
		{"2025-12-22 10:30:45,123", "2025-12-22 10:30:45.123", TIME_ZONE_INFERRED},
		{"2025-12-22T10:30", "2025-12-22 10:30:00.000", TIME_ZONE_INFERRED},
		{"2025-12-22T10:30Z", "2025-12-22 10:30:00.000", 0},
		{"2025-12-22", "2025-12-22 00:00:00.000", TIME_ZONE_INFERRED},
		{"20251222", "2025-12-22 00:00:00.000", TIME_ZONE_INFERRED},
		{"20251222T103045Z", "2025-12-22 10:30:45.000", 0},
		{"20251222T103045.5+0100", "2025-12-22 09:30:45.500", 0},
		{"20251222T1030Z", "2025-12-22 10:30:00.000", 0},
		{"20251222103045", "2025-12-22 10:30:45.000", TIME_ZONE_INFERRED},
		{"20251222103045123", "2025-12-22 10:30:45.123", TIME_ZONE_INFERRED},
		{"2025-356", "2025-12-22 00:00:00.000", TIME_ZONE_INFERRED},
		{"2025356T103045Z", "2025-12-22 10:30:45.000", 0},
		{"2025-W52-1", "2025-12-22 00:00:00.000", TIME_ZONE_INFERRED},
		{"2025W521T10:30Z", "2025-12-22 10:30:00.000", 0},
		{"2020-W53-7", "2021-01-03 00:00:00.000", TIME_ZONE_INFERRED},
		{"2025-12-31T24:00:00Z", "2026-01-01 00:00:00.000", 0},
		{"2016-12-31T23:59:60Z", "2017-01-01 00:00:00.000", 0},
		{"2024-02-29T00:00:00Z", "2024-02-29 00:00:00.000", 0},
		{"1970-01-01T00:00:00Z", "1970-01-01 00:00:00.000", 0},
		{"2200-12-31T23:59:59.999Z", "2200-12-31 23:59:59.999", 0},
	};

	check(NULL, rows, ROWS(rows));
}

TEST(numbers_are_seconds_or_thousandths_of_them_by_their_size)
{
	static const struct row rows[] = {
		{"1766399445", "2025-12-22 10:30:45.000", 0},
		{"1766399445.123", "2025-12-22 10:30:45.123", 0},
		{"1766399445.123456789", "2025-12-22 10:30:45.123", 0},
		{"1766399445123", "2025-12-22 10:30:45.123", 0},
		{"1766399445123.5", "2025-12-22 10:30:45.123", 0},
		{"1766399445123456", "2025-12-22 10:30:45.123", 0},
		{"1766399445123456789", "2025-12-22 10:30:45.123", 0},
		{"100000000", "1973-03-03 09:46:40.000", 0},
		{"99999999", NULL, 0},
		{"42", NULL, 0},
		{"1766399445.", NULL, 0},
		{"1766399445x", NULL, 0},
		{"-1766399445", NULL, 0},
		{"9999999999", NULL, 0},
		{"99999999999999999999", NULL, 0},
	};

	check(NULL, rows, ROWS(rows));
}

TEST(what_is_no_time_is_refused)
{
	static const char *const texts[] = {
		"",
		"x",
		"2025",
		"2025-12",
		"2025-13-01T00:00:00Z",
		"2025-00-01T00:00:00Z",
		"2025-02-29T00:00:00Z",
		"2025-04-31",
		"2025-12-22T25:00:00Z",
		"2025-12-22T24:00:01Z",
		"2025-12-22T10:60:00Z",
		"2025-12-22T10:30:61Z",
		"2025-12-22T10:30:45.Z",
		"2025-12-22T10:30:45.1234567890Z",
		"2025-12-22T10:30:45ZZ",
		"2025-12-22T10:30:45Z ",
		" 2025-12-22T10:30:45Z",
		"2025-12-22X10:30:45Z",
		"2025-12-22T10:30:45+1",
		"2025-12-22T10:30:45+01:60",
		"2025-12-22T10:30:45+99:00",
		"2025-12-2210:30:45Z",
		"2025:12:22T10:30:45Z",
		"2025-12-22T10-30-45Z",
		"202a-12-22T10:30:45Z",
		"2025-12-22T10:30:4aZ",
		"2025-W54-1",
		"2025-W00-1",
		"2025-W01-8",
		"2025-366",
		"2025-000",
		"1969-12-31T23:59:59Z",
		"2201-01-01T00:00:00Z",
		"0000-01-01T00:00:00Z",
		"9999-12-31T23:59:59Z",
		"2025-12-22T10:30:45[",
		"2025-12-22T10:30:45Z[x",
		"2025-12-22T10:30:45\xb1Z",
		"\xff\xff\xff\xff-\xff\xff-\xff\xffT10:30:45Z",
	};

	for (size_t i = 0; i < ROWS(texts); i++)
		check(NULL, &(struct row){texts[i], NULL, 0}, 1);
}

TEST(without_a_zone_the_format_gives_it)
{
	static const struct row rows[] = {
		{"2025-12-22 10:30:45", "2025-12-22 09:30:45.000", TIME_ZONE_INFERRED},
		{"2025-06-22 10:30:45.5", "2025-06-22 08:30:45.500", TIME_ZONE_INFERRED},
		{"2025-06-22 10:30:45Z", "2025-06-22 10:30:45.000", 0},
		{"2025-03-30 02:30:00", "2025-03-30 01:30:00.000", TIME_ZONE_INFERRED | TIME_GAP},
		{"2025-10-26 02:30:00", "2025-10-26 00:30:00.000", TIME_ZONE_INFERRED | TIME_FOLD},
		{"2025-10-26 02:30:00+01:00", "2025-10-26 01:30:00.000", 0},
		{"1970-01-01 00:30:00", NULL, 0},
	};
	struct arena a = {0};
	struct time_format f = {0};
	const struct tz *z = NULL;

	assert_int_equal(tz_load(&z, &a, "Europe/Berlin", NULL), 0);
	assert_int_equal(time_format_init(&f, "auto", z, NULL), 0);
	check(&f, rows, ROWS(rows));
	arena_free(&a);
}

TEST(every_second_that_the_libc_writes_is_read_back)
{
	uint64_t x = 88172645463325252ULL;

	for (int i = 0; i < 200000; i++) {
		char text[64];
		struct time_result t = {0};
		int64_t ms;

		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		ms = (int64_t)(x % 7289654399999ULL);
		render(ms, text, sizeof(text));
		text[10] = i % 2 ? 'T' : ' ';
		snprintf(text + 23, sizeof(text) - 23, "%s", i % 3 ? "Z" : "+00:00");
		assert_int_equal(time_parse(NULL, text, strlen(text), NOW, &t), 0);
		assert_int_equal(t.ms, ms);
	}
}

/* Both ways of reading the same text agree, whatever byte is put where. */
TEST(any_byte_anywhere_is_refused_or_means_something)
{
	static const char good[] = "2025-12-22T10:30:45.123Z";

	for (size_t i = 0; i < sizeof(good) - 1; i++) {
		for (int c = 0; c < 256; c++) {
			char text[sizeof(good)];
			struct time_result t = {0};

			memcpy(text, good, sizeof(good));
			text[i] = (char)c;
			if (time_parse(NULL, text, sizeof(good) - 1, NOW, &t) == 0)
				assert_true(t.ms >= 0 && t.ms < 7289654400000LL);
		}
	}
}

TEST(numbers_of_json_are_read_like_their_text)
{
	int64_t ms = 0;

	assert_int_equal(time_from_int(1766399445, &ms), 0);
	assert_int_equal(ms, 1766399445000);
	assert_int_equal(time_from_double(1766399445.123, &ms), 0);
	assert_int_equal(ms, 1766399445123);
	assert_int_equal(time_from_double(1.766399445123e12, &ms), 0);
	assert_int_equal(ms, 1766399445123);
	assert_int_equal(time_from_int(-1, &ms), -EINVAL);
	assert_int_equal(time_from_int(INT64_MAX, &ms), -EINVAL);
	assert_int_equal(time_from_double(0.0 / 0.0, &ms), -EINVAL);
	assert_int_equal(time_from_double(1e300, &ms), -EINVAL);
	assert_int_equal(ms, 1766399445123);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_usual_forms_are_read),
		cmocka_unit_test(numbers_are_seconds_or_thousandths_of_them_by_their_size),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(without_a_zone_the_format_gives_it),
		cmocka_unit_test(every_second_that_the_libc_writes_is_read_back),
		cmocka_unit_test(any_byte_anywhere_is_refused_or_means_something),
		cmocka_unit_test(numbers_of_json_are_read_like_their_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
