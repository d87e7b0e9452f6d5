/*
 * What every parser has to bear: a line cut at each of its bytes, one with each byte replaced, and one of a mebibyte.
 * Whatever it says of them, the fields have to be BSON and lie within the record.
 */
#ifndef PLUGINS_HOSTILE_H
#define PLUGINS_HOSTILE_H

#include <bson/bson.h>
#include <time.h>

#include "event/record.h"
#include "lib/plugin.h"
#include "lib/test.h"

/* Valid BSON, and every text readable to its end; a sanitizer sees what is not. */
static void hostile_look(const struct bench *b)
{
	size_t n = b->rec.context.n + 5;
	uint8_t *doc = malloc(n);
	int32_t len = (int32_t)n;
	bson_t bson;

	assert_non_null(doc);
	memcpy(doc, &len, 4);
	if (b->rec.context.n)
		memcpy(doc + 4, b->rec.context.p, b->rec.context.n);
	doc[n - 1] = 0;
	assert_true(bson_init_static(&bson, doc, n));
	assert_true(bson_validate(
		&bson, BSON_VALIDATE_UTF8 | BSON_VALIDATE_UTF8_ALLOW_NULL | BSON_VALIDATE_EMPTY_KEYS, NULL));
	for (int s = 0; s < GENLOG_SLOTS; s++)
		if (b->rec.set >> s & 1 && b->rec.slot[s].type == GENLOG_V_STR)
			assert_true(bson_utf8_validate(b->rec.slot[s].u.p, b->rec.slot[s].n, true));
	free(doc);
}

static int hostile_parse(struct bench *b, const char *line, size_t n, void *source)
{
	int r;

	assert_int_equal(record_begin(&b->rec, line, n), 0);
	b->rec.source = source;
	if (b->plug.code->looks)
		assert_in_range(b->plug.code->looks(b->plug.state, line, n), 0, 100);
	r = b->plug.code->parse(b->plug.state, &b->rec);
	assert_true(r >= 0);
	hostile_look(b);
	return r;
}

/* In memory of exactly its size and the pad, so that a read beyond it is seen. */
static void hostile_try(struct bench *b, const char *line, size_t n, char pad, void *source)
{
	char *p = malloc(n + GENLOG_PAD);

	assert_non_null(p);
	memcpy(p, line, n);
	memset(p + n, pad, GENLOG_PAD);
	hostile_parse(b, p, n, source);
	free(p);
}

static __attribute__((unused)) void hostile_line(struct bench *b, const char *line, void *source)
{
	static const char odd[] = " \t:=\"\\[]<>-9{}%,";
	size_t len = strlen(line);
	char *p = malloc(len + 1);

	assert_non_null(p);
	for (size_t n = 0; n <= len; n++)
		for (const char *o = odd; *o; o++)
			hostile_try(b, line, n, *o, source);
	for (size_t i = 0; i < len; i++)
		for (const char *o = odd; *o && !(line[i] & 0x80); o++) {
			memcpy(p, line, len + 1);
			p[i] = *o;
			hostile_try(b, p, len, *o, source);
		}
	free(p);
}

/* A text, and a piece again and again behind it: in time that grows with the length alone. */
static __attribute__((unused)) int hostile_long(struct bench *b, const char *head, const char *piece, void *source)
{
	size_t size = 1 << 20, n = strlen(head), k = strlen(piece);
	char *p = malloc(size + GENLOG_PAD);
	clock_t start = clock();
	int r;

	assert_non_null(p);
	memcpy(p, head, n);
	for (; n + k <= size; n += k)
		memcpy(p + n, piece, k);
	memset(p + n, 0x5a, GENLOG_PAD);
	r = hostile_parse(b, p, n, source);
	if (clock() - start > 2 * CLOCKS_PER_SEC)
		fail_msg(
			"\"%s\" again and again took %ld ms", piece, (long)((clock() - start) * 1000 / CLOCKS_PER_SEC));
	free(p);
	return r;
}

#endif
