#include "text.h"

static bool eight_ascii(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return !(v & 0x8080808080808080ULL);
}

bool text_is_ascii(const char *p, size_t n)
{
	while (n >= 8) {
		if (!eight_ascii(p))
			return false;
		p += 8;
		n -= 8;
	}
	for (size_t i = 0; i < n; i++)
		if (p[i] & 0x80)
			return false;
	return true;
}

/* Bytes that follow the first one of a character; -1: none begins so. */
static int followers(uint8_t c)
{
	if (c < 0x80)
		return 0;
	if (c < 0xc2 || c > 0xf4)
		return -1;
	return c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
}

static size_t character(const uint8_t *p, size_t n)
{
	int more = followers(*p);

	if (more < 0 || (size_t)more >= n)
		return 0;
	for (int i = 1; i <= more; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] >= 0xa0) || (*p == 0xf0 && p[1] < 0x90) ||
		(*p == 0xf4 && p[1] >= 0x90))
		return 0;
	return 1 + (size_t)more;
}

size_t text_valid(const char *p, size_t n)
{
	size_t i = 0, k;

	while (i < n) {
		while (n - i >= 8 && eight_ascii(p + i))
			i += 8;
		if (i == n)
			break;
		k = character((const uint8_t *)p + i, n - i);
		if (!k)
			break;
		i += k;
	}
	return i;
}

size_t text_repair(char *to, const char *p, size_t n)
{
	size_t made = 0;

	for (;;) {
		size_t k = text_valid(p, n);

		if (k)
			memcpy(to + made, p, k);
		made += k;
		if (k == n)
			return made;
		memcpy(to + made, "\xef\xbf\xbd", 3);
		made += 3;
		p += k + 1;
		n -= k + 1;
	}
}
