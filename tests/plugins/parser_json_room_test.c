/*
 * What a line of a megabyte becomes at its worst fits into GENLOG_ROOM: the parser writes without asking.  Memory is
 * given as it is promised and no more, so that a sanitizer sees one byte too many.
 */
#include <bson/bson.h>

#include "event/record.h"
#include "lib/plugin.h"
#include "lib/test.h"

#define LONG (1 << 20)
#define LONGEST (1 << 21) /* the most that max_line may be */

struct shape {
	const char *head, *piece, *tail;
};

static const struct shape shapes[] = {
	{"{\"a\":[1", ",1", "]}"},
	{"{\"a\":[\"\"", ",\"\"", "]}"},
	{"{\"a\":[[]", ",[]", "]}"},
	{"{\"a\":[{}", ",{}", "]}"},
	{"{\"a\":[[1]", ",[1]", "]}"},
	{"{\"a\":[{\"\":1}", ",{\"\":1}", "]}"},
	{"{\"a\":[1.5", ",1e9", "]}"},
	{"{\"a\":[null", ",null", "]}"},
	{"{\"a\":", "[", ""},
	{"{\"a\":", "{\"a\":", ""},
	{"{\"a\":\"", "\\u00e9", "\"}"},
	{"{\"a\":\"", "\\n", "\"}"},
	{"{\"a\":\"", "x", "\"}"},
	{"{\"", ".", "\":1}"},
	{"{\"", "\\u0000", "\":1}"},
	{"{\"tags\":[\"\"", ",\"\"", "]}"},
	{"{\"tags\":[1", ",1", "]}"},
	{"{\"tags\":", "[", ""},
	{"{\"msg\":\"\"", ",\"msg\":\"\"", "}"},
	{"{\"text\":\"a\",\"msg\":\"b\"", ",\"text\":\"\"", "}"},
	{"{\"a\":1", ",\"a\":1", "}"},
	{"{\"time\":", "9", "}"},
	{"{\"a\":", "9", "}"},
	{"{\"a\":0.", "9", "}"},
};

/* The line ends GENLOG_PAD bytes before its memory does. */
static char *line_of(const struct shape *s, size_t most, size_t *len)
{
	size_t head = strlen(s->head), piece = strlen(s->piece), tail = strlen(s->tail), n = head;
	char *p = malloc(most + GENLOG_PAD);

	assert_non_null(p);
	memcpy(p, s->head, head);
	for (; n + piece + tail <= most; n += piece)
		memcpy(p + n, s->piece, piece);
	memcpy(p + n, s->tail, tail);
	n += tail;
	*len = n;
	memset(p + n, '"', most + GENLOG_PAD - n);
	return p;
}

static void check_bson(const struct genlog_record *rec)
{
	int32_t n = (int32_t)rec->context.n + 5;
	uint8_t *doc = calloc(1, (size_t)n);
	bson_t bson;

	memcpy(doc, &n, 4);
	memcpy(doc + 4, rec->context.p, rec->context.n);
	assert_true(bson_init_static(&bson, doc, (size_t)n));
	assert_true(bson_validate(&bson, BSON_VALIDATE_UTF8 | BSON_VALIDATE_DOT_KEYS, NULL));
	free(doc);
}

static void parse(struct bench *b, const struct shape *s, size_t most)
{
	struct genlog_record rec = {.size = sizeof(rec)};
	size_t len;
	char *line = line_of(s, most, &len);

	rec.line = rec.raw = line;
	rec.len = rec.raw_len = len;
	rec.context.cap = GENLOG_ROOM(len);
	rec.context.p = malloc(rec.context.cap);
	assert_non_null(rec.context.p);
	if (b->plug.code->parse(b->plug.state, &rec) == GENLOG_PARSED && rec.context.n)
		check_bson(&rec);
	assert_true(rec.context.n <= rec.context.cap);
	free(line);
	if (rec.mem)
		record_fini(&rec);
	else
		free(rec.context.p);
}

TEST(the_worst_of_lines_fit_into_the_room_that_is_promised)
{
	static const size_t sizes[] = {64, 1000, 4096, LONG, LONGEST};

	for (size_t k = 0; k < ROWS(sizes); k++)
		for (size_t i = 0; i < ROWS(shapes); i++) {
			struct bench b = {0};

			bench_open(&b, GENLOG_PARSER, "json", "depth: 64");
			parse(&b, &shapes[i], sizes[k]);
			bench_close(&b);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_worst_of_lines_fit_into_the_room_that_is_promised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
