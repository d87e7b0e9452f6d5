/* A record with a context from JSON, and what it holds behind an edit. */
#ifndef EDIT_RECORD_H
#define EDIT_RECORD_H

#include <bson/bson.h>
#include <errno.h>

#include "base/buf.h"
#include "event/record.h"
#include "event/slots.h"
#include "lib/json.h"
#include "lib/test.h"

static struct genlog_record rec;

/* The context, as libbson reads it after it has checked it. */
static const char *context(void)
{
	static char out[65536];
	static uint8_t doc[65536];
	int32_t n = (int32_t)rec.context.n + 5;
	bson_t bson;
	char *json;

	assert_true((size_t)n <= sizeof(doc));
	memcpy(doc, &n, 4);
	if (rec.context.n)
		memcpy(doc + 4, rec.context.p, rec.context.n);
	doc[n - 1] = 0;
	assert_true(bson_init_static(&bson, doc, (size_t)n));
	assert_true(bson_validate(&bson, BSON_VALIDATE_UTF8 | BSON_VALIDATE_UTF8_ALLOW_NULL, NULL));
	json = relaxed_json(&bson, NULL);
	snprintf(out, sizeof(out), "%s", json);
	bson_free(json);
	return out;
}

static const char *text_of(enum genlog_slot s)
{
	static char out[256];

	if (!(rec.set >> s & 1))
		return "(none)";
	snprintf(out, sizeof(out), "%.*s", (int)rec.slot[s].n, rec.slot[s].u.p);
	return out;
}

static void begin(const char *json)
{
	static const char line[GENLOG_PAD + 8] = "the line";
	bson_t *b = bson_new_from_json((const uint8_t *)json, -1, NULL);
	size_t n;

	assert_non_null(b);
	n = b->len - 5;
	assert_int_equal(record_begin(&rec, line, 8), 0);
	assert_int_equal(genlog_buf_reserve(&rec.context, n), 0);
	memcpy(rec.context.p, bson_get_data(b) + 4, n);
	rec.context.n = n;
	bson_destroy(b);
}

static void end(void)
{
	record_fini(&rec);
}

#endif
