/* "s=…;i=…;b=…;m=…;t=…;x=…": text of any length that is not ours. */
#include "cursor.h"

#include <string.h>

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static const char *part(const char *p, const char *end, char name, size_t *n)
{
	while (p < end) {
		const char *semi = memchr(p, ';', (size_t)(end - p));
		const char *stop = semi ? semi : end;

		if (stop - p >= 2 && *p == name && p[1] == '=') {
			*n = (size_t)(stop - p - 2);
			return p + 2;
		}
		p = stop + 1;
	}
	return NULL;
}

static bool number(const char *p, size_t n, uint64_t *out)
{
	if (!p || n < 1 || n > 16)
		return false;
	*out = 0;
	for (size_t i = 0; i < n; i++) {
		int v = digit(p[i]);

		if (v < 0)
			return false;
		*out = *out << 4 | (uint64_t)v;
	}
	return true;
}

bool cursor_number(const char *text, size_t len, char name, uint64_t *out)
{
	size_t n = 0;
	const char *p = part(text, text + len, name, &n);

	return number(p, n, out);
}

bool cursor_id(const char *text, size_t len, char name, uint8_t id[16])
{
	size_t n = 0;
	const char *p = part(text, text + len, name, &n);

	if (!p || n != 32)
		return false;
	for (size_t i = 0; i < 32; i++) {
		int v = digit(p[i]);

		if (v < 0)
			return false;
		id[i / 2] = (uint8_t)(i % 2 ? id[i / 2] | v : v << 4);
	}
	return true;
}

bool cursor_parse(const char *text, size_t len, uint8_t id[16], uint64_t *seqnum)
{
	return cursor_id(text, len, 's', id) && cursor_number(text, len, 'i', seqnum);
}

uint64_t cursor_time(const char *text, size_t len)
{
	uint64_t t;

	return cursor_number(text, len, 't', &t) ? t : 0;
}
