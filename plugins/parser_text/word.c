#include "head.h"

enum kind {
	NAME = 1,  /* may stand in a name */
	LABEL = 2, /* says that a word is no part of a sentence */
	QUALIFY = 4,
	BEGIN = 8, /* a name begins with it */
};

static const uint8_t kinds[256] = {
	['a' ... 'z'] = NAME | BEGIN,
	['A' ... 'Z'] = NAME | BEGIN,
	['0' ... '9'] = NAME | LABEL,
	['_'] = NAME | LABEL | BEGIN,
	['.'] = NAME | QUALIFY,
	['$'] = NAME | LABEL | QUALIFY,
	['-'] = NAME | LABEL,
	['/'] = NAME | LABEL | QUALIFY | BEGIN,
	['@'] = NAME | LABEL,
	['<'] = NAME | LABEL | BEGIN,
	['>'] = NAME | LABEL,
	['('] = NAME,
	[')'] = NAME,
	['#'] = NAME | LABEL,
	['+'] = NAME,
	['~'] = NAME,
	['*'] = NAME,
	['\\'] = NAME | QUALIFY,
	[':'] = LABEL | QUALIFY,
	['|'] = LABEL,
	['='] = LABEL,
	['['] = LABEL,
	[']'] = LABEL,
};

size_t word_len(const char *p, const char *end)
{
	const char *q = p;

	while (q < end && !is_blank(*q))
		q++;
	return (size_t)(q - p);
}

static bool is_upper(struct slice w)
{
	for (size_t i = 0; i < w.n; i++)
		if (w.p[i] < 'A' || w.p[i] > 'Z')
			return false;
	return w.n > 0;
}

bool word_is_level(struct slice w, bool loud)
{
	if (w.n < 3 || w.n > 13 || !genlog_is_level(w.p, w.n))
		return false;
	return loud || is_upper(w) || is_upper((struct slice){w.p, w.n - 1});
}

bool word_is_name(struct slice w)
{
	if (!w.n || w.n > WORD_MAX || !(kinds[(uint8_t)*w.p] & BEGIN))
		return false;
	for (size_t i = 0; i < w.n; i++)
		if (!(kinds[(uint8_t)w.p[i]] & NAME) &&
			!(w.p[i] == ':' && i + 2 < w.n && (w.p[i + 1] == ':' || w.p[i - 1] == ':')))
			return false;
	return true;
}

/* "a.b.C", "a.b": parts of a name, none of them empty; a file's name or the end of a sentence is none. */
bool word_is_qualified(struct slice w)
{
	size_t dots = 0;

	if (!word_is_name(w) || *w.p == '/' || *w.p == '<' || w.p[w.n - 1] == '.')
		return false;
	for (size_t i = 0; i + 1 < w.n; i++) {
		if (w.p[i] == '/' || (w.p[i] == '(' && w.p[i + 1] == ')'))
			return false;
		dots += (w.p[i] == '.' && w.p[i + 1] != '.') + (w.p[i] == ':' && w.p[i + 1] == ':');
	}
	return dots >= 1;
}

bool word_is_number(struct slice w, int64_t *out)
{
	int64_t v = 0;

	if (!w.n || w.n > 18)
		return false;
	for (size_t i = 0; i < w.n; i++) {
		if (!is_digit(w.p[i]))
			return false;
		v = v * 10 + (w.p[i] - '0');
	}
	*out = v;
	return true;
}

bool word_is_label(struct slice w)
{
	if (is_upper(w))
		return true;
	for (size_t i = 0; i < w.n; i++)
		if (kinds[(uint8_t)w.p[i]] & LABEL || (w.p[i] == '.' && i + 1 < w.n && i > 0))
			return true;
	return false;
}
