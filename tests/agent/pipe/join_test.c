/* Lines that belong together, as they come from an input: in any pieces, with pauses, from files that go away. */
#include "lib/side.h"
#include "lib/test.h"

static const char mixed[] = "2025-12-22 10:30:44,000 INFO [main] a.B: one\n"
			    "2025-12-22 10:30:45,123 ERROR [http-1] a.B: two\n"
			    "shop.OrderException: order 17 is bad\n"
			    "\tat shop.Order.check(Order.java:41)\n"
			    "Caused by: java.io.IOException: no space\n"
			    "\tat java.base/java.io.File.write(File.java:3)\n"
			    "\t... 1 more\n"
			    "2025-12-22 10:30:46,000 INFO [main] a.B: three\n"
			    "  and more of it\n"
			    "\n"
			    "2025-12-22 10:30:47,000 INFO [main] a.B: four\n";
static const char mixed_events[] =
	"one|two#shop.OrderException: order 17 is bad~\tat shop.Order.check(Order.java:41)~Caused by: "
	"java.io.IOException: no space~\tat java.base/java.io.File.write(File.java:3)~\t... 1 more|three~  and more of "
	"it|four";

TEST(lines_are_joined_whatever_pieces_they_come_in)
{
	static struct side s;
	size_t all = strlen(mixed);

	for (size_t step = 1; step <= all; step += step < 40 ? 1 : 37) {
		side_open(&s, "parser: auto");
		for (size_t to = step; to < all; to += step)
			side_give(&s, mixed, to, 0);
		side_give(&s, mixed, all, GENLOG_LINES_END);
		assert_int_equal(s.offset, all);
		if (strcmp(s.text, mixed_events) != 0)
			fail_msg("in steps of %zu: %s", step, s.text);
		side_close(&s);
	}
}

TEST(the_last_event_is_held_and_not_taken)
{
	static struct side s;
	const char *last = strstr(mixed, "2025-12-22 10:30:47");

	side_open(&s, "parser: auto");
	side_give(&s, mixed, strlen(mixed), 0);
	assert_int_equal(s.offset, last - mixed);
	assert_null(strstr(s.text, "four"));
	assert_int_equal(join_finish(s.src), strlen(last));
	side_collect(&s);
	assert_string_equal(s.text, mixed_events);
	side_close(&s);
}

/* After a crash the same bytes come again: the same documents, though they were in other pieces then. */
TEST(an_event_cut_by_a_pause_has_the_id_of_the_whole)
{
	static struct side s;
	static uint8_t ids[2][12];
	const char *cut = strstr(mixed, "Caused by");

	for (int way = 0; way < 2; way++) {
		const uint8_t *p, *bson;
		uint16_t name;
		uint8_t level;
		uint32_t len;
		char *copy = malloc(sizeof(mixed) + GENLOG_PAD);
		size_t n = way ? strlen(mixed) : (size_t)(cut - mixed);

		side_open(&s, "parser: auto");
		memset(copy, 0, sizeof(mixed) + GENLOG_PAD);
		memcpy(copy, mixed, sizeof(mixed));
		assert_true(genlog_lines(s.src, copy, n, 0, 0) > 0);
		if (!way)
			assert_true(join_finish(s.src) > 0);
		p = s.in->reader->batch.docs.p;
		for (int i = 0; i < 2; i++)
			assert_true(frame_next_doc(&p, s.in->reader->batch.docs.p + s.in->reader->batch.docs.n, &name,
				&level, &bson, &len));
		memcpy(ids[way], bson + 9, 12);
		batch_clear(&s.in->reader->batch);
		free(copy);
		side_close(&s);
	}
	assert_memory_equal(ids[0], ids[1], 12);
}

TEST(events_begin_where_a_pattern_says)
{
	static struct side s;
	static const char text[] = "BEGIN a\nb\n\nc\nBEGIN d\nBEGIN e\nf\n";

	side_open(&s, "parser: raw, multiline: {start: '^BEGIN', timeout: 1s}");
	side_give(&s, text, strlen(text), GENLOG_LINES_END);
	assert_string_equal(s.text, "BEGIN a~b~~c|BEGIN d|BEGIN e~f");
	side_close(&s);
}

TEST(a_line_of_json_is_never_held)
{
	static struct side s;
	static const char text[] = "{\"msg\":\"a\"}\n{\"msg\":\"b\"}\n";

	side_open(&s, "parser: auto");
	side_give(&s, text, strlen(text), 0);
	assert_int_equal(s.offset, strlen(text));
	assert_string_equal(s.text, "a|b");
	assert_null(s.in->reader->held);
	side_close(&s);
}

TEST(none_is_none)
{
	static struct side s;
	static const char text[] = "a\n b\n c\n";

	side_open(&s, "parser: auto, multiline: none");
	side_give(&s, text, strlen(text), 0);
	assert_int_equal(s.offset, strlen(text));
	assert_string_equal(s.text, "a| b| c");
	side_close(&s);
}

/* Longer than max_line: in pieces, all of it. */
TEST(a_trace_that_is_too_long_goes_in_pieces)
{
	static struct side s;
	static char text[64 << 10];
	size_t n = (size_t)snprintf(text, sizeof(text), "2025-12-22 10:30:45 ERROR x\nshop.E: bad\n"), frames = 0;

	while (n < 40000) {
		n += (size_t)snprintf(
			text + n, sizeof(text) - n, "\tat shop.Order.m%zu(Order.java:%zu)\n", frames, frames);
		frames++;
	}
	side_open(&s, "parser: auto");
	for (size_t to = 1000; to < n; to += 1000)
		side_give(&s, text, to, 0);
	side_give(&s, text, n, GENLOG_LINES_END);
	assert_int_equal(s.offset, n);
	for (size_t i = 0; i < frames; i++) {
		char name[40];

		snprintf(name, sizeof(name), "at shop.Order.m%zu(", i);
		assert_non_null(strstr(s.text, name));
	}
	side_close(&s);
}

/* Without a line end for longer than max_line: what is held goes first, so that the reader can go on. */
TEST(a_held_event_does_not_stand_in_the_way_of_an_endless_line)
{
	static struct side s;
	static char text[16 << 10];

	memset(text, 'y', sizeof(text));
	memcpy(text, "first\n", 6);
	side_open(&s, "parser: auto");
	side_give(&s, text, 100, 0);
	assert_int_equal(s.offset, 0);
	side_give(&s, text, sizeof(text), 0);
	assert_int_equal(s.offset, 6);
	assert_string_equal(s.text, "first");
	side_close(&s);
}

/* A repaired line is longer than it was, and so may be the first of several. */
TEST(what_is_not_utf8_is_repaired_to_its_end)
{
	static struct side s;
	static const char text[] = "<13>Dec 22 10:30:45 h app[1]: caf\xe9 \xff\xfe one\n"
				   "<13>Dec 22 10:30:45 h app[1]: \xff\xff\xff two\n  and \xfe more\n";

	side_open(&s, "parser: auto");
	side_give(&s, text, strlen(text), GENLOG_LINES_END);
	assert_string_equal(s.text, "caf\xef\xbf\xbd \xef\xbf\xbd\xef\xbf\xbd one|\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd "
				    "two~  and \xef\xbf\xbd more");
	side_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_joined_whatever_pieces_they_come_in),
		cmocka_unit_test(the_last_event_is_held_and_not_taken),
		cmocka_unit_test(an_event_cut_by_a_pause_has_the_id_of_the_whole),
		cmocka_unit_test(events_begin_where_a_pattern_says),
		cmocka_unit_test(a_line_of_json_is_never_held),
		cmocka_unit_test(none_is_none),
		cmocka_unit_test(a_trace_that_is_too_long_goes_in_pieces),
		cmocka_unit_test(what_is_not_utf8_is_repaired_to_its_end),
		cmocka_unit_test(a_held_event_does_not_stand_in_the_way_of_an_endless_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
