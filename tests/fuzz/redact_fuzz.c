/*
 * Any text in every place of a record, with a secret planted behind it: the document is BSON as MongoDB takes it, and
 * the secret is not in it, whatever stands before.
 */
#include "filter_redact/assign.c"
#include "filter_redact/mask.c"
#include "filter_redact/numbers.c"
#include "filter_redact/redact.c"
#include "filter_redact/text.c"
#include "filter_redact/tokens.c"
#include "filter_redact/value.c"
#include "filter_redact/words.c"

#include <bson/bson.h>
#include <genlog/bson.h>
#include <stdlib.h>

#include "base/buf.h"
#include "event/doc.h"
#include "event/record.h"

#define SECRET "Zq9plantedSecret"

static const char planted[] = " password=" SECRET " end";
static const char *const set_of[] = {"all"};
static const char *const field_of[] = {"user_id", "o.x"};
static const char *const pattern_of[] = {"\\bPN-\\d{6}\\b", "(a+)+b"};

static void check(const struct genlog_buf *out)
{
	const bson_validate_flags_t all = BSON_VALIDATE_UTF8 | BSON_VALIDATE_UTF8_ALLOW_NULL |
					  BSON_VALIDATE_DOLLAR_KEYS | BSON_VALIDATE_DOT_KEYS | BSON_VALIDATE_EMPTY_KEYS;
	bson_t bson;

	if (!bson_init_static(&bson, out->p, out->n) || !bson_validate(&bson, all, NULL))
		abort();
}

/* By the bits of the first byte: action, own patterns. */
static struct redact *made(uint8_t how)
{
	static struct redact states[8];
	struct redact *x = &states[how & 7];

	if (x->compiled)
		return x;
	x->preset = (struct genlog_strs){set_of, 1};
	x->fields = (struct genlog_strs){field_of, 2};
	x->patterns = (struct genlog_strs){pattern_of, how & 4 ? 2 : 0};
	x->action = (how & 3) % 3;
	x->key = "key";
	x->keep = how & 3 ? 4 : 0;
	if (redact_open(x, NULL) < 0)
		abort();
	return x;
}

/* {"x": TEXT, "l": [TEXT]} */
static struct genlog_value nested(struct genlog_record *rec, const char *p, size_t n)
{
	uint8_t *doc = (uint8_t *)genlog_rec_alloc(rec, 2 * n + 64), *w, *list;

	if (!doc)
		abort();
	w = genlog_bson_text(genlog_bson_key(genlog_bson_begin(doc), GENLOG_BSON_STR, "x", 1), p, n);
	list = genlog_bson_key(w, GENLOG_BSON_ARRAY, "l", 1);
	w = genlog_bson_text(genlog_bson_key(genlog_bson_begin(list), GENLOG_BSON_STR, "0", 1), p, n);
	w = genlog_bson_end(doc, genlog_bson_end(list, w));
	return (struct genlog_value){.type = GENLOG_V_DOC, .n = (uint32_t)(w - doc), .u.p = (const char *)doc};
}

static void fill(struct genlog_record *rec, const char *p, size_t n, bool message)
{
	struct genlog_value text = genlog_str(p, n);

	if (message)
		genlog_set_slot(rec, GENLOG_SLOT_MESSAGE, text);
	genlog_set_slot(rec, GENLOG_SLOT_STACK_TRACE, text);
	genlog_set_slot(rec, GENLOG_SLOT_USER_ID, text);
	genlog_set_slot(rec, GENLOG_SLOT_TIMESTAMP, text);
	genlog_set_slot(rec, GENLOG_SLOT_LEVEL, text);
	genlog_context_put(rec, "text", 4, text);
	genlog_context_put(rec, "o", 1, nested(rec, p, n));
	genlog_context_put(rec, "db_password", 11, genlog_str(SECRET, sizeof(SECRET) - 1));
	genlog_context_put(rec, "card", 4, (struct genlog_value){.type = GENLOG_V_INT, .u.i = 4111111111111111});
}

static void document(struct redact *x, const char *line, size_t n, bool message)
{
	static struct genlog_buf place_of, out;
	static struct genlog_record rec;
	struct doc_defaults defaults = {.set = 1ULL << GENLOG_SLOT_MODULE};
	struct doc_place place = {&place_of, 1, 2, 3, 4, 0};
	struct doc_facts facts;

	defaults.slot[GENLOG_SLOT_MODULE] = genlog_str("MES", 3);
	if (!place_of.n)
		doc_source(&place_of,
			&(struct doc_origin){.type = "tail", .label = "path", .value = "/x", .generation = 1});
	if (record_begin(&rec, line, n) < 0)
		return;
	fill(&rec, line, n, message);
	if (redact_filter(x, &rec) != GENLOG_KEEP)
		abort();
	out.n = 0;
	if (doc_settle(&rec, &defaults, 1766399445123, &facts) < 0 ||
		doc_append(&out, &rec, &defaults, &place, &facts) < 0)
		abort();
	check(&out);
	if (memmem(out.p, out.n, SECRET, sizeof(SECRET) - 1))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line;
	size_t n;

	if (!size)
		return 0;
	line = malloc(3 * size + sizeof(planted) + GENLOG_PAD);
	n = genlog_utf8_repair(line, (const char *)data + 1, size - 1);
	if (memmem(line, n, SECRET, sizeof(SECRET) - 1)) { /* the fuzzer has learned it */
		free(line);
		return 0;
	}
	memcpy(line + n, planted, sizeof(planted) - 1);
	n += sizeof(planted) - 1;
	memset(line + n, '9', GENLOG_PAD);
	document(made(*data), line, n, !(*data & 8));
	free(line);
	return 0;
}
