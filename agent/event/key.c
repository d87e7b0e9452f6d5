/*
 * MongoDB's own convention for keys, and reversible: a `.` becomes U+FF0E, a leading `$` U+FF04.  A NUL, which would
 * end the key, becomes U+FFFD; an empty key becomes `_`.
 */
#include <genlog/record.h>

static const char *replacement(char c, size_t at)
{
	if (c == '.')
		return "\xef\xbc\x8e";
	if (c == '\0')
		return "\xef\xbf\xbd";
	return c == '$' && at == 0 ? "\xef\xbc\x84" : NULL;
}

size_t genlog_key_fit(char *to, const char *key, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		const char *other = replacement(key[i], i);

		if (other) {
			memcpy(to + n, other, 3);
			n += 3;
		} else {
			to[n++] = key[i];
		}
	}
	if (n == 0)
		to[n++] = '_';
	return n;
}
