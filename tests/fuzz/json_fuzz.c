/* A line, as bytes: repaired, parsed, made a document.  That has to be BSON as MongoDB takes it, whatever the line is.
 */
#include <bson/bson.h>
#include <stdlib.h>

#include "parser_json/json.c"
#include "parser_json/number.c"
#include "parser_json/text.c"
#include "parser_json/value.c"

#include "base/buf.h"
#include "event/doc.h"
#include "event/record.h"
#include "event/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct genlog_buf *out)
{
	const bson_validate_flags_t all = BSON_VALIDATE_UTF8 | BSON_VALIDATE_UTF8_ALLOW_NULL |
					  BSON_VALIDATE_DOLLAR_KEYS | BSON_VALIDATE_DOT_KEYS | BSON_VALIDATE_EMPTY_KEYS;
	bson_error_t error;
	bson_t bson;

	if (!bson_init_static(&bson, out->p, out->n) || !bson_validate_with_error(&bson, all, &error))
		abort();
}

/* The context with its promised room and no more, so that one byte beyond it is seen. */
static int begin(struct genlog_record *rec, const char *line, size_t n)
{
	buf_free(&rec->context);
	rec->context.p = malloc(GENLOG_ROOM(n));
	rec->context.cap = GENLOG_ROOM(n);
	return rec->context.p ? record_begin(rec, line, n) : -1;
}

static void document(struct parser_json *self, const char *line, size_t n)
{
	static struct genlog_buf source, out;
	static struct genlog_record rec;
	struct doc_defaults defaults = {.set = 1ULL << GENLOG_SLOT_MODULE};
	struct doc_place place = {&source, 1, 2, 3, 4};
	struct doc_facts facts;

	defaults.slot[GENLOG_SLOT_MODULE] = genlog_str("MES", 3);
	if (!source.n)
		doc_source(&source, "tail", "path", "/x", 1);
	if (begin(&rec, line, n) < 0)
		return;
	if (json_parse(self, &rec) != GENLOG_PARSED) {
		rec.set = 0;
		rec.context.n = 0;
	}
	out.n = 0;
	if (doc_settle(&rec, &defaults, 1766399445123, &facts) == 0 &&
		doc_append(&out, &rec, &defaults, &place, &facts) == 0)
		check(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct parser_json self = {.depth = 5};
	size_t n;
	char *line = malloc(3 * size + GENLOG_PAD);

	n = utf8_repair(line, (const char *)data, size);
	memset(line + n, '"', GENLOG_PAD);
	document(&self, line, n);
	free(line);
	return 0;
}
