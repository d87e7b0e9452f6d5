#include "agent/trace/render.h"

static struct trace trace;

static void fingerprint(const char *text, char *to)
{
	size_t n = strlen(text);
	char *padded = calloc(1, n + GENLOG_PAD);

	memcpy(padded, text, n);
	if (trace_parse(&trace, padded, n) != 1)
		fail_msg("no trace in:\n%s", text);
	assert_int_equal(strlen(trace.fingerprint), 32);
	assert_int_equal(strspn(trace.fingerprint, "0123456789abcdef"), 32);
	memcpy(to, trace.fingerprint, sizeof(trace.fingerprint));
	free(padded);
}

struct pair {
	const char *one, *other;
};

static void check(const struct pair *pairs, size_t n, bool same)
{
	for (size_t i = 0; i < n; i++) {
		char a[33], b[33];

		fingerprint(pairs[i].one, a);
		fingerprint(pairs[i].other, b);
		if ((strcmp(a, b) == 0) != same)
			fail_msg("should be %s:\n%s\n--\n%s", same ? "one fault" : "two", pairs[i].one, pairs[i].other);
	}
}

#define JAVA(type, frames) type ": m\n" frames
#define AT(call) "\tat " call "\n"

TEST(lines_files_addresses_and_messages_make_no_difference)
{
	static const struct pair pairs[] = {
		{JAVA("a.BError", AT("c.D.e(F.java:1)")), JAVA("a.BError", AT("c.D.e(G.java:99)"))},
		{"a.BError: order 17\n\tat c.D.e(F.java:1)", "a.BError: order 18\n\tat c.D.e(F.java:1)"},
		{"2025-12-22 INFO x\na.BError: m\n\tat c.D.e(F.java:1)", "a.BError: m\n\tat c.D.e(F.java:1)"},
		{"Exception in thread \"main\" a.BError: m\n\tat c.D.e(F.java:1)",
			"Exception in thread \"pool-7\" a.BError: m\n\tat c.D.e(F.java:1)"},
		{"Traceback (most recent call last):\n  File \"/a/x.py\", line 1, in f\nE: 1",
			"Traceback (most recent call last):\n  File \"/b/y.py\", line 7, in f\n    g()\n    ^^^\nE: 2"},
		{"panic: x\n\ngoroutine 1 [running]:\nmain.f(0x1)\n\t/a.go:1 +0x1f",
			"panic: y\n\ngoroutine 7 [running]:\nmain.f(0x2, 0x3)\n\t/b.go:2 +0x2a"},
		{"==1==ERROR: AddressSanitizer: SEGV on x\n    #0 0x1 in f /a.c:1:2",
			"==22==ERROR: AddressSanitizer: SEGV on y\n    #0 0x2 in f /b.c:3:4"},
		{"./a(f+0x1f) [0x55]\n./a(main+0x2) [0x56]", "/b(f+0x2a)[0x77]\n/b(main+0x3)[0x78]"},
		{"a.BError: m\n\tat java.base/c.D.e(F.java:1)", "a.BError: m\n\tat java.base@17.0.1/c.D.e(F.java:1)"},
	};

	check(pairs, ROWS(pairs), true);
}

TEST(what_a_compiler_numbers_makes_no_difference)
{
	static const struct pair pairs[] = {
		{JAVA("a.BError", AT("c.D.lambda$main$0(F.java:1)")),
			JAVA("a.BError", AT("c.D.lambda$main$7(F.java:1)"))},
		{JAVA("a.BError", AT("c.D$$Lambda$14/0x0000000800c03000.run(Unknown Source)")),
			JAVA("a.BError", AT("c.D$$Lambda$9/0x00007f0a1c0d2c40.run(Unknown Source)"))},
		{JAVA("a.BError", AT("c.D$$Lambda/0x0000000800c03000.run(Unknown Source)")),
			JAVA("a.BError", AT("c.D$$Lambda/0x00007f0a1c0d2c40.run(Unknown Source)"))},
		{JAVA("a.BError", AT("c.D$$EnhancerBySpringCGLIB$$1a2b3c4d.e(<generated>)")),
			JAVA("a.BError", AT("c.D$$EnhancerBySpringCGLIB$$99ffee00.e(<generated>)"))},
		{JAVA("a.BError", AT("c.D$$FastClassBySpringCGLIB$$1a2b3c4d.invoke(<generated>)")),
			JAVA("a.BError", AT("c.D$$FastClassBySpringCGLIB$$ffee0011.invoke(<generated>)"))},
		{JAVA("a.BError", AT("com.acme.$Proxy12.e(Unknown Source)")),
			JAVA("a.BError", AT("com.acme.$Proxy7.e(Unknown Source)"))},
		{JAVA("a.BError", AT("x.GeneratedMethodAccessor12.invoke(Unknown Source)")),
			JAVA("a.BError", AT("x.GeneratedMethodAccessor345.invoke(Unknown Source)"))},
		{JAVA("a.BError", AT("c.D$1.run(F.java:1)")), JAVA("a.BError", AT("c.D$2.run(F.java:1)"))},
		{"panic: x\n\ngoroutine 1 [running]:\nmain.main.func1()\n\t/a.go:1",
			"panic: x\n\ngoroutine 1 [running]:\nmain.main.func2.1()\n\t/a.go:1"},
		{"A.BException: m\n   at C.D.<>c__DisplayClass3_0.<Main>b__0()\n   at C.E.<F>d__1.MoveNext()",
			"A.BException: m\n   at C.D.<>c__DisplayClass17_1.<Main>b__12()\n   at C.E.<F>d__9.MoveNext()"},
		{"./a(f.cold+0x1) [0x1]\n", "./a(f.part.3+0x1) [0x1]\n"},
		{"./a(f.isra.0+0x1) [0x1]\n", "./a(f.constprop.12+0x1) [0x1]\n"},
		{"thread 'a' panicked at b.rs:1:2:\nx\nstack backtrace:\n   0: c::d::h0123456789abcdef",
			"thread 'a' panicked at b.rs:1:2:\nx\nstack backtrace:\n   0: c::d::hfedcba9876543210"},
		{"a.rb:1:in `block (2 levels) in f': x (E)", "a.rb:1:in `block (3 levels) in f': x (E)"},
	};

	check(pairs, ROWS(pairs), true);
}

TEST(other_types_and_other_functions_make_a_difference)
{
	static const struct pair pairs[] = {
		{JAVA("a.BError", AT("c.D.e(F.java:1)")), JAVA("a.CError", AT("c.D.e(F.java:1)"))},
		{JAVA("a.BError", AT("c.D.e(F.java:1)")), JAVA("a.BError", AT("c.D.f(F.java:1)"))},
		{JAVA("a.BError", AT("c.D.e(F.java:1)")), JAVA("a.BError", AT("c.G.e(F.java:1)"))},
		{JAVA("a.BError", AT("c.D.step1(F.java:1)")), JAVA("a.BError", AT("c.D.step2(F.java:1)"))},
		{JAVA("a.BError", AT("c.D.encodeUtf8(F.java:1)")), JAVA("a.BError", AT("c.D.encodeUtf16(F.java:1)"))},
		{JAVA("a.BError", AT("c.D.lambda$a$0(F.java:1)")), JAVA("a.BError", AT("c.D.lambda$b$0(F.java:1)"))},
		{JAVA("a.BError", AT("c.D.e(F.java:1)")),
			JAVA("a.BError", AT("c.D.e(F.java:1)")) "Caused by: g.HError: m\n\tat c.D.i(F.java:2)"},
		{"./a(func1+0x1) [0x1]\n", "./a(func2+0x1) [0x1]\n"},
		{"Traceback (most recent call last):\n  File \"a\", line 1, in f1\nE: x",
			"Traceback (most recent call last):\n  File \"a\", line 1, in f2\nE: x"},
		{"panic: x\n\ngoroutine 1 [running]:\nmain.f()\n\t/a.go:1",
			"panic: x\n\ngoroutine 1 [running]:\nshop.f()\n\t/a.go:1"},
		{"panic: runtime error: index out of range [7] with length 1\n\ngoroutine 1 "
		 "[running]:\nmain.f()\n\t/a.go:1",
			"panic: runtime error: integer divide by zero\n\ngoroutine 1 [running]:\nmain.f()\n\t/a.go:1"},
		{"   at A.B()\nx", "    at B (a.js:1:2)\nx"},
	};

	check(pairs, ROWS(pairs), false);
}

/* Where the application's own frames are the same, the runtime below it and the framework around it may change. */
TEST(frames_of_libraries_count_only_where_there_are_no_others)
{
	static const struct pair same[] = {
		{JAVA("a.BError", AT("java.util.List.of(List.java:1)") AT("c.D.e(F.java:1)")),
			JAVA("a.BError", AT("java.util.Map.of(Map.java:1)") AT("c.D.e(F.java:1)"))},
		{"Traceback (most recent call last):\n  File \"/venv/site-packages/a.py\", line 1, in w\n"
		 "  File \"/app/a.py\", line 1, in f\nE: x",
			"Traceback (most recent call last):\n  File \"/app/a.py\", line 1, in f\nE: x"},
	};
	static const struct pair other[] = {
		{JAVA("a.BError", AT("java.util.List.of(List.java:1)")),
			JAVA("a.BError", AT("java.util.Map.of(Map.java:1)"))},
	};

	check(same, ROWS(same), true);
	check(other, ROWS(other), false);
}

static char *recursion(const char *head, const char *frame, int depth, const char *tail)
{
	size_t size = strlen(head) + (size_t)depth * strlen(frame) + strlen(tail) + 1;
	char *p = calloc(1, size), *w = p;

	w += snprintf(w, size, "%s", head);
	for (int i = 0; i < depth; i++)
		w += snprintf(w, size - (size_t)(w - p), "%s", frame);
	snprintf(w, size - (size_t)(w - p), "%s", tail);
	return p;
}

TEST(the_depth_of_a_recursion_makes_no_difference)
{
	static const struct {
		const char *head, *frame, *tail;
	} rows[] = {
		{"a.BError: m\n", "\tat c.D.e(F.java:1)\n", "\tat c.D.main(F.java:2)\n"},
		{"a.BError: m\n", "\tat c.D.e(F.java:1)\n\tat c.D.f(F.java:2)\n", "\tat c.D.main(F.java:3)\n"},
		{"Traceback (most recent call last):\n  File \"a\", line 1, in main\n", "  File \"a\", line 2, in f\n",
			"E: x"},
		{"Traceback (most recent call last):\n  File \"a\", line 1, in main\n",
			"  File \"a\", line 2, in f\n  File \"a\", line 2, in g\n", "E: x"},
		{"panic: x\n\ngoroutine 1 [running]:\n", "main.f(0x1)\n\t/a.go:1 +0x1\n",
			"main.main()\n\t/a.go:2 +0x1\n"},
		{"E: x\n", "    at f (a.js:1:2)\n", "    at main (a.js:2:2)\n"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		char *few = recursion(rows[i].head, rows[i].frame, 3, rows[i].tail);
		char *many = recursion(rows[i].head, rows[i].frame, 2000, rows[i].tail);

		check(&(struct pair){few, many}, 1, true);
		free(few);
		free(many);
	}
}

/* Without a function to go by the words of the message tell one from the other, but never what they are about. */
TEST(a_message_stands_in_for_frames_that_are_not_there)
{
	static const struct pair same[] = {
		{"panic: order 17 is bad\n\nexit status 2", "panic: order 18 is bad\n\nexit status 2"},
		{"panic: no row for \"alice\"\nx", "panic: no row for \"bob\"\nx"},
		{"thread 'a' panicked at b.rs:1:2:\nno order 3f2c\nx",
			"thread 'b' panicked at c.rs:3:4:\nno order 77aa\nx"},
	};
	static const struct pair other[] = {
		{"panic: order is bad\nx", "panic: queue is full\nx"},
		{"thread 'a' panicked at b.rs:1:2:\nno order\nx", "thread 'a' panicked at b.rs:1:2:\nno disk\nx"},
	};

	check(same, ROWS(same), true);
	check(other, ROWS(other), false);
}

/* They stand in databases: a change of the code may not change them. */
TEST(fingerprints_are_what_they_always_were)
{
	char got[33];

	fingerprint("a.BError: m\n\tat c.D.e(F.java:1)\nCaused by: g.HError\n\tat c.D.lambda$i$0(F.java:2)", got);
	assert_string_equal(got, "eb536a7f09386af1d84d212242c6392d");
	fingerprint("Traceback (most recent call last):\n  File \"a\", line 1, in f\nE: x", got);
	assert_string_equal(got, "38113d426d1f0e75e01be7f5a6a33e96");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_files_addresses_and_messages_make_no_difference),
		cmocka_unit_test(what_a_compiler_numbers_makes_no_difference),
		cmocka_unit_test(other_types_and_other_functions_make_a_difference),
		cmocka_unit_test(frames_of_libraries_count_only_where_there_are_no_others),
		cmocka_unit_test(the_depth_of_a_recursion_makes_no_difference),
		cmocka_unit_test(a_message_stands_in_for_frames_that_are_not_there),
		cmocka_unit_test(fingerprints_are_what_they_always_were),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
