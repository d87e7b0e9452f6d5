#include "sourced.h"

static struct sourced s;

TEST(the_first_line_names_the_columns)
{
	sourced_open(&s, "csv", "");
	sourced_header(&s, "\xef\xbb\xbftime,level,\"the order\",msg,n");
	sourced_fields(&s, "2025-12-22 10:30:45,INFO,WO_1,\"done, \"\"well\"\"\",5",
		"timestamp=2025-12-22 10:30:45 level=INFO message=done, \"well\""
		" | { \"the order\" : \"WO_1\", \"n\" : 5 }");
	sourced_fields(&s, "t,,007, a text ,1.5,more,\"x\"",
		"timestamp=t message=a text | { \"the order\" : \"007\", \"n\" : 1.5, \"column_6\" : \"more\", "
		"\"column_7\" : \"x\" }");
	sourced_fields(&s, "t", "timestamp=t");
	sourced_fields(&s, "t,\"not closed,x", "timestamp=t level=not closed,x");
	assert_int_equal(sourced_parse(&s, ""), GENLOG_NO_MATCH);
	sourced_close(&s);
}

TEST(the_delimiter_is_what_the_first_line_has_most_of)
{
	static const struct {
		const char *header, *line;
	} rows[] = {{"a;b;c", "1;2,5;3"}, {"a\tb\tc", "1\t2,5\t3"}, {"a|b|c", "1|2,5|3"}};

	sourced_open(&s, "csv", "");
	for (size_t i = 0; i < ROWS(rows); i++) {
		sourced_begin(&s);
		sourced_header(&s, rows[i].header);
		sourced_fields(&s, rows[i].line, " | { \"a\" : 1, \"b\" : \"2,5\", \"c\" : 3 }");
	}
	sourced_close(&s);
}

TEST(columns_of_the_settings)
{
	sourced_open(&s, "csv", "columns: [level, '-', x], delimiter: ';', quote: \"'\"");
	sourced_fields(&s, "INFO;left out;'a;''b'", "level=INFO | { \"x\" : \"a;'b\" }");
	sourced_close(&s);
	sourced_open(&s, "csv", "columns: [level, x], header: yes, delimiter: tab");
	sourced_header(&s, "a\tb");
	sourced_fields(&s, "INFO\t5\t6", "level=INFO | { \"x\" : 5, \"column_3\" : 6 }");
	sourced_close(&s);
}

TEST(the_log_of_postgresql)
{
	sourced_open(&s, "csv", "columns: postgresql");
	sourced_fields(&s,
		"2025-12-22 10:30:45.123 UTC,\"bob\",\"mes\",1234,\"[local]\",6767.1,2,\"SELECT\",2025-12-22 10:00:00 "
		"UTC,3/5,0,ERROR,42P01,\"relation \"\"x\"\" does not exist\",,,,,,\"select 1\",15,,\"psql\"",
		"timestamp=2025-12-22 10:30:45.123 UTC level=ERROR message=relation \"x\" does not exist "
		"error_code=42P01 user_id=bob | { \"database\" : \"mes\", \"pid\" : 1234, \"connection_from\" : "
		"\"[local]\", \"session_id\" : \"6767.1\", \"session_line\" : 2, \"command_tag\" : \"SELECT\", "
		"\"session_start\" : \"2025-12-22 10:00:00 UTC\", \"virtual_transaction\" : \"3/5\", \"transaction\" : "
		"0, "
		"\"query\" : \"select 1\", \"query_pos\" : 15, \"application_name\" : \"psql\" }");
	sourced_close(&s);
}

TEST(mistakes_in_the_settings_are_said)
{
	static const struct {
		const char *settings, *said;
	} rows[] = {
		{"delimiter: ab", "\"ab\" has to be one ASCII character, \"tab\" or \"auto\""},
		{"delimiter: '\"'", "has to be one ASCII character, not the delimiter"},
		{"quote: ''", "has to be one ASCII character, not the delimiter"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		bench_open(&s.b, GENLOG_PARSER, "csv", rows[i].settings);
		assert_true(s.b.opened < 0);
		config_said(&s.b.config, rows[i].said);
		bench_close(&s.b);
	}
}

TEST(hostile_lines_are_borne)
{
	static const char *const pieces[] = {",", "\"", "a,", "\"\",", "\"\"", " ", "x.y,"};

	sourced_open(&s, "csv", "");
	sourced_header(&s, "time,level,x.y,msg,message,took");
	hostile_line(&s.b, "2025,INFO,\"a \"\"b\"\"\",m,n,5,6", s.memory);
	for (size_t i = 0; i < ROWS(pieces); i++) {
		sourced_begin(&s);
		hostile_long(&s.b, "", pieces[i], s.memory);
		hostile_long(&s.b, "", pieces[i], s.memory);
		hostile_long(&s.b, "\"", pieces[i], s.memory);
	}
	sourced_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_line_names_the_columns),
		cmocka_unit_test(the_delimiter_is_what_the_first_line_has_most_of),
		cmocka_unit_test(columns_of_the_settings),
		cmocka_unit_test(the_log_of_postgresql),
		cmocka_unit_test(mistakes_in_the_settings_are_said),
		cmocka_unit_test(hostile_lines_are_borne),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
