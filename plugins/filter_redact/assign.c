/* Secrets by the name before them: name=value, name: value, "name":"value", headers, URLs, command lines. */
#include <string.h>

#include "redact.h"

#define NAME_MAX_LEN 64
#define BLANKS_MAX 8
#define USER_MAX_LEN 256
#define TAG_MAX_LEN 256

/* The name before a sign, backward; `quoted`: it stood in quotes.  false: there is none. */
static bool name_before(const struct text *t, const char *at, struct hit *name, bool *quoted)
{
	const char *least = at - t->done > NAME_MAX_LEN + BLANKS_MAX ? at - NAME_MAX_LEN - BLANKS_MAX : t->done;
	const char *p = at;

	while (p > least && is_blank(p[-1]))
		p--;
	*quoted = p > least && (is_quote(p[-1]) || p[-1] == ']');
	if (*quoted) {
		p--;
		while (p > least && (p[-1] == '\\' || is_quote(p[-1])))
			p--;
	}
	name->to = p;
	while (p > least && is_name(p[-1]))
		p--;
	name->from = p;
	return name->to > p;
}

static bool is_sign(const struct text *t, const char *at)
{
	char before = at > t->p ? at[-1] : 0, behind = at + 1 < t->end ? at[1] : 0;

	if (before == ':' && *at == ':')
		return false;
	return behind != ':' && !(behind == '/' && t->end - at > 2 && at[2] == '/');
}

static bool same_word(const char *p, size_t n, const char *word)
{
	return n == strlen(word) && strncasecmp(p, word, n) == 0;
}

/* Schemes whose secret is the one word behind their name. */
static bool one_word_scheme(const char *p, size_t n)
{
	static const char *const names[] = {"bearer", "basic", "token", "negotiate", "ntlm", "apikey", "bot"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (same_word(p, n, names[i]))
			return true;
	return false;
}

/* SCHEME SECRET: the secret alone, where the scheme has one word only. */
static void one_credential(const struct text *t, bool cookie, struct hit *h)
{
	const char *from = h->from, *word;

	while (from < h->to && (*from == '[' || *from == '(' || *from == '{'))
		from++;
	for (word = from; word < h->to && is_name(*word);)
		word++;
	if (cookie || word == h->to || !is_blank(*word) || !one_word_scheme(from, (size_t)(word - from)))
		return;
	while (word < h->to && is_blank(*word))
		word++;
	from = word;
	word = value_run_end(t, from);
	if (word > from && word <= h->to)
		*h = (struct hit){from, word, h->kind};
}

/* Authorization: SCHEME SECRET, or anything: to the end of the quotes it stands in, or of the line. */
static bool header_value(const struct text *t, const char *p, bool quoted, bool cookie, struct hit *h)
{
	while (p < t->end && is_blank(*p))
		p++;
	if (!value_quoted(t, p, quoted, h)) {
		h->from = p;
		h->to = line_end(t, p);
	}
	one_credential(t, cookie, h);
	while (h->to > h->from && is_space(h->to[-1]))
		h->to--;
	return h->to > h->from;
}

/* <name …>value< : the name of the tag that ends here, its namespace left out. */
static bool tag_name(const struct text *t, const char *at, struct hit *name)
{
	const char *least = at - t->done > TAG_MAX_LEN ? at - TAG_MAX_LEN : t->done;
	const char *p = at;

	while (p > least && p[-1] != '<' && p[-1] != '>')
		p--;
	if (p == least || p[-1] != '<')
		return false;
	name->from = p;
	for (; p < at && (is_name(*p) || *p == ':'); p++)
		if (*p == ':')
			name->from = p + 1;
	name->to = p;
	return p > name->from && at[-1] != '/';
}

static bool find_element(const struct redact *x, struct text *t, const char *at, struct hit *h)
{
	struct named what;
	struct hit name;
	const char *end;

	if (at == t->done || !tag_name(t, at, &name) || !word_find(x->kinds, name.from, name.to, &what))
		return false;
	end = memchr(at, '<', (size_t)(t->end - at));
	*h = (struct hit){at + 1, end ? end : t->end, what.kind};
	return h->to > h->from;
}

bool find_assign(const struct redact *x, struct text *t, const char *at, struct hit *h)
{
	struct hit name;
	struct named what;
	bool quoted, spaced;
	const char *p = at + 1;

	if (*at == '>')
		return find_element(x, t, at, h);
	if (!is_sign(t, at) || !name_before(t, at, &name, &quoted) || !word_find(x->kinds, name.from, name.to, &what))
		return false;
	spaced = is_blank(at[-1]);
	while (p < t->end && (*p == '=' || (*p == '>' && *at == '=')))
		p++;
	h->kind = what.kind;
	if (what.word != WORD_PLAIN)
		return header_value(t, p, quoted, what.word == WORD_COOKIE, h);
	return value_find(t, p, *at == '=' && spaced ? ':' : *at, quoted, h);
}

/* --name value, also as a list of quoted words; `--name=value` is an assignment. */
bool find_option(const struct redact *x, struct text *t, const char *at, struct hit *h)
{
	const char *p = at + 1, *from, *end, *gap;
	struct named what;

	if (at > t->done && (is_alnum(at[-1]) || at[-1] == '-'))
		return false;
	if (at > t->done && !is_space(at[-1]) && !is_quote(at[-1]) && !strchr("[(,=", at[-1]))
		return false;
	if (p < t->end && *p == '-')
		p++;
	from = p;
	end = t->end - p > NAME_MAX_LEN ? p + NAME_MAX_LEN : t->end;
	while (p < end && is_name(*p))
		p++;
	if (p - from < 3 || !word_find(x->kinds, from, p, &what))
		return false;
	for (gap = p; p < t->end && p - gap < BLANKS_MAX && (is_blank(*p) || (is_quote(*p) && p == gap) || *p == ',');)
		p++;
	if (p == gap || p == t->end || *p == '-' || (*gap == ',' && !is_quote(*p)))
		return false;
	h->kind = what.kind;
	return value_find(t, p, ':', false, h);
}

/* The word around: its end, and the last @ in it.  Looked for once a word. */
static void word_around(struct text *t, const char *p)
{
	const char *end = p;

	if (t->word_end && p < t->word_end)
		return;
	while (end < t->end && !is_space(*end) && !strchr("\"'<>`", *end))
		end++;
	t->word_end = end;
	t->word_at = memrchr(p, '@', (size_t)(end - p));
}

static bool all_digits(const char *p, const char *end)
{
	while (p < end && is_digit(*p))
		p++;
	return p == end;
}

/*
 * scheme://user:password@host; a password may have any sign in it unless it reads as a port.  It goes to the last @ of
 * the word, before a query if there is one there.
 */
bool find_url(const struct redact *x, struct text *t, const char *at, struct hit *h)
{
	const char *from = at + 3, *p = from, *end;

	(void)x;
	if (t->end - at < 6 || at[1] != '/' || at[2] != '/')
		return false;
	word_around(t, from);
	if (!t->word_at || t->word_at < from)
		return false;
	while (p < t->word_at && !strchr(":/?#", *p) && p - from < USER_MAX_LEN)
		p++;
	if (p == t->word_at || *p != ':')
		return false;
	h->from = ++p;
	while (p < t->word_at && !strchr("/?#", *p))
		p++;
	if (p < t->word_at && all_digits(h->from, p))
		return false;
	for (end = p; end < t->word_at && *end != '?' && *end != '#';)
		end++;
	h->to = memrchr(h->from, '@', (size_t)(end - h->from) + (end == t->word_at));
	if (!h->to)
		h->to = t->word_at;
	h->kind = KIND_PASSWORD;
	return h->to > h->from;
}
