/* UTF-8 without NUL: what a journal's field holds may be any bytes, and its end is not told by one of them. */
#include "journald.h"

size_t text_valid(const char *p, size_t n)
{
	const char *nul = n ? memchr(p, 0, n) : NULL;

	return genlog_utf8_valid(p, nul ? (size_t)(nul - p) : n);
}

/* U+FFFD for each byte that is not as it should be. */
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
