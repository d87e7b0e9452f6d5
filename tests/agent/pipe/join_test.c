/* Lines that belong together, as they come from an input: in any pieces, with pauses, from files that go away. */
#include <bson/bson.h>

#include "base/count.h"
#include "lib/config.h"
#include "lib/spooled.h"
#include "lib/test.h"
#include "pipe/join.h"

#define TEXT_MAX (1 << 20)

struct side {
	struct config c;
	struct pipes ps;
	struct genlog_input *in;
	struct genlog_source *src;
	struct spooled s;
	char text[TEXT_MAX]; /* the events as they came out */
	size_t n;
	uint64_t offset; /* of what was taken */
	size_t taken;	 /* bytes told by taken() */
};

static void no_timer(void *arg)
{
	(void)arg;
}

static void side_open(struct side *s, const char *more)
{
	static const struct genlog_source_desc desc = {
		.type = "tail", .label = "path", .value = "/var/log/x", .generation = 7, .salt = 9};
	char config[1024];

	memset(s, 0, sizeof(*s));
	snprintf(config, sizeof(config),
		"output: {type: 'null'}\nplugin_dir: " TEST_PLUGIN_DIR
		"\nmax_line: 4KiB\nservice: MES\ninputs: [{type: tail, paths: [/none], %s}]\n",
		more);
	config_load(&s->c, config);
	assert_int_equal(s->c.result, 0);
	config_listen(&s->c);
	assert_int_equal(pipes_build(&s->ps, &s->c.conf, false), 0);
	s->in = &s->ps.store[0];
	spooled_make(&s->s);
	spooled_open(&s->s);
	s->in->reader->spool = s->s.spool;
	assert_int_equal(loop_open(&s->in->reader->loop), 0);
	s->in->reader->again = loop_timer(&s->in->reader->loop, no_timer, s);
	s->src = genlog_source_open(s->in, &desc);
	assert_non_null(s->src);
}

static void side_close(struct side *s)
{
	genlog_source_close(s->src);
	spooled_end(&s->s);
	pipes_fini(&s->ps);
	config_end(&s->c);
}

static void add_text(struct side *s, const char *p, size_t n)
{
	assert_true(s->n + n + 2 < TEXT_MAX);
	for (size_t i = 0; i < n; i++)
		s->text[s->n++] = p[i] == '\n' ? '~' : p[i];
}

/* "message~with~lines|next", from the documents of the batch, with what a trace held behind '#'. */
static void collect(struct side *s)
{
	struct spool_batch *b = &s->in->reader->batch;
	const uint8_t *p = b->docs.p, *end = b->docs.p + b->docs.n, *bson;
	uint16_t name;
	uint8_t level;
	uint32_t len;

	for (uint32_t i = 0; i < b->doc_n; i++) {
		bson_t doc;
		bson_iter_t it;

		assert_true(frame_next_doc(&p, end, &name, &level, &bson, &len));
		assert_true(bson_init_static(&doc, bson, len));
		assert_true(bson_validate(&doc, BSON_VALIDATE_UTF8, NULL));
		if (bson_iter_init_find(&it, &doc, "log_id"))
			continue;
		if (s->n)
			s->text[s->n++] = '|';
		assert_true(bson_iter_init_find(&it, &doc, "message"));
		add_text(s, bson_iter_utf8(&it, NULL), strlen(bson_iter_utf8(&it, NULL)));
		if (bson_iter_init_find(&it, &doc, "stack_trace")) {
			s->text[s->n++] = '#';
			add_text(s, bson_iter_utf8(&it, NULL), strlen(bson_iter_utf8(&it, NULL)));
		}
	}
	s->text[s->n] = 0;
	batch_clear(b);
}

/* What lies between what was taken and `until`, as an input hands it over. */
static void give(struct side *s, const char *all, size_t until, unsigned flags)
{
	size_t n = until - (size_t)s->offset;
	char *copy = malloc(n + GENLOG_PAD);
	ssize_t r;

	memcpy(copy, all + s->offset, n);
	memset(copy + n, 'x', GENLOG_PAD);
	r = genlog_lines(s->src, copy, n, s->offset, flags);
	free(copy);
	assert_true(r >= 0);
	s->offset += (uint64_t)r;
	collect(s);
}

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
			give(&s, mixed, to, 0);
		give(&s, mixed, all, GENLOG_LINES_END);
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
	give(&s, mixed, strlen(mixed), 0);
	assert_int_equal(s.offset, last - mixed);
	assert_null(strstr(s.text, "four"));
	assert_int_equal(join_finish(s.src), strlen(last));
	collect(&s);
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
	give(&s, text, strlen(text), GENLOG_LINES_END);
	assert_string_equal(s.text, "BEGIN a~b~~c|BEGIN d|BEGIN e~f");
	side_close(&s);
}

TEST(a_line_of_json_is_never_held)
{
	static struct side s;
	static const char text[] = "{\"msg\":\"a\"}\n{\"msg\":\"b\"}\n";

	side_open(&s, "parser: auto");
	give(&s, text, strlen(text), 0);
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
	give(&s, text, strlen(text), 0);
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
		give(&s, text, to, 0);
	give(&s, text, n, GENLOG_LINES_END);
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
	give(&s, text, 100, 0);
	assert_int_equal(s.offset, 0);
	give(&s, text, sizeof(text), 0);
	assert_int_equal(s.offset, 6);
	assert_string_equal(s.text, "first");
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
		cmocka_unit_test(a_held_event_does_not_stand_in_the_way_of_an_endless_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
