#include "admin/answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <genlog/bson.h>

#include "base/buf.h"

/* The key of what comes next, with room for `value` bytes behind it; NULL: there is no memory, or was none before. */
static uint8_t *element(struct answer *a, enum genlog_bson_type type, const char *key, size_t value)
{
	unsigned level = a->depth - 1;
	char item[16];
	size_t n;

	if (a->failed)
		return NULL;
	if (a->array[level]) {
		snprintf(item, sizeof(item), "%u", a->item[level]++);
		key = item;
	}
	n = strlen(key);
	if (genlog_buf_reserve(&a->b, GENLOG_BSON_MAX(n, value)) < 0) {
		a->failed = true;
		return NULL;
	}
	return genlog_bson_key(a->b.p + a->b.n, type, key, n);
}

static void took(struct answer *a, const uint8_t *w)
{
	a->b.n = (size_t)(w - a->b.p);
}

static void open_at(struct answer *a, bool array)
{
	a->open[a->depth] = a->b.n;
	a->array[a->depth] = array;
	a->item[a->depth] = 0;
	a->depth++;
	a->b.n += sizeof(int32_t);
}

void answer_begin(struct answer *a)
{
	a->b.n = 0;
	a->depth = 0;
	a->failed = genlog_buf_reserve(&a->b, 64) < 0;
	open_at(a, false);
}

static void open_inner(struct answer *a, const char *key, bool array)
{
	uint8_t *w = a->depth < ANSWER_DEPTH ? element(a, array ? GENLOG_BSON_ARRAY : GENLOG_BSON_DOC, key, 8) : NULL;

	if (w)
		took(a, w);
	else
		a->failed = true;
	if (a->depth < ANSWER_DEPTH)
		open_at(a, array);
}

void answer_doc(struct answer *a, const char *key)
{
	open_inner(a, key, false);
}

void answer_array(struct answer *a, const char *key)
{
	open_inner(a, key, true);
}

void answer_end(struct answer *a)
{
	size_t start;

	if (!a->depth)
		return;
	start = a->open[--a->depth];
	if (a->failed || genlog_buf_reserve(&a->b, 8) < 0) {
		a->failed = true;
		return;
	}
	took(a, genlog_bson_end(a->b.p + start, a->b.p + a->b.n));
}

void answer_int(struct answer *a, const char *key, int64_t v)
{
	uint8_t *w = element(a, GENLOG_BSON_INT64, key, sizeof(v));

	if (w)
		took(a, genlog_bson_i64(w, v));
}

void answer_uint(struct answer *a, const char *key, uint64_t v)
{
	answer_int(a, key, v < INT64_MAX ? (int64_t)v : INT64_MAX);
}

void answer_double(struct answer *a, const char *key, double v)
{
	uint8_t *w = element(a, GENLOG_BSON_DOUBLE, key, sizeof(v));

	if (w)
		took(a, genlog_bson_double(w, v));
}

void answer_bool(struct answer *a, const char *key, bool v)
{
	uint8_t *w = element(a, GENLOG_BSON_BOOL, key, 1);

	if (!w)
		return;
	*w = v;
	took(a, w + 1);
}

void answer_time(struct answer *a, const char *key, int64_t ms)
{
	uint8_t *w = element(a, GENLOG_BSON_DATE, key, sizeof(ms));

	if (w)
		took(a, genlog_bson_i64(w, ms));
}

void answer_text_n(struct answer *a, const char *key, const char *p, size_t n)
{
	uint8_t *w = element(a, GENLOG_BSON_STR, key, 3 * n + 8);

	if (!w)
		return;
	if (genlog_utf8_valid(p, n) == n) {
		w = genlog_bson_text(w, p, n);
	} else {
		n = genlog_utf8_repair((char *)w + 4, p, n);
		genlog_bson_i32(w, (int32_t)(n + 1));
		w += 4 + n;
		*w++ = 0;
	}
	took(a, w);
}

void answer_text(struct answer *a, const char *key, const char *s)
{
	uint8_t *w;

	if (s) {
		answer_text_n(a, key, s, strlen(s));
		return;
	}
	w = element(a, GENLOG_BSON_NULL, key, 0);
	if (w)
		took(a, w);
}

void answer_oid(struct answer *a, const char *key, const uint8_t id[12])
{
	uint8_t *w = element(a, GENLOG_BSON_OID, key, 12);

	if (w)
		took(a, genlog_bson_bytes(w, id, 12));
}

void answer_bson(struct answer *a, const char *key, const uint8_t *bson, size_t n)
{
	uint8_t *w = element(a, GENLOG_BSON_DOC, key, n);

	if (w)
		took(a, genlog_bson_bytes(w, bson, n));
}

int answer_finish(struct answer *a)
{
	while (a->depth)
		answer_end(a);
	return a->failed ? -ENOMEM : 0;
}

void answer_fini(struct answer *a)
{
	buf_free(&a->b);
	*a = (struct answer){0};
}
