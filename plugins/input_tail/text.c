/*
 * Encodings other than UTF-8.  Lines are cut in the file's own bytes, so that offsets and identities are those of the
 * file; each is then converted by iconv, and what it cannot read becomes U+FFFD.
 */
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>

#include "tail.h"

#define LINE_END_MAX 8

struct text_conv {
	iconv_t cd;
	char nl[LINE_END_MAX]; /* a line end as the encoding has it */
	size_t unit;
	char *out;
	size_t cap;
};

static bool find_line_end(struct text_conv *c, const char *encoding)
{
	iconv_t back = iconv_open(encoding, "UTF-8");
	char text[] = "\n\n", bytes[2 * LINE_END_MAX];
	char *in = text, *out = bytes;
	size_t left = 2, room = sizeof(bytes), both;

	if (back == (iconv_t)-1)
		return false;
	iconv(back, &in, &left, &out, &room);
	iconv_close(back);
	both = sizeof(bytes) - room;
	/* a byte order mark may come first: the second line end is the pure one */
	for (c->unit = 1; c->unit <= 4; c->unit *= 2)
		if (both >= 2 * c->unit && memcmp(bytes + both - c->unit, bytes + both - 2 * c->unit, c->unit) == 0 &&
			(both == 2 * c->unit || both == 3 * c->unit))
			break;
	if (left || c->unit > 4)
		return false;
	memcpy(c->nl, bytes + both - c->unit, c->unit);
	return true;
}

struct text_conv *conv_open(const char *encoding)
{
	struct text_conv *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->cd = iconv_open("UTF-8", encoding);
	if (c->cd == (iconv_t)-1 || !find_line_end(c, encoding)) {
		conv_free(c);
		errno = EINVAL;
		return NULL;
	}
	return c;
}

void conv_free(struct text_conv *c)
{
	if (!c)
		return;
	if (c->cd != (iconv_t)-1)
		iconv_close(c->cd);
	free(c->out);
	free(c);
}

static const char *next_line_end(const struct text_conv *c, const char *p, const char *end)
{
	for (; (size_t)(end - p) >= c->unit; p += c->unit)
		if (memcmp(p, c->nl, c->unit) == 0)
			return p;
	return NULL;
}

/* Three bytes of text for each of the file's is enough for every encoding that iconv knows. */
static bool convert(struct text_conv *c, const char *p, size_t n, size_t *len)
{
	char *in = (char *)(uintptr_t)p, *out;
	size_t room = 4 * n + 16, left = n;

	if (room > c->cap) {
		out = realloc(c->out, room + GENLOG_PAD);
		if (!out)
			return false;
		c->out = out;
		c->cap = room;
	}
	out = c->out;
	iconv(c->cd, NULL, NULL, NULL, NULL);
	while (left && iconv(c->cd, &in, &left, &out, &room) == (size_t)-1) {
		size_t skip = left < c->unit ? left : c->unit;

		if (errno == E2BIG || room < 3)
			break;
		memcpy(out, "\xef\xbf\xbd", 3);
		out += 3;
		room -= 3;
		in += skip;
		left -= skip;
	}
	*len = (size_t)(out - c->out);
	return true;
}

static size_t trimmed(const char *p, size_t n)
{
	return n && p[n - 1] == '\r' ? n - 1 : n;
}

static bool has_mark(const struct text_conv *c, size_t len)
{
	return len >= 3 && memcmp(c->out, "\xef\xbb\xbf", 3) == 0;
}

ssize_t conv_lines(
	struct text_conv *c, struct genlog_source *src, const char *from, size_t n, uint64_t offset, unsigned flags)
{
	const char *p = from, *end = from + n;

	while (p < end) {
		const char *nl = next_line_end(c, p, end);
		size_t raw = nl ? (size_t)(nl - p) + c->unit : (size_t)(end - p), len, mark;

		if (!nl && !(flags & GENLOG_LINES_END))
			break;
		if (!convert(c, p, nl ? raw - c->unit : raw, &len))
			return p > from ? p - from : -EAGAIN;
		mark = has_mark(c, len) ? 3 : 0;
		len = trimmed(c->out, len);
		if (len > mark &&
			genlog_line(src, c->out + mark, len - mark, offset + (uint64_t)(p - from), raw, 0) < 0)
			return p > from ? p - from : -EAGAIN;
		p += raw;
	}
	return p - from;
}
