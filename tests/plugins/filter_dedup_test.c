#include "plugins/filter_told.h"

TEST(the_first_passes_and_the_others_are_told)
{
	told_open("dedup", "window: 60s");
	assert_int_equal(told_event("INFO", "disk full", NULL), GENLOG_KEEP);
	for (int i = 0; i < 7; i++)
		assert_int_equal(told_event("INFO", "disk full", NULL), GENLOG_DROP);
	assert_int_equal(told_event("INFO", "disk empty", NULL), GENLOG_KEEP);
	assert_string_equal(told_tick(false), "");
	clock_at += 59999;
	assert_string_equal(told_tick(false), "");
	clock_at += 1;
	assert_string_equal(told_tick(false), "7 \"repeated 7 times: disk full\"");
	assert_int_equal(told_event("INFO", "disk full", NULL), GENLOG_KEEP);
	assert_int_equal(told_event("INFO", "disk full", NULL), GENLOG_DROP);
	assert_string_equal(told_tick(true), "1 \"repeated 1 times: disk full\"");
	told_close();
}

TEST(equal_is_what_the_fields_say)
{
	told_open("dedup", "");
	assert_int_equal(told_event("INFO", "m", "a"), GENLOG_KEEP);
	assert_int_equal(told_event("INFO", "m", "b"), GENLOG_DROP);
	assert_int_equal(told_event("WARN", "m", "a"), GENLOG_KEEP);
	assert_int_equal(told_event("warning", "m", "a"), GENLOG_DROP);
	told_close();
	told_open("dedup", "fields: [key]");
	assert_int_equal(told_event("INFO", "m", "a"), GENLOG_KEEP);
	assert_int_equal(told_event("WARN", "n", "a"), GENLOG_DROP);
	assert_int_equal(told_event("INFO", "m", NULL), GENLOG_KEEP);
	assert_int_equal(told_event("INFO", "m", ""), GENLOG_KEEP);
	assert_int_equal(told_event("INFO", "m", NULL), GENLOG_DROP);
	told_close();
}

/* As an event of JSON without a message is. */
static enum genlog_verdict line_event(const char *line)
{
	bench_line(&b, line);
	return b.plug.code->filter(b.plug.state, &b.rec);
}

TEST(without_a_message_the_line_is_it)
{
	told_open("dedup", "");
	assert_int_equal(line_event("a=1"), GENLOG_KEEP);
	assert_int_equal(line_event("a=2"), GENLOG_KEEP);
	assert_int_equal(line_event("a=1"), GENLOG_DROP);
	assert_string_equal(told_tick(true), "1 \"repeated 1 times: a=1\"");
	told_close();
}

TEST(without_repeats_the_window_begins_anew)
{
	told_open("dedup", "window: 10s");
	for (int i = 0; i < 5; i++) {
		assert_int_equal(told_event("INFO", "m", NULL), GENLOG_KEEP);
		clock_at += 10000;
	}
	assert_string_equal(told_tick(true), "");
	told_close();
}

TEST(of_too_many_the_oldest_gives_way)
{
	char text[32];

	told_open("dedup", "");
	told_event("INFO", "first", NULL);
	told_event("INFO", "first", NULL);
	for (int i = 0; i < 4096; i++) {
		snprintf(text, sizeof(text), "m%d", i);
		assert_int_equal(told_event("INFO", text, NULL), GENLOG_KEEP);
	}
	assert_int_equal(told_event("INFO", "first", NULL), GENLOG_KEEP);
	assert_string_equal(told_tick(false), "1 \"repeated 1 times: events of more kinds than are remembered\"");
	told_close();
}

TEST(a_long_message_is_cut_at_a_character)
{
	char text[600];
	const char *said;

	memset(text, 'x', sizeof(text));
	memcpy(text + 199, "\xc3\xbc", 2);
	text[599] = 0;
	told_open("dedup", "");
	told_event("INFO", text, NULL);
	told_event("INFO", text, NULL);
	said = told_tick(true);
	assert_int_equal(strlen(said), strlen("1 \"repeated 1 times: \"") + 199);
	told_close();
}

TEST(conditions_choose_what_is_looked_at)
{
	told_open("dedup", "when: ['level=DEBUG']");
	assert_int_equal(told_event("INFO", "m", NULL), GENLOG_KEEP);
	assert_int_equal(told_event("INFO", "m", NULL), GENLOG_KEEP);
	told_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_passes_and_the_others_are_told),
		cmocka_unit_test(equal_is_what_the_fields_say),
		cmocka_unit_test(without_a_message_the_line_is_it),
		cmocka_unit_test(without_repeats_the_window_begins_anew),
		cmocka_unit_test(of_too_many_the_oldest_gives_way),
		cmocka_unit_test(a_long_message_is_cut_at_a_character),
		cmocka_unit_test(conditions_choose_what_is_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
