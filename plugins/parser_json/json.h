/*
 * parser_json inside: one pass from text to slots and BSON, no tree.
 *
 *	json.c     the plugin; the event's own object: which key goes to which slot, the rest to the context
 *	value.c    a value, nested ones too, as a BSON element
 *	text.c     strings: where they end, what their escapes mean
 *	mongodb.c  the log of MongoDB, whose keys mean something else
 *	number.c   int64, double, and text for what neither holds
 *
 * A function that reads returns the place behind what it read, or NULL: then js->why says what was wrong at js->at.
 * Writing goes to js->w unasked: the host has made GENLOG_ROOM(len), and no text needs more in BSON than 8 bytes for
 * each of its own (the dearest is `1,` in an array: type, six digits of index, NUL, eight bytes).
 */
#ifndef PARSER_JSON_H
#define PARSER_JSON_H

#include <genlog/bson.h>
#include <genlog/plugin.h>

#define JSON_DEPTH_MAX 64
/* Keys are looked for among those before them: so many in one object, and no line can hold up the reader. */
#define JSON_KEYS_MAX 1024
#define JSON_TOO_MANY_KEYS "an object has more than 1024 keys"

struct json_text {
	const char *p;
	size_t n;
};

struct json {
	const char *end; /* of the line */
	uint8_t *w;	 /* where the context's next byte goes */
	struct genlog_record *rec;
	int depth_max;
	const char *why; /* static text */
	const char *at;
};

static inline const char *json_fail(struct json *js, const char *at, const char *why)
{
	js->why = why;
	js->at = at;
	return NULL;
}

static inline const char *json_blank(const char *p, const char *end)
{
	if (p < end && (unsigned char)*p > ' ') /* as machines write it: none */
		return p;
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
		p++;
	return p;
}

/*
 * Sixteen bytes at a time.  Reading beyond the line's end is allowed (GENLOG_PAD); what is found there is not used:
 * each search is cut at the end.
 */
#if defined(__SSE2__)
#include <emmintrin.h>
#define JSON_STEP 16

static inline unsigned json_marks(const char *p, char a, char b)
{
	__m128i v = _mm_loadu_si128((const void *)p);
	__m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(a)), _mm_cmpeq_epi8(v, _mm_set1_epi8(b)));

	return (unsigned)_mm_movemask_epi8(hit);
}
#else
#define JSON_STEP 8

static inline unsigned json_marks(const char *p, char a, char b)
{
	unsigned m = 0;

	for (unsigned i = 0; i < JSON_STEP; i++)
		m |= (unsigned)(p[i] == a || p[i] == b) << i;
	return m;
}
#endif

/* text.c: `p` is behind the opening quote. */
const char *json_string_long(struct json *js, const char *p, struct json_text *out);

/* Most strings end within the first step, without an escape. */
static inline const char *json_string(struct json *js, const char *p, struct json_text *out)
{
	unsigned m = json_marks(p, '"', '\\'), n;

	if (!m)
		return json_string_long(js, p, out);
	n = (unsigned)__builtin_ctz(m);
	if (p[n] != '"' || p + n >= js->end)
		return json_string_long(js, p, out);
	out->p = p;
	out->n = n;
	return p + n + 1;
}

const char *json_string_end(const char *p, const char *end); /* its closing quote, escapes passed over; NULL: none */
const char *json_key(struct json *js, const char *p, struct json_text *out); /* fit for a document */
const char *json_string_write(struct json *js, const char *p);		     /* length, bytes and NUL to js->w */

/* number.c */
const char *json_number(struct json *js, const char *p, struct genlog_value *out);

/* value.c: one element, key included. */
const char *json_element(struct json *js, const char *p, struct json_text key, int depth);
/* The elements of an object whose `{` is behind p, into the document that begins at `start`; nothing around them. */
const char *json_members(struct json *js, const char *p, size_t start, int depth, uint64_t *seen);
const char *json_skip(struct json *js, const char *p);
void json_drop_twice(struct json *js, size_t start, struct json_text key);

/*
 * Keys seen in one object: a bit each by a hash of the key's ends.  A bit that is set already means that the key may
 * stand there twice; only then is the object searched.
 */
static inline bool json_seen(uint64_t *bits, struct json_text key)
{
	uint64_t a = 0, b = 0, bit;

	if (key.n >= 8) {
		memcpy(&a, key.p, 8);
		memcpy(&b, key.p + key.n - 8, 8);
	} else {
		memcpy(&a, key.p, key.n);
	}
	a = (a ^ b * 0x9e3779b97f4a7c15ULL ^ key.n) * 0xff51afd7ed558ccdULL;
	bit = 1ULL << (a >> 58);
	if (*bits & bit)
		return true;
	*bits |= bit;
	return false;
}

/* mongodb.c: a line of MongoDB's own log, parsed already. */
bool json_is_mongodb(const struct genlog_record *rec);
int json_mongodb(struct genlog_record *rec);

#endif
