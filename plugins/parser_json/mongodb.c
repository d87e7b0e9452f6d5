/*
 * MongoDB's own log: JSON with keys of one letter, which mean something there and nothing elsewhere.
 *
 *	{"t":{"$date":"2025-12-22T10:30:45.123+00:00"},"s":"I","c":"NETWORK","id":22943,"ctx":"listener","msg":"…","attr":{…}}
 *
 * `t`, `s` and `c` become timestamp, level and class; the others stay.
 */
#include <errno.h>
#include <string.h>

#include "json.h"

static const char head[] = "{\"t\":{\"$date\":\"";

bool json_is_mongodb(const struct genlog_record *rec)
{
	return rec->len > sizeof(head) && memcmp(rec->line, head, sizeof(head) - 1) == 0;
}

static void remove_element(struct genlog_buf *b, const uint8_t *at, const uint8_t *next)
{
	uint8_t *to = b->p + (at - b->p);

	memmove(to, next, (size_t)(b->p + b->n - next));
	b->n -= (size_t)(next - at);
}

/* Out of the context, whose bytes move: so the text is copied. */
static int take(struct genlog_record *rec, const char *key, enum genlog_slot slot)
{
	struct genlog_buf *c = &rec->context;
	const uint8_t *next, *at = genlog_bson_find(c->p, c->p + c->n, key, strlen(key), &next);
	const uint8_t *v;
	int32_t n;
	char *copy;

	if (!at || *at != GENLOG_BSON_STR)
		return 0;
	v = at + strlen(key) + 2;
	memcpy(&n, v, sizeof(n));
	copy = genlog_rec_alloc(rec, (size_t)n + GENLOG_PAD);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, v + 4, (size_t)n);
	genlog_set_slot(rec, slot, genlog_str(copy, (size_t)n - 1));
	remove_element(c, at, next);
	return 0;
}

int json_mongodb(struct genlog_record *rec)
{
	struct genlog_buf *c = &rec->context;
	const char *date = rec->line + sizeof(head) - 1, *end = memchr(date, '"', rec->len - (sizeof(head) - 1));
	const uint8_t *next, *t = genlog_bson_find(c->p, c->p + c->n, "t", 1, &next);
	int r;

	if (!end || !t)
		return 0;
	genlog_set_slot(rec, GENLOG_SLOT_TIMESTAMP, genlog_str(date, (size_t)(end - date)));
	remove_element(c, t, next);
	r = take(rec, "s", GENLOG_SLOT_LEVEL);
	return r < 0 ? r : take(rec, "c", GENLOG_SLOT_CLASS_NAME);
}
