/* Parser json, through the built plugin: text in, slots and context out. */
#include <bson/bson.h>

#include "lib/plugin.h"
#include "lib/test.h"

struct row {
	const char *line, *fields;
};

static void check_rows(const char *settings, const struct row *rows, size_t n)
{
	struct bench b = {0};

	bench_open(&b, GENLOG_PARSER, "json", settings);
	for (size_t i = 0; i < n; i++)
		bench_parse(&b, rows[i].line, rows[i].fields);
	bench_close(&b);
}

#define CHECK(...)                                                                                                     \
	do {                                                                                                           \
		static const struct row rows[] = {__VA_ARGS__};                                                        \
		check_rows("", rows, ROWS(rows));                                                                      \
	} while (0)

TEST(integers_are_int64_and_larger_ones_keep_their_digits)
{
	CHECK({"{\"a\":0}", " | { \"a\" : 0 }"}, {"{\"a\":-1}", " | { \"a\" : -1 }"},
		{"{\"a\":9223372036854775807}", " | { \"a\" : 9223372036854775807 }"},
		{"{\"a\":-9223372036854775808}", " | { \"a\" : -9223372036854775808 }"},
		{"{\"a\":9223372036854775808}", " | { \"a\" : \"9223372036854775808\" }"},
		{"{\"a\":-9223372036854775809}", " | { \"a\" : \"-9223372036854775809\" }"},
		{"{\"a\":18446744073709551616}", " | { \"a\" : \"18446744073709551616\" }"},
		{"{\"a\":123456789012345678901234567890}", " | { \"a\" : \"123456789012345678901234567890\" }"},
		{"{\"a\":-0}", " | { \"a\" : 0 }"}, {"{\"a\":01}", NULL}, {"{\"a\":-}", NULL}, {"{\"a\":+1}", NULL},
		{"{\"a\":--1}", NULL}, {"{\"a\":0x10}", NULL}, {"{\"a\":1_000}", NULL});
}

TEST(fractions_are_doubles_and_what_is_none_keeps_its_text)
{
	CHECK({"{\"a\":0.1}", " | { \"a\" : 0.10000000000000000555 }"}, {"{\"a\":1.5}", " | { \"a\" : 1.5 }"},
		{"{\"a\":1e2}", " | { \"a\" : 100.0 }"}, {"{\"a\":1E+2}", " | { \"a\" : 100.0 }"},
		{"{\"a\":1e-2}", " | { \"a\" : 0.010000000000000000208 }"}, {"{\"a\":-0.0}", " | { \"a\" : -0.0 }"},
		{"{\"a\":1e308}", " | { \"a\" : 1.000000000000000011e+308 }"},
		{"{\"a\":1e309}", " | { \"a\" : \"1e309\" }"}, {"{\"a\":-1e309}", " | { \"a\" : \"-1e309\" }"},
		{"{\"a\":1e99999999999}", " | { \"a\" : \"1e99999999999\" }"}, {"{\"a\":1e-400}", " | { \"a\" : 0.0 }"},
		{"{\"a\":1.}", NULL}, {"{\"a\":.5}", NULL}, {"{\"a\":1e}", NULL}, {"{\"a\":1e+}", NULL},
		{"{\"a\":1.5.5}", NULL}, {"{\"a\":9007199254740993.0}", " | { \"a\" : 9007199254740992.0 }"},
		{"{\"a\":NaN,\"b\":Infinity,\"c\":-Infinity}",
			" | { \"a\" : { \"$numberDouble\" : \"NaN\" }, \"b\" : { \"$numberDouble\" : \"Infinity\" }, "
			"\"c\" : { \"$numberDouble\" : \"-Infinity\" } }"},
		{"{\"a\":-NaN}", NULL}, {"{\"a\":Infinit}", NULL});
}

TEST(escapes_are_what_they_stand_for)
{
	CHECK({"{\"message\":\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\"}", "message=a\"\\/\b\f\n\r\tz"},
		{"{\"message\":\"\\u0041\\u00e9\\u20AC\"}", "message=A\xc3\xa9\xe2\x82\xac"},
		{"{\"message\":\"\\ud83d\\ude00\"}", "message=\xf0\x9f\x98\x80"},
		{"{\"message\":\"\\uD834\\uDD1E!\"}", "message=\xf0\x9d\x84\x9e!"},
		{"{\"message\":\"\\ud83d\"}", "message=\xef\xbf\xbd"},
		{"{\"message\":\"\\ude00\\ud83d\"}", "message=\xef\xbf\xbd\xef\xbf\xbd"},
		{"{\"message\":\"\\ud83d\\u0041\"}", "message=\xef\xbf\xbd"
						     "A"},
		{"{\"message\":\"\\ud83d\\ud83d\\ude00\"}", "message=\xef\xbf\xbd\xf0\x9f\x98\x80"},
		{"{\"x\\n\":\"\\u0009\"}", " | { \"x\\n\" : \"\\t\" }"}, {"{\"message\":\"\\x\"}", NULL},
		{"{\"message\":\"\\u12g4\"}", NULL}, {"{\"message\":\"\\u12\"}", NULL}, {"{\"a\":\"\\u12\"}", NULL},
		{"{\"message\":\"\\\"}", NULL}, {"{\"a\":\"\\\"}", NULL}, {"{\"message\":\"\ttab\"}", "message=\ttab"},
		{"{\"a\":\"\x01\x1f\"}", " | { \"a\" : \"\\u0001\\u001f\" }"});
}

TEST(a_nul_in_a_value_stays_and_in_a_key_is_replaced)
{
	struct bench b = {0};

	bench_open(&b, GENLOG_PARSER, "json", "");
	bench_line(&b, "{\"message\":\"a\\u0000b\",\"k\\u0000\":\"\\u0000\",\"o\":{\"\\u0000\":1}}");
	assert_int_equal(b.plug.code->parse(b.plug.state, &b.rec), GENLOG_PARSED);
	assert_int_equal(b.rec.slot[GENLOG_SLOT_MESSAGE].n, 3);
	assert_memory_equal(b.rec.slot[GENLOG_SLOT_MESSAGE].u.p, "a\0b", 3);
	assert_int_equal(b.rec.context.n, 33);
	assert_memory_equal(b.rec.context.p,
		"\x02k\xef\xbf\xbd\0\x02\0\0\0\0\0"
		"\x03o\0\x12\0\0\0\x12\xef\xbf\xbd\0\x01\0\0\0\0\0\0\0\0",
		b.rec.context.n);
	bench_close(&b);
}

TEST(keys_are_made_fit_for_a_document)
{
	CHECK({"{\"\":1}", " | { \"_\" : 1 }"}, {"{\"\":1,\"\":2}", " | { \"_\" : 2 }"},
		{"{\"a.b\":1}", " | { \"a\xef\xbc\x8e"
				"b\" : 1 }"},
		{"{\"$a$\":1}", " | { \"\xef\xbc\x84"
				"a$\" : 1 }"},
		{"{\"o\":{\"a.b\":1,\"$x\":2,\"\":3}}", " | { \"o\" : { \"a\xef\xbc\x8e"
							"b\" : 1, \"\xef\xbc\x84x\" : 2, \"_\" : 3 } }"},
		{"{\"context\":{\"a.b\":1}}", " | { \"a\xef\xbc\x8e"
					      "b\" : 1 }"},
		{"{\"user.id\":{\"a\":1}}", " | { \"user\xef\xbc\x8eid\" : { \"a\" : 1 } }"},
		{"{\"log.level\":[1]}", " | { \"log\xef\xbc\x8elevel\" : [ 1 ] }"});
}

TEST(the_last_of_equal_keys_stands)
{
	CHECK({"{\"a\":1,\"a\":\"x\"}", " | { \"a\" : \"x\" }"},
		{"{\"a\":1,\"b\":2,\"a\":3}", " | { \"b\" : 2, \"a\" : 3 }"},
		{"{\"message\":\"x\",\"message\":\"y\"}", "message=y"},
		{"{\"context\":{\"a\":1},\"a\":2}", " | { \"a\" : 2 }"},
		{"{\"a\":2,\"context\":{\"a\":1}}", " | { \"a\" : 1 }"},
		{"{\"o\":{\"a\":1,\"b\":{\"a\":5},\"a\":{}}}",
			" | { \"o\" : { \"b\" : { \"a\" : 5 }, \"a\" : {  } } }"},
		{"{\"msg\":\"x\",\"context\":{\"msg\":1},\"message\":\"y\"}", "message=y | { \"msg\" : \"x\" }"},
		{"{\"o\":[{\"a\":1},{\"a\":2}]}", " | { \"o\" : [ { \"a\" : 1 }, { \"a\" : 2 } ] }"});
}

TEST(equal_keys_and_depth_are_noted)
{
	static const struct {
		const char *line;
		uint32_t flags;
	} rows[] = {{"{\"a\":1,\"a\":2}", GENLOG_REC_DUP_KEYS}, {"{\"a\":{\"b\":1,\"b\":2}}", GENLOG_REC_DUP_KEYS},
		{"{\"msg\":1,\"msg\":2}", GENLOG_REC_DUP_KEYS}, {"{\"msg\":1,\"message\":2}", 0},
		{"{\"a\":\"\\ud800\"}", GENLOG_REC_BAD_UTF8}, {"{\"a\":1,\"b\":{\"a\":2}}", 0},
		{"{\"a\":[[[[1]]]]}", GENLOG_REC_TOO_DEEP}, {"{\"a\":[[1]]}", 0}};
	struct bench b = {0};

	bench_open(&b, GENLOG_PARSER, "json", "depth: 3");
	for (size_t i = 0; i < ROWS(rows); i++) {
		bench_line(&b, rows[i].line);
		assert_int_equal(b.plug.code->parse(b.plug.state, &b.rec), GENLOG_PARSED);
		if (b.rec.flags != rows[i].flags)
			fail_msg("%s: flags %x", rows[i].line, b.rec.flags);
	}
	bench_close(&b);
}

TEST(what_is_too_deep_is_kept_as_text)
{
	static const struct row rows[] = {
		{"{\"a\":{\"b\":{\"c\":1}}}", " | { \"a\" : { \"b\" : \"{\\\"c\\\":1}\" } }"},
		{"{\"a\":[[1, \"]\"],2]}", " | { \"a\" : [ \"[1, \\\"]\\\"]\", 2 ] }"},
		{"{\"context\":{\"a\":{\"b\":[]}}}", " | { \"a\" : { \"b\" : \"[]\" } }"},
		{"{\"a\":[[\"\\\\\"]]}", " | { \"a\" : [ \"[\\\"\\\\\\\\\\\"]\" ] }"},
		{"{\"a\":[[1,2]}", NULL},
		{"{\"a\":[[1,2", NULL},
		{"{\"a\":[[\"1,2]]}", NULL},
	};

	check_rows("depth: 2", rows, ROWS(rows));
}

TEST(programs_names_for_fields_are_known_and_the_surer_one_wins)
{
	CHECK({"{\"msg\":\"a\"}", "message=a"}, {"{\"MSG\":\"a\",\"Severity\":\"warn\"}", "level=warn message=a"},
		{"{\"msg\":\"a\",\"message\":\"b\"}", "message=b | { \"msg\" : \"a\" }"},
		{"{\"message\":\"b\",\"msg\":\"a\"}", "message=b | { \"msg\" : \"a\" }"},
		{"{\"text\":\"1\",\"event\":\"2\",\"msg\":\"3\"}",
			"message=3 | { \"text\" : \"1\", \"event\" : \"2\" }"},
		{"{\"time\":\"x\",\"timestamp\":\"y\"}", "timestamp=y | { \"time\" : \"x\" }"},
		{"{\"@timestamp\":1,\"ts\":2.5}", "timestamp=1 | { \"ts\" : 2.5 }"},
		{"{\"ts\":2.5,\"@timestamp\":1}", "timestamp=1 | { \"ts\" : 2.5 }"},
		{"{\"log.level\":\"x\",\"level\":\"y\"}", "level=y | { \"log\xef\xbc\x8elevel\" : \"x\" }"},
		{"{\"trace_id\":\"t\",\"request_id\":\"r\"}", "correlation_id=t | { \"request_id\" : \"r\" }"},
		{"{\"logger\":\"l\",\"func\":\"f\",\"hostname\":\"h\"}", "class_name=l method_name=f node_id=h"});
}

TEST(a_slot_takes_its_own_kind_of_value_and_the_context_the_others)
{
	CHECK({"{\"user_id\":17}", "user_id=17"}, {"{\"user_id\":true}", "user_id=true"},
		{"{\"user_id\":1.50}", "user_id=1.50"},
		{"{\"user_id\":{\"a\":1}}", " | { \"user_id\" : { \"a\" : 1 } }"},
		{"{\"user_id\":[1]}", " | { \"user_id\" : [ 1 ] }"},
		{"{\"message\":[\"a\"]}", " | { \"message\" : [ \"a\" ] }"},
		{"{\"exception\":[],\"msg\":\"m\"}", "message=m | { \"exception\" : [  ] }"},
		{"{\"time\":[2026,1]}", " | { \"time\" : [ 2026, 1 ] }"}, {"{\"time\":true}", " | { \"time\" : true }"},
		{"{\"tags\":[\"a\",\"b\"]}", "tags=<type 8>"}, {"{\"tags\":[]}", "tags=<type 8>"},
		{"{\"tags\":[\"a\",1]}", " | { \"tags\" : [ \"a\", 1 ] }"},
		{"{\"tags\":\"a,b\"}", " | { \"tags\" : \"a,b\" }"},
		{"{\"tags\":{\"a\":1}}", " | { \"tags\" : { \"a\" : 1 } }"}, {"{\"tags\":7}", " | { \"tags\" : 7 }"},
		{"{\"duration_ms\":12}", "duration_ms=12"}, {"{\"duration_ms\":\"12.5\"}", "duration_ms=12.5"},
		{"{\"duration_ms\":\"12 ms\"}", " | { \"duration_ms\" : \"12 ms\" }"},
		{"{\"duration_ms\":\"\"}", " | { \"duration_ms\" : \"\" }"},
		{"{\"duration_ms\":true}", " | { \"duration_ms\" : true }"},
		{"{\"duration_ms\":[1]}", " | { \"duration_ms\" : [ 1 ] }"}, {"{\"db_queries\":3}", "db_queries=3"},
		{"{\"db_queries\":3.5}", " | { \"db_queries\" : 3.5 }"},
		{"{\"db_queries\":2147483648}", " | { \"db_queries\" : 2147483648 }"},
		{"{\"db_queries\":99999999999999999999}", " | { \"db_queries\" : \"99999999999999999999\" }"},
		{"{\"duration_ms\":1e309,\"db_queries\":\"99999999999999999999\"}",
			" | { \"duration_ms\" : \"1e309\", \"db_queries\" : \"99999999999999999999\" }"},
		{"{\"db_queries\":false}", " | { \"db_queries\" : false }"},
		{"{\"user_id\":\"a\",\"user_id\":[1]}", "user_id=a | { \"user_id\" : [ 1 ] }"});
}

TEST(null_says_nothing_but_where_none_is_an_answer)
{
	CHECK({"{\"message\":null,\"a\":null}", " | { \"a\" : null }"},
		{"{\"error_code\":null}", "error_code=<type 5>"},
		{"{\"user_id\":null,\"tags\":null,\"duration_ms\":null,\"time\":null,\"db_queries\":null,\"n\":1}",
			" | { \"n\" : 1 }"},
		{"{\"err\":null,\"error_message\":\"x\"}", "error_message=x | { \"err\" : null }"});
}

TEST(only_one_whole_object_is_a_line)
{
	CHECK({"{}", ""}, {" \t{ } \r", ""}, {"{ \"a\" : [ ] , \"b\" : { } }", " | { \"a\" : [  ], \"b\" : {  } }"},
		{"", NULL}, {"   ", NULL}, {"[1]", NULL}, {"\"x\"", NULL}, {"1", NULL}, {"{", NULL}, {"{}}", NULL},
		{"{} x", NULL}, {"{}{}", NULL}, {"{\"a\":1,}", NULL}, {"{,}", NULL}, {"{\"a\"}", NULL},
		{"{\"a\" 1}", NULL}, {"{\"a\":}", NULL}, {"{a:1}", NULL}, {"{'a':1}", NULL}, {"{\"a\":[1,]}", NULL},
		{"{\"a\":[,]}", NULL}, {"{\"a\":[1 2]}", NULL}, {"{\"a\":tru}", NULL}, {"{\"a\":nul}", NULL},
		{"{\"a\":truex}", NULL}, {"{\"a\":{\"b\"}}", NULL}, {"{\"a\":{\"b\":1,}}", NULL},
		{"{\"message\":tru}", NULL}, {"{\"message\":nul}", NULL}, {"{\"time\":x}", NULL},
		{"{\"tags\":[1,}", NULL}, {"{\"a\":1]", NULL}, {"{\"a\":[1}", NULL}, {"{\"a\":1;\"b\":2}", NULL});
}

TEST(why_and_where_is_said)
{
	static const struct {
		const char *line, *why;
	} rows[] = {{"{\"a\":1} x", "json: there is text behind the object, at byte 9"},
		{"x", "json: not a JSON object, at byte 1"},
		{"{\"a\":\"b", "json: the text ends inside a string, at byte 8"},
		{"{\"a\":01}", "json: a number begins with 0, at byte 6"}};
	struct bench b = {0};

	bench_open(&b, GENLOG_PARSER, "json", "");
	for (size_t i = 0; i < ROWS(rows); i++) {
		bench_line(&b, rows[i].line);
		assert_int_equal(b.plug.code->parse(b.plug.state, &b.rec), GENLOG_NO_MATCH);
		assert_string_equal(b.rec.parse_error, rows[i].why);
	}
	bench_close(&b);
}

static const char sample[] =
	"{\"timestamp\":\"2026-01-02T03:04:05.678Z\",\"level\":\"warn\",\"msg\":\"a \\\"b\\\" \\u00e9\\ud83d\\ude00\","
	"\"tags\":[\"x\",\"y\"],\"duration_ms\":\"1.5e1\",\"db_queries\":3,\"n\":-12.5e-3,\"t\":true,\"f\":false,"
	"\"z\":null,\"o\":{\"k.k\":[1,[2,{\"$d\":[]}],{}]},\"context\":{\"i\":18446744073709551615},\"error\":null}";

TEST(a_text_that_ends_anywhere_is_no_match)
{
	struct bench b = {0};

	bench_open(&b, GENLOG_PARSER, "json", "");
	for (size_t n = 0; n < sizeof(sample) - 1; n++) {
		char part[sizeof(sample)];

		memcpy(part, sample, n);
		part[n] = 0;
		bench_parse(&b, part, NULL);
	}
	bench_parse(&b, sample,
		"timestamp=2026-01-02T03:04:05.678Z level=warn message=a \"b\" \xc3\xa9\xf0\x9f\x98\x80 "
		"error_message=<type 5> duration_ms=15 db_queries=3 tags=<type 8> | { \"n\" : "
		"-0.012500000000000000694, "
		"\"t\" : true, \"f\" : false, \"z\" : null, \"o\" : { \"k\xef\xbc\x8ek\" : [ 1, [ 2, { \"\xef\xbc\x84"
		"d\" : [  ] } ], {  } ] }, \"i\" : \"18446744073709551615\" }");
	bench_close(&b);
}

/* Whatever one byte becomes, the outcome is a match or none, and what matched is BSON (which bench_fields() asks). */
TEST(any_byte_may_be_another)
{
	static const char others[] = "\"\\{}[],:0e-.tn\x01 ";
	struct bench b = {0};

	bench_open(&b, GENLOG_PARSER, "json", "depth: 4");
	for (size_t i = 0; i < sizeof(sample) - 1; i++)
		for (const char *o = others; *o; o++) {
			char line[sizeof(sample)];

			memcpy(line, sample, sizeof(line));
			line[i] = *o;
			bench_line(&b, line);
			if (b.plug.code->parse(b.plug.state, &b.rec) == GENLOG_PARSED)
				(void)bench_fields(&b);
		}
	bench_close(&b);
}

/* Each place remembers its key: lines whose keys change places are read as well. */
TEST(keys_may_change_their_places_from_line_to_line)
{
	CHECK({"{\"a\":1,\"message\":\"x\"}", "message=x | { \"a\" : 1 }"},
		{"{\"message\":\"x\",\"a\":1}", "message=x | { \"a\" : 1 }"},
		{"{\"\":1,\"message\":\"x\"}", "message=x | { \"_\" : 1 }"},
		{"{\"a_key_that_is_longer_than_thirty_two_bytes\":1,\"\":2}",
			" | { \"a_key_that_is_longer_than_thirty_two_bytes\" : 1, \"_\" : 2 }"},
		{"{\"\":1,\"\":2}", " | { \"_\" : 2 }"}, {"{\"mess\":1}", " | { \"mess\" : 1 }"},
		{"{\"messages\":1}", " | { \"messages\" : 1 }"});
}

/* {"k0":1,"k1":1,…}, as the event's own object or one in it; `keys` of them. */
static char *many_keys(const char *before, unsigned keys, const char *after)
{
	char *text = calloc(1, 32 * (size_t)keys + 64);
	size_t n = (size_t)snprintf(text, 32, "%s{", before);

	for (unsigned i = 0; i < keys; i++)
		n += (size_t)snprintf(text + n, 32, "%s\"k%u\":1", i ? "," : "", i);
	snprintf(text + n, 32, "}%s", after);
	return text;
}

TEST(an_object_has_1024_keys_at_most_so_that_no_line_holds_up_the_reader)
{
	static const struct {
		const char *before, *after;
		unsigned keys;
		int parsed;
	} rows[] = {{"", "", 1024, GENLOG_PARSED}, {"", "", 1025, GENLOG_NO_MATCH},
		{"{\"a\":", "}", 1024, GENLOG_PARSED}, {"{\"a\":", "}", 1025, GENLOG_NO_MATCH}};
	struct bench b = {0};

	bench_open(&b, GENLOG_PARSER, "json", "");
	for (size_t i = 0; i < ROWS(rows); i++) {
		char *line = many_keys(rows[i].before, rows[i].keys, rows[i].after);

		bench_line(&b, line);
		assert_int_equal(b.plug.code->parse(b.plug.state, &b.rec), rows[i].parsed);
		free(line);
	}
	bench_close(&b);
}

TEST(the_log_of_mongodb_has_keys_of_its_own)
{
	static struct bench b;

	bench_open(&b, GENLOG_PARSER, "json", "");
	bench_parse(&b,
		"{\"t\":{\"$date\":\"2025-12-22T10:30:45.123+00:00\"},\"s\":\"E\",\"c\":\"REPL\",\"id\":7,\"msg\":"
		"\"bad\"}",
		"timestamp=2025-12-22T10:30:45.123+00:00 level=E class_name=REPL message=bad | { \"id\" : 7 }");
	bench_parse(&b, "{\"t\":{\"$date\":\"2025-12-22T10:30:45Z\"},\"s\":3,\"c\":null}",
		"timestamp=2025-12-22T10:30:45Z | { \"s\" : 3, \"c\" : null }");
	bench_parse(&b, "{\"s\":\"E\",\"c\":\"REPL\"}", " | { \"s\" : \"E\", \"c\" : \"REPL\" }");
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_int64_and_larger_ones_keep_their_digits),
		cmocka_unit_test(fractions_are_doubles_and_what_is_none_keeps_its_text),
		cmocka_unit_test(escapes_are_what_they_stand_for),
		cmocka_unit_test(a_nul_in_a_value_stays_and_in_a_key_is_replaced),
		cmocka_unit_test(keys_are_made_fit_for_a_document),
		cmocka_unit_test(the_last_of_equal_keys_stands),
		cmocka_unit_test(equal_keys_and_depth_are_noted),
		cmocka_unit_test(what_is_too_deep_is_kept_as_text),
		cmocka_unit_test(programs_names_for_fields_are_known_and_the_surer_one_wins),
		cmocka_unit_test(a_slot_takes_its_own_kind_of_value_and_the_context_the_others),
		cmocka_unit_test(null_says_nothing_but_where_none_is_an_answer),
		cmocka_unit_test(only_one_whole_object_is_a_line),
		cmocka_unit_test(why_and_where_is_said),
		cmocka_unit_test(a_text_that_ends_anywhere_is_no_match),
		cmocka_unit_test(any_byte_may_be_another),
		cmocka_unit_test(keys_may_change_their_places_from_line_to_line),
		cmocka_unit_test(an_object_has_1024_keys_at_most_so_that_no_line_holds_up_the_reader),
		cmocka_unit_test(the_log_of_mongodb_has_keys_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
