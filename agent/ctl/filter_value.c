/* What a word stands for: a number, a time, an id, true, null; and the text itself. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ctl/filter.h"
#include "event/time.h"

static bool is_number(const char *s, double *out)
{
	char *end;

	if (!*s || !strchr("+-.0123456789", *s) || strpbrk(s, "xXpPnN"))
		return false;
	*out = strtod(s, &end);
	return *end == 0 && isfinite(*out);
}

/* Decimal, without zeros in front, which would make it an octal one. */
static bool is_whole(const char *s)
{
	s += *s == '-';
	return *s && s[strspn(s, "0123456789")] == 0 && (s[0] != '0' || !s[1]);
}

static bool is_time(const char *s, int64_t now_ms, int64_t *out)
{
	struct time_result t;
	int64_t back;

	if (*s == '-' && text_time(s + 1, &back) == 0 && strpbrk(s, "smhdw")) {
		*out = now_ms - back;
		return true;
	}
	if (strcmp(s, "now") == 0) {
		*out = now_ms;
		return true;
	}
	if (strspn(s, "0123456789") != 4 || s[4] != '-' || strspn(s + 5, "0123456789") != 2)
		return false;
	if (time_parse(NULL, s, strlen(s), now_ms, &t) < 0)
		return false;
	*out = t.ms;
	return true;
}

/* "2026-01-02" is the beginning of a day, which the automatic format does not take by itself. */
static bool is_day(const char *s, int64_t now_ms, int64_t *out)
{
	char full[32];

	if (strlen(s) != 10)
		return false;
	snprintf(full, sizeof(full), "%sT00:00:00Z", s);
	return is_time(full, now_ms, out);
}

static bool append_typed(bson_t *to, const char *key, const char *s, int64_t now_ms)
{
	int64_t i, ms;
	double d;
	bson_oid_t oid;

	if (strcmp(s, "null") == 0)
		return BSON_APPEND_NULL(to, key);
	if (strcmp(s, "true") == 0 || strcmp(s, "false") == 0)
		return BSON_APPEND_BOOL(to, key, *s == 't');
	if (is_whole(s) && text_int(s, &i) == 0)
		return BSON_APPEND_INT64(to, key, i);
	if (is_day(s, now_ms, &ms) || is_time(s, now_ms, &ms))
		return BSON_APPEND_DATE_TIME(to, key, ms);
	if (strlen(s) == 24 && bson_oid_is_valid(s, 24)) {
		bson_oid_init_from_string(&oid, s);
		return BSON_APPEND_OID(to, key, &oid);
	}
	return is_number(s, &d) && BSON_APPEND_DOUBLE(to, key, d);
}

static void append_item(bson_t *list, const char *s, bool quoted, int64_t now_ms)
{
	char key[24];
	bool null = !quoted && strcmp(s, "null") == 0;

	snprintf(key, sizeof(key), "%u", bson_count_keys(list));
	if (!quoted && append_typed(list, key, s, now_ms))
		snprintf(key, sizeof(key), "%u", bson_count_keys(list));
	if (!null)
		BSON_APPEND_UTF8(list, key, s);
}

/* The items of "a,b", each as all that it may stand for. */
static int items(bson_t *list, const char *text, bool quoted, int64_t now_ms)
{
	char *copy, *at, *item;

	if (quoted) {
		append_item(list, text, true, now_ms);
		return 0;
	}
	copy = at = strdup(text);
	if (!copy)
		return -ENOMEM;
	while ((item = strsep(&at, ",")))
		append_item(list, item, false, now_ms);
	free(copy);
	return 0;
}

static int equal(bson_t *to, const char *field, bool not, const char *text, bool quoted, int64_t now_ms)
{
	bson_t list = BSON_INITIALIZER, inner;
	int r = items(&list, text, quoted, now_ms);
	bson_iter_t it;
	bool one = bson_count_keys(&list) == 1 && bson_iter_init(&it, &list) && bson_iter_next(&it);

	if (one && !not ) {
		bson_append_iter(to, field, -1, &it);
	} else {
		BSON_APPEND_DOCUMENT_BEGIN(to, field, &inner);
		if (one)
			bson_append_iter(&inner, "$ne", -1, &it);
		else
			BSON_APPEND_ARRAY(&inner, not ? "$nin" : "$in", &list);
		bson_append_document_end(to, &inner);
	}
	bson_destroy(&list);
	return r;
}

static int like(bson_t *to, const char *field, bool not, const char *text)
{
	bson_t inner;

	if (!not ) {
		BSON_APPEND_REGEX(to, field, text, "i");
		return 0;
	}
	BSON_APPEND_DOCUMENT_BEGIN(to, field, &inner);
	BSON_APPEND_REGEX(&inner, "$not", text, "i");
	bson_append_document_end(to, &inner);
	return 0;
}

static int order(bson_t *to, const char *field, const char *op, const char *text, bool quoted, int64_t now_ms)
{
	bson_t inner;

	BSON_APPEND_DOCUMENT_BEGIN(to, field, &inner);
	if (quoted || !append_typed(&inner, op, text, now_ms))
		BSON_APPEND_UTF8(&inner, op, text);
	bson_append_document_end(to, &inner);
	return 0;
}

int filter_word(bson_t *to, const char *field, enum filter_op op, const char *text, bool quoted, int64_t now_ms)
{
	static const char *const names[] = {[OP_GT] = "$gt", [OP_GE] = "$gte", [OP_LT] = "$lt", [OP_LE] = "$lte"};

	if (op == OP_EQ || op == OP_NE)
		return equal(to, field, op == OP_NE, text, quoted, now_ms);
	if (op == OP_LIKE || op == OP_UNLIKE)
		return like(to, field, op == OP_UNLIKE, text);
	return order(to, field, names[op], text, quoted, now_ms);
}
