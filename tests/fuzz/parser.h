/*
 * A parser and any line: repaired, parsed, made a document.  That has to be BSON as MongoDB takes it, whatever the
 * line is.  A fuzzer includes the parser's sources, then this, and calls fuzz_line() with the parser's state.
 */
#ifndef FUZZ_PARSER_H
#define FUZZ_PARSER_H

#include <bson/bson.h>
#include <stdlib.h>

#include "base/buf.h"
#include "event/doc.h"
#include "event/record.h"
#include "event/utf8.h"

static void fuzz_check(const struct genlog_buf *out)
{
	const bson_validate_flags_t all = BSON_VALIDATE_UTF8 | BSON_VALIDATE_UTF8_ALLOW_NULL |
					  BSON_VALIDATE_DOLLAR_KEYS | BSON_VALIDATE_DOT_KEYS | BSON_VALIDATE_EMPTY_KEYS;
	bson_error_t error;
	bson_t bson;

	if (!bson_init_static(&bson, out->p, out->n) || !bson_validate_with_error(&bson, all, &error))
		abort();
}

/* The context with its promised room and no more, so that one byte beyond it is seen. */
static int fuzz_begin(struct genlog_record *rec, const char *line, size_t n)
{
	buf_free(&rec->context);
	rec->context.p = malloc(GENLOG_ROOM(n));
	rec->context.cap = GENLOG_ROOM(n);
	return rec->context.p ? record_begin(rec, line, n) : -1;
}

static void fuzz_document(const struct genlog_plugin *code, void *self, void *source, const char *line, size_t n)
{
	static struct genlog_buf place_of, out;
	static struct genlog_record rec;
	struct doc_defaults defaults = {.set = 1ULL << GENLOG_SLOT_MODULE};
	struct doc_place place = {&place_of, 1, 2, 3, 4};
	struct doc_facts facts;

	defaults.slot[GENLOG_SLOT_MODULE] = genlog_str("MES", 3);
	if (!place_of.n)
		doc_source(&place_of, "tail", "path", "/x", 1);
	if (fuzz_begin(&rec, line, n) < 0)
		return;
	rec.source = source;
	if (code->looks)
		(void)code->looks(self, line, n);
	if (code->parse(self, &rec) != GENLOG_PARSED) {
		rec.set = 0;
		rec.context.n = 0;
	}
	out.n = 0;
	if (doc_settle(&rec, &defaults, 1766399445123, &facts) == 0 &&
		doc_append(&out, &rec, &defaults, &place, &facts) == 0)
		fuzz_check(&out);
}

/* `source`: the parser's memory of a source, or NULL. */
static void fuzz_line(const struct genlog_plugin *code, void *self, void *source, const uint8_t *data, size_t size)
{
	char *line = malloc(3 * size + GENLOG_PAD);
	size_t n = utf8_repair(line, (const char *)data, size);

	memset(line + n, '"', GENLOG_PAD);
	fuzz_document(code, self, source, line, n);
	free(line);
}

#endif
