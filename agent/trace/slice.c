#include "trace/slice.h"

const char *slice_find(struct trace_text s, const char *word, size_t n)
{
	return s.n >= n ? memmem(s.p, s.n, word, n) : NULL;
}

const char *slice_rfind(struct trace_text s, const char *word, size_t n)
{
	for (size_t i = s.n >= n ? s.n - n + 1 : 0; i-- > 0;)
		if (s.p[i] == *word && memcmp(s.p + i, word, n) == 0)
			return s.p + i;
	return NULL;
}

const char *slice_chr(struct trace_text s, char c)
{
	return s.n ? memchr(s.p, c, s.n) : NULL;
}

const char *slice_rchr(struct trace_text s, char c)
{
	return s.n ? memrchr(s.p, c, s.n) : NULL;
}

struct trace_text slice_ltrim(struct trace_text s)
{
	size_t i = 0;

	while (i < s.n && is_blank(s.p[i]))
		i++;
	return slice_skip(s, i);
}

struct trace_text slice_trim(struct trace_text s)
{
	s = slice_ltrim(s);
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

size_t slice_digits(struct trace_text s)
{
	size_t i = 0;

	while (i < s.n && is_digit(s.p[i]))
		i++;
	return i;
}

int32_t slice_number(struct trace_text s)
{
	int32_t v = 0;

	if (!s.n || s.n > 9 || slice_digits(s) != s.n)
		return -1;
	for (size_t i = 0; i < s.n; i++)
		v = v * 10 + (s.p[i] - '0');
	return v;
}

bool slice_line(struct trace_text *rest, struct trace_text *line)
{
	const char *nl;

	if (!rest->n)
		return false;
	nl = slice_chr(*rest, '\n');
	*line = nl ? slice(rest->p, nl) : *rest;
	*rest = slice_skip(*rest, line->n + (nl != NULL));
	if (line->n && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}
