/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#include <genlog/record.h>

#define HIGH 0x8080808080808080ULL

static uint64_t word(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static size_t ascii_run(const uint8_t *p, size_t n)
{
	size_t i = 0;

	while (i + 32 <= n && !((word(p + i) | word(p + i + 8) | word(p + i + 16) | word(p + i + 24)) & HIGH))
		i += 32;
	for (; i + 8 <= n; i += 8) {
		uint64_t v = word(p + i) & HIGH;

		if (v)
			return i + (size_t)__builtin_ctzll(v) / 8;
	}
	while (i < n && p[i] < 0x80)
		i++;
	return i;
}

/* Second bytes are the ones with special ranges: no overlong form, no surrogate, no more than U+10FFFF. */
static bool second_is_good(uint8_t lead, uint8_t b)
{
	switch (lead) {
	case 0xe0: return b >= 0xa0 && b <= 0xbf;
	case 0xed: return b >= 0x80 && b <= 0x9f;
	case 0xf0: return b >= 0x90 && b <= 0xbf;
	case 0xf4: return b >= 0x80 && b <= 0x8f;
	default: return (b & 0xc0) == 0x80;
	}
}

static size_t want_of(uint8_t lead)
{
	if (lead < 0x80)
		return 1;
	if (lead < 0xc2)
		return 0;
	if (lead < 0xe0)
		return 2;
	if (lead < 0xf0)
		return 3;
	return lead < 0xf5 ? 4 : 0;
}

/* The character at p: its length when it is good; else how long the invalid piece is, negative. */
static int character(const uint8_t *p, size_t n)
{
	size_t want = want_of(p[0]), i = 1;

	if (!want)
		return -1;
	while (i < want && i < n && (i == 1 ? second_is_good(p[0], p[1]) : (p[i] & 0xc0) == 0x80))
		i++;
	return i == want ? (int)want : -(int)i;
}

size_t genlog_utf8_valid(const char *s, size_t n)
{
	const uint8_t *p = (const uint8_t *)s;
	size_t i = 0;

	while (i < n) {
		int c;

		i += ascii_run(p + i, n - i);
		if (i == n)
			break;
		c = character(p + i, n - i);
		if (c < 0)
			return i;
		i += (size_t)c;
	}
	return n;
}

size_t genlog_utf8_repair(char *to, const char *s, size_t n)
{
	const uint8_t *p = (const uint8_t *)s;
	size_t i = 0, w = 0;

	while (i < n) {
		int c = character(p + i, n - i);

		if (c > 0)
			memcpy(to + w, s + i, (size_t)c);
		else
			memcpy(to + w, "\xef\xbf\xbd", 3);
		w += c > 0 ? (size_t)c : 3;
		i += (size_t)(c > 0 ? c : -c);
	}
	return w;
}
