#include <time.h>

#include "lib/plugin.h"
#include "lib/test.h"

static struct bench b;

static void open_regex(const char *settings)
{
	bench_open(&b, GENLOG_PARSER, "regex", settings);
	if (b.opened < 0)
		fail_msg("%s", b.config.said);
}

TEST(groups_become_slots_and_context)
{
	open_regex("pattern: '^(?<timestamp>\\S+ \\S+) (?<level>\\w+) \\[(?<class_name>[^]]+)\\] (?<order>\\w+): "
		   "(?<message>.*)$'");
	bench_parse(&b, "2025-12-22 10:30:45,123 INFO [OrderService] WO_001: updated",
		"timestamp=2025-12-22 10:30:45,123 level=INFO class_name=OrderService message=updated"
		" | { \"order\" : \"WO_001\" }");
	bench_parse(&b, "something else", NULL);
	assert_null(b.rec.parse_error);
	bench_close(&b);
}

TEST(texts_are_slices_of_the_line)
{
	open_regex("pattern: '(?<level>\\w+) (?<message>.*)'");
	bench_parse(&b, "INFO hello", "level=INFO message=hello");
	assert_ptr_equal(b.rec.slot[GENLOG_SLOT_LEVEL].u.p, b.rec.line);
	bench_close(&b);
}

TEST(aliases_go_to_their_slot_and_the_surest_name_wins)
{
	open_regex("pattern: '(?<severity>\\w+) (?<msg>\\w+) (?<message>\\w+) (?<text>\\w+)'");
	bench_parse(&b, "INFO a b c", "level=INFO message=b | { \"msg\" : \"a\", \"text\" : \"c\" }");
	bench_close(&b);
}

TEST(groups_have_the_type_that_was_asked_for_or_that_their_slot_wants)
{
	open_regex("pattern: '(?<duration_ms>\\S+) (?<ok>\\S+) (?<x>\\S+)', types: ['ok:bool', 'x:number']");
	bench_parse(&b, "5 true 9", "message=5 true 9 duration_ms=5 | { \"ok\" : true, \"x\" : 9 }");
	bench_parse(&b, "1.5 0 2.25", "message=1.5 0 2.25 duration_ms=1.5 | { \"ok\" : false, \"x\" : 2.25 }");
	bench_parse(&b, "5 yes -", "message=5 yes - duration_ms=5 | { \"ok\" : \"yes\", \"x\" : \"-\" }");
	bench_close(&b);
}

TEST(numbers_that_are_none_stay_text_in_the_context)
{
	open_regex("pattern: '^(?<duration_ms>\\S+) (?<count>\\S+)$', types: ['count:int']");
	bench_parse(&b, "12 3", "message=12 3 duration_ms=12 | { \"count\" : 3 }");
	bench_parse(&b, "1.5e3 -3", "message=1.5e3 -3 duration_ms=1500 | { \"count\" : -3 }");
	bench_parse(&b, "0x1f many", "message=0x1f many | { \"count\" : \"many\", \"duration_ms\" : \"0x1f\" }");
	bench_parse(&b, "inf 9999999999999999999",
		"message=inf 9999999999999999999 | { \"count\" : \"9999999999999999999\", \"duration_ms\" : \"inf\" }");
	bench_close(&b);
}

TEST(a_group_that_took_no_part_or_is_empty_leaves_no_field)
{
	open_regex("pattern: '^(?<level>\\w+)(?: code=(?<code>\\d+))? ?(?<tail>.*)$'");
	bench_parse(&b, "INFO code=5 x", "level=INFO message=INFO code=5 x | { \"code\" : \"5\", \"tail\" : \"x\" }");
	bench_parse(&b, "INFO", "level=INFO message=INFO");
	bench_close(&b);
}

TEST(a_name_that_stands_twice_is_set_once)
{
	open_regex("pattern: '(?J)^(?:a=(?<v>\\d+)|b=(?<v>\\d+))$'");
	bench_parse(&b, "a=1", "message=a=1 | { \"v\" : \"1\" }");
	bench_parse(&b, "b=2", "message=b=2 | { \"v\" : \"2\" }");
	bench_close(&b);
}

TEST(a_dot_matches_the_newlines_of_an_event_unless_told_not_to)
{
	open_regex("pattern: '^(?<level>\\w+) (?<message>.*)$'");
	bench_parse(&b, "ERROR one\n  two", "level=ERROR message=one\n  two");
	bench_close(&b);
	open_regex("pattern: '^(?<level>\\w+) (?<message>.*)$', dotall: no");
	bench_parse(&b, "ERROR one\n  two", NULL);
	bench_close(&b);
}

TEST(letters_are_unicode_letters_and_case_may_be_ignored)
{
	open_regex("pattern: '^(?<level>INFO) (?<message>ä.x)$', ignore_case: yes");
	bench_parse(&b, "info Ä€X", "level=info message=Ä€X");
	bench_close(&b);
}

TEST(mistakes_in_the_settings_are_said_with_their_place)
{
	static const struct {
		const char *settings, *said;
	} rows[] = {
		{"pattern: '^(?<x>'", "genlog.yaml:3:10: column 7 of the pattern: missing closing parenthesis\n"
				      "    3 | pattern: '^(?<x>'}}]\n      |          ^\n"},
		{"pattern: 'x'", "3:10: the pattern has no named group like (?<message>.*)"},
		{"types: [a:int]", "2:31: parser regex: the setting \"pattern\" is missing"},
		{"pattern: '(?<x>.)', types: ['x:int', 'x:float']",
			"3:38: \"x:float\" has to be GROUP:int, :number, :bool or :text"},
		{"pattern: '(?<x>.)', types: ['y:int']", "3:29: the pattern has no group \"y\""},
		{"pattern: '(?<x>.)', types: y", "3:28: \"y\" has to be GROUP:int"},
		{"patern: '(?<x>.)'", "3:1: unknown setting \"patern\" of parser regex; did you mean \"pattern\"?"},
		{"pattern: '(?<x>.)', match_limit: 5", "\"match_limit\" has to be from 1000 to 100000000"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		bench_open(&b, GENLOG_PARSER, "regex", rows[i].settings);
		assert_true(b.opened < 0);
		config_said(&b.config, rows[i].said);
		bench_close(&b);
	}
}

static int64_t cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Ten times the time allowed, for slow machines and sanitizers; without the bounds these would run for ages. */
TEST(no_pattern_holds_up_the_agent)
{
	static const char *const patterns[] = {"^(?<x>(a+)+)$", "(?<x>(a+)+)$", "(?<x>(a|aa)+)$",
		"(?<x>.*.*.*)=", "(?<x>(.*?,){11})P", "(?<x>(?:a|b|ab)*)c", "(?<x>(\\w+\\s?)*)$"};
	static char line[60000];

	memset(line, 'a', sizeof(line) - 1);
	for (size_t i = 15; i < sizeof(line) - 1; i += 16)
		line[i] = '!';
	for (size_t i = 0; i < ROWS(patterns); i++) {
		char settings[128];
		int64_t start;

		snprintf(settings, sizeof(settings), "pattern: '%s', timeout: 50ms", patterns[i]);
		open_regex(settings);
		bench_line(&b, line);
		start = cpu_ms();
		b.plug.code->parse(b.plug.state, &b.rec);
		if (cpu_ms() - start > 500)
			fail_msg("%s took %lld ms", patterns[i], (long long)(cpu_ms() - start));
		bench_close(&b);
	}
}

TEST(a_line_that_is_given_up_says_so)
{
	static char line[2000];

	memset(line, 'a', sizeof(line) - 1);
	open_regex("pattern: '^(?<x>(a+)+)[!?]$', match_limit: 1000");
	bench_line(&b, line);
	assert_int_equal(b.plug.code->parse(b.plug.state, &b.rec), GENLOG_NO_MATCH);
	assert_non_null(strstr(b.rec.parse_error, "too many steps"));
	bench_close(&b);
}

TEST(a_match_is_found_wherever_it_begins)
{
	static char line[60000];

	open_regex("pattern: '(?<=[^é])(?<code>E\\d+)'");
	for (size_t at = 1; at < sizeof(line) - 10; at = at * 5 / 4 + 1) {
		memset(line, '.', sizeof(line) - 1);
		for (size_t i = 1; i + 3 < at; i += 2)
			memcpy(line + i, "\xc3\xa9", 2);
		memcpy(line + at, "E42", 3);
		bench_line(&b, line);
		assert_int_equal(b.plug.code->parse(b.plug.state, &b.rec), GENLOG_PARSED);
		assert_int_equal(b.rec.slot[GENLOG_SLOT_MESSAGE].n, sizeof(line) - 1);
	}
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups_become_slots_and_context),
		cmocka_unit_test(texts_are_slices_of_the_line),
		cmocka_unit_test(aliases_go_to_their_slot_and_the_surest_name_wins),
		cmocka_unit_test(groups_have_the_type_that_was_asked_for_or_that_their_slot_wants),
		cmocka_unit_test(numbers_that_are_none_stay_text_in_the_context),
		cmocka_unit_test(a_group_that_took_no_part_or_is_empty_leaves_no_field),
		cmocka_unit_test(a_name_that_stands_twice_is_set_once),
		cmocka_unit_test(a_dot_matches_the_newlines_of_an_event_unless_told_not_to),
		cmocka_unit_test(letters_are_unicode_letters_and_case_may_be_ignored),
		cmocka_unit_test(mistakes_in_the_settings_are_said_with_their_place),
		cmocka_unit_test(no_pattern_holds_up_the_agent),
		cmocka_unit_test(a_line_that_is_given_up_says_so),
		cmocka_unit_test(a_match_is_found_wherever_it_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
