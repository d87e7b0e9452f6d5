/* From bytes of a source to documents of a batch, through a configuration as a user writes it. */
#include <bson/bson.h>
#include <errno.h>

#include "base/buf.h"
#include "base/count.h"
#include "lib/config.h"
#include "lib/spooled.h"
#include "lib/test.h"
#include "pipe/pipe.h"

struct line {
	struct config c;
	struct pipes ps;
	struct genlog_input *in;
	struct genlog_source *src;
	struct spooled s;
	char said[8192];
};

static void again(void *arg)
{
	(void)arg;
}

#define INPUT(parser, more)                                                                                            \
	"output: {type: 'null'}\nplugin_dir: " TEST_PLUGIN_DIR "\nmax_line: 1KiB\nservice: MES\n"                      \
	"inputs: [{type: tail, paths: [/none], parser: " parser "}]\n" more

static struct line *line_open(const char *config)
{
	static const struct genlog_source_desc desc = {
		.type = "tail", .label = "path", .value = "/var/log/x", .generation = 7, .salt = 9};
	struct line *l = calloc(1, sizeof(*l));
	int r;

	config_load(&l->c, config);
	r = l->c.result == 0 ? pipes_build(&l->ps, &l->c.conf, false) : l->c.result;
	config_listen(&l->c);
	if (r < 0 || l->ps.n_inputs != 1)
		fail_msg("%s", l->c.said);
	l->in = l->ps.inputs[0];
	spooled_make(&l->s);
	spooled_open(&l->s);
	l->in->reader->spool = l->s.spool;
	assert_int_equal(loop_open(&l->in->reader->loop), 0);
	l->in->reader->again = loop_timer(&l->in->reader->loop, again, l);
	l->src = genlog_source_open(l->in, &desc);
	assert_non_null(l->src);
	return l;
}

static void line_close(struct line *l)
{
	genlog_source_close(l->src);
	spooled_end(&l->s);
	pipes_fini(&l->ps);
	config_end(&l->c);
	free(l);
}

/* GENLOG_PAD bytes behind the text, which are anything. */
static ssize_t give_bytes(struct line *l, const char *p, size_t n, uint64_t offset, unsigned flags)
{
	char *copy = malloc(n + GENLOG_PAD);
	ssize_t r;

	memcpy(copy, p, n);
	memset(copy + n, '\n', GENLOG_PAD);
	r = genlog_lines(l->src, copy, n, offset, flags);
	free(copy);
	return r;
}

static ssize_t give(struct line *l, const char *text)
{
	return give_bytes(l, text, strlen(text), 0, 0);
}

static int64_t number_at(const bson_t *doc, const char *path)
{
	bson_iter_t it, at;

	assert_true(bson_iter_init(&it, doc) && bson_iter_find_descendant(&it, path, &at));
	return bson_iter_as_int64(&at);
}

static size_t print_one(char *to, size_t size, const uint8_t *p, uint32_t len)
{
	bson_t doc;
	bson_iter_t it;
	const char *text;
	uint32_t n;

	assert_true(bson_init_static(&doc, p, len));
	assert_true(bson_validate(&doc, BSON_VALIDATE_UTF8 | BSON_VALIDATE_UTF8_ALLOW_NULL, NULL));
	assert_true(bson_iter_init_find(&it, &doc, "message"));
	text = bson_iter_utf8(&it, &n);
	for (uint32_t i = 0; i < n; i++)
		to[i] = (char)(text[i] ? text[i] : '0');
	return n + (size_t)snprintf(to + n, size - n, "@%lld+%lld", (long long)number_at(&doc, "source.offset"),
			   (long long)number_at(&doc, "source.length"));
}

/* "message@offset+length" of each document of the batch, which is emptied. */
static const char *batch_text(struct line *l)
{
	struct spool_batch *b = &l->in->reader->batch;
	const uint8_t *p = b->docs.p, *bson;
	size_t n = 0;
	uint16_t name;
	uint8_t level;
	uint32_t len;

	*l->said = 0;
	while (b->docs.n && frame_next_doc(&p, b->docs.p + b->docs.n, &name, &level, &bson, &len)) {
		n += (size_t)snprintf(l->said + n, sizeof(l->said) - n, "%s", n ? " | " : "");
		n += print_one(l->said + n, sizeof(l->said) - n, bson, len);
	}
	batch_clear(b);
	return l->said;
}

static uint64_t counted(struct line *l, enum pipe_count what)
{
	return count_read(&l->in->events[what]);
}

TEST(lines_are_cut_at_newlines_and_a_part_of_one_is_not_taken)
{
	static const struct {
		const char *text;
		size_t n;
		unsigned flags;
		ssize_t taken;
		const char *docs;
	} rows[] = {
		{"a\nbc\n", 5, 0, 5, "a@0+2 | bc@2+3"},
		{"a\nbc", 4, 0, 2, "a@0+2"},
		{"a\nbc", 4, GENLOG_LINES_END, 4, "a@0+2 | bc@2+2"},
		{"abc", 3, 0, 0, ""},
		{"a\r\nb\r\n", 6, 0, 6, "a@0+3 | b@3+3"},
		{"a\rb\r", 4, GENLOG_LINES_END, 4, "a\rb@0+4"},
		{"\n\r\n\n", 4, 0, 4, ""},
		{"\n\na\n", 4, 0, 4, "a@2+2"},
		{"\xef\xbb\xbf"
		 "a\n",
			5, 0, 5, "a@3+2"},
		{"\xef\xbb\xbf", 3, 0, 3, ""},
		{"a\0b\n", 4, 0, 4, "a0b@0+4"},
		{"\0\n", 2, 0, 2, "0@0+2"},
		{" \n", 2, 0, 2, " @0+2"},
		{"0123456789abcdef\n", 17, 0, 17, "0123456789abcdef@0+17"},
		{"0123456789abcde\nf", 17, 0, 16, "0123456789abcde@0+16"},
	};
	struct line *l = line_open(INPUT("raw", ""));

	for (size_t i = 0; i < ROWS(rows); i++) {
		ssize_t r = give_bytes(l, rows[i].text, rows[i].n, 0, rows[i].flags);

		if (r != rows[i].taken)
			fail_msg("row %zu: %zd taken", i, r);
		if (strcmp(batch_text(l), rows[i].docs) != 0)
			fail_msg("row %zu: %s", i, l->said);
	}
	assert_int_equal(give_bytes(l, "\xef\xbb\xbf\n", 4, 100, 0), 4);
	assert_string_equal(batch_text(l), "\xef\xbb\xbf@100+4");
	line_close(l);
}

/* However the bytes come, the same lines come of them. */
TEST(it_is_of_no_account_where_a_read_ends)
{
	static const char text[] = "first line\r\n\nsecond \xc3\xa9 one\nthird\n";
	struct line *l = line_open(INPUT("raw", ""));

	for (size_t cut = 0; cut < sizeof(text); cut++) {
		ssize_t taken = give_bytes(l, text, cut, 0, 0);

		assert_in_range(taken, 0, cut);
		assert_int_equal(give_bytes(l, text + taken, sizeof(text) - 1 - (size_t)taken, (uint64_t)taken, 0),
			sizeof(text) - 1 - (size_t)taken);
		assert_string_equal(batch_text(l), "first line@0+12 | second \xc3\xa9 one@13+14 | third@27+6");
	}
	line_close(l);
}

static void id_of(struct line *l, const char *text, uint8_t id[12])
{
	struct spool_batch *b = &l->in->reader->batch;

	assert_int_equal(give(l, text), strlen(text));
	assert_int_equal(b->doc_n, 1);
	memcpy(id, b->docs.p + 4 + 4 + 5, 12);
	batch_clear(b);
}

TEST(invalid_bytes_are_replaced_and_identity_is_of_the_bytes_as_they_were)
{
	struct line *l = line_open(INPUT("raw", ""));
	uint8_t a[12], b[12];

	assert_int_equal(give(l, "caf\xe9!\n"), 6);
	assert_string_equal(batch_text(l), "caf\xef\xbf\xbd!@0+6");
	assert_int_equal(counted(l, PIPE_BAD_UTF8), 1);
	id_of(l, "caf\xe9\n", a);
	id_of(l, "caf\xe8\n", b);
	assert_memory_not_equal(a + 4, b + 4, 8);
	line_close(l);
}

TEST(a_line_that_is_no_json_is_shipped_raw_and_says_why)
{
	struct line *l = line_open(INPUT("json", ""));

	assert_int_equal(give(l, "{\"msg\":\"a\"}\n{\"msg\":\n"), 20);
	assert_int_equal(l->in->reader->batch.doc_n, 2);
	assert_non_null(memmem(l->in->reader->batch.docs.p, l->in->reader->batch.docs.n, "parse_error", 12));
	assert_string_equal(batch_text(l), "a@0+12 | {\"msg\":@12+8");
	assert_int_equal(counted(l, PIPE_UNPARSED), 1);
	assert_int_equal(counted(l, PIPE_EVENTS), 2);
	assert_int_equal(counted(l, PIPE_BYTES), 20);
	line_close(l);
}

TEST(auto_takes_text_as_text)
{
	struct line *l = line_open(INPUT("auto", ""));

	assert_int_equal(give_bytes(l, "plain\n[1]\nx\n", 12, 0, GENLOG_LINES_END), 12);
	assert_string_equal(batch_text(l), "plain@0+6 | [1]@6+4 | x@10+2");
	assert_int_equal(counted(l, PIPE_UNPARSED), 0);
	line_close(l);
}

TEST(a_filter_drops_what_it_is_told_to)
{
	struct line *l =
		line_open(INPUT("raw", "filters: [{type: grep, field: message, pattern: noise, on_match: drop}]\n"));

	assert_int_equal(give(l, "a\nnoise\nb\n"), 10);
	assert_string_equal(batch_text(l), "a@0+2 | b@8+2");
	assert_int_equal(counted(l, PIPE_FILTERED), 1);
	assert_int_equal(counted(l, PIPE_EVENTS), 2);
	assert_int_equal(counted(l, PIPE_BYTES), 10);
	line_close(l);
}

TEST(a_line_that_was_cut_says_so)
{
	struct line *l = line_open(INPUT("raw", ""));

	assert_int_equal(genlog_line(l->src, "half", 4, 5, 5000, GENLOG_LINES_CUT), 4);
	assert_non_null(memmem(l->in->reader->batch.docs.p, l->in->reader->batch.docs.n, "truncated\0\x01", 11));
	assert_string_equal(batch_text(l), "half@5+5000");
	assert_int_equal(counted(l, PIPE_TRUNCATED), 1);
	assert_int_equal(genlog_line(l->src, "", 0, 5, 1, 0), 0);
	assert_string_equal(batch_text(l), "");
	line_close(l);
}

/* Positions lie in the frame of the documents before them: both are there after a start, or neither is. */
TEST(positions_and_documents_go_into_one_frame)
{
	struct line *l = line_open(INPUT("raw", ""));
	struct take_limits all = {.docs = 1000, .bytes = 1 << 20};

	assert_int_equal(give(l, "a\nb\n"), 4);
	assert_int_equal(genlog_position(l->in, "F", 1, "4", 1), 0);
	genlog_turn_end(l->in);
	assert_true(batch_is_empty(&l->in->reader->batch));
	spooled_again(&l->s);
	assert_string_equal(spooled_positions(&l->s), "tail=4"); /* the key's first part, ended by a NUL */
	do
		assert_int_equal(spool_take(l->s.spool, &l->s.take, &all), 1);
	while (!l->s.take.docs);
	assert_int_equal(l->s.take.frames, 1);
	assert_int_equal(l->s.take.docs, 2);
	line_close(l);
}

TEST(nothing_is_taken_while_the_spool_is_full)
{
	struct line *l = line_open(INPUT("raw", ""));

	spooled_close(&l->s);
	l->s.conf.min_free = INT64_MAX;
	spooled_open(&l->s);
	l->in->reader->spool = l->s.spool;
	assert_int_equal(give(l, "a\n"), 2);
	assert_int_equal(genlog_position(l->in, "F", 1, "2", 1), 0);
	genlog_turn_end(l->in);
	assert_true(l->in->reader->blocked);
	assert_int_equal(give(l, "b\n"), -EAGAIN);
	assert_int_equal(genlog_line(l->src, "c", 1, 9, 2, 0), -EAGAIN);
	assert_int_equal(l->in->reader->batch.doc_n, 1);
	spooled_close(&l->s);
	l->s.conf.min_free = 0;
	spooled_open(&l->s);
	l->in->reader->spool = l->s.spool;
	assert_int_equal(reader_flush(l->in->reader), 0);
	assert_int_equal(give(l, "b\n"), 2);
	assert_string_equal(batch_text(l), "b@0+2");
	assert_int_equal(spooled_stats(&l->s).docs_in, 1);
	line_close(l);
}

TEST(a_gap_is_a_document_of_its_own)
{
	struct line *l = line_open(INPUT("raw", ""));

	assert_int_equal(give(l, "a\n"), 2);
	assert_int_equal(genlog_gap(l->src, 10, 90, "the file was cut"), 0);
	assert_int_equal(give(l, "b\n"), 2);
	assert_string_equal(
		batch_text(l), "a@0+2 | gap: 90 bytes from offset 10 were lost: the file was cut@10+0 | b@0+2");
	assert_int_equal(counted(l, PIPE_GAP_BYTES), 90);
	line_close(l);
}

static bool no_memory(void *arg)
{
	long *left = arg;

	return (*left)-- <= 0;
}

/* What failed leaves nothing of itself in the batch. */
TEST(every_allocation_may_fail)
{
	for (long at = 0, done = 0; !done; at++) {
		struct line *l = line_open(INPUT("json", ""));
		long left = at;
		struct mem_hook hook = {no_memory, &left};
		static char text[] = "{\"msg\":\"a\\n\",\"b\":\"\xff\"}\n", line[sizeof(text) + GENLOG_PAD];
		ssize_t r;
		int gap;

		memcpy(line, text, sizeof(text));
		mem_hook_set(&hook);
		r = genlog_lines(l->src, line, sizeof(text) - 1, 0, 0);
		gap = genlog_gap(l->src, 10, 90, "a reason");
		mem_hook_set(NULL);
		assert_true(r == sizeof(text) - 1 || r == -EAGAIN);
		done = r > 0 && gap == 0;
		assert_int_equal(give(l, "{\"msg\":\"z\"}\n"), 12);
		assert_int_equal(l->in->reader->batch.doc_n, (r > 0) + (gap == 0) + 1);
		assert_non_null(strstr(batch_text(l), "z@0+12"));
		line_close(l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_cut_at_newlines_and_a_part_of_one_is_not_taken),
		cmocka_unit_test(it_is_of_no_account_where_a_read_ends),
		cmocka_unit_test(invalid_bytes_are_replaced_and_identity_is_of_the_bytes_as_they_were),
		cmocka_unit_test(a_line_that_is_no_json_is_shipped_raw_and_says_why),
		cmocka_unit_test(auto_takes_text_as_text),
		cmocka_unit_test(a_filter_drops_what_it_is_told_to),
		cmocka_unit_test(a_line_that_was_cut_says_so),
		cmocka_unit_test(positions_and_documents_go_into_one_frame),
		cmocka_unit_test(nothing_is_taken_while_the_spool_is_full),
		cmocka_unit_test(a_gap_is_a_document_of_its_own),
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
