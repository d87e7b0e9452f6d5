/*
 * Where a value ends.  In doubt it is longer: what is masked too much is a word lost, what is masked too little is a
 * secret told.
 */
#include <string.h>

#include "redact.h"

/* A quote may be escaped, as in JSON within JSON; more backslashes than these are no quoting. */
#define ESCAPES_MAX 8
#define NAME_MAX_LEN 64

static bool closes(const struct text *t, const char *p)
{
	return p == t->end || is_space(*p) || (*p && strchr(",;)]}>.:&|\"'`", *p));
}

/* A name and a sign behind it: what begins here is the next field. */
static bool next_field(const struct text *t, const char *p)
{
	const char *end = t->end - p > NAME_MAX_LEN ? p + NAME_MAX_LEN : t->end;
	const char *from;

	while (p < end && (is_blank(*p) || is_quote(*p)))
		p++;
	for (from = p; p < end && is_name(*p);)
		p++;
	while (p < end && is_quote(*p))
		p++;
	return p > from && p < end && (*p == '=' || *p == ':');
}

static bool ends_run(const struct text *t, const char *p)
{
	switch (*p) {
	case ';': return true;
	case ',':
	case '&':
	case '|': return p + 1 == t->end || is_space(p[1]) || next_field(t, p + 1);
	case '"':
	case '\'':
	case '`':
	case ')':
	case ']':
	case '}':
	case '>': return closes(t, p + 1);
	default: return is_space(*p);
	}
}

/* The end of a value without quotes. */
const char *value_run_end(const struct text *t, const char *p)
{
	const char *from = p;

	while (p < t->end && !ends_run(t, p))
		p++;
	if (p > from && p < t->end && is_quote(*p) && p[-1] == '\\')
		p--;
	return p;
}

static size_t escapes(const struct text *t, const char *p)
{
	size_t n = 0;

	while (n <= ESCAPES_MAX && p + n < t->end && p[n] == '\\')
		n++;
	return n;
}

/* The closing quote with as many backslashes as the opening one had; NULL: there is none. */
static const char *closing(const struct text *t, const char *p, char quote, size_t level)
{
	size_t n = 0;

	for (; p < t->end; p++) {
		if (*p == '\\') {
			n++;
			continue;
		}
		if (*p == quote && (level ? n <= level : n % 2 == 0))
			return p - (level && n == level ? level : 0);
		n = 0;
	}
	return NULL;
}

/* A letter of these before the quote is a language's mark for the kind of text. */
bool value_quoted(const struct text *t, const char *p, bool quoted_name, struct hit *h)
{
	const char *open = t->end - p > 1 && *p && strchr("bufrnlBUFRNL@", *p) && is_quote(p[1]) ? p + 1 : p;
	size_t level = escapes(t, open);
	const char *close;

	open += level;
	if (level > ESCAPES_MAX || open >= t->end || !is_quote(*open))
		return false;
	close = closing(t, open + 1, *open, level);
	if (!close)
		close = quoted_name ? t->end : line_end(t, open);
	h->from = open + 1;
	h->to = close < h->from ? h->from : close;
	return true;
}

/* {…} and […] with what is nested in them, of a name in quotes as JSON has it; not closed, it is all the rest. */
static const char *bracket_end(const struct text *t, const char *p)
{
	size_t depth = 0;
	bool quoted = false;

	for (; p < t->end; p++) {
		if (*p == '\\')
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted && (*p == '{' || *p == '['))
			depth++;
		else if (!quoted && (*p == '}' || *p == ']') && --depth == 0)
			return p + 1;
	}
	return t->end;
}

static bool is_word(const struct hit *h, const char *word)
{
	size_t n = strlen(word);

	return (size_t)(h->to - h->from) == n && memcmp(h->from, word, n) == 0;
}

/* What a filter before this one has put there. */
static const char *masked_end(const struct text *t, const char *p)
{
	static const char mark[] = "[redacted:";
	const char *end;

	if ((size_t)(t->end - p) < sizeof(mark) || memcmp(p, mark, sizeof(mark) - 1) != 0)
		return NULL;
	for (end = p + sizeof(mark) - 1; end < t->end && end - p < NAME_MAX_LEN && (is_alnum(*end) || *end == ':');)
		end++;
	return end < t->end && *end == ']' && closes(t, end + 1) ? end + 1 : NULL;
}

/* `name= other=x`: the name has no value. */
static bool is_empty(const struct text *t, const char *from, const char *p, char sign)
{
	return sign == '=' && p > from && next_field(t, p);
}

bool value_find(const struct text *t, const char *p, char sign, bool quoted, struct hit *h)
{
	const char *from = p;

	while (p < t->end && is_blank(*p))
		p++;
	if (p == t->end || is_empty(t, from, p, sign) || masked_end(t, p))
		return false;
	if (value_quoted(t, p, quoted, h))
		return h->to > h->from && masked_end(t, h->from) != h->to;
	h->from = p;
	if (quoted && (*p == '{' || *p == '['))
		h->to = bracket_end(t, p);
	else
		h->to = value_run_end(t, p);
	if (h->to > t->end)
		h->to = t->end;
	return h->to > h->from && !is_word(h, "null") && !is_word(h, "None");
}
