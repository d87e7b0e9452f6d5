#include "json.h"

/* The next quote or backslash; `end` where there is none. */
static inline const char *next_special(const char *p, const char *end)
{
	for (; p < end; p += JSON_STEP) {
		unsigned m = json_marks(p, '"', '\\');

		if (m) {
			p += __builtin_ctz(m);
			return p < end ? p : end;
		}
	}
	return end;
}

const char *json_string_end(const char *p, const char *end)
{
	for (;;) {
		p = next_special(p, end);
		if (p >= end)
			return NULL;
		if (*p == '"')
			return p;
		p += 2;
	}
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int hex4(const char *p, const char *end)
{
	int v = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int d = hex_digit(p[i]);

		if (d < 0)
			return -1;
		v = v << 4 | d;
	}
	return v;
}

static char *utf8_write(char *w, uint32_t c)
{
	if (c < 0x80) {
		*w++ = (char)c;
		return w;
	}
	if (c < 0x800) {
		*w++ = (char)(0xc0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*w++ = (char)(0xe0 | c >> 12);
		} else {
			*w++ = (char)(0xf0 | c >> 18);
			*w++ = (char)(0x80 | (c >> 12 & 0x3f));
		}
		*w++ = (char)(0x80 | (c >> 6 & 0x3f));
	}
	*w++ = (char)(0x80 | (c & 0x3f));
	return w;
}

/* \uXXXX, `p` at the first digit.  A pair of surrogates is one character; half a pair is U+FFFD. */
static const char *unicode(struct json *js, const char *p, char **w)
{
	int c = hex4(p, js->end), low;

	if (c < 0)
		return json_fail(js, p, "bad \\u escape");
	p += 4;
	if (c >= 0xd800 && c < 0xdc00 && js->end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
		low = hex4(p + 2, js->end);
		if (low >= 0xdc00 && low < 0xe000) {
			*w = utf8_write(*w, 0x10000 + (((uint32_t)c - 0xd800) << 10) + ((uint32_t)low - 0xdc00));
			return p + 6;
		}
	}
	if (c >= 0xd800 && c < 0xe000) {
		js->rec->flags |= GENLOG_REC_BAD_UTF8;
		c = 0xfffd;
	}
	*w = utf8_write(*w, (uint32_t)c);
	return p;
}

static const char escapes[256] = {
	['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t'};

/* Decodes up to the closing quote.  What an escape means is never longer than the escape. */
static const char *decode(struct json *js, const char *p, char **w)
{
	for (;;) {
		const char *q = next_special(p, js->end);

		memcpy(*w, p, (size_t)(q - p));
		*w += q - p;
		if (q + 1 >= js->end && (q >= js->end || *q != '"'))
			return json_fail(js, q, "the text ends inside a string");
		if (*q == '"')
			return q + 1;
		if (q[1] == 'u') {
			p = unicode(js, q + 2, w);
			if (!p)
				return NULL;
			continue;
		}
		if (!escapes[(uint8_t)q[1]])
			return json_fail(js, q, "unknown escape");
		*(*w)++ = escapes[(uint8_t)q[1]];
		p = q + 2;
	}
}

static const char *string_decoded(struct json *js, const char *p, struct json_text *out)
{
	const char *close = json_string_end(p, js->end);
	char *w = close ? genlog_rec_alloc(js->rec, (size_t)(close - p) + GENLOG_PAD) : NULL;

	if (!close)
		return json_fail(js, p, "the text ends inside a string");
	if (!w)
		return json_fail(js, p, "out of memory");
	out->p = w;
	p = decode(js, p, &w);
	out->n = (size_t)(w - out->p);
	return p;
}

const char *json_string_long(struct json *js, const char *p, struct json_text *out)
{
	const char *q = next_special(p, js->end);

	if (q >= js->end)
		return json_fail(js, p, "the text ends inside a string");
	if (*q == '\\')
		return string_decoded(js, p, out);
	out->p = p;
	out->n = (size_t)(q - p);
	return q + 1;
}

static bool key_is_plain(struct json_text key)
{
	if (!key.n || *key.p == '$')
		return false;
	for (size_t i = 0; i < key.n; i += JSON_STEP) {
		unsigned m = json_marks(key.p + i, '.', '\0');

		if (m && i + (unsigned)__builtin_ctz(m) < key.n)
			return false;
	}
	return true;
}

const char *json_key(struct json *js, const char *p, struct json_text *out)
{
	char *fit;

	p = json_string(js, p, out);
	if (!p || key_is_plain(*out))
		return p;
	fit = genlog_rec_alloc(js->rec, GENLOG_KEY_ROOM(out->n) + GENLOG_PAD);
	if (!fit)
		return json_fail(js, p, "out of memory");
	out->n = genlog_key_fit(fit, out->p, out->n);
	out->p = fit;
	return p;
}

/* Copies while it looks for the end; only a string with escapes is gone over again. */
const char *json_string_write(struct json *js, const char *p)
{
	uint8_t *start = js->w, *w = start + 4;
	const char *from = p;
	char *to;

	for (; p < js->end; p += JSON_STEP, w += JSON_STEP) {
		unsigned m = json_marks(p, '"', '\\');

		memcpy(w, p, JSON_STEP);
		if (!m)
			continue;
		p += __builtin_ctz(m);
		w += __builtin_ctz(m);
		if (p >= js->end || *p == '\\')
			break;
		*w++ = 0;
		genlog_bson_i32(start, (int32_t)(w - start - 4));
		js->w = w;
		return p + 1;
	}
	to = (char *)start + 4;
	p = decode(js, from, &to);
	*to++ = 0;
	genlog_bson_i32(start, (int32_t)((uint8_t *)to - start - 4));
	js->w = (uint8_t *)to;
	return p;
}
