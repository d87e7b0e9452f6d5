/*
 * What a chunk is that is no plain word.  Rules go from what is certain (an address, a path) to what is likely (a digit
 * in it); none knows a system.  Where a chunk is a key and its value (`port:80`) only the key is taken, and the
 * scanner comes again for the rest.
 */
#include "mine/scan.h"

static unsigned bits_of(char c)
{
	return byte_bits[(uint8_t)c];
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
	return bits_of(c) & (B_LETTER | B_HEX);
}

static size_t digits(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && is_digit(p[i]))
		i++;
	return i;
}

static size_t hexes(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && bits_of(p[i]) & (B_DIGIT | B_HEX))
		i++;
	return i;
}

/* 8-4-4-4-12 */
static bool is_uuid(const char *p, size_t n)
{
	return n == 36 && hexes(p, n) == 8 && p[8] == '-' && hexes(p + 9, 27) == 4 && p[13] == '-' &&
	       hexes(p + 14, 22) == 4 && p[18] == '-' && hexes(p + 19, 17) == 4 && p[23] == '-' &&
	       hexes(p + 24, 12) == 12;
}

/* 10.1.2.3, with or without :port */
static bool is_ipv4(const char *p, size_t n)
{
	size_t i = 0;

	for (int part = 0; part < 4; part++) {
		size_t d = digits(p + i, n - i);

		if (d == 0 || d > 3)
			return false;
		i += d;
		if (part < 3 && (i == n || p[i++] != '.'))
			return false;
	}
	if (i < n && (p[i] == ':' || p[i] == '/' || p[i] == '#'))
		i += 1 + digits(p + i + 1, n - i - 1);
	return i == n;
}

/* fe80::1, with at least three colons or a double one */
static bool is_ipv6(const char *p, size_t n)
{
	size_t colons = 0;
	bool twice = false;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == ':') {
			twice |= i > 0 && p[i - 1] == ':';
			colons++;
		} else if (!(bits_of(p[i]) & (B_DIGIT | B_HEX)) && p[i] != '.' && p[i] != '%') {
			return false;
		}
	}
	return colons <= 7 && (twice ? colons >= 2 : colons == 7);
}

/* 12:30, 12:30:45.123, 2025-12-22, 2025-12-22T12:30:45.123+01:00, 22/12/2025 */
static bool is_time(const char *p, size_t n)
{
	size_t d = digits(p, n), more;

	if (d == 0 || d == n || strspn(p, "0123456789:-/.,+TZ") < n)
		return false;
	if (p[d] == ':' && d <= 2 && (more = digits(p + d + 1, n - d - 1)) == 2)
		return true;
	if ((p[d] != '-' && p[d] != '/') || (d != 4 && d > 2))
		return false;
	more = digits(p + d + 1, n - d - 1);
	d += 1 + more;
	return (more == 1 || more == 2) && d + 1 < n && (p[d] == '-' || p[d] == '/') && is_digit(p[d + 1]);
}

/* A number with a unit grown to it: 5ms, 1.5GB */
static enum el_kind unit_kind(const char *p, size_t n, const struct words *w)
{
	uint16_t class;
	size_t i = *p == '-' || *p == '+';

	while (i < n && (is_digit(p[i]) || p[i] == '.'))
		i++;
	if (i == 0 || i == n)
		return EL_WORD;
	if (n - i == 1 && strchr("KMGTkm", p[i]))
		return EL_SIZE;
	class = words_class(w, word_hash(p + i, n - i));
	if (class & W_SIZE)
		return EL_SIZE;
	return class & W_TIME ? EL_DURATION : EL_WORD;
}

/* Digits with signs around and between them. */
static bool is_number(unsigned bits)
{
	return !(bits & (B_LETTER | B_HEX));
}

static bool is_hex(const char *p, size_t n, unsigned bits)
{
	if (n > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
		return hexes(p + 2, n - 2) == n - 2;
	return n >= 8 && !(bits & ~(unsigned)(B_DIGIT | B_HEX));
}

/* A single digit between letters: log4j, jk2_init.  Or a word that people know. */
static bool is_word_with_digit(const char *p, size_t n)
{
	size_t count = 0, at = 0;

	for (size_t i = 0; i < n; i++)
		if (is_digit(p[i])) {
			count++;
			at = i;
		}
	if (count == 1 && at > 0 && at + 1 < n && n > 3 && is_alpha(p[at - 1]) && is_alpha(p[at + 1]) &&
		hexes(p, n) < n && !memchr(p, '.', n) && !memchr(p, '-', n))
		return true;
	return words_is_technical(p, n);
}

static enum el_kind digit_kind(const char *p, size_t n, unsigned bits, const struct words *w)
{
	enum el_kind k;

	if (is_uuid(p, n))
		return EL_UUID;
	if (is_ipv4(p, n) || is_ipv6(p, n))
		return EL_IP;
	if (is_time(p, n))
		return EL_TIME;
	if (is_number(bits))
		return EL_NUM;
	if (is_hex(p, n, bits))
		return EL_HEX;
	k = unit_kind(p, n, w);
	if (k != EL_WORD)
		return k;
	return is_word_with_digit(p, n) ? EL_WORD : EL_ANY;
}

/* Names of hosts and classes: three parts or more, and one that says so at either end. */
static bool is_dotted_name(const char *p, size_t n)
{
	const char *first = memchr(p, '.', n), *last = memrchr(p, '.', n);
	size_t tail;

	if (!first || first == last)
		return false;
	tail = n - (size_t)(last + 1 - p);
	if (tail > 9 && memcmp(p + n - 9, "Exception", 9) == 0)
		return false;
	if (tail > 5 && memcmp(p + n - 5, "Error", 5) == 0)
		return false;
	if (memchr(last, '_', tail) && last[1] >= 'A' && last[1] <= 'Z')
		return false;
	return words_is_domain(p, (size_t)(first - p)) || words_is_domain(last + 1, tail);
}

static enum el_kind soft_kind(const char *p, size_t n)
{
	const char *at = memchr(p, '@', n), *slash = memchr(p, '/', n);

	if (at && at > p && at + 1 < p + n)
		return memchr(at, '.', n - (size_t)(at - p)) ? EL_EMAIL : EL_ANY;
	if (memchr(p, '\\', n))
		return EL_PATH;
	if (slash && (memchr(slash + 1, '/', n - (size_t)(slash + 1 - p)) || memchr(p, '.', n)))
		return EL_PATH;
	return is_dotted_name(p, n) ? EL_ANY : EL_WORD;
}

/* What may stand at the end of a sentence or a label, and is no part of the value. */
static size_t trimmed(const char *p, size_t n)
{
	while (n > 1 && bits_of(p[n - 1]) & B_SOFT && p[n - 1] != '/' && p[n - 1] != '%' && p[n - 1] != '\\')
		n--;
	return n;
}

static unsigned sum(const char *p, size_t n)
{
	unsigned bits = 0;

	for (size_t i = 0; i < n; i++)
		bits |= bits_of(p[i]);
	return bits;
}

static bool is_key(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!is_alpha(p[i]) && p[i] != '-' && p[i] != '.')
			return false;
	return n > 0 && is_alpha(*p);
}

/*
 * Where the first thing ends in `key:value`, `10.1.2.3:80:text` and `text....5`.  Not in a time, a MAC address, or a
 * host and its port.
 */
static size_t first_part(const char *p, size_t n)
{
	const char *colon = memchr(p, ':', n);
	const char *dots = memmem(p, n, "..", 2);
	size_t k;

	if (dots && dots > p && is_key(p, (size_t)(dots - p)))
		return (size_t)(dots - p);
	if (!colon || colon == p)
		return n;
	k = (size_t)(colon - p);
	if (is_key(p, k))
		return memchr(p, '.', k) && k + 1 < n && digits(colon + 1, n - k - 1) == n - k - 1 ? n : k;
	colon = memrchr(p, ':', n);
	k = (size_t)(colon - p);
	if (n - k > 2 && is_alpha(colon[1]) && hexes(colon + 1, n - k - 1) < n - k - 1 &&
		!(sum(colon + 1, n - k - 1) & B_DIGIT))
		return k;
	return n;
}

enum el_kind mask_chunk(const char *p, size_t *n, unsigned bits, const struct words *w)
{
	size_t len = trimmed(p, *n), part;

	if (*p == '/' || *p == '\\' || *p == '~') {
		*n = len;
		return *p == '/' && is_ipv4(p + 1, len - 1) ? EL_IP : EL_PATH;
	}
	if (memmem(p, len, "://", 3)) {
		*n = len;
		return EL_URL;
	}
	if (len > 3 && p[1] == ':' && (p[2] == '\\' || p[2] == '/') && is_alpha(*p)) {
		*n = len;
		return EL_PATH;
	}
	part = trimmed(p, first_part(p, len));
	if (part < *n)
		bits = sum(p, part);
	*n = part;
	if (bits == B_HEX && part >= 8)
		return EL_HEX;
	if (bits & B_DIGIT)
		return digit_kind(p, part, bits, w);
	return bits & B_SOFT ? soft_kind(p, part) : EL_WORD;
}
