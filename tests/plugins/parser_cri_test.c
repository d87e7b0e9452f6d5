#include "hostile.h"

static struct bench b;

TEST(text_and_what_the_runtime_says_of_it)
{
	static const struct {
		const char *line, *time, *text;
		int stream, partial;
	} rows[] = {
		{"2016-10-06T00:17:09.669794202Z stdout F a text", "2016-10-06T00:17:09.669794202Z", "a text", 0, 0},
		{"2016-10-06T00:17:09.669794202Z stderr P piece ", "2016-10-06T00:17:09.669794202Z", "piece ", 1, 1},
		{"2016-10-06T00:17:09.669794202+02:00 stdout F ", "2016-10-06T00:17:09.669794202+02:00", "", 0, 0},
		{"2016-10-06T00:17:09.6Z stdout F", "2016-10-06T00:17:09.6Z", "", 0, 0},
		{"2016-10-06T00:17:09Z stdout P:x:y   z", "2016-10-06T00:17:09Z", "  z", 0, 1},
		{"2016-10-06T00:17:09Z stdout X z", NULL, NULL, 0, 0},
		{"2016-10-06T00:17:09Z stdin F z", NULL, NULL, 0, 0},
		{"2016-10-06T00:17:09Z stdout  F z", NULL, NULL, 0, 0},
		{"2016-10-06 00:17:09Z stdout F z", NULL, NULL, 0, 0},
		{"2016-10-06T00:17:09Z", NULL, NULL, 0, 0},
		{"", NULL, NULL, 0, 0},
	};

	bench_open(&b, GENLOG_PARSER, "cri", "");
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct genlog_unwrapped u = {0};
		int r;

		bench_line(&b, rows[i].line);
		r = b.plug.code->unwrap(b.plug.state, &b.rec, &u);
		assert_int_equal(r, rows[i].time ? GENLOG_PARSED : GENLOG_NO_MATCH);
		assert_int_equal(b.plug.code->looks(b.plug.state, b.rec.line, b.rec.len) > 90, r == GENLOG_PARSED);
		if (!rows[i].time)
			continue;
		assert_int_equal(u.time.n, strlen(rows[i].time));
		assert_ptr_equal(u.time.u.p, b.rec.line);
		assert_int_equal(u.n, strlen(rows[i].text));
		assert_memory_equal(u.p, rows[i].text, u.n);
		assert_int_equal(u.stream, rows[i].stream);
		assert_string_equal(u.stream_name, rows[i].stream ? "stderr" : "stdout");
		assert_int_equal(u.partial, rows[i].partial);
	}
	bench_close(&b);
}

TEST(without_the_host_s_joining_a_piece_is_an_event)
{
	bench_open(&b, GENLOG_PARSER, "cri", "");
	bench_parse(&b, "2016-10-06T00:17:09.669794202Z stdout F a text",
		"timestamp=2016-10-06T00:17:09.669794202Z message=a text | { \"stream\" : \"stdout\" }");
	bench_parse(&b, "2016-10-06T00:17:09.6Z stderr P a",
		"timestamp=2016-10-06T00:17:09.6Z message=a | { \"stream\" : \"stderr\", \"partial\" : true }");
	bench_parse(&b, "text", NULL);
	bench_close(&b);
}

TEST(hostile_lines_are_borne)
{
	bench_open(&b, GENLOG_PARSER, "cri", "");
	hostile_line(&b, "2016-10-06T00:17:09.669794202Z stdout F:x a text", NULL);
	hostile_long(&b, "2016-10-06T00:17:09.669794202Z stdout F ", "a ", NULL);
	hostile_long(&b, "2016-10-06T00:17:09.669794202Z stdout F", "a", NULL);
	hostile_long(&b, "2016-10-06T00:17:09.", "6", NULL);
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_and_what_the_runtime_says_of_it),
		cmocka_unit_test(without_the_host_s_joining_a_piece_is_an_event),
		cmocka_unit_test(hostile_lines_are_borne),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
