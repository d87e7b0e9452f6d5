/* Slices of a text: cut, compared and searched within their bounds. */
#ifndef TRACE_SLICE_H
#define TRACE_SLICE_H

#include "trace/trace.h"

static inline struct trace_text slice(const char *p, const char *end)
{
	return (struct trace_text){p, end > p ? (uint32_t)(end - p) : 0};
}

static inline const char *slice_end(struct trace_text s)
{
	return s.n ? s.p + s.n : s.p; /* nothing may stand nowhere */
}

static inline bool slice_begins(struct trace_text s, const char *word, size_t n)
{
	return s.n >= n && memcmp(s.p, word, n) == 0;
}

static inline bool slice_ends(struct trace_text s, const char *word, size_t n)
{
	return s.n >= n && memcmp(s.p + s.n - n, word, n) == 0;
}

#define BEGINS(s, literal) slice_begins(s, literal, sizeof(literal) - 1)
#define ENDS(s, literal) slice_ends(s, literal, sizeof(literal) - 1)
#define IS(s, literal) ((s).n == sizeof(literal) - 1 && BEGINS(s, literal))
#define FIND(s, literal) slice_find(s, literal, sizeof(literal) - 1)

static inline struct trace_text slice_skip(struct trace_text s, size_t n)
{
	n = n < s.n ? n : s.n;
	return n ? (struct trace_text){s.p + n, s.n - (uint32_t)n} : s;
}

static inline struct trace_text slice_take(struct trace_text s, size_t n)
{
	return (struct trace_text){s.p, n < s.n ? (uint32_t)n : s.n};
}

/* The place of a word or a byte; NULL: it is not in there. */
const char *slice_find(struct trace_text s, const char *word, size_t n);
const char *slice_rfind(struct trace_text s, const char *word, size_t n);
const char *slice_chr(struct trace_text s, char c);
const char *slice_rchr(struct trace_text s, char c);

struct trace_text slice_trim(struct trace_text s);  /* without blanks at both ends */
struct trace_text slice_ltrim(struct trace_text s); /* at the beginning */

/* How many of the bytes at the beginning are digits; and the number that all of `s` is, or -1. */
size_t slice_digits(struct trace_text s);
int32_t slice_number(struct trace_text s);

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static inline bool is_letter(char c)
{
	return is_upper((char)(c & ~0x20));
}

static inline bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static inline bool is_word(char c)
{
	return is_letter(c) || is_digit(c) || c == '_' || (c & 0x80);
}

/* Cuts the next line off `rest`, without its end; false: there is none. */
bool slice_line(struct trace_text *rest, struct trace_text *line);

#endif
