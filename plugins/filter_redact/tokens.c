/* Secrets known by their shape, whatever stands before them: tokens, keys of clouds, private keys; and addresses. */
#include <string.h>

#include "redact.h"

#define LOCAL_MAX_LEN 64
#define DOMAIN_MAX_LEN 253
#define HEADER_MAX_LEN 100

enum set { SET_UPPER, SET_ALNUM, SET_WORD, SET_URL64, SET_JWT };

/* How a secret begins, at which of those bytes it is looked for, and how many more of which bytes it has at least. */
static const struct {
	char head[12];
	uint8_t len, at, set, more;
} heads[] = {
#define ROW(head, at, set, more)                                                                                       \
	{                                                                                                              \
		head, sizeof(head) - 1, at, SET_##set, more                                                            \
	}
	ROW("eyJ", 2, JWT, 13),
	ROW("AKIA", 2, UPPER, 16),
	ROW("ASIA", 2, UPPER, 16),
	ROW("AIza", 2, WORD, 35),
	ROW("ghp_", 3, ALNUM, 20),
	ROW("gho_", 3, ALNUM, 20),
	ROW("ghu_", 3, ALNUM, 20),
	ROW("ghs_", 3, ALNUM, 20),
	ROW("ghr_", 3, ALNUM, 20),
	ROW("github_pat_", 6, WORD, 20),
	ROW("glpat-", 5, WORD, 16),
	ROW("xoxb-", 4, WORD, 10),
	ROW("xoxa-", 4, WORD, 10),
	ROW("xoxp-", 4, WORD, 10),
	ROW("xoxr-", 4, WORD, 10),
	ROW("xoxs-", 4, WORD, 10),
	ROW("sk_live_", 2, ALNUM, 10),
	ROW("rk_live_", 2, ALNUM, 10),
	ROW("pk_live_", 2, ALNUM, 10),
	ROW("sk_test_", 2, ALNUM, 10),
	ROW("rk_test_", 2, ALNUM, 10),
	ROW("whsec_", 5, URL64, 16),
	ROW("npm_", 3, ALNUM, 30),
	ROW("sk-", 2, WORD, 20),
#undef ROW
};

static bool is_of(enum set set, char c)
{
	switch (set) {
	case SET_UPPER: return is_digit(c) || (c >= 'A' && c <= 'Z');
	case SET_ALNUM: return is_alnum(c);
	case SET_WORD: return is_alnum(c) || c == '_' || c == '-';
	case SET_URL64: return is_alnum(c) || c == '_' || c == '-' || c == '+' || c == '/' || c == '=';
	default: return is_alnum(c) || c == '_' || c == '-' || c == '=' || c == '.';
	}
}

static bool is_head(const struct text *t, const char *at, size_t i)
{
	const char *p = at - heads[i].at;

	return at - t->done >= heads[i].at && at[-1] == heads[i].head[heads[i].at - 1] && t->end - p > heads[i].len &&
	       memcmp(p, heads[i].head, heads[i].len) == 0 && (p == t->done || !is_alnum(p[-1]));
}

/* -----BEGIN … PRIVATE KEY-----, to the end of its end line, or of the text. */
static bool find_key(const struct text *t, const char *at, struct hit *h)
{
	static const char begin[] = "-----BEGIN ", what[] = "PRIVATE KEY", end[] = "-----END ";
	size_t left = (size_t)(t->end - at), first = left < HEADER_MAX_LEN ? left : HEADER_MAX_LEN;
	const char *p;

	if (left < sizeof(begin) || memcmp(at, begin, sizeof(begin) - 1) != 0 ||
		!memmem(at, first, what, sizeof(what) - 1))
		return false;
	*h = (struct hit){at, t->end, KIND_TOKEN};
	p = memmem(at, left, end, sizeof(end) - 1);
	p = p ? memmem(p + sizeof(end) - 1, (size_t)(t->end - p) - sizeof(end) + 1, "-----", 5) : NULL;
	if (p)
		h->to = p + 5;
	return true;
}

/* The byte before the one that heads are looked for at: most names are settled by it. */
static bool may_be_head(char before)
{
	const uint32_t lower = 1U << ('a' & 31) | 1U << ('b' & 31) | 1U << ('c' & 31) | 1U << ('k' & 31) |
			       1U << ('m' & 31) | 1U << ('o' & 31) | 1U << ('p' & 31) | 1U << ('r' & 31) |
			       1U << ('s' & 31) | 1U << ('t' & 31) | 1U << ('u' & 31) | 1U << ('y' & 31);

	return is_alpha(before) &&
	       ((before >= 'a' && lower >> (before & 31) & 1) || before == 'K' || before == 'S' || before == 'I');
}

bool find_prefix(const struct redact *x, struct text *t, const char *at, struct hit *h)
{
	const char *p;

	(void)x;
	if (*at == '-' && t->end - at > 1 && at[1] == '-')
		return find_key(t, at, h);
	if (at == t->done || !may_be_head(at[-1]))
		return false;
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		if (heads[i].head[heads[i].at] != *at || !is_head(t, at, i))
			continue;
		h->from = at - heads[i].at;
		p = h->from + heads[i].len;
		while (p < t->end && is_of((enum set)heads[i].set, *p))
			p++;
		if (p - h->from < heads[i].len + heads[i].more)
			continue;
		while (p[-1] == '.')
			p--;
		h->to = p;
		h->kind = KIND_TOKEN;
		return true;
	}
	return false;
}

/* "bearer authentication" is prose: a secret has a capital or a digit. */
static bool is_credential(const char *p, const char *end)
{
	if (end - p < 8)
		return false;
	for (; p < end; p++)
		if (is_digit(*p) || (*p >= 'A' && *p <= 'Z') || *p == '=')
			return true;
	return false;
}

/* Bearer SECRET, Basic SECRET, without a header's name before them. */
bool find_scheme(const struct redact *x, struct text *t, const char *at, struct hit *h)
{
	size_t left = (size_t)(t->end - at), n;
	const char *p;

	(void)x;
	if (left < 7 || ((at[1] | 0x20) != 'e' && (at[1] | 0x20) != 'a'))
		return false;
	if (left > 7 && strncasecmp(at, "bearer ", 7) == 0)
		n = 7;
	else if (strncasecmp(at, "basic ", 6) == 0)
		n = 6;
	else
		return false;
	if (at > t->done && is_alnum(at[-1]))
		return false;
	for (p = at + n; p < t->end && (is_of(SET_URL64, *p) || *p == '.' || *p == '~');)
		p++;
	*h = (struct hit){at + n, p, KIND_TOKEN};
	return is_credential(h->from, p);
}

static bool in_local(char c)
{
	return is_name(c) || c == '+' || c == '%';
}

/* The domain has a dot, and behind the last one letters. */
static const char *domain_end(const struct text *t, const char *p)
{
	const char *end = t->end - p > DOMAIN_MAX_LEN ? p + DOMAIN_MAX_LEN : t->end, *from = p, *dot = NULL;

	for (; p < end && (is_alnum(*p) || *p == '-' || *p == '.'); p++)
		if (*p == '.' && p + 1 < end && is_alpha(p[1]))
			dot = p;
	while (p > from && (p[-1] == '.' || p[-1] == '-'))
		p--;
	return dot && dot > from && p - dot > 2 ? p : NULL;
}

bool find_email(const struct redact *x, struct text *t, const char *at, struct hit *h)
{
	const char *least = at - t->done > LOCAL_MAX_LEN ? at - LOCAL_MAX_LEN : t->done;

	(void)x;
	h->from = at;
	while (h->from > least && in_local(h->from[-1]))
		h->from--;
	h->to = h->from < at ? domain_end(t, at + 1) : NULL;
	h->kind = KIND_EMAIL;
	return h->to;
}
