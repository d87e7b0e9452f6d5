#include "hostile.h"

static struct bench b;

struct row {
	const char *line, *fields;
};

static void parse_rows(const char *settings, const struct row *rows, size_t n)
{
	bench_open(&b, GENLOG_PARSER, "logfmt", settings);
	for (size_t i = 0; i < n; i++)
		bench_parse(&b, rows[i].line, rows[i].fields);
	bench_close(&b);
}

TEST(pairs_become_slots_and_context)
{
	static const struct row rows[] = {
		{"ts=2025-12-22T10:30:45Z level=info msg=\"a b\" k=v flag n=5 x=-1.5 ok=true no=false id=007",
			"timestamp=2025-12-22T10:30:45Z level=info message=a b | { \"k\" : \"v\", \"flag\" : true, "
			"\"n\" : "
			"5, \"x\" : -1.5, \"ok\" : true, \"no\" : false, \"id\" : \"007\" }"},
		{"msg=\"esc\\\"aped \\n \\t \\\\ \\u00e4 \\q \\u12\" n=\"5\"",
			"message=esc\"aped \n \t \\ \xc3\xa4 \\q \\u12 | { \"n\" : \"5\" }"},
		{"msg=a message=b text=c", "message=b | { \"msg\" : \"a\", \"text\" : \"c\" }"},
		{"a=1 a=2 a.b=3 $c=4 d=", " | { \"a\" : 2, \"a\xef\xbc\x8e"
					  "b\" : 3, \"\xef\xbc\x84"
					  "c\" : 4, \"d\" : \"\" }"},
		{"msg=\"not closed", "message=not closed"},
		{"$d=1 \xef\xbc\x84"
		 "d=2 n=9999999999999999999 m=-1e999",
			" | { \"\xef\xbc\x84"
			"d\" : 2, \"n\" : \"9999999999999999999\", \"m\" : \"-1e999\" }"},
		{"a=b=c user_id=12 =x", "user_id=12 | { \"a\" : \"b=c\" }"},
		{"flag a=b", NULL},
		{"text alone", NULL},
		{"", NULL},
	};

	parse_rows("", rows, ROWS(rows));
}

TEST(other_separators)
{
	static const struct row automatic[] = {
		{"a=1, b=2; c=\"x\", d=4", " | { \"a\" : 1, \"b\" : 2, \"c\" : \"x\", \"d\" : 4 }"},
		{"a=1,2 b=3", " | { \"a\" : \"1,2\", \"b\" : 3 }"},
	};
	static const struct row comma[] = {{"a=1,b=\"x,y\",c=3", " | { \"a\" : 1, \"b\" : \"x,y\", \"c\" : 3 }"}};
	static const struct row semicolon[] = {{"a=1;b=2, c", " | { \"a\" : 1, \"b\" : \"2,\", \"c\" : true }"}};
	static const struct row blank[] = {{"a=1, b=2", " | { \"a\" : \"1,\", \"b\" : 2 }"}};

	parse_rows("", automatic, ROWS(automatic));
	parse_rows("separator: comma", comma, ROWS(comma));
	parse_rows("separator: semicolon", semicolon, ROWS(semicolon));
	parse_rows("separator: blank", blank, ROWS(blank));
}

TEST(durations_with_units)
{
	static const struct row rows[] = {
		{"a=1 took=12ms", "duration_ms=12 | { \"a\" : 1, \"took\" : \"12ms\" }"},
		{"duration=1m2.5s", "duration_ms=62500 | { \"duration\" : \"1m2.5s\" }"},
		{"elapsed=250\xc2\xb5s", "duration_ms=0.25 | { \"elapsed\" : \"250\xc2\xb5s\" }"},
		{"latency=12ms duration_ms=5", "duration_ms=5 | { \"latency\" : \"12ms\" }"},
		{"took=12", " | { \"took\" : 12 }"},
		{"took=12parsecs", " | { \"took\" : \"12parsecs\" }"},
		{"other=12ms", " | { \"other\" : \"12ms\" }"},
	};

	parse_rows("", rows, ROWS(rows));
}

TEST(it_knows_its_lines)
{
	static const struct {
		const char *line;
		int least, most;
	} rows[] = {
		{"ts=2025-12-22T10:30:45Z level=info msg=\"a b\" k=v", 80, 95},
		{"user=bob action=login", 40, 90},
		{"connection lost host=a port=1 retry=2", 0, 0},
		{"a=b and this is a text", 0, 0},
		{"a=b", 0, 0},
		{"2025-12-22 10:30:45 a=b c=d", 0, 0},
		{"{\"a\"=1} b=2 c=3", 0, 0},
		{"", 0, 0},
	};

	bench_open(&b, GENLOG_PARSER, "logfmt", "");
	for (size_t i = 0; i < ROWS(rows); i++) {
		bench_line(&b, rows[i].line);
		assert_in_range(b.plug.code->looks(b.plug.state, b.rec.line, b.rec.len), rows[i].least, rows[i].most);
	}
	bench_close(&b);
}

TEST(hostile_lines_are_borne)
{
	static const char *const pieces[] = {
		"a=1 ", "a ", "=", "\"", "\\", "a=\"b\" ", "a", "\\u", ", ", "a=\"\\", "1h"};

	bench_open(&b, GENLOG_PARSER, "logfmt", "");
	hostile_line(&b, "ts=5 level=info msg=\"a \\u00e4\" took=1m2s flag x.y=-1.5e3, tags=a duration_ms=x message=b",
		NULL);
	for (size_t i = 0; i < ROWS(pieces); i++) {
		hostile_long(&b, "", pieces[i], NULL);
		hostile_long(&b, "took=", pieces[i], NULL);
		hostile_long(&b, "a=\"", pieces[i], NULL);
	}
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_become_slots_and_context),
		cmocka_unit_test(other_separators),
		cmocka_unit_test(durations_with_units),
		cmocka_unit_test(it_knows_its_lines),
		cmocka_unit_test(hostile_lines_are_borne),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
