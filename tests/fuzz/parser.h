/*
 * What the fuzzers of parsers share: bytes are repaired to a line, which the plugin looks at and parses into a record
 * with no more than the promised room, and the document of it has to be BSON as MongoDB takes it.
 */
#ifndef FUZZ_PARSER_H
#define FUZZ_PARSER_H

#include <bson/bson.h>
#include <stdlib.h>

#include "base/buf.h"
#include "event/doc.h"
#include "event/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_check(const struct genlog_buf *out)
{
	const bson_validate_flags_t all = BSON_VALIDATE_UTF8 | BSON_VALIDATE_UTF8_ALLOW_NULL |
					  BSON_VALIDATE_DOLLAR_KEYS | BSON_VALIDATE_DOT_KEYS | BSON_VALIDATE_EMPTY_KEYS;
	bson_error_t error;
	bson_t bson;

	if (!bson_init_static(&bson, out->p, out->n) || !bson_validate_with_error(&bson, all, &error))
		abort();
}

/* No key stands twice: the first of its name is itself. */
static void fuzz_check_keys(const struct genlog_buf *context)
{
	const uint8_t *end = context->p + context->n, *next;

	for (const uint8_t *p = context->p; p < end; p = next) {
		const char *key = (const char *)p + 1;

		if (genlog_bson_find(context->p, end, key, strlen(key), &next) != p)
			abort();
	}
}

static void fuzz_document(struct genlog_record *rec)
{
	static struct genlog_buf source, out;
	struct doc_defaults defaults = {.set = 1ULL << GENLOG_SLOT_MODULE};
	struct doc_place place = {&source, 1, 2, 3, 4, 0};
	struct doc_facts facts;

	defaults.slot[GENLOG_SLOT_MODULE] = genlog_str("MES", 3);
	if (!source.n)
		doc_source(
			&source, &(struct doc_origin){.type = "tail", .label = "path", .value = "/x", .generation = 1});
	out.n = 0;
	if (doc_settle(rec, &defaults, 1766399445123, &facts) == 0 &&
		doc_append(&out, rec, &defaults, &place, &facts) == 0)
		fuzz_check(&out);
}

static void fuzz_line(const struct genlog_plugin *code, void *self, void *memory, const char *bytes, size_t size)
{
	static struct genlog_record rec;
	char *line = malloc(3 * size + GENLOG_PAD);
	size_t n = genlog_utf8_repair(line, bytes, size);
	int r;

	line = realloc(line, n + GENLOG_PAD);
	memset(line + n, '"', GENLOG_PAD);
	buf_free(&rec.context);
	rec.context.p = malloc(GENLOG_ROOM(n));
	rec.context.cap = GENLOG_ROOM(n);
	if (record_begin(&rec, line, n) == 0) {
		rec.source = memory;
		if (code->looks && (r = code->looks(self, line, n), r < 0 || r > 100))
			abort();
		r = code->parse(self, &rec);
		if (r < 0)
			abort();
		if (r == GENLOG_PARSED) {
			fuzz_check_keys(&rec.context);
			fuzz_document(&rec);
		}
	}
	free(line);
}

/* The input's lines, one after the other, as those of one source. */
static __attribute__((unused)) int fuzz_lines(
	const struct genlog_plugin *code, void *self, const uint8_t *data, size_t size)
{
	void *memory = code->source_size ? calloc(1, code->source_size) : NULL;
	const char *p = (const char *)data, *end = p + size, *nl;

	for (; p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		nl = nl ? nl : end;
		fuzz_line(code, self, memory, p, (size_t)(nl - p));
	}
	free(memory);
	return 0;
}

#endif
