/*
 * What the parsers of this folder share: slices of the line, numbers in it, elements of known keys in the context, and
 * fields whose names come from the line or from a header.  All of it is inline and rests on include/genlog alone, so
 * that each plugin stays one object that needs nobody else.
 */
#ifndef PLUGINS_SCAN_H
#define PLUGINS_SCAN_H

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <genlog/bson.h>
#include <genlog/plugin.h>

#define KEY(literal) (literal), sizeof(literal) - 1

struct slice {
	const char *p;
	size_t n;
};

static inline struct slice slice(const char *p, const char *end)
{
	return (struct slice){p, (size_t)(end - p)};
}

static inline bool is_digit(char c)
{
	return (unsigned)c - '0' <= 9;
}

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline bool is_letter(char c)
{
	return ((unsigned)c | 0x20) - 'a' <= 25;
}

static inline bool slice_is(struct slice s, const char *text)
{
	return strlen(text) == s.n && memcmp(text, s.p, s.n) == 0;
}

static inline bool starts_with(const char *p, const char *end, const char *text, size_t n)
{
	return (size_t)(end - p) >= n && memcmp(p, text, n) == 0;
}

/* The place of the byte, or `end`. */
static inline const char *until(const char *p, const char *end, char c)
{
	const char *hit = p < end ? memchr(p, c, (size_t)(end - p)) : NULL;

	return hit ? hit : end;
}

static inline const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	return p;
}

/* The end without the blanks before it. */
static inline const char *trim_end(const char *p, const char *end)
{
	while (end > p && (is_blank(end[-1]) || end[-1] == '\r' || end[-1] == '\n'))
		end--;
	return end;
}

/* ── numbers ── */

/* Digits and nothing else, so few that they fit. */
static inline bool scan_digits(struct slice s, int64_t *out)
{
	int64_t v = 0;

	if (s.n == 0 || s.n > 18)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!is_digit(s.p[i]))
			return false;
		v = v * 10 + (s.p[i] - '0');
	}
	*out = v;
	return true;
}

static inline bool scan_slow_double(struct slice s, double *out)
{
	char text[48], *end;

	if (s.n >= sizeof(text))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = 0;
	*out = strtod(text, &end);
	return *end == 0 && isfinite(*out);
}

/* How many bytes of a number's fraction and exponent there are; more than are left where they are none. */
static inline size_t scan_fraction(const char *p, size_t n)
{
	size_t i = 0, from;

	if (i < n && p[i] == '.') {
		for (from = ++i; i < n && is_digit(p[i]); i++)
			;
		if (i == from)
			return n + 1;
	}
	if (i < n && (p[i] | 0x20) == 'e') {
		i++;
		i += i < n && (p[i] == '-' || p[i] == '+');
		for (from = i; i < n && is_digit(p[i]); i++)
			;
		if (i == from)
			return n + 1;
	}
	return i;
}

/*
 * A number as JSON writes it, with nothing around: what begins with a needless 0 or a plus is a name made of digits.
 * A number that neither type holds exactly stays the text that it is.
 */
static inline bool scan_number(struct slice s, struct genlog_value *out)
{
	static const double tens[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14};
	size_t minus = s.n && *s.p == '-', i = minus, whole;
	int64_t v = 0;
	double d = 0;

	if (s.n > 40 || s.n == minus || (s.p[i] == '0' && i + 1 < s.n && is_digit(s.p[i + 1])))
		return false;
	for (; i < s.n && is_digit(s.p[i]) && i - minus < 18; i++)
		v = v * 10 + (s.p[i] - '0');
	whole = i - minus;
	if (whole == 0 || (i < s.n && is_digit(s.p[i])))
		return false;
	if (i == s.n) {
		*out = (struct genlog_value){.type = GENLOG_V_INT, .u.i = minus ? -v : v};
		return true;
	}
	if (scan_fraction(s.p + i, s.n - i) != s.n - i)
		return false;
	if (s.n - minus <= 16 && s.p[i] == '.') { /* fifteen digits: exact */
		size_t behind = 0;

		for (i++; i < s.n && is_digit(s.p[i]); i++, behind++)
			v = v * 10 + (s.p[i] - '0');
		d = (double)v / tens[behind];
		d = minus ? -d : d;
	}
	if (i < s.n && !scan_slow_double(s, &d))
		return false;
	*out = (struct genlog_value){.type = GENLOG_V_DOUBLE, .u.d = d};
	return true;
}

static inline double value_double(const struct genlog_value *v)
{
	return v->type == GENLOG_V_INT ? (double)v->u.i : v->u.d;
}

/* The number, or the text where it is none. */
static inline struct genlog_value scan_value(struct slice s)
{
	struct genlog_value v;

	return scan_number(s, &v) ? v : genlog_str(s.p, s.n);
}

/* ── the context: the room that the host promises is there, and the key is not yet ── */

static inline void context_text(struct genlog_record *rec, const char *key, size_t key_len, struct slice s)
{
	uint8_t *w = genlog_bson_key(rec->context.p + rec->context.n, GENLOG_BSON_STR, key, key_len);

	rec->context.n = (size_t)(genlog_bson_text(w, s.p, s.n) - rec->context.p);
}

static inline void context_int(struct genlog_record *rec, const char *key, size_t key_len, int64_t v)
{
	uint8_t *w = genlog_bson_key(rec->context.p + rec->context.n, GENLOG_BSON_INT64, key, key_len);

	rec->context.n = (size_t)(genlog_bson_i64(w, v) - rec->context.p);
}

static inline void context_double(struct genlog_record *rec, const char *key, size_t key_len, double v)
{
	uint8_t *w = genlog_bson_key(rec->context.p + rec->context.n, GENLOG_BSON_DOUBLE, key, key_len);

	rec->context.n = (size_t)(genlog_bson_double(w, v) - rec->context.p);
}

static inline void context_bool(struct genlog_record *rec, const char *key, size_t key_len, bool v)
{
	uint8_t *w = genlog_bson_key(rec->context.p + rec->context.n, GENLOG_BSON_BOOL, key, key_len);

	*w++ = v;
	rec->context.n = (size_t)(w - rec->context.p);
}

/* A number where it is one, else the text. */
static inline void context_value(struct genlog_record *rec, const char *key, size_t key_len, struct slice s)
{
	struct genlog_value v;

	if (!scan_number(s, &v))
		context_text(rec, key, key_len, s);
	else if (v.type == GENLOG_V_INT)
		context_int(rec, key, key_len, v.u.i);
	else
		context_double(rec, key, key_len, v.u.d);
}

static inline void slot_text(struct genlog_record *rec, enum genlog_slot s, struct slice text)
{
	if (text.n)
		genlog_set_slot(rec, s, genlog_str(text.p, text.n));
}

/*
 * ── fields by name ──
 *
 * A name of the schema has its slot, by the host's table of aliases, the others go into the context.  Of two names for
 * one slot the surer has it and the other is kept in the context; of one name twice the last value is.  So many names
 * a line, and no line can hold up the reader.
 */

#define NAMED_MAX 512

struct named {
	struct genlog_record *rec;
	unsigned n;
	uint64_t seen;
	struct {
		struct slice name;
		int rank;
	} taken[GENLOG_SLOTS]; /* of those that are set in the record */
};

static inline void named_begin(struct named *f, struct genlog_record *rec)
{
	*f = (struct named){.rec = rec};
}

/* Whether a name may stand in the context already: a bit by its ends. */
static inline bool named_seen(struct named *f, struct slice name)
{
	uint64_t a = 0, b = 0, bit;

	if (name.n >= 8) {
		memcpy(&a, name.p, 8);
		memcpy(&b, name.p + name.n - 8, 8);
	} else {
		memcpy(&a, name.p, name.n);
	}
	a = (a ^ b * 0x9e3779b97f4a7c15ULL ^ name.n) * 0xff51afd7ed558ccdULL;
	bit = 1ULL << (a >> 58);
	if (f->seen & bit)
		return true;
	f->seen |= bit;
	return false;
}

/* A key that is written as it is, and that no other key becomes when it is made fit: those hold U+FFxx. */
static inline bool named_is_plain(struct slice name)
{
	return name.n && *name.p != '$' && *name.p != '_' && !memchr(name.p, '.', name.n) &&
	       !memchr(name.p, 0, name.n) && !memchr(name.p, 0xef, name.n);
}

static inline int named_context(struct named *f, struct slice name, struct genlog_value v)
{
	struct genlog_record *rec = f->rec;

	if (named_seen(f, name) || !named_is_plain(name) ||
		genlog_buf_reserve(&rec->context, GENLOG_BSON_MAX(name.n, v.type == GENLOG_V_STR ? v.n : 8)) < 0)
		return genlog_context_put(rec, name.p, name.n, v);
	switch (v.type) {
	case GENLOG_V_INT: context_int(rec, name.p, name.n, v.u.i); break;
	case GENLOG_V_DOUBLE: context_double(rec, name.p, name.n, v.u.d); break;
	case GENLOG_V_BOOL: context_bool(rec, name.p, name.n, v.u.i); break;
	default: context_text(rec, name.p, name.n, (struct slice){v.u.p, v.n});
	}
	return 0;
}

/* A text is a slice that lives as long as the record, and goes into a slot of texts as it is. */
static inline bool named_slot(struct named *f, enum genlog_slot s, struct genlog_value v)
{
	static const uint64_t other = 1ULL << GENLOG_SLOT_DURATION_MS | 1ULL << GENLOG_SLOT_DB_QUERIES |
				      1ULL << GENLOG_SLOT_EXTERNAL_API_CALLS | 1ULL << GENLOG_SLOT_TAGS;
	bool number = v.type == GENLOG_V_INT || v.type == GENLOG_V_DOUBLE;

	if (other >> s & 1 ? s != GENLOG_SLOT_DURATION_MS || !number : v.type != GENLOG_V_STR)
		return false;
	genlog_set_slot(f->rec, s, v);
	return true;
}

/* `text` is the value as it was written: what a slot of texts wants of a number. */
static inline int named_put(struct named *f, struct slice name, struct genlog_value v, struct slice text)
{
	int rank = 0;
	enum genlog_slot s = genlog_slot_of(name.p, name.n, &rank);
	struct genlog_value old;
	bool set;

	f->n++;
	if (s == GENLOG_SLOTS)
		return named_context(f, name, v);
	set = f->rec->set >> s & 1;
	old = f->rec->slot[s];
	if (set && (rank > f->taken[s].rank || old.type != GENLOG_V_STR))
		return named_context(f, name, v);
	if (!named_slot(f, s, s == GENLOG_SLOT_DURATION_MS ? v : genlog_str(text.p, text.n))) {
		named_seen(f, name); /* it may end up in the context */
		return set ? genlog_context_put(f->rec, name.p, name.n, v) : genlog_put(f->rec, name.p, name.n, v);
	}
	if (set && rank < f->taken[s].rank && f->taken[s].name.p && named_context(f, f->taken[s].name, old) < 0)
		return -ENOMEM;
	f->taken[s].name = name;
	f->taken[s].rank = rank;
	return 0;
}

/* ── the columns of a source, as its header tells them: kept from line to line, in memory of a fixed size ── */

#define COLUMNS_MAX 64
#define COLUMNS_BYTES 2048

struct columns {
	uint16_t n, used;
	uint16_t from[COLUMNS_MAX], len[COLUMNS_MAX];
	char names[COLUMNS_BYTES];
};

/* Names that have no room any more are counted by their column like those that a header does not have. */
static inline void columns_add(struct columns *c, struct slice name)
{
	if (c->n == COLUMNS_MAX || name.n > sizeof(c->names) - c->used)
		return;
	memcpy(c->names + c->used, name.p, name.n);
	c->from[c->n] = c->used;
	c->len[c->n] = (uint16_t)name.n;
	c->used = (uint16_t)(c->used + name.n);
	c->n++;
}

static inline struct slice columns_name(const struct columns *c, unsigned i)
{
	return (struct slice){c->names + c->from[i], c->len[i]};
}

/* "column_7": a value beyond the header, or under an empty name; counted from 1. */
#define COLUMN_ROOM 24

static inline struct slice column_name(char *to, unsigned i)
{
	size_t at = COLUMN_ROOM;

	for (i++; i; i /= 10)
		to[--at] = (char)('0' + i % 10);
	at -= 7;
	memcpy(to + at, "column_", 7);
	return (struct slice){to + at, COLUMN_ROOM - at};
}

#endif
