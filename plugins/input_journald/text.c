#include "journald.h"

static int tail_len(uint8_t c)
{
	if (c < 0x80)
		return c ? 0 : -1;
	if (c >= 0xc2 && c <= 0xdf)
		return 1;
	if ((c & 0xf0) == 0xe0)
		return 2;
	return c >= 0xf0 && c <= 0xf4 ? 3 : -1;
}

/* The character at p; 0: there is none. */
static size_t one(const uint8_t *p, size_t n)
{
	int tail = tail_len(*p);

	if (tail < 0 || (size_t)tail >= n)
		return 0;
	for (int i = 1; i <= tail; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) || (*p == 0xf0 && p[1] < 0x90) ||
		(*p == 0xf4 && p[1] > 0x8f))
		return 0;
	return (size_t)tail + 1;
}

/* Eight bytes at once: none of them zero or above 0x7f. */
static bool is_plain(const uint8_t *p)
{
	const uint64_t high = 0x8080808080808080, ones = 0x0101010101010101;
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return !((v | (v - ones)) & high);
}

size_t text_valid(const char *text, size_t n)
{
	const uint8_t *p = (const uint8_t *)text;
	size_t i = 0, k;

	while (i < n) {
		while (i + 8 <= n && is_plain(p + i))
			i += 8;
		if (i == n)
			break;
		k = one(p + i, n - i);
		if (!k)
			return i;
		i += k;
	}
	return n;
}

size_t text_repair(char *to, const char *p, size_t n)
{
	size_t len = 0;

	while (n) {
		size_t k = text_valid(p, n);

		memcpy(to + len, p, k);
		len += k;
		if (k == n)
			break;
		memcpy(to + len, "\xef\xbf\xbd", 3);
		len += 3;
		p += k + 1;
		n -= k + 1;
	}
	return len;
}
