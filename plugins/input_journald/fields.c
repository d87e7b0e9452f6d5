/*
 * Fields into slots and context.  Somebody's own go under their name in lower case; one that stands there twice is an
 * array; one that would look like a trusted field gets `user_` before its name.  A value is text: what is no UTF-8 in
 * it, and NUL, becomes U+FFFD.
 */
#include <errno.h>
#include <stdlib.h>

#include <genlog/bson.h>

#include "journald.h"

#define KEY_MAX 80

/* Room for all of it, so that nothing below asks again. */
static size_t room(const struct entry *e)
{
	size_t n = 1024;

	for (size_t i = 0; i < e->n; i++)
		n += 3 * e->field[i].n + KEY_MAX + 48;
	return n;
}

static bool number_of(const struct field *f, int64_t *out)
{
	size_t i = f->n && *f->value == '-';

	if (f->n == i || f->n > 18)
		return false;
	for (*out = 0; i < f->n; i++) {
		if (f->value[i] < '0' || f->value[i] > '9')
			return false;
		*out = *out * 10 + (f->value[i] - '0');
	}
	if (*f->value == '-')
		*out = -*out;
	return true;
}

static uint8_t *put_value(uint8_t *w, const char *key, size_t key_len, const struct field *f)
{
	uint8_t *len;
	size_t n;

	w = genlog_bson_key(w, GENLOG_BSON_STR, key, key_len);
	if (text_valid(f->value, f->n) == f->n)
		return genlog_bson_text(w, f->value, f->n);
	len = w;
	n = text_repair((char *)w + sizeof(int32_t), f->value, f->n);
	genlog_bson_i32(len, (int32_t)n + 1);
	w += sizeof(int32_t) + n;
	*w++ = 0;
	return w;
}

static bool same_name(const struct field *a, const struct field *b)
{
	return a->hash == b->hash && a->name_n == b->name_n && memcmp(a->name, b->name, a->name_n) == 0;
}

static size_t decimal(char out[24], size_t v)
{
	char back[24];
	size_t n = 0, len = 0;

	do
		back[n++] = (char)('0' + v % 10);
	while ((v /= 10));
	while (n)
		out[len++] = back[--n];
	return len;
}

static uint8_t *put_array(uint8_t *w, const char *key, size_t key_len, struct entry *e, size_t first)
{
	uint8_t *start = w = genlog_bson_key(w, GENLOG_BSON_ARRAY, key, key_len);
	size_t at = 0;
	char index[24];

	w = genlog_bson_begin(w);
	for (size_t i = first; i < e->n; i++)
		if (same_name(&e->field[i], &e->field[first])) {
			w = put_value(w, index, decimal(index, at++), &e->field[i]);
			e->field[i].taken = true;
		}
	return genlog_bson_end(start, w);
}

static bool stands_again(const struct entry *e, size_t i)
{
	for (size_t k = i + 1; k < e->n; k++)
		if (same_name(&e->field[i], &e->field[k]))
			return true;
	return false;
}

/* A name as journald lets it be has capitals, digits and `_`; whatever else it may hold becomes `_`. */
static size_t own_key(char key[KEY_MAX], const struct field *f)
{
	char trusted[KEY_MAX] = "_";
	size_t n = 0, len = f->name_n < 64 ? f->name_n : 64, from = *f->name == '_' && len > 1;

	memcpy(trusted + 1, f->name, len);
	if (!from && name_find(trusted, len + 1)) {
		memcpy(key, "user_", 5);
		n = 5;
	}
	for (size_t i = from; i < len; i++) {
		char c = f->name[i];
		bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';

		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		else if (!word)
			c = '_';
		key[n++] = c;
	}
	return n;
}

static void put_own(struct genlog_record *rec, struct entry *e, size_t i, const char *key, size_t key_len)
{
	uint8_t *w = rec->context.p + rec->context.n;

	if (stands_again(e, i))
		w = put_array(w, key, key_len, e, i);
	else
		w = put_value(w, key, key_len, &e->field[i]);
	rec->context.n = (size_t)(w - rec->context.p);
}

static void put_number(struct genlog_record *rec, struct entry *e, size_t i, const char *key)
{
	uint8_t *w = rec->context.p + rec->context.n;
	int64_t v;

	if (!number_of(&e->field[i], &v) || stands_again(e, i)) {
		put_own(rec, e, i, key, strlen(key));
		return;
	}
	w = genlog_bson_i64(genlog_bson_key(w, GENLOG_BSON_INT64, key, strlen(key)), v);
	rec->context.n = (size_t)(w - rec->context.p);
}

static int put_slot(struct genlog_record *rec, enum genlog_slot s, const struct field *f)
{
	char *copy;

	if (rec->set >> s & 1 || !f->n)
		return 0;
	if (text_valid(f->value, f->n) == f->n) {
		genlog_set_slot(rec, s, genlog_str(f->value, f->n));
		return 0;
	}
	copy = genlog_rec_alloc(rec, 3 * f->n + GENLOG_PAD);
	if (!copy)
		return -ENOMEM;
	genlog_set_slot(rec, s, genlog_str(copy, text_repair(copy, f->value, f->n)));
	return 0;
}

static void put_level(struct genlog_record *rec, const struct field *f)
{
	static const uint8_t levels[] = {GENLOG_LEVEL_CRITICAL, GENLOG_LEVEL_CRITICAL, GENLOG_LEVEL_CRITICAL,
		GENLOG_LEVEL_ERROR, GENLOG_LEVEL_WARN, GENLOG_LEVEL_INFO, GENLOG_LEVEL_INFO, GENLOG_LEVEL_DEBUG};

	if (f->n == 1 && *f->value >= '0' && *f->value <= '7')
		genlog_set_slot(rec, GENLOG_SLOT_LEVEL, genlog_level_name(levels[*f->value - '0']));
}

static int put_known(struct genlog_record *rec, struct entry *e, size_t i)
{
	struct field *f = &e->field[i];
	const struct name *row = f->row;

	switch ((enum use)row->use) {
	case USE_PRIORITY: put_level(rec, f); return 0;
	case USE_MESSAGE:
		if (stands_again(e, i))
			put_own(rec, e, i, "messages", 8);
		return 0;
	case USE_CLASS: return put_slot(rec, GENLOG_SLOT_CLASS_NAME, f);
	case USE_METHOD: return put_slot(rec, GENLOG_SLOT_METHOD_NAME, f);
	case USE_NUMBER: put_number(rec, e, i, row->key); return 0;
	case USE_CONTEXT:
	case USE_ID:
	case USE_DROPPED:
	case USE_UNIT:
	case USE_OBJECT:
	case USE_DUMPED:
		if (row->key)
			put_own(rec, e, i, row->key, strlen(row->key));
		return 0;
	default: return 0;
	}
}

/* Two names may become one key. */
static void put_other(struct genlog_record *rec, struct entry *e, size_t i)
{
	const uint8_t *c = rec->context.p, *next;
	char key[KEY_MAX];
	size_t n = own_key(key, &e->field[i]);

	while (n < KEY_MAX && genlog_bson_find(c, c + rec->context.n, key, n, &next))
		key[n++] = '_';
	if (n < KEY_MAX)
		put_own(rec, e, i, key, n);
}

static bool is_known(const struct field *f)
{
	return f->row && f->row->use != USE_RARELY;
}

int fields_put(struct journald *j, struct genlog_record *rec)
{
	struct entry *e = &j->entry;
	int r = genlog_buf_reserve(&rec->context, room(e));

	for (size_t i = 0; i < e->n && r == 0; i++)
		if (is_known(&e->field[i]) && !e->field[i].taken)
			r = put_known(rec, e, i);
	for (size_t i = 0; i < e->n && r == 0; i++)
		if (!is_known(&e->field[i]) && !e->field[i].taken)
			put_other(rec, e, i);
	if (r == 0 && e->flags & WIRE_ENTRY_PART)
		r = genlog_context_put(
			rec, "fields_incomplete", 17, (struct genlog_value){.type = GENLOG_V_BOOL, .u.i = 1});
	return r;
}
