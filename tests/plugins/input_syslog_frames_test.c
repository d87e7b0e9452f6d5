#include "lib/test.h"

#include "../../plugins/input_syslog/frames.c"

#define MAX 16

/* What a stream becomes that arrives in pieces of `step` bytes: "message|message", a cut one with '+' behind it. */
struct run {
	char text[4096];
	size_t n;
	uint64_t raw, bad;
};

static void put(struct run *r, const char *p, size_t n)
{
	assert_true(r->n + n + 1 < sizeof(r->text));
	memcpy(r->text + r->n, p, n);
	r->n += n;
	r->text[r->n] = 0;
}

static void note(struct run *r, const struct frame *f)
{
	r->bad += f->bad;
	if (f->what == FRAME_REST)
		r->raw += f->raw;
	if (f->what != FRAME_MESSAGE)
		return;
	if (r->n)
		put(r, "|", 1);
	put(r, f->p, f->n);
	if (f->cut)
		put(r, "+", 1);
	r->raw += f->raw;
}

static void run_stream(struct run *r, const char *p, size_t n, size_t step)
{
	struct frames f = {0};
	size_t taken = 0, there = 0;

	*r = (struct run){.n = 0};
	while (taken < n || there < n) {
		struct frame out;
		bool end;

		there = there + step < n ? there + step : n;
		end = there == n;
		do {
			frame_next(&f, p + taken, there - taken, end, MAX, &out);
			assert_true(out.used <= there - taken);
			assert_true(out.what == FRAME_MORE || out.used > 0);
			note(r, &out);
			taken += out.used;
		} while (out.used && taken < there);
		if (end)
			break;
	}
	assert_int_equal(taken, n);
}

static void expect(const char *stream, size_t n, const char *messages)
{
	for (size_t step = 1; step <= n; step++) {
		struct run r;

		run_stream(&r, stream, n, step);
		if (strcmp(r.text, messages) != 0)
			print_error("in pieces of %zu: \"%s\"\n", step, r.text);
		assert_string_equal(r.text, messages);
	}
}

#define EXPECT(stream, messages) expect(stream, sizeof(stream) - 1, messages)

TEST(a_message_is_framed_as_its_first_bytes_say)
{
	EXPECT("<1>a\n<2>b\n", "<1>a|<2>b");
	EXPECT("4 <1>a4 <2>b", "<1>a|<2>b");
	EXPECT("4 <1>a<2>line\n4 <3>c", "<1>a|<2>line|<3>c");
	EXPECT("<1>a\n4 <2>b<3>c\n", "<1>a|<2>b|<3>c");
	EXPECT("<1>a\r\n<2>b\r\n", "<1>a|<2>b");
	EXPECT("<1>a\0<2>b\0", "<1>a|<2>b");
}

TEST(what_senders_put_between_is_passed_over)
{
	EXPECT("4 <1>a\n4 <2>b\n", "<1>a|<2>b");
	EXPECT("4 <1>a 4 <2>b", "<1>a|<2>b");
	EXPECT("<1>a\n <2>b\n", "<1>a|<2>b");
	EXPECT("\n\r\n\n<1>a\n\n\n", "<1>a");
	EXPECT("", "");
}

TEST(many_blanks_are_a_line_s_own_however_they_arrive)
{
	EXPECT("4 <1>a         <2>b\n", "<1>a|         <2>b");
	EXPECT("4 <1>a        4 <2>b\n", "<1>a|<2>b");
}

TEST(a_counted_message_may_hold_newlines)
{
	EXPECT("8 <1>a\nb\nc4 <2>d", "<1>a\nb\nc|<2>d");
	EXPECT("8 <1>a\nb\n\n4 <2>d", "<1>a\nb|<2>d");
}

TEST(a_line_may_begin_with_digits)
{
	EXPECT("2025-12-22 text\n12 monkeys\n<1>a\n", "2025-12-22 text|12 monkeys|<1>a");
	EXPECT("0 errors\n", "0 errors");
	EXPECT("42\n", "42");
	EXPECT("42", "42");
}

TEST(a_length_that_is_none)
{
	EXPECT("0 4 <1>a", "<1>a");
	EXPECT("4 <1>a0 4 <2>b", "<1>a|<2>b");
	EXPECT("004 <1>a", "<1>a");
	EXPECT("99999999999999999999 <1>a\n<2>b\n", "9999999999999999+|<2>b");
}

TEST(an_absurd_length_makes_it_a_line)
{
	struct run r;

	EXPECT("9999999 <1>a\n<2>b\n", "9999999 <1>a|<2>b");
	run_stream(&r, "9999999 <1>a\n", 13, 13);
	assert_int_equal(r.bad, 1);
}

TEST(too_long_is_cut_and_the_stream_goes_on)
{
	EXPECT("20 <1>3456789abcdefghij4 <2>b", "<1>3456789abcdef+|<2>b");
	EXPECT("<1>3456789abcdefghij\n<2>b\n", "<1>3456789abcdef+|<2>b");
}

TEST(an_end_in_the_middle_ships_what_there_is)
{
	EXPECT("<1>a\n<2>b", "<1>a|<2>b");
	EXPECT("4 <1>a9 <2>b", "<1>a|<2>b+");
	EXPECT("4 <1>a9", "<1>a|9");
}

TEST(every_byte_of_a_long_line_is_accounted_for)
{
	static const char stream[] = "<1>3456789abcdefghij\n<2>b\n";

	for (size_t step = 1; step < sizeof(stream); step++) {
		struct run r;

		run_stream(&r, stream, sizeof(stream) - 1, step);
		assert_int_equal(r.raw, sizeof(stream) - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_framed_as_its_first_bytes_say),
		cmocka_unit_test(what_senders_put_between_is_passed_over),
		cmocka_unit_test(many_blanks_are_a_line_s_own_however_they_arrive),
		cmocka_unit_test(a_counted_message_may_hold_newlines),
		cmocka_unit_test(a_line_may_begin_with_digits),
		cmocka_unit_test(a_length_that_is_none),
		cmocka_unit_test(an_absurd_length_makes_it_a_line),
		cmocka_unit_test(too_long_is_cut_and_the_stream_goes_on),
		cmocka_unit_test(an_end_in_the_middle_ships_what_there_is),
		cmocka_unit_test(every_byte_of_a_long_line_is_accounted_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
