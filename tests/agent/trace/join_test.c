#include "trace/join.h"

#include "agent/trace/render.h"
#include "trace/begin.h"

static char mark(enum trace_link l)
{
	return l == TRACE_STARTS ? 'S' : l == TRACE_CONTINUES ? '.' : '_';
}

static enum trace_link join(struct trace_join *j, const char *p, size_t n)
{
	char *exact = calloc(1, n + GENLOG_PAD);
	enum trace_link l;

	memcpy(exact, p, n);
	memset(exact + n, '(', GENLOG_PAD);
	l = trace_join(j, exact, n);
	free(exact);
	return l;
}

/* A letter for each line: S starts, . continues, _ is an empty line outside of a trace. */
static void links(struct trace_join *j, const char *text, char *to)
{
	for (;;) {
		size_t n = strcspn(text, "\n");

		*to++ = mark(join(j, text, n));
		if (!text[n])
			break;
		text += n + 1;
	}
	*to = 0;
}

struct row {
	const char *text, *links;
};

static void check(const struct row *rows, size_t n, enum trace_language only)
{
	for (size_t i = 0; i < n; i++) {
		struct trace_join j;
		char got[256];

		trace_join_init(&j, only);
		links(&j, rows[i].text, got);
		if (strcmp(got, rows[i].links) != 0)
			fail_msg("wanted %s, got %s, for:\n%s", rows[i].links, got, rows[i].text);
	}
}

#define LOG "2025-12-22 10:30:45 ERROR it failed\n"

TEST(ordinary_lines_start_events)
{
	static const struct row rows[] = {
		{"one\ntwo\nthree", "SSS"},
		{"2025-12-22 10:30:45 a\n2025-12-22 10:30:46 b", "SS"},
		{"Dec 22 10:30:45 host app: a\nDec 22 10:30:46 host app: b", "SS"},
		{"<13>1 2025-12-22T10:30:45Z h a - - - x\n<13>1 y", "SS"},
		{"INFO one\n[WARN] two\nE1222 10:30:45.123456 1 a.go:1] three\nlevel=info msg=four", "SSSS"},
		{"10.0.0.1 - - [22/Dec/2025:10:30:45 +0000] \"GET / HTTP/1.1\" 200 5\n10.0.0.2 - - x", "SS"},
		{"{\"a\":1}\n{\"a\":2}", "SS"},
		{"one\n\ntwo\n\n\nthree", "S_S__S"},
		{"", "_"},
		{"\n\none", "__S"},
		{" INFO one\n WARN two\n INFO three", "SSS"},
		{"thread pool started\npanic button pressed\ngoroutines: 5\nCaused a stir", "SSSS"},
		{"#1 of the shop\n#2 of the shop\n== summary ==\n*** welcome ***\nNext step", "SSSSS"},
		{"SIGTERM received\nfrom a to b\nat home\nnote: this\nMessage: that", "SSSSS"},
	};

	check(rows, ROWS(rows), TRACE_AUTO);
}

TEST(blanks_at_its_beginning_join_a_line)
{
	static const struct row rows[] = {
		{"one\n  two\n\tthree\nfour", "S..S"},
		{"one {\n  two\n}\nthree", "S..S"},
		{"one [\n  two\n],\nthree", "S..S"},
		{"one\n}\ntwo", "SSS"},
		{"{\n  \"a\": 1\n}\n{\n  \"a\": 2\n}", "S..S.."},
		{"  first of all\n  second", "S."},
		{"{\"a\":1}\n  two\n  three\n{\"a\":2}", "SS.S"},
		{"one\n\n  two\n\n  three", "S_._."},
		{"one\n    2025-12-22 is quoted\ntwo", "S.S"},
	};

	check(rows, ROWS(rows), TRACE_AUTO);
}

TEST(a_head_belongs_to_the_ordinary_line_before_it)
{
	static const struct row rows[] = {
		{LOG "java.io.IOException: x\n\tat a.B.c(D.java:1)\nnext", "S..S"},
		{LOG "java.io.IOException\n\tat a.B.c(D.java:1)\n" LOG "x", "S..SS"},
		{LOG "Traceback (most recent call last):\n  File \"a\", line 1, in f\n    x\nE: y\n" LOG "x",
			"S....SS"},
		{LOG "\nTraceback (most recent call last):\n  File \"a\", line 1, in f\nKeyError: 1", "S_..."},
		{LOG "a.rb:1:in `f': x (E)\n\tfrom a.rb:2:in `g'", "S.."},
		{LOG "./a(f+0x1) [0x1]\n./a(g+0x1) [0x2]\nnext", "S..S"},
		{LOG "died at a.pl line 3.\n\tmain::f() called at a.pl line 9\nnext at b.pl line 2.", "S..S"},
	};

	check(rows, ROWS(rows), TRACE_AUTO);
}

TEST(traces_one_after_the_other_are_events_of_their_own)
{
	static const struct row rows[] = {
		{"Exception in thread \"a\" b.C: d\n\tat e.F.g(H.java:1)\nException in thread \"a\" b.C: d\n\tat "
		 "e.F.g(H.java:1)",
			"S.S."},
		{"Traceback (most recent call last):\n  File \"a\", line 1, in f\nKeyError: 1\n"
		 "Traceback (most recent call last):\n  File \"a\", line 1, in f\nKeyError: 1",
			"S..S.."},
		{"panic: a\n\ngoroutine 1 [running]:\nmain.f()\n\t/a.go:1\nexit status 2\npanic: b\n\ngoroutine 1 "
		 "[running]:",
			"S.....S.."},
		{"thread 'a' panicked at b.rs:1:2:\nx\nnote: y\n\nthread 'c' panicked at b.rs:1:2:\nx\nnote: y",
			"S...S.."},
		{"TypeError: a\n    at f (b.js:1:2)\nTypeError: a\n    at f (b.js:1:2)", "S.S."},
		{"died at a.pl line 1.\ndied at a.pl line 1.\ndied at a.pl line 1.", "SSS"},
		{"Traceback (most recent call last):\n  File \"a\", line 1, in f\nKeyError: 1\nplain words", "S..S"},
		{"panic: a\n\ngoroutine 1 [running]:\nmain.f()\n\t/a.go:1\nplain words", "S....S"},
	};

	check(rows, ROWS(rows), TRACE_AUTO);
}

/* What cannot be told from a line of a plain log is told where records are plain to see. */
TEST(messages_of_many_lines_are_joined_where_records_are_plain_to_see)
{
	static const struct row rows[] = {
		{LOG "a.BError: one\ntwo\nthree\n\tat c.D.e(F.java:1)\n" LOG "x", "S....SS"},
		{"plain\na.BError: one\ntwo", "S.S"},
		{LOG "Traceback (most recent call last):\n  File \"a\", line 1, in f\nE: one\ntwo\n\nthree\n" LOG "x",
			"S......SS"},
		{"plain\nTraceback (most recent call last):\n  File \"a\", line 1, in f\nE: one\ntwo", "S...S"},
		{LOG "thread 'a' panicked at b.rs:1:2:\none\ntwo\nstack backtrace:\n   0: f\n" LOG "x", "S.....SS"},
		{LOG "a.BError: one\nINFO two\n{\"a\":3}", "S.SS"},
	};

	check(rows, ROWS(rows), TRACE_AUTO);
}

TEST(one_language_alone_knows_no_other)
{
	static const struct row java[] = {
		{LOG "Traceback (most recent call last):\n  File \"a\", line 1, in f\nE: x", "SS.S"},
		{LOG "a.BException: c\n\tat d.E.f(G.java:1)\nCaused by: h.IException: j\n\tat k", "S...."},
	};
	static const struct row python[] = {
		{LOG "Traceback (most recent call last):\n  File \"a\", line 1, in f\nE: x", "S..."},
		{LOG "Caused by: a.BError: c\npanic: d", "SSS"},
	};
	static const struct row none[] = {{LOG "panic: a\n  b\nTraceback (most recent call last):", "SS.S"}};

	check(java, ROWS(java), TRACE_JAVA);
	check(python, ROWS(python), TRACE_PYTHON);
	check(none, ROWS(none), TRACE_UNKNOWN);
}

static bool has_message(const char *name)
{
	static const char *const named[] = {
		"message", "java_thread", "rust_bare", "go_signal", "php_monolog", "dart", "ruby_rails"};

	for (size_t i = 0; i < ROWS(named); i++)
		if (strstr(name, named[i]))
			return true;
	return false;
}

/* One sample behind an ordinary line, and before another: one event, or one with the line before it. */
static void alone(const char *name, const struct text *t, const char *before, const char *after)
{
	struct trace_join j = {0};
	size_t line = 0;

	join(&j, before, strlen(before));
	for (size_t i = 0; i<t->n; line += i> 1) {
		const char *nl = memchr(t->p + i, '\n', t->n - i);
		size_t n = nl ? (size_t)(nl - t->p) - i : t->n - i;
		enum trace_link l = join(&j, t->p + i, n);

		if (l == TRACE_STARTS && line > 0)
			fail_msg("%s: line %zu is torn off: %.*s", name, line + 1, (int)n, t->p + i);
		if (line > 1 && l == TRACE_BLANK)
			fail_msg("%s: an empty line within, %zu, is no part of it", name, line + 1);
		i += n + 1;
	}
	if (join(&j, after, strlen(after)) != TRACE_STARTS)
		fail_msg("%s: what follows it is taken for part of it", name);
}

static void among_records(const char *name, const struct text *t)
{
	alone(name, t, "2025-12-22 10:30:44 INFO before", "2025-12-22 10:31:00 INFO after");
	alone(name, t, "Dec 22 10:30:44 host app: before", "Dec 22 10:31:00 host app: after");
	alone(name, t, "{\"level\":\"info\"}", "{\"level\":\"info\"}");
}

static void among_words(const char *name, const struct text *t)
{
	struct trace_text first = first_line((struct trace_text){t->p, (uint32_t)t->n});

	if (trace_begins(first) == TRACE_BEGIN_NONE && !has_message(name))
		alone(name, t, "before it all was well", "after it all was well");
}

TEST(each_sample_among_records_is_one_event)
{
	each_sample(among_records);
}

TEST(each_sample_among_lines_of_words_is_one_event)
{
	each_sample(among_words);
}

static void interleaved(const char *name, const struct text *t)
{
	static const char *const records[] = {"2025-12-22 10:30:44 INFO other", "[2025-12-22 10:30:44] other",
		"INFO: other", "<30>Dec 22 10:30:44 host x: other", "{\"level\":\"info\"}",
		"I1222 10:30:44.000000 1 x] y"};
	struct trace_join j = {0};
	size_t turn = 0;

	for (size_t i = 0; i < t->n; turn++) {
		const char *nl = memchr(t->p + i, '\n', t->n - i), *record = records[turn % ROWS(records)];
		size_t n = nl ? (size_t)(nl - t->p) - i : t->n - i;

		join(&j, t->p + i, n);
		if (join(&j, record, strlen(record)) != TRACE_STARTS)
			fail_msg("%s: \"%s\" is taken for part of it behind \"%.*s\"", name, record, (int)n, t->p + i);
		i += n + 1;
	}
}

TEST(a_record_starts_an_event_within_any_trace)
{
	each_sample(interleaved);
}

/* Kept and put back after any line, the state goes on as if nothing had been. */
static void resumed(const char *name, const struct text *t)
{
	struct trace_join whole = {0}, parts = {0};
	unsigned char kept[sizeof(parts)];

	(void)name;
	for (size_t i = 0; i < t->n;) {
		const char *nl = memchr(t->p + i, '\n', t->n - i);
		size_t n = nl ? (size_t)(nl - t->p) - i : t->n - i;

		memcpy(kept, &parts, sizeof(kept));
		memset(&parts, 0xff, sizeof(parts));
		memcpy(&parts, kept, sizeof(kept));
		assert_int_equal(join(&whole, t->p + i, n), join(&parts, t->p + i, n));
		i += n + 1;
	}
	assert_true(sizeof(struct trace_join) <= 32);
}

TEST(the_state_can_be_kept_and_put_back)
{
	each_sample(resumed);
}

TEST(more_is_awaited_in_a_trace_and_behind_an_error)
{
	static const struct {
		const char *text;
		bool open, holds;
	} rows[] = {
		{"2025-12-22 10:30:45 INFO all is well", false, true},
		{"2025-12-22 10:30:45 INFO the current creature of the factory is normal", false, true},
		{"2025-12-22 10:30:45 ERROR not all", true, true},
		{"2025-12-22 10:30:45 [error] not all", true, true},
		{"2025-12-22 10:30:45.123456+01:00 host[123] FATAL not all", true, true},
		{"ts=1 level=error msg=x", true, true},
		{"SEVERE: not all", true, true},
		{"CRITICAL not all", true, true},
		{"Traceback (most recent call last):", true, true},
		{"panic: x", true, true},
		{"Exception in thread \"main\" a.B: c", true, true},
		{"java.io.IOException: x", true, true},
		{"died at a.pl line 3.", true, true},
		{"a\n\tat b.C.d(E.java:1)", true, true},
		{"a\n  b", false, true},
		{"panic: x\n\ngoroutine 1 [running]:\nmain.f()\n\t/a.go:1\nexit status 2", false, true},
		{"{\"level\":\"error\"}", false, false},
		{"{\"level\":\"error\"}\n{\"level\":\"info\"} ", false, false},
		{"{", false, true},
		{"{}", false, false},
		{"{\"a\": 1", false, true},
		{"plain", false, true},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct trace_join j = {0};
		char got[64];

		links(&j, rows[i].text, got);
		if (trace_join_open(&j) != rows[i].open || trace_join_holds(&j) != rows[i].holds)
			fail_msg("\"%s\": open %d, holds %d", rows[i].text, trace_join_open(&j), trace_join_holds(&j));
	}
}

TEST(nothing_continues_an_event_that_was_closed)
{
	struct trace_join j = {0};
	char got[64];

	links(&j, LOG "a.BError: one\n\tat c.D.e(F.java:1)", got);
	assert_string_equal(got, "S..");
	trace_join_close(&j);
	assert_false(trace_join_open(&j));
	links(&j, "\tat c.D.g(F.java:2)\n\tat c.D.h(F.java:3)", got);
	assert_string_equal(got, "S.");
	trace_join_close(&j);
	links(&j, "a.BError: one\ntwo, as records are plain to see\n\tat c.D.e(F.java:1)", got);
	assert_string_equal(got, "S..");
}

/* A megabyte of anything is one look. */
TEST(long_lines_are_lines_too)
{
	static const char *const units[] = {"x", " ", "a.BError: ", "at ", "[", "1", "{", "\t", "a.b", "E: ", "#0 "};
	size_t n = 1 << 20;
	char *p = calloc(1, n + 2 * GENLOG_PAD);

	for (size_t u = 0; u < ROWS(units); u++) {
		struct trace_join j = {0};

		for (size_t i = 0; i < n; i += strlen(units[u]))
			memcpy(p + i, units[u], strlen(units[u]));
		assert_int_equal(
			trace_join(&j, p, n), *units[u] == ' ' || *units[u] == '\t' ? TRACE_BLANK : TRACE_STARTS);
		trace_join(&j, p, n);
		trace_join(&j, p, n);
	}
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordinary_lines_start_events),
		cmocka_unit_test(blanks_at_its_beginning_join_a_line),
		cmocka_unit_test(a_head_belongs_to_the_ordinary_line_before_it),
		cmocka_unit_test(traces_one_after_the_other_are_events_of_their_own),
		cmocka_unit_test(messages_of_many_lines_are_joined_where_records_are_plain_to_see),
		cmocka_unit_test(one_language_alone_knows_no_other),
		cmocka_unit_test(each_sample_among_records_is_one_event),
		cmocka_unit_test(each_sample_among_lines_of_words_is_one_event),
		cmocka_unit_test(a_record_starts_an_event_within_any_trace),
		cmocka_unit_test(the_state_can_be_kept_and_put_back),
		cmocka_unit_test(more_is_awaited_in_a_trace_and_behind_an_error),
		cmocka_unit_test(nothing_continues_an_event_that_was_closed),
		cmocka_unit_test(long_lines_are_lines_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
