/* RFC 5424: "<165>1 2003-10-11T22:14:15.003Z host app 77 ID47 [id@1 a="b"] message"; a dash stands for what is not. */
#include "head.h"

#define DATA_ELEMENTS 64
#define DATA_PARAMS 256

static bool field(struct head *h, struct slice *out)
{
	struct slice w = slice(h->p, until(h->p, h->end, ' '));

	if (!w.n || w.p + w.n == h->end || (unsigned char)*w.p <= ' ')
		return false;
	h->p += w.n + 1;
	if (w.n != 1 || *w.p != '-')
		*out = w;
	return true;
}

/* None at all, or one of RFC 3339. */
static bool is_time(struct slice t)
{
	return !t.n || (t.n >= 20 && t.p[4] == '-' && t.p[10] == 'T' && genlog_time_len(t.p, t.n) == t.n);
}

bool ietf_read(struct head *h)
{
	struct head try = *h;
	size_t digits = is_digit(peek(h, 1)) ? 2 : 1;

	if (!is_digit(peek(h, 0)) || *h->p == '0' || peek(h, digits) != ' ')
		return false;
	try.p += digits + 1;
	if (!field(&try, &try.time) || !is_time(try.time))
		return false;
	if (!field(&try, &try.host) || !field(&try, &try.program) || !field(&try, &try.pid) || !field(&try, &try.msgid))
		return false;
	*h = try;
	h->ietf = true;
	return true;
}

/* Names end at a blank, '=', ']' or '"'; what a key of a document may not have is odd. */
enum { STOP = 1, ODD = 2 };
static const uint8_t name_bits[256] = {
	[0 ... ' '] = STOP, ['"'] = STOP, ['$'] = ODD, ['.'] = ODD, ['='] = STOP, [']'] = STOP, [0x7f] = STOP};

/* Written behind the context's end, where there is room: a byte of the text becomes fewer than four of BSON. */
struct data {
	const char *p, *end;
	uint8_t *w;
	uint8_t *first; /* element of the data */
	unsigned params, elements;
	bool twice;
};

struct name {
	struct slice s;
	bool odd;
};

static struct name name(struct data *d)
{
	const char *from = d->p, *p = from;
	unsigned bits = 0;

	for (; p < d->end && !(name_bits[(uint8_t)*p] & STOP); p++)
		bits |= name_bits[(uint8_t)*p];
	d->p = p;
	return (struct name){slice(from, p), bits != 0};
}

static void put_key(struct data *d, enum genlog_bson_type type, struct name key)
{
	*d->w++ = (uint8_t)type;
	if (key.odd)
		d->w += genlog_key_fit((char *)d->w, key.s.p, key.s.n);
	else
		d->w = genlog_bson_copy(d->w, key.s.p, key.s.n);
	*d->w++ = 0;
}

/* Behind the opening quote: the value as BSON text. */
static bool value(struct data *d)
{
	uint8_t *start = d->w, *w = d->w + 4;
	const char *p = d->p;

	for (; p < d->end && *p != '"'; p++) {
		if (*p == '\\' && p + 1 < d->end && (p[1] == '"' || p[1] == '\\' || p[1] == ']'))
			p++;
		*w++ = (uint8_t)*p;
	}
	if (p == d->end)
		return false;
	genlog_bson_i32(start, (int32_t)(w - start - 3));
	*w++ = 0;
	d->w = w;
	d->p = p + 1;
	return true;
}

/* A name that stands twice among the elements from `first` on: the last one is kept. */
static bool drop_twice(struct data *d, uint8_t *first, const uint8_t *element)
{
	const char *key = (const char *)element + 1;
	const uint8_t *next, *old = first < element ? genlog_bson_find(first, element, key, strlen(key), &next) : NULL;

	if (!old)
		return false;
	memmove(first + (old - first), next, (size_t)(d->w - next));
	d->w -= next - old;
	return true;
}

static bool param(struct data *d, uint8_t *first)
{
	const uint8_t *element = d->w;
	struct name key = name(d);

	if (!key.s.n || ++d->params > DATA_PARAMS || !starts_with(d->p, d->end, KEY("=\"")))
		return false;
	d->p += 2;
	put_key(d, GENLOG_BSON_STR, key);
	if (!value(d))
		return false;
	(void)drop_twice(d, first, element);
	return true;
}

/* Our own names in the context stay ours. */
static bool is_ours(struct slice id)
{
	static const char *const ours[] = {"host", "pid", "facility", "severity", "msgid"};

	for (size_t i = 0; id.n <= 8 && i < sizeof(ours) / sizeof(*ours); i++)
		if (slice_is(id, ours[i]))
			return true;
	return false;
}

static void put_id(struct data *d, struct name id)
{
	char key[16] = "sd_";

	if (is_ours(id.s)) {
		memcpy(key + 3, id.s.p, id.s.n);
		id = (struct name){{key, id.s.n + 3}, false};
	}
	put_key(d, GENLOG_BSON_DOC, id);
}

/* "[id name="value" …]" */
static bool element(struct data *d)
{
	const uint8_t *element = d->w;
	struct name id;
	uint8_t *doc;

	d->p++;
	id = name(d);
	if (!id.s.n || ++d->elements > DATA_ELEMENTS)
		return false;
	put_id(d, id);
	doc = d->w;
	d->w = genlog_bson_begin(doc);
	while (d->p < d->end && *d->p == ' ') {
		d->p++;
		if (!param(d, doc + 4))
			return false;
	}
	if (d->p == d->end || *d->p != ']')
		return false;
	d->p++;
	d->w = genlog_bson_end(doc, d->w);
	d->twice |= drop_twice(d, d->first, element);
	return true;
}

static bool elements(struct data *d)
{
	while (d->p < d->end && *d->p == '[')
		if (!element(d))
			return false;
	return d->p == d->end || *d->p == ' ';
}

/* Data that breaks the rules is no data but the beginning of the message, which is then kept whole. */
void ietf_data(struct head *h, struct genlog_record *rec)
{
	uint8_t *w = rec->context.p + rec->context.n;
	struct data d = {.p = h->p, .end = h->end, .w = w, .first = w};

	if (peek(h, 0) == '-' && (left(h) == 1 || h->p[1] == ' ')) {
		h->p += left(h) > 1 ? 2 : 1;
		return;
	}
	if (peek(h, 0) != '[' || !elements(&d))
		return;
	rec->context.n = (size_t)(d.w - rec->context.p);
	rec->flags |= d.twice ? GENLOG_REC_DUP_KEYS : 0;
	h->p = d.p + (d.p < d.end);
}
