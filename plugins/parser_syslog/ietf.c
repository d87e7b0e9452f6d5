/* RFC 5424: "<165>1 2003-10-11T22:14:15.003Z host app 77 ID47 [id@1 a="b"] message"; a dash stands for what is not. */
#include <errno.h>

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

/* Writes into scratch: each byte of the text becomes fewer than 16 of BSON. */
struct data {
	const char *p, *end;
	uint8_t *w;
	unsigned params;
};

static bool is_name(char c)
{
	return (unsigned char)c > ' ' && c != '=' && c != ']' && c != '"' && c != 0x7f;
}

static struct slice name(struct data *d)
{
	const char *from = d->p;

	while (d->p < d->end && is_name(*d->p))
		d->p++;
	return slice(from, d->p);
}

/* Behind the opening quote: the value as BSON text. */
static bool value(struct data *d)
{
	uint8_t *start = d->w, *w = d->w + 4;
	const char *p = d->p;

	while (p < d->end && *p != '"') {
		if (*p == '\\' && p + 1 < d->end && (p[1] == '"' || p[1] == '\\' || p[1] == ']'))
			p++;
		*w++ = (uint8_t)*p++;
	}
	if (p == d->end)
		return false;
	genlog_bson_i32(start, (int32_t)(w - start - 3));
	*w++ = 0;
	d->w = w;
	d->p = p + 1;
	return true;
}

/* A name that stands twice: the last value is kept. */
static void drop_twice(struct data *d, uint8_t *doc, uint8_t *element, const char *key, size_t n)
{
	const uint8_t *next, *old = genlog_bson_find(doc + 4, element, key, n, &next);
	uint8_t *to;

	if (!old)
		return;
	to = doc + (old - doc);
	memmove(to, next, (size_t)(d->w - next));
	d->w -= next - old;
}

static bool param(struct data *d, uint8_t *doc)
{
	uint8_t *element = d->w;
	struct slice key = name(d);
	size_t n;

	if (!key.n || ++d->params > DATA_PARAMS || !starts_with(d->p, d->end, KEY("=\"")))
		return false;
	d->p += 2;
	*d->w++ = GENLOG_BSON_STR;
	n = genlog_key_fit((char *)d->w, key.p, key.n);
	d->w += n;
	*d->w++ = 0;
	if (!value(d))
		return false;
	drop_twice(d, doc, element, (const char *)element + 1, n);
	return true;
}

/* "[id name="value" …]" */
static bool element(struct data *d, struct slice *id, struct genlog_value *v)
{
	uint8_t *doc = d->w;

	d->p++;
	*id = name(d);
	d->w = genlog_bson_begin(doc);
	while (id->n && d->p < d->end && *d->p == ' ') {
		d->p++;
		if (!param(d, doc))
			return false;
	}
	if (!id->n || d->p == d->end || *d->p != ']')
		return false;
	d->p++;
	d->w = genlog_bson_end(doc, d->w);
	*v = (struct genlog_value){.type = GENLOG_V_DOC, .n = (uint32_t)(d->w - doc), .u.p = (const char *)doc};
	return true;
}

/* Our own names in the context stay ours. */
static int put_element(struct genlog_record *rec, struct slice id, struct genlog_value v)
{
	static const char *const ours[] = {"host", "pid", "facility", "severity", "msgid"};
	char key[16] = "sd_";

	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		if (slice_is(id, ours[i])) {
			memcpy(key + 3, id.p, id.n);
			return genlog_context_put(rec, key, id.n + 3, v);
		}
	return genlog_context_put(rec, id.p, id.n, v);
}

static int elements(struct data *d, struct genlog_record *rec)
{
	struct genlog_value v;
	struct slice id;
	int n = 0;

	while (d->p < d->end && *d->p == '[') {
		if (++n > DATA_ELEMENTS || !element(d, &id, &v))
			return -EINVAL;
		if (put_element(rec, id, v) < 0)
			return -ENOMEM;
	}
	return n && (d->p == d->end || *d->p == ' ') ? 0 : -EINVAL;
}

/* Data that breaks the rules is no data but the beginning of the message, which is then kept whole. */
int ietf_data(struct head *h, struct genlog_record *rec)
{
	size_t before = rec->context.n;
	struct data d = {.p = h->p, .end = h->end};
	int r;

	if (peek(h, 0) == '-' && (left(h) == 1 || h->p[1] == ' ')) {
		h->p += left(h) > 1 ? 2 : 1;
		return 0;
	}
	if (peek(h, 0) != '[')
		return 0;
	d.w = (uint8_t *)genlog_rec_alloc(rec, 16 * left(h));
	if (!d.w)
		return -ENOMEM;
	r = elements(&d, rec);
	if (r == 0)
		h->p = d.p + (d.p < d.end);
	else if (r == -EINVAL)
		rec->context.n = before;
	return r == -EINVAL ? 0 : r;
}
