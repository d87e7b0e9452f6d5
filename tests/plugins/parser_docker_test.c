#include "hostile.h"

static struct bench b;

#define REST "\",\"stream\":\"stdout\",\"time\":\"2016-10-06T00:17:09.6Z\"}"

TEST(text_and_what_the_runtime_says_of_it)
{
	static const struct {
		const char *line, *text;
		int stream, partial, time;
	} rows[] = {
		{"{\"log\":\"a text\\n" REST, "a text", 0, 0, 1},
		{"{\"log\":\"a text" REST, "a text", 0, 1, 1},
		{"{\"log\":\"\\n" REST, "", 0, 0, 1},
		{"{\"log\":\"" REST, "", 0, 1, 1},
		{"{\"log\":\"x\\\\n" REST, "x\\n", 0, 1, 1},
		{"{\"log\":\"x\\\\\\n" REST, "x\\", 0, 0, 1},
		{"{\"log\":\"a\\tb\\\"c\\\"\\u003c\\u00e4\\u20ac\\ud83d\\ude00\\r\\n" REST,
			"a\tb\"c\"<\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\r", 0, 0, 1},
		{"{\"log\":\"\\ud83dx\\udc00\\u12\\q\\/\\n" REST,
			"\xef\xbf\xbdx\xef\xbf\xbd\xef\xbf\xbd"
			"12q/",
			0, 0, 1},
		{"{\"log\":\"x\\n\",\"stream\":\"stderr\"}", "x", 1, 0, 0},
		{"{\"log\":\"x\\n\",\"stream\":\"stderr\",\"attrs\":{\"a\":[1,{\"b\":\"}\\\"\"}]},\"time\":\"2016\"} ",
			"x", 1, 0, 1},
		{"{ \"log\" : \"x\\n\" , \"stream\" : \"stdout\" }", "x", 0, 0, 0},
		{"{\"log\":\"x\\n\"}", NULL, 0, 0, 0},
		{"{\"log\":5,\"stream\":\"stdout\"}", NULL, 0, 0, 0},
		{"{\"log\":\"x\\n\",\"stream\":\"stdin\"}", NULL, 0, 0, 0},
		{"{\"log\":\"x\\n\",\"stream\":\"stdout\"", NULL, 0, 0, 0},
		{"{\"log\":\"x\\n\",\"stream\":\"stdout\"}x", NULL, 0, 0, 0},
		{"", NULL, 0, 0, 0},
	};

	bench_open(&b, GENLOG_PARSER, "docker", "");
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct genlog_unwrapped u = {0};

		bench_line(&b, rows[i].line);
		assert_int_equal(
			b.plug.code->unwrap(b.plug.state, &b.rec, &u), rows[i].text ? GENLOG_PARSED : GENLOG_NO_MATCH);
		if (!rows[i].text)
			continue;
		assert_int_equal(u.n, strlen(rows[i].text));
		assert_memory_equal(u.p, rows[i].text, u.n);
		assert_int_equal(u.stream, rows[i].stream);
		assert_string_equal(u.stream_name, rows[i].stream ? "stderr" : "stdout");
		assert_int_equal(u.partial, rows[i].partial);
		assert_int_equal(u.time.type == GENLOG_V_STR, rows[i].time);
	}
	bench_close(&b);
}

TEST(what_is_not_escaped_is_not_copied)
{
	struct genlog_unwrapped u = {0};

	bench_open(&b, GENLOG_PARSER, "docker", "");
	bench_line(&b, "{\"log\":\"a text\\n" REST);
	assert_int_equal(b.plug.code->unwrap(b.plug.state, &b.rec, &u), GENLOG_PARSED);
	assert_ptr_equal(u.p, b.rec.line + 8);
	assert_in_range((uintptr_t)u.time.u.p, (uintptr_t)b.rec.line, (uintptr_t)b.rec.line + b.rec.len);
	bench_close(&b);
}

TEST(it_is_surer_than_json)
{
	bench_open(&b, GENLOG_PARSER, "docker", "");
	bench_line(&b, "{\"log\":\"a text\\n" REST);
	assert_int_equal(b.plug.code->looks(b.plug.state, b.rec.line, b.rec.len), 100);
	bench_line(&b, "{\"log\":\"a text\",\"level\":\"info\"}");
	assert_int_equal(b.plug.code->looks(b.plug.state, b.rec.line, b.rec.len), 0);
	bench_close(&b);
}

TEST(without_the_host_s_joining_a_piece_is_an_event)
{
	bench_open(&b, GENLOG_PARSER, "docker", "");
	bench_parse(&b,
		"{\"log\":\"a\\tb\\n\",\"stream\":\"stderr\",\"attrs\":{\"t\":\"x\"},\"time\":\"2016-10-06T00:17:"
		"09Z\"}",
		"timestamp=2016-10-06T00:17:09Z message=a\tb | { \"stream\" : \"stderr\", \"attrs\" : "
		"\"{\\\"t\\\":\\\"x\\\"}\" }");
	bench_parse(&b, "{\"log\":\"a" REST,
		"timestamp=2016-10-06T00:17:09.6Z message=a | { \"stream\" : \"stdout\", \"partial\" : true }");
	bench_parse(&b, "{}", NULL);
	bench_close(&b);
}

TEST(hostile_lines_are_borne)
{
	static const char *const pieces[] = {"\\", "\"", "\\\\\"", "\\u", "[", "{\"", ",", "\\n", " "};

	bench_open(&b, GENLOG_PARSER, "docker", "");
	hostile_line(&b,
		"{\"log\":\"a\\tb\\u12ab\\n\",\"stream\":\"stderr\",\"attrs\":{\"t\":\"x\"},\"time\":\"2016\"}", NULL);
	for (size_t i = 0; i < ROWS(pieces); i++) {
		hostile_long(&b, "{\"log\":\"", pieces[i], NULL);
		hostile_long(&b, "{\"log\":", pieces[i], NULL);
		hostile_long(&b, "{", pieces[i], NULL);
	}
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_and_what_the_runtime_says_of_it),
		cmocka_unit_test(what_is_not_escaped_is_not_copied),
		cmocka_unit_test(it_is_surer_than_json),
		cmocka_unit_test(without_the_host_s_joining_a_piece_is_an_event),
		cmocka_unit_test(hostile_lines_are_borne),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
