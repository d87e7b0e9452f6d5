#include "sourced.h"

static struct sourced s;

TEST(the_header_says_what_the_columns_are)
{
	sourced_open(&s, "w3c", "");
	sourced_header(&s, "#Software: Microsoft Internet Information Services 8.5");
	sourced_header(&s, "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "
			   "cs(User-Agent) sc-status sc-substatus time-taken");
	sourced_fields(&s, "2015-01-13 00:32:17 10.0.0.1 GET /a x=1 80 bob 192.0.2.1 Mozilla/5.0+(X) 404 0 157",
		"timestamp=2015-01-13T00:32:17Z level=WARN message=GET /a?x=1 404 duration_ms=157 user_id=bob "
		"ip_address=192.0.2.1 user_agent=Mozilla/5.0 (X) | { \"s-ip\" : \"10.0.0.1\", \"cs-method\" : \"GET\", "
		"\"cs-uri-stem\" : \"/a\", \"cs-uri-query\" : \"x=1\", \"s-port\" : 80, \"status\" : 404, "
		"\"sc-substatus\" : 0 }");
	sourced_fields(&s, "2015-01-13 00:32:17 10.0.0.1 GET /a - 80 - - - 500 0 - 7 x",
		"timestamp=2015-01-13T00:32:17Z level=ERROR message=GET /a 500 | { \"s-ip\" : \"10.0.0.1\", "
		"\"cs-method\" : \"GET\", \"cs-uri-stem\" : \"/a\", \"s-port\" : 80, \"status\" : 500, "
		"\"sc-substatus\" "
		": 0, \"column_14\" : 7, \"column_15\" : \"x\" }");
	sourced_header(&s, "#Fields: date time c-ip");
	sourced_fields(&s, "2015-01-13 00:32:17 ::1", "timestamp=2015-01-13T00:32:17Z ip_address=::1");
	sourced_close(&s);
}

TEST(tabs_quotes_and_times_of_other_columns)
{
	sourced_open(&s, "w3c", "");
	sourced_header(&s, "#Fields: date\ttime\tx-edge\tcs(User-Agent)\ttime-taken");
	sourced_fields(&s, "2015-01-13\t00:32:17\ta b\tM%20X\t0.25",
		"timestamp=2015-01-13T00:32:17Z duration_ms=250 user_agent=M%20X | { \"x-edge\" : \"a b\" }");
	sourced_header(&s, "#Fields:   date-local time-local   cs(User-Agent) x y TimeTakenMS");
	sourced_fields(&s, "2012-08-15 17:00:00.363 \"M (X; Y)+Z\" \" \"\"g\"\" w \" - 109",
		"timestamp=2012-08-15T17:00:00.363 duration_ms=109 user_agent=M (X; Y)+Z"
		" | { \"x\" : \" \\\"\\\"g\\\"\\\" w \" }");
	sourced_header(&s, "#Date: 2001-10-31 00:00:18");
	sourced_header(&s, "#Fields: time x");
	sourced_fields(&s, "00:00:19 1", "timestamp=2001-10-31T00:00:19Z | { \"x\" : 1 }");
	sourced_close(&s);
}

TEST(the_columns_of_zeek)
{
	sourced_open(&s, "w3c", "");
	sourced_header(&s, "#separator \\x09");
	sourced_header(&s, "#fields\tts\tuid\tid.orig_h\tmethod\turi\tstatus_code\ttags\tuser_agent");
	sourced_header(&s, "#types\ttime\tstring");
	sourced_fields(&s, "1320279566.452687\tCx\t192.0.2.1\tGET\t/a\t200\t(empty)\tA B",
		"timestamp=1320279566.452687 level=INFO message=GET /a 200 ip_address=192.0.2.1 user_agent=A B | { "
		"\"uid\" : \"Cx\", \"method\" : \"GET\", \"uri\" : \"/a\", \"status\" : 200 }");
	sourced_close(&s);
}

TEST(without_a_header_a_line_says_nothing)
{
	sourced_open(&s, "w3c", "");
	assert_int_equal(sourced_parse(&s, "2015-01-13 00:32:17 10.0.0.1"), GENLOG_NO_MATCH);
	assert_string_equal(s.b.rec.parse_error, "no #Fields line before this one says what its columns are");
	assert_int_equal(s.b.plug.code->looks(s.b.plug.state, "#Fields: a b", 12), 100);
	assert_int_equal(s.b.plug.code->looks(s.b.plug.state, "# a comment", 11), 0);
	sourced_close(&s);
}

TEST(a_header_beyond_all_measure_is_cut_and_its_columns_counted)
{
	static char line[16384];
	size_t n = (size_t)snprintf(line, sizeof(line), "#Fields:");

	sourced_open(&s, "w3c", "");
	for (int i = 0; i < 200; i++)
		n += (size_t)snprintf(line + n, sizeof(line) - n, " column-with-a-long-name-%d", i);
	sourced_header(&s, line);
	for (n = 0; n < 400; n += 2)
		memcpy(line + n, "7 ", 3);
	assert_int_equal(sourced_parse(&s, line), GENLOG_PARSED);
	assert_non_null(strstr(bench_fields(&s.b), "\"column-with-a-long-name-63\" : 7, \"column_65\" : 7"));
	sourced_close(&s);
}

TEST(hostile_lines_are_borne)
{
	static const char *const pieces[] = {" ", "\t", "\"", "\"\"", "a ", "- ", "#"};

	sourced_open(&s, "w3c", "");
	sourced_header(&s, "#Fields: date time c-ip cs-method cs-uri-stem cs(User-Agent) sc-status time-taken x.y");
	hostile_line(&s.b, "2015-01-13 00:32:17 ::1 GET /a \"M+X\" 404 1.5 z w", s.memory);
	hostile_line(&s.b, "#Fields: date time c-ip", s.memory);
	hostile_line(&s.b, "#Date: 2015-01-13 00:32:17", s.memory);
	for (size_t i = 0; i < ROWS(pieces); i++) {
		hostile_long(&s.b, "#Fields: ", pieces[i], s.memory);
		hostile_long(&s.b, "", pieces[i], s.memory);
		hostile_long(&s.b, "\"", pieces[i], s.memory);
	}
	sourced_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_header_says_what_the_columns_are),
		cmocka_unit_test(tabs_quotes_and_times_of_other_columns),
		cmocka_unit_test(the_columns_of_zeek),
		cmocka_unit_test(without_a_header_a_line_says_nothing),
		cmocka_unit_test(a_header_beyond_all_measure_is_cut_and_its_columns_counted),
		cmocka_unit_test(hostile_lines_are_borne),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
