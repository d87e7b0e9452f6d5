#include "trace/begin.h"

#include "lib/test.h"

/* The text with bytes behind it that may be read and may mean nothing. */
static struct trace_text padded(const char *text, char fill)
{
	static char room[512];
	size_t n = strlen(text);

	assert_true(n + GENLOG_PAD < sizeof(room));
	memset(room, fill, sizeof(room));
	memcpy(room, text, n);
	return (struct trace_text){room, (uint32_t)n};
}

static void check(const char *const *texts, size_t n, enum trace_begin want)
{
	for (size_t i = 0; i < n; i++)
		for (const char *fill = "1:-r \xff"; *fill; fill++) {
			enum trace_begin got = trace_begins(padded(texts[i], *fill));

			if (got != want)
				fail_msg("\"%s\" begins %d, not %d", texts[i], got, want);
		}
}

TEST(records_begin_with_a_time_a_level_or_a_brace)
{
	static const char *const texts[] = {"2025-12-22 10:30:45 x", "2025-12-22T10:30:45Z", "2025/12/22 10:30:45 x",
		"2025.12.22 x", "22/Dec/2025:10:30:45 x", "22/12/2025 10:30", "22.12.2025 10:30", "22-Dec-2025 10:30",
		"10:30:45 x", "10:30:45.123 x", "9:30:45 x", "20251222 10:30", "251222 10:30:45 x", "1766399445.123 x",
		"1766399445123", "Dec 22 10:30:45 host x", "Dec  2 10:30:45 host x", "Mon Dec 22 10:30:45 2025 x",
		"Mon, 22 Dec 2025 x", "[2025-12-22 10:30:45] x", "[22/Dec/2025:10:30:45 +0100] x",
		"[Mon Dec 22 10:30:45 2025] x", "[   12.345678] x", "[12345] x", "<13>x", "<13>1 2025-12-22 x",
		"INFO x", "[INFO] x", "[WARN ] x", "WARNING: x", "DEBUG:x:y", "NOTICE|x", "TRACE\tx", "LOG:  x",
		"info: x", "warn: x", "I1222 10:30:45.123456 7 a.go:1] x", "W1222 10:30:45.123456 7 a.go:1] x",
		"ts=2025 level=info", "level=info x", "time=\"2025\" x", "{\"a\":1}", "{\"a\":", "{a}"};

	check(texts, ROWS(texts), TRACE_BEGIN_RECORD);
}

TEST(some_of_them_tell_an_error)
{
	static const char *const texts[] = {"ERROR x", "ERROR: x", "[ERROR] x", "FATAL x", "SEVERE: x", "CRITICAL:x:y",
		"PANIC: x", "error: x", "fail: x", "crit: x"};

	check(texts, ROWS(texts), TRACE_BEGIN_ERROR);
}

TEST(other_lines_are_no_records)
{
	static const char *const texts[] = {"", "x", "1", "12", "12 x", "1 validation error", "0x1f2e", "3.14 is pi",
		"10:3", "100 of them", "12345 x", "1234567 x", "INFO", "INFORM x", "INF", "Info x", "Error: x",
		"error x", "Decimal 22", "Dec x", "Monday 22", "Mon", "[", "[x]", "[1", "<", "<13", "<13x>", "<x>", "{",
		"{x", "}", "E12 10:30", "X1222 10:30:45", "timeout=3", "levels=4", "\tat a", "java.lang.Error: x",
		"KeyError: 1", "panic: x", "#0 x", "==1==x", "\xc3\xa9"};

	check(texts, ROWS(texts), TRACE_BEGIN_NONE);
}

TEST(an_errors_level_is_seen_near_the_beginning_of_a_line)
{
	static const char *const yes[] = {"2025-12-22 10:30:45 ERROR x", "2025-12-22 10:30:45 [error] x", "x Err y",
		"level=error", "\"level\":\"fatal\"", "[FATAL]", "CRITICAL", "2025-12-22 10:30:45,123 main FAILED x",
		"<crit>", "Failure"};
	static const char *const no[] = {"", "e", "er", "2025-12-22 10:30:45 INFO x", "current", "terror", "factory",
		"create", "a mirror", "scrit", "x fa", "CR",
		"0123456789012345678901234567890123456789012345678901234567890123456789 ERROR"};

	for (size_t i = 0; i < ROWS(yes); i++)
		if (!trace_tells_error(padded(yes[i], 'r')))
			fail_msg("\"%s\" tells no error", yes[i]);
	for (size_t i = 0; i < ROWS(no); i++)
		if (trace_tells_error(padded(no[i], ' ')))
			fail_msg("\"%s\" tells an error", no[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_begin_with_a_time_a_level_or_a_brace),
		cmocka_unit_test(some_of_them_tell_an_error),
		cmocka_unit_test(other_lines_are_no_records),
		cmocka_unit_test(an_errors_level_is_seen_near_the_beginning_of_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
