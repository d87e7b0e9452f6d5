/* MessagePack as compact JSON: what a record without a message is called by, and what lies too deep. */
#include <math.h>
#include <stdio.h>

#include "../forward/text.h"
#include "value.h"

struct level {
	uint32_t left;
	bool map, first;
};

struct walk {
	struct genlog_buf *b;
	size_t max;
	const uint8_t *p, *end;
	unsigned depth;
	bool failed; /* no memory */
	struct level level[MP_DEPTH];
};

static void add(struct walk *k, const char *p, size_t n)
{
	if (genlog_buf_reserve(k->b, n) < 0) {
		k->failed = true;
		return;
	}
	memcpy(k->b->p + k->b->n, p, n);
	k->b->n += n;
}

/* No more of it than may be shown. */
static size_t shown(const struct walk *k, size_t n)
{
	size_t left = k->b->n < k->max ? k->max - k->b->n + 4 : 0;

	return n < left ? n : left;
}

static void hex(struct walk *k, const char *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	n = shown(k, n);
	for (size_t i = 0; i < n; i++)
		add(k, (char[2]){digits[(uint8_t)p[i] >> 4], digits[p[i] & 15]}, 2);
}

static void escaped(struct walk *k, unsigned char c)
{
	static const char named[] = "\bb\tt\nn\ff\rr\"\"\\\\";
	char text[8];
	int n;

	for (const char *s = named; *s; s += 2)
		if ((unsigned char)*s == c) {
			add(k, (char[2]){'\\', s[1]}, 2);
			return;
		}
	n = snprintf(text, sizeof(text), "\\u%04x", c);
	add(k, text, (size_t)n);
}

static bool is_plain(char c)
{
	return (unsigned char)c >= ' ' && c != '"' && c != '\\';
}

static void characters(struct walk *k, const char *p, size_t n)
{
	size_t from = 0;

	for (size_t i = 0; i < n; i++) {
		if (is_plain(p[i]))
			continue;
		add(k, p + from, i - from);
		escaped(k, (unsigned char)p[i]);
		from = i + 1;
	}
	add(k, p + from, n - from);
}

static void text(struct walk *k, const char *p, size_t n)
{
	n = shown(k, n);
	while (n) {
		size_t good = genlog_utf8_valid(p, n);

		characters(k, p, good);
		p += good;
		n -= good;
		if (n) {
			add(k, "\xef\xbf\xbd", 3);
			p++;
			n--;
		}
	}
}

static void quoted(struct walk *k, const struct mp *v)
{
	add(k, "\"", 1);
	if (v->type == MP_BIN && genlog_utf8_valid(v->p, v->n) != v->n)
		hex(k, v->p, v->n);
	else
		text(k, v->p, v->n);
	add(k, "\"", 1);
}

static void ext(struct walk *k, const struct mp *v)
{
	char head[48];
	int64_t ms;
	int n;

	if (mp_time(v, &ms)) {
		n = snprintf(head, sizeof(head), "%.3f", (double)ms / 1000.0);
		add(k, head, (size_t)n);
		return;
	}
	n = snprintf(head, sizeof(head), "{\"ext\":%d,\"data\":\"", v->ext);
	add(k, head, (size_t)n);
	hex(k, v->p, v->n);
	add(k, "\"}", 2);
}

static void scalar(struct walk *k, const struct mp *v)
{
	char number[40];
	int n = 0;

	switch ((enum mp_type)v->type) {
	case MP_STR:
	case MP_BIN: quoted(k, v); return;
	case MP_EXT: ext(k, v); return;
	case MP_BOOL: n = snprintf(number, sizeof(number), "%s", v->u.i ? "true" : "false"); break;
	case MP_INT: n = snprintf(number, sizeof(number), "%lld", (long long)v->u.i); break;
	case MP_UINT: n = snprintf(number, sizeof(number), "%llu", (unsigned long long)v->u.u); break;
	case MP_DOUBLE: n = snprintf(number, sizeof(number), isfinite(v->u.d) ? "%.17g" : "null", v->u.d); break;
	default: n = snprintf(number, sizeof(number), "null"); break;
	}
	add(k, number, (size_t)n);
}

/* A key is a text, whatever it is. */
static int key(struct walk *k)
{
	struct mp v;
	ssize_t n = mp_read(k->p, (size_t)(k->end - k->p), &v);
	bool is_text = v.type == MP_STR || v.type == MP_BIN || v.type == MP_EXT;

	if (n <= 0)
		return -EBADMSG;
	k->p += n;
	if (v.type == MP_ARRAY || v.type == MP_MAP) {
		k->p = mp_skip(k->p - n, k->end);
		v = (struct mp){.type = MP_NIL};
	}
	if (v.type == MP_EXT)
		v.type = MP_BIN;
	if (!is_text)
		add(k, "\"", 1);
	scalar(k, &v);
	add(k, is_text ? ":" : "\":", is_text ? 1 : 2);
	return k->p ? 0 : -EBADMSG;
}

static int one(struct walk *k)
{
	struct mp v;
	ssize_t n = mp_read(k->p, (size_t)(k->end - k->p), &v);

	if (n <= 0)
		return -EBADMSG;
	k->p += n;
	if (v.type != MP_ARRAY && v.type != MP_MAP) {
		scalar(k, &v);
		return 0;
	}
	if (k->depth == MP_DEPTH)
		return -EBADMSG;
	k->level[k->depth++] = (struct level){v.n, v.type == MP_MAP, true};
	add(k, v.type == MP_MAP ? "{" : "[", 1);
	return 0;
}

static void close_levels(struct walk *k)
{
	while (k->depth && !k->level[k->depth - 1].left)
		add(k, k->level[--k->depth].map ? "}" : "]", 1);
}

static int next(struct walk *k)
{
	struct level *l = &k->level[k->depth - 1];

	l->left--;
	if (!l->first)
		add(k, ",", 1);
	l->first = false;
	return l->map ? key(k) : 0;
}

/* At the end of a character. */
static int cut(struct genlog_buf *b, size_t max)
{
	b->n = genlog_utf8_valid((const char *)b->p, max);
	return 1;
}

int json_text(struct genlog_buf *b, size_t max, const uint8_t *p, const uint8_t *end)
{
	struct walk k;
	int r;

	k.b = b;
	k.max = max;
	k.p = p;
	k.end = end;
	k.depth = 0;
	k.failed = false;
	for (;;) {
		r = one(&k);
		if (r < 0 || k.failed)
			return k.failed ? -ENOMEM : r;
		close_levels(&k);
		if (k.failed)
			return -ENOMEM;
		if (b->n > max)
			return cut(b, max);
		if (!k.depth)
			return 0;
		r = next(&k);
		if (r < 0)
			return r;
	}
}
