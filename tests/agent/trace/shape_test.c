#include "trace/shape.h"

#include "lib/test.h"

static struct trace_text text(const char *s)
{
	static char rooms[4][512];
	static unsigned turn;
	char *room = rooms[turn++ % 4];
	size_t n = strlen(s);

	assert_true(n + GENLOG_PAD < sizeof(rooms[0]));
	memset(room, '(', sizeof(rooms[0]));
	memcpy(room, s, n);
	return (struct trace_text){room, (uint32_t)n};
}

static void same(const char *what, struct trace_text got, const char *want)
{
	if (got.n != strlen(want) || memcmp(got.p, want, got.n) != 0)
		fail_msg("%s: wanted \"%s\", got \"%.*s\"", what, want, (int)got.n, got.p);
}

TEST(a_frame_tells_its_language)
{
	static const struct {
		const char *line;
		enum trace_language language;
	} rows[] = {
		{"at a.B.c(D.java:1)", TRACE_JAVA},
		{"at a.B.c(Native Method)", TRACE_JAVA},
		{"at a.B.c(Unknown Source) ~[x.jar:1.0]", TRACE_JAVA},
		{"at a.B.c(D.java)", TRACE_JAVA},
		{"at a.B.c(SourceFile:12)", TRACE_JAVA},
		{"at f (/a.js:1:2)", TRACE_JAVASCRIPT},
		{"at /a.js:1:2", TRACE_JAVASCRIPT},
		{"at async f (a.js:1:2)", TRACE_JAVASCRIPT},
		{"at Array.map (<anonymous>)", TRACE_JAVASCRIPT},
		{"at eval (eval at f (a.js:1:2), <anonymous>:1:1)", TRACE_JAVASCRIPT},
		{"at node:internal/main:1:2 {", TRACE_JAVASCRIPT},
		{"at A.B.C(String d, Int32 e)", TRACE_DOTNET},
		{"at A.B.C() in /a.cs:line 12", TRACE_DOTNET},
		{"at A.B (System.String c) [0x00002] in <1f>:0", TRACE_DOTNET},
		{"at A.B.C()<---", TRACE_DOTNET},
		{"at src/main.rs:1:2", TRACE_RUST},
		{"at home", TRACE_AUTO},
		{"at the end (of it)", TRACE_AUTO},
		{"at 10:30", TRACE_AUTO},
		{"at ", TRACE_AUTO},
		{"at (", TRACE_AUTO},
		{"at )", TRACE_AUTO},
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		if (shape_at(text(rows[i].line)) != rows[i].language)
			fail_msg("\"%s\" is %s", rows[i].line, trace_language_name(shape_at(text(rows[i].line))));
}

TEST(a_head_is_a_name_and_what_follows_its_colon)
{
	static const struct {
		const char *line;
		enum shape_strict strict;
		const char *type, *message; /* NULL: it is none */
	} rows[] = {
		{"a.b.CException: d: e", SHAPE_ERROR, "a.b.CException", "d: e"},
		{"a.b.C$DError", SHAPE_ERROR, "a.b.C$DError", ""},
		{"TypeError [ERR_X]: d", SHAPE_ERROR, "TypeError", "d"},
		{"A.SqlException (0x80131904): d", SHAPE_ERROR, "A.SqlException", "d"},
		{"A\\B\\CException: d", SHAPE_ERROR, "A\\B\\CException", "d"},
		{"A::BError: d", SHAPE_ERROR, "A::BError", "d"},
		{"KeyboardInterrupt", SHAPE_ERROR, "KeyboardInterrupt", ""},
		{"a.b.C: d", SHAPE_NAMED, "a.b.C", "d"},
		{"a.b.C: d", SHAPE_ERROR, NULL, NULL},
		{"C: d", SHAPE_NAMED, NULL, NULL},
		{"C: d", SHAPE_ANY, "C", "d"},
		{"ERROR: d", SHAPE_ERROR, NULL, NULL},
		{"error: d", SHAPE_ERROR, NULL, NULL},
		{"Error in it", SHAPE_ERROR, NULL, NULL},
		{"Error:d", SHAPE_ERROR, NULL, NULL},
		{"", SHAPE_ANY, NULL, NULL},
		{": d", SHAPE_ANY, NULL, NULL},
		{"1Error: d", SHAPE_ANY, NULL, NULL},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct trace_text type, message;

		if (shape_head(text(rows[i].line), rows[i].strict, &type, &message) != (rows[i].type != NULL))
			fail_msg("\"%s\"", rows[i].line);
		if (!rows[i].type)
			continue;
		same(rows[i].line, type, rows[i].type);
		same(rows[i].line, message, rows[i].message);
	}
}

TEST(the_last_exception_within_a_line_is_found)
{
	struct trace_text type, message;

	assert_true(shape_embedded(text("x ERROR failed a.BError: c"), &type, &message));
	same("type", type, "a.BError");
	same("message", message, "c");
	assert_true(shape_embedded(text("nested is a.BError: c (d.EException: f  "), &type, &message));
	same("type", type, "d.EException");
	same("message", message, "f");
	assert_false(shape_embedded(text("2025-12-22 ERROR all is lost"), &type, &message));
	assert_false(shape_embedded(text(""), &type, &message));
}

TEST(a_position_is_a_file_a_line_and_a_column)
{
	static const struct {
		const char *text, *file;
		int32_t line, column;
	} rows[] = {
		{"a.c:1:2", "a.c", 1, 2},
		{"a.c:1", "a.c", 1, -1},
		{"a.c", "a.c", -1, -1},
		{"C:\\a.cs:7", "C:\\a.cs", 7, -1},
		{"node:fs:1:2", "node:fs", 1, 2},
		{"a:", "a:", -1, -1},
		{"", "", -1, -1},
		{"a:9999999999", "a:9999999999", -1, -1},
		{":1:2", "", 1, 2},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct trace_frame f;

		shape_position(text(rows[i].text), &f);
		same(rows[i].text, f.file, rows[i].file);
		assert_int_equal(f.line, rows[i].line);
		assert_int_equal(f.column, rows[i].column);
	}
}

TEST(calls_of_go_have_a_package_before_their_parentheses)
{
	static const char *const yes[] = {"main.main()", "net/http.(*conn).serve(0xc, {0x1, 0x2})", "panic({0x1, 0x2})",
		"main.Map[...](...)", "a.b/c.d(...)"};
	static const char *const no[] = {
		"done (all of it)", "call(me)", "(x)", "main.main", "2.5(x)", "", "see a.b (c)"};

	for (size_t i = 0; i < ROWS(yes); i++)
		if (!shape_go_call(text(yes[i])))
			fail_msg("\"%s\" is a call", yes[i]);
	for (size_t i = 0; i < ROWS(no); i++)
		if (shape_go_call(text(no[i])))
			fail_msg("\"%s\" is no call", no[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_tells_its_language),
		cmocka_unit_test(a_head_is_a_name_and_what_follows_its_colon),
		cmocka_unit_test(the_last_exception_within_a_line_is_found),
		cmocka_unit_test(a_position_is_a_file_a_line_and_a_column),
		cmocka_unit_test(calls_of_go_have_a_package_before_their_parentheses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
