/* Secrets made of digits: cards, IBANs, addresses of the net.  Each is looked for where a run of digits begins. */
#include <arpa/inet.h>
#include <string.h>

#include "redact.h"

#define CARD_MIN 13
#define CARD_MAX 19
#define IBAN_MIN 15
#define IBAN_MAX 34
#define IP_MAX 45

/* First digits that cards have, six of them, and how long the number may be. */
static const struct {
	uint32_t from, to;
	uint8_t min, max;
} issuers[] = {
	{400000, 499999, 13, 19},
	{510000, 559999, 16, 16},
	{222100, 272099, 16, 16},
	{340000, 349999, 15, 15},
	{370000, 379999, 15, 15},
	{601100, 601199, 16, 19},
	{644000, 659999, 16, 19},
	{352800, 358999, 16, 19},
	{620000, 629999, 16, 19},
	{300000, 305999, 14, 19},
	{360000, 369999, 14, 19},
	{380000, 399999, 14, 19},
	{500000, 509999, 13, 19},
	{560000, 699999, 13, 19},
	{220000, 220499, 16, 19},
};

static bool sum_is_right(const char *digits, size_t n)
{
	unsigned sum = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned d = (unsigned)(digits[n - 1 - i] - '0') << (i & 1);

		sum += d > 9 ? d - 9 : d;
	}
	return sum % 10 == 0;
}

static bool digits_are_card(const char *digits, size_t n)
{
	uint32_t first = 0;

	if (n < CARD_MIN || n > CARD_MAX)
		return false;
	for (size_t i = 0; i < 6; i++)
		first = first * 10 + (uint32_t)(digits[i] - '0');
	for (size_t i = 0; i < sizeof(issuers) / sizeof(*issuers); i++)
		if (first >= issuers[i].from && first <= issuers[i].to && n >= issuers[i].min && n <= issuers[i].max)
			return sum_is_right(digits, n);
	return false;
}

bool is_card(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!is_digit(p[i]))
			return false;
	return digits_are_card(p, n);
}

static const char *run_end(const struct text *t, const char *p)
{
	while (p < t->end && is_digit(*p))
		p++;
	return p;
}

/* Groups as they are printed on cards: 4-4-4-4 and a rest, 4-6-5, 4-6-4; all with the same sign between. */
static const char *groups(const struct text *t, const char *p, const char *end, char *digits, size_t *n)
{
	char sign = *end;

	for (*n = 0;;) {
		size_t size = (size_t)(end - p);

		if (size > 7 || *n + size > CARD_MAX)
			return NULL;
		memcpy(digits + *n, p, size);
		*n += size;
		if (size != 4 && size != 6)
			break;
		if (end + 1 >= t->end || *end != sign || !is_digit(end[1]))
			break;
		p = end + 1;
		end = run_end(t, p);
	}
	return end;
}

/* Not within a longer number, nor in the fraction of one, nor before letters that belong to it. */
static bool find_card(struct text *t, const char *at, struct hit *h)
{
	char digits[CARD_MAX];
	const char *end = t->skip;
	size_t n = (size_t)(end - at);

	if (at - t->done > 1 && at[-1] == '.' && is_digit(at[-2]))
		return false;
	if (n >= CARD_MIN && n <= CARD_MAX)
		memcpy(digits, at, n);
	else if (n == 4 && end < t->end && (*end == ' ' || *end == '-'))
		end = groups(t, at, end, digits, &n);
	else
		return false;
	if (!end || (end < t->end && (is_alnum(*end) || *end == '_')) || !digits_are_card(digits, n))
		return false;
	*h = (struct hit){at, end, KIND_CARD};
	return true;
}

static unsigned letter_value(char c)
{
	return is_digit(c) ? (unsigned)(c - '0') : (unsigned)(c - 'A') + 10;
}

static unsigned add(unsigned rest, char c)
{
	unsigned v = letter_value(c);

	return (rest * (v > 9 ? 100 : 10) + v) % 97;
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* Two letters, two digits, and up to thirty more, blanks between groups; the check digits have to be right. */
static bool find_iban(struct text *t, const char *at, struct hit *h)
{
	const char *from = at - 2, *p = at + 2;
	unsigned rest = 0, whole;
	size_t n = 4;

	if (at - t->done < 2 || !is_upper(from[0]) || !is_upper(from[1]) || (from > t->done && is_alnum(from[-1])))
		return false;
	if (t->end - at < 2 || !is_digit(at[1]))
		return false;
	h->to = NULL;
	for (; p < t->end && n <= IBAN_MAX; p++) {
		if (*p == ' ' && n % 4 == 0 && p + 1 < t->end && p[-1] != ' ')
			continue;
		if (!is_digit(*p) && !is_upper(*p))
			break;
		rest = add(rest, *p);
		n++;
		whole = add(add(add(add(rest, from[0]), from[1]), at[0]), at[1]);
		if (n >= IBAN_MIN && whole == 1 && (p + 1 == t->end || !is_alnum(p[1])))
			h->to = p + 1;
	}
	h->from = from;
	h->kind = KIND_IBAN;
	return h->to;
}

static bool is_address(int family, const char *p, size_t n)
{
	struct in6_addr room;
	char text[IP_MAX + 1];

	memcpy(text, p, n);
	text[n] = 0;
	return inet_pton(family, text, &room) == 1;
}

static bool find_ip4(struct text *t, const char *at, struct hit *h)
{
	const char *p = at;

	if (at > t->done && (is_alnum(at[-1]) || at[-1] == '.'))
		return false;
	while (p < t->end && p - at < 17 && (is_digit(*p) || *p == '.'))
		p++;
	while (p > at && p[-1] == '.')
		p--;
	if (p - at < 7 || p - at > 15 || (p < t->end && is_alnum(*p)) || !is_address(AF_INET, at, (size_t)(p - at)))
		return false;
	*h = (struct hit){at, p, KIND_IP};
	return true;
}

static bool in_ip6(char c)
{
	return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') || c == ':';
}

/* C++ has names like ::a: without a digit it is none. */
static bool has_digit(const char *p, const char *end)
{
	while (p < end && !is_digit(*p))
		p++;
	return p < end;
}

bool find_ip6(const struct redact *x, struct text *t, const char *at, struct hit *h)
{
	const char *from = at, *p = at;

	(void)x;
	while (from > t->done && at - from <= 5 && in_ip6(from[-1]) && from[-1] != ':')
		from--;
	if (from > t->done && (is_alnum(from[-1]) || from[-1] == ':' || from[-1] == '.'))
		return false;
	while (p < t->end && p - from <= IP_MAX && (in_ip6(*p) || *p == '.'))
		p++;
	while (p > at && (p[-1] == '.' || (p[-1] == ':' && p - at > 1 && p[-2] != ':')))
		p--;
	if (p - from < 3 || p - from > IP_MAX || (p < t->end && is_alnum(*p)))
		return false;
	*h = (struct hit){from, p, KIND_IP};
	return has_digit(from, p) && is_address(AF_INET6, from, (size_t)(p - from));
}

bool find_number(const struct redact *x, struct text *t, const char *at, struct hit *h)
{
	t->skip = run_end(t, at);
	return (x->kinds >> KIND_CARD & 1 && find_card(t, at, h)) ||
	       (x->kinds >> KIND_IBAN & 1 && find_iban(t, at, h)) || (x->kinds >> KIND_IP & 1 && find_ip4(t, at, h));
}
