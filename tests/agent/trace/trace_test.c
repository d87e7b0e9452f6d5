#include "trace/trace.h"

#include <time.h>

#include "agent/trace/render.h"
#include "lib/folder.h"

static struct trace trace;
static struct text told;

static void lies_within(struct trace_text s, const char *p, size_t n)
{
	assert_true(!s.n || (s.p >= p && s.p + s.n <= p + n));
}

static void all_within(const struct trace *t, const char *p, size_t n)
{
	lies_within(t->text, p, n);
	lies_within(t->exception_type, p, n);
	lies_within(t->error_message, p, n);
	lies_within(t->error_code, p, n);
	lies_within(t->thread, p, n);
	for (uint32_t i = 0; i < t->all_frames; i++) {
		lies_within(t->frames[i].function, p, n);
		lies_within(t->frames[i].class_name, p, n);
		lies_within(t->frames[i].file, p, n);
		lies_within(t->frames[i].module, p, n);
	}
	for (uint32_t i = 0; i < t->n_causes; i++) {
		lies_within(t->causes[i].exception_type, p, n);
		assert_true(t->causes[i].first + t->causes[i].n <= t->all_frames);
	}
	assert_int_equal(t->at, t->text.p - p);
}

/* GENLOG_TRACE_WANT=1 writes what is told instead of comparing it: read it before it is kept. */
static void as_wanted(const char *name, const struct text *t)
{
	static struct text want;
	char path[512];

	snprintf(path, sizeof(path), SAMPLES "/%.*s.want", (int)strlen(name) - 4, name);
	if (trace_parse(&trace, t->p, t->n) != 1)
		fail_msg("%s: no trace was found", name);
	assert_true(trace_maybe(t->p, t->n));
	all_within(&trace, t->p, t->n);
	render(&told, &trace);
	if (getenv("GENLOG_TRACE_WANT")) {
		FILE *f = fopen(path, "w");

		assert_non_null(f);
		fwrite(told.p, 1, told.n, f);
		fclose(f);
		return;
	}
	assert_true(read_text(&want, path));
	if (strcmp(told.p, want.p) != 0)
		fail_msg("%s: wanted\n%s\nbut read\n%s", name, want.p, told.p);
}

TEST(each_sample_is_read_as_it_should_be)
{
	each_sample(as_wanted);
}

static void carriage_returns(const char *name, const struct text *t)
{
	static struct text crlf, plain;

	crlf.n = 0;
	for (size_t i = 0; i < t->n; i++) {
		if (t->p[i] == '\n')
			crlf.p[crlf.n++] = '\r';
		crlf.p[crlf.n++] = t->p[i];
	}
	assert_int_equal(trace_parse(&trace, t->p, t->n), 1);
	render(&plain, &trace);
	assert_int_equal(trace_parse(&trace, crlf.p, crlf.n), 1);
	render(&told, &trace);
	text_replace(told.p, "\r", "");
	if (strcmp(told.p, plain.p) != 0)
		fail_msg("%s: with carriage returns\n%s\nand without\n%s", name, told.p, plain.p);
}

TEST(lines_that_end_with_a_carriage_return_too_are_read_alike)
{
	each_sample(carriage_returns);
}

/* Whatever is cut off, nothing is told that is not there. */
static void cut(const char *name, const struct text *t)
{
	(void)name;
	for (size_t n = 0; n <= t->n; n++) {
		char *exact = calloc(1, n + GENLOG_PAD);

		memcpy(exact, t->p, n);
		if (trace_parse(&trace, exact, n)) {
			assert_true(trace_maybe(exact, n));
			all_within(&trace, exact, n);
		}
		free(exact);
	}
}

TEST(a_trace_may_end_anywhere)
{
	each_sample(cut);
}

TEST(what_is_no_trace_is_none)
{
	static const char *const texts[] = {"", "\n", "\n\n\n", "order 17 is good", "2025-12-22 10:30:45 INFO at home",
		"look at this (it is fine)", "two lines\nwithout a trace", "a list:\n  at home\n  at work\n  at sea",
		"SELECT *\n  FROM orders\n WHERE id = 17", "{\n  \"at\": 1\n}", "#1 of the shop\n#2 of the shop",
		"Error: 5", "java.io.IOException: alone on the only line", "10:30:45 sent\n10:30:46 received",
		"Traceback", "panicked", "goroutine", "at ", "\tat ", "    at", "File \"", "#0 ", "==1==", "** (",
		"from a to b", "usage: x\n  from here to there", "printed at line 3."};

	for (size_t i = 0; i < ROWS(texts); i++) {
		char text[256] = {0};

		snprintf(text, sizeof(text), "%s", texts[i]);
		if (trace_parse(&trace, text, strlen(text)))
			fail_msg("\"%s\" is no trace, but was read as %s", text, render(&told, &trace));
	}
}

/* So many frames that not all are kept: the innermost stay, and the outermost exception leaves room for its causes. */
TEST(of_very_many_frames_the_innermost_are_kept)
{
	struct genlog_buf b = {0};
	char line[128];

	buf_append(&b, "Traceback (most recent call last):\n", 35);
	for (int i = 10000; i > 0; i--) {
		int n = snprintf(line, sizeof(line), "  File \"/app/a.py\", line %d, in f%d\n    call()\n", i, i);

		assert_int_equal(buf_append(&b, line, (size_t)n), 0);
	}
	buf_append(&b, "ValueError: deep\n", 17);
	assert_int_equal(genlog_buf_reserve(&b, GENLOG_PAD), 0);
	assert_int_equal(trace_parse(&trace, (char *)b.p, b.n), 1);
	assert_int_equal(trace.n_frames, TRACE_FRAMES);
	assert_int_equal(trace.frames[0].line, 1);
	assert_int_equal(trace.frames[255].line, 256);
	buf_free(&b);
}

TEST(an_outer_exception_leaves_room_for_its_causes)
{
	struct genlog_buf b = {0};
	char line[128];

	buf_append(&b, "a.AError: outer\n", 16);
	for (int c = 0; c < 3; c++) {
		for (int i = 1; i <= 1000; i++) {
			int n = snprintf(line, sizeof(line), "\tat a.B.f%d(B.java:%d)\n", i, i);

			assert_int_equal(buf_append(&b, line, (size_t)n), 0);
		}
		buf_append(&b, "Caused by: a.CError: inner\n", 27);
	}
	assert_int_equal(genlog_buf_reserve(&b, GENLOG_PAD), 0);
	assert_int_equal(trace_parse(&trace, (char *)b.p, b.n), 1);
	assert_int_equal(trace.n_frames, TRACE_FRAMES - 24);
	assert_int_equal(trace.n_causes, 3);
	assert_int_equal(trace.causes[0].n, 8);
	assert_int_equal(trace.frames[trace.causes[0].first].line, 1);
	assert_int_equal(trace.causes[1].n, 8);
	assert_int_equal(trace.causes[2].n, 0);
	buf_free(&b);
}

TEST(of_a_very_long_chain_the_outer_ones_are_kept)
{
	struct genlog_buf b = {0};
	char line[256];

	for (int i = 50; i > 0; i--) {
		int n = snprintf(line, sizeof(line),
			"Traceback (most recent call last):\n  File \"a.py\", line %d, in f\n    f()\nE%dError: x\n\n"
			"During handling of the above exception, another exception occurred:\n\n",
			i, i);

		assert_int_equal(buf_append(&b, line, (size_t)n), 0);
	}
	assert_int_equal(genlog_buf_reserve(&b, GENLOG_PAD), 0);
	assert_int_equal(trace_parse(&trace, (char *)b.p, b.n), 1);
	assert_memory_equal(trace.exception_type.p, "E1Error", 7);
	assert_int_equal(trace.n_causes, TRACE_CAUSES);
	assert_memory_equal(trace.causes[15].exception_type.p, "E17Error", 8);
	assert_int_equal(trace.frames[trace.causes[15].first].line, 17);
	buf_free(&b);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cost(const char *unit, size_t size)
{
	size_t len = strlen(unit);
	char *p = calloc(1, size + len + GENLOG_PAD);
	double start, took = 1e9;

	for (size_t n = 0; n < size; n += len)
		memcpy(p + n, unit, len);
	for (int i = 0; i < 3; i++) {
		start = seconds();
		trace_maybe(p, size);
		trace_parse(&trace, p, size);
		start = seconds() - start;
		took = start < took ? start : took;
	}
	free(p);
	return took;
}

/* Eight times the text may take some twenty times as long on a busy machine, but never sixty-four. */
TEST(the_time_is_linear_in_the_text)
{
	static const char *const units[] = {"\tat a.B.c(D.java:1)\n", "Caused by: a.BException: c\n", "x", "Error ",
		"a.BError: ", "  File \"a\", line 1, in f\n    x\n", "Traceback (most recent call last):\n",
		"Traceback (most recent call last):\n  File \"a\", line 1\nE: x\n\nDuring handling of the above\n",
		"    at f (a.js:1:2)\n", "  [cause]: Error: x\n", "#0 /a.php(1): f()\n", "Stack trace:\n",
		"Next AError: x in a:1\nStack trace:\n#0 a(1): f()\n", "a.rb:1:in `f': x (E)\n", "a.rb:1:in `f'\n",
		"goroutine 1 [running]:\nmain.f(0x1)\n\t/a.go:1 +0x1\n", "panic: x\n", "panic: ((((((((\n",
		"thread 'a' panicked at b:1:2:\nx\n", "   0: a::b::<c>::{{closure}}\n", "::{{closure}}",
		"   at A.B(C d)\n", " ---> A.B: c\n", "   --- End of inner exception stack trace ---\n", "a ---> ",
		"#0  0x1 in f (a) at b.c:1\n", "./a(f+0x1) [0x1]\n", "x at a.pl line 1.\n",
		"\tf() called at a.pl line 1\n", " at  line ", "(((((", "[[[[[[", ":1:1:1:1", "        ", "\n", "'`'`",
		"$$Lambda$1/", "** (E) x\n    a.ex:1: B.c/1\n", "==1==ERROR: AddressSanitizer: x on y\n"};

	for (size_t i = 0; i < ROWS(units); i++) {
		double small = cost(units[i], 1 << 17), large = cost(units[i], 1 << 20);

		if (large > 0.02 && large > 24 * small)
			fail_msg("\"%s\": %f s for 128 KiB, %f s for 1 MiB", units[i], small, large);
	}
}

TEST(random_bytes_are_read_without_harm)
{
	static const char *const parts[] = {"\n", "\tat ", "Caused by: ", "a.BError: x", "File \"x\", line 3, in y",
		"Traceback (most recent call last):", "goroutine 1 [running]:", "panic: ", "#0 ", "(a.java:1)",
		"{main}", "thread 'x' panicked at ", "   1: a::b", ":1:in `x'", " at x.pl line 3.",
		" called at x line 2", " ", "\t", "| ", "+---", "---> ", "--- End of inner", "[cause]: ", "\xc3\xa9",
		"0x1f", "==1==ERROR: ", "a", ")", "("};
	uint64_t x = 88172645463325252ULL;
	static char text[4096 + GENLOG_PAD];

	for (int round = 0; round < 20000; round++) {
		size_t n = 0;

		while (n < 400) {
			const char *part;

			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			part = parts[x % ROWS(parts)];
			memcpy(text + n, part, strlen(part));
			n += strlen(part);
		}
		if (trace_parse(&trace, text, n))
			all_within(&trace, text, n);
	}
}

TEST(languages_have_names_and_other_names)
{
	assert_string_equal(trace_language_name(TRACE_DOTNET), "dotnet");
	for (int l = 0; l < TRACE_LANGUAGES; l++)
		assert_int_equal(trace_language_of(trace_language_name((enum trace_language)l)), l);
	assert_int_equal(trace_language_of("node"), TRACE_JAVASCRIPT);
	assert_int_equal(trace_language_of("c++"), TRACE_CPP);
	assert_int_equal(trace_language_of("cobol"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_sample_is_read_as_it_should_be),
		cmocka_unit_test(lines_that_end_with_a_carriage_return_too_are_read_alike),
		cmocka_unit_test(a_trace_may_end_anywhere),
		cmocka_unit_test(what_is_no_trace_is_none),
		cmocka_unit_test(of_very_many_frames_the_innermost_are_kept),
		cmocka_unit_test(an_outer_exception_leaves_room_for_its_causes),
		cmocka_unit_test(of_a_very_long_chain_the_outer_ones_are_kept),
		cmocka_unit_test(the_time_is_linear_in_the_text),
		cmocka_unit_test(random_bytes_are_read_without_harm),
		cmocka_unit_test(languages_have_names_and_other_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
