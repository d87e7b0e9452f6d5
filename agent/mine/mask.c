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
bool mask_is_uuid(const char *p, size_t n)
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

/* fe80::1%eth0: seven colons, or a double one */
static bool is_ipv6(const char *p, size_t n)
{
	const char *zone = memchr(p, '%', n);
	size_t colons = 0;
	bool twice = false;

	if (zone)
		n = (size_t)(zone - p);
	for (size_t i = 0; i < n; i++) {
		if (p[i] == ':') {
			twice |= i > 0 && p[i - 1] == ':';
			colons++;
		} else if (!(bits_of(p[i]) & (B_DIGIT | B_HEX)) && p[i] != '.') {
			return false;
		}
	}
	return colons <= 7 && (twice ? colons >= 2 : colons == 7);
}

/* 12:30:45.123, 2025-12-22, 2025-12-22T12:30:45.123+01:00, 22/12/2025 */
static bool is_time(const char *p, size_t n)
{
	size_t d = digits(p, n), more;

	if (d == 0 || d == n || (d != 4 && d > 2) || (p[d] != ':' && p[d] != '-' && p[d] != '/') ||
		strspn(p, "0123456789:-/.,+TZ") < n)
		return false;
	if (p[d] == ':')
		return digits(p + d + 1, n - d - 1) == 2 && n > d + 3 && p[d + 3] == ':';
	more = digits(p + d + 1, n - d - 1);
	d += 1 + more;
	return (more == 1 || more == 2) && d + 1 < n && (p[d] == '-' || p[d] == '/') && is_digit(p[d + 1]);
}

/* 12:30: a time, or for how long. */
static bool is_clock(const char *p, size_t n)
{
	size_t d = digits(p, n);

	return d > 0 && d <= 2 && n == d + 3 && p[d] == ':' && digits(p + d + 1, 2) == 2;
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

/* Eight or sixteen digits that begin with 0 are likely to have letters another time. */
bool mask_is_zeroed(const char *p, size_t n)
{
	return *p == '0' && (n == 8 || n == 16);
}

static enum el_kind number_kind(const char *p, size_t n)
{
	return mask_is_zeroed(p, n) ? EL_HEX : EL_NUM;
}

static enum el_kind digit_kind(const char *p, size_t n, unsigned bits, const struct words *w)
{
	enum el_kind k;

	if (bits == B_DIGIT)
		return number_kind(p, n);
	if (mask_is_uuid(p, n))
		return EL_UUID;
	if (is_ipv4(p, n) || is_ipv6(p, n))
		return EL_IP;
	if (is_time(p, n))
		return EL_TIME;
	if (is_clock(p, n))
		return EL_ANY;
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

/* `text....5`: where the dots begin; n: they do not. */
static size_t before_dots(const char *p, size_t n)
{
	for (const char *q = p; (q = memchr(q, '.', n - (size_t)(q - p))); q++)
		if (q + 1 < p + n && q[1] == '.')
			return q > p && is_key(p, (size_t)(q - p)) ? (size_t)(q - p) : n;
	return n;
}

/* `10.1.2.3:80:text`: where the last colon is, if text follows; n: it does not.  Not in a MAC address. */
static size_t before_text(const char *p, size_t n)
{
	const char *colon = memrchr(p, ':', n);
	size_t rest = n - (size_t)(colon + 1 - p);

	if (rest < 2 || !is_alpha(colon[1]) || hexes(colon + 1, rest) == rest || sum(colon + 1, rest) & B_DIGIT)
		return n;
	return (size_t)(colon - p);
}

/* Where the first thing ends of several that signs join.  A host and its port are one. */
static size_t first_part(const char *p, size_t n)
{
	const char *colon = memchr(p, ':', n);
	size_t k = colon ? (size_t)(colon - p) : n, dots = before_dots(p, k);

	if (dots < k || k == n)
		return dots;
	if (k == 0)
		return n;
	if (!is_key(p, k))
		return before_text(p, n);
	return memchr(p, '.', k) && k + 1 < n && digits(colon + 1, n - k - 1) == n - k - 1 ? n : k;
}

/* Begins as only paths do, or as a URL does. */
static enum el_kind location_kind(const char *p, size_t n)
{
	const char *colon;

	if (*p == '/' && is_ipv4(p + 1, n - 1))
		return EL_IP;
	if (*p == '/' || *p == '\\' || *p == '~' || *p == '.')
		return EL_PATH;
	colon = memchr(p, ':', n);
	if (!colon || n - (size_t)(colon - p) < 3)
		return EL_WORD;
	if (colon[1] == '/' && colon[2] == '/')
		return EL_URL;
	return colon == p + 1 && is_alpha(*p) && (colon[1] == '\\' || colon[1] == '/') ? EL_PATH : EL_WORD;
}

enum el_kind mask_chunk(const char *p, size_t *n, unsigned bits, const struct words *w)
{
	enum el_kind kind;
	size_t len;

	if (bits == B_DIGIT)
		return number_kind(p, *n);
	len = *n = trimmed(p, *n);
	if (bits & B_SOFT) {
		kind = location_kind(p, len);
		if (kind != EL_WORD)
			return kind;
		*n = trimmed(p, first_part(p, len));
		bits = sum(p, *n);
	}
	if (bits == B_HEX && *n >= 8)
		return EL_HEX;
	if (bits & B_DIGIT)
		return digit_kind(p, *n, bits, w);
	return bits & B_SOFT ? soft_kind(p, *n) : EL_WORD;
}
