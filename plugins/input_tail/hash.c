#define XXH_INLINE_ALL
#include <xxhash.h>

#include "tail.h"

uint64_t tail_hash(const void *p, size_t n, uint64_t seed)
{
	return XXH3_64bits_withSeed(p, n, seed);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *const endings[] = {".gz", ".zst", ".xz", ".bz2", ".old", ".bak", "~"};

static size_t without_ending(const char *p, size_t n)
{
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		size_t m = strlen(endings[i]);

		if (n > m && memcmp(p + n - m, endings[i], m) == 0)
			return n - m;
	}
	return n;
}

/* `.1` to `.99999`, and dates: -20251222, .2025-12-22, -2025-12-22-10, -20251222-103045, .1766399445 */
static size_t without_number(const char *p, size_t n)
{
	size_t at = n, digits = 0;

	while (at > 0 &&
		(is_digit(p[at - 1]) || ((p[at - 1] == '-' || p[at - 1] == '_' || p[at - 1] == 'T') && digits))) {
		digits += is_digit(p[at - 1]);
		if (!is_digit(p[at - 1]) && digits < 2)
			break;
		at--;
	}
	while (at < n && !is_digit(p[at])) /* the separator belongs to what is taken away */
		at++;
	if (!digits || at < 2 || at == n)
		return n;
	if (p[at - 1] == '.' && p[at - 2] != '/')
		return at - 1;
	if ((p[at - 1] == '-' || p[at - 1] == '_') && digits >= 8 && p[at - 2] != '/')
		return at - 1;
	return n;
}

size_t base_len(const char *path)
{
	size_t n = strlen(path), before;

	do {
		before = n;
		n = without_ending(path, n);
		n = without_number(path, n);
	} while (n != before);
	return n;
}

uint64_t path_hash(const char *path)
{
	return tail_hash(path, base_len(path), 0);
}
