#include "text.h"

#include <stdint.h>
#include <string.h>

#define HIGH 0x8080808080808080ULL

static size_t ascii(const char *p, size_t n)
{
	size_t i = 0;

	for (; n - i >= 8; i += 8) {
		uint64_t v;

		memcpy(&v, p + i, 8);
		if (v & HIGH)
			break;
	}
	while (i < n && !(p[i] & 0x80))
		i++;
	return i;
}

/* The least and greatest second byte behind a first one, and how many bytes there are in all; 0: never a first. */
static unsigned length_of(uint8_t c, uint8_t *low, uint8_t *high)
{
	*low = 0x80;
	*high = 0xbf;
	if (c < 0xc2 || c > 0xf4)
		return 0;
	if (c < 0xe0)
		return 2;
	if (c == 0xe0)
		*low = 0xa0; /* no overlong forms, */
	if (c == 0xf0)
		*low = 0x90;
	if (c == 0xed)
		*high = 0x9f; /* no surrogates, */
	if (c == 0xf4)
		*high = 0x8f; /* nothing beyond U+10FFFF */
	return c < 0xf0 ? 3 : 4;
}

/* One character that is not ASCII: its length; 0: it is none, and `bad` bytes go together. */
static size_t character(const uint8_t *p, size_t n, size_t *bad)
{
	uint8_t low, high;
	size_t want = length_of(*p, &low, &high), i = 1;

	while (i < want && i < n && p[i] >= low && p[i] <= high) {
		low = 0x80;
		high = 0xbf;
		i++;
	}
	*bad = i;
	return want && i == want ? want : 0;
}

size_t text_valid(const char *p, size_t n)
{
	size_t i = ascii(p, n), bad;

	while (i < n) {
		size_t k = character((const uint8_t *)p + i, n - i, &bad);

		if (!k)
			return i;
		i += k;
		if (i < n && !(p[i] & 0x80))
			i += ascii(p + i, n - i);
	}
	return i;
}

size_t text_repair(char *to, const char *p, size_t n)
{
	size_t w = 0;

	while (n) {
		size_t good = text_valid(p, n), bad = 0;

		memcpy(to + w, p, good);
		w += good;
		p += good;
		n -= good;
		if (!n)
			break;
		(void)character((const uint8_t *)p, n, &bad);
		memcpy(to + w, "\xef\xbf\xbd", 3);
		w += 3;
		p += bad;
		n -= bad;
	}
	return w;
}

bool text_is_plain_key(const char *p, size_t n)
{
	bool plain = n && *p != '$';

	for (size_t i = 0; i < n; i++)
		plain &= p[i] >= ' ' && p[i] != 0x7f && p[i] != '.';
	return plain;
}
