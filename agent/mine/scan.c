/*
 * The one pass over the bytes.  A chunk is what stands between blanks and hard signs (brackets, quotes, `=`, `,`, `;`,
 * `|`); of most chunks the sum of their bytes' bits says at once that they are plain words.
 */
#include "mine/scan.h"

#define D B_DIGIT
#define X B_HEX
#define L B_LETTER
#define S B_SOFT
#define H B_HARD
#define _ B_BLANK
/* clang-format off */
const uint8_t byte_bits[256] = {
	_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
	_, S, H, S, S, S, S, H, H, H, S, S, H, S, S, S, D, D, D, D, D, D, D, D, D, D, S, H, H, H, H, S,
	S, X, X, X, X, X, X, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, H, S, H, S, L,
	S, X, X, X, X, X, X, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, H, H, H, S, _,
	[128 ... 255] = L,
};
/* clang-format on */
#undef D
#undef X
#undef L
#undef S
#undef H
#undef _

#define CHUNK_MAX 128 /* bytes without a blank that are looked at; more are data */
#define VALUE_MAX 256 /* bytes of a value in brackets that are looked through for their end */

struct reader {
	struct scan *s;
	const char *p, *end;
	uint64_t sep;
	bool after_eq; /* what comes next is the value of a key */
};

static unsigned bits_of(char c)
{
	return byte_bits[(uint8_t)c];
}

static void add(struct reader *r, const char *p, size_t n, enum el_kind kind)
{
	struct scan *s = r->s;
	struct el *e = &s->el[s->n];

	e->at = (uint16_t)(p - s->p);
	e->len = (uint16_t)n;
	e->kind = (uint8_t)kind;
	e->sep = r->sep;
	e->hash = kind == EL_WORD ? word_hash(p, n) : 0;
	e->class = kind == EL_WORD ? words_class(s->words, e->hash) : 0;
	s->n++;
	r->sep = 0;
	r->after_eq = false;
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && bits_of(*p) & B_BLANK)
		p++;
	return p;
}

/* `logname= uid=0`: the first key has no value. */
static bool is_empty_value(const char *p, const char *end)
{
	const char *q = skip_blanks(p, end);

	if (q == end || *q == ',' || *q == ';')
		return true;
	if (q == p || !(bits_of(*q) & (B_LETTER | B_HEX)))
		return false;
	while (q < end && bits_of(*q) & (B_LETTER | B_HEX | B_DIGIT))
		q++;
	return q < end && *q == '=';
}

static bool is_operator(const char *p, const char *first, const char *end)
{
	static const char signs[] = "=<>!+-*/~:";

	return (p > first && strchr(signs, p[-1])) || (p + 1 < end && (p[1] == '=' || p[1] == '>' || p[1] == '~'));
}

/* The value of a key is a hole even where it looks like a word, where it is quoted, and where there is none. */
static void on_equals(struct reader *r)
{
	const char *q, *end;

	r->p++;
	if (is_operator(r->p - 1, r->s->p, r->end))
		return;
	r->after_eq = true;
	if (is_empty_value(r->p, r->end)) {
		add(r, r->p, 0, EL_ANY);
		return;
	}
	q = skip_blanks(r->p, r->end);
	if (*q != '"' && *q != '\'')
		return;
	end = memchr(q + 1, *q, (size_t)(r->end - q - 1));
	if (!end)
		return;
	r->sep = r->sep << 8 | (uint8_t)*q;
	add(r, q + 1, (size_t)(end - q - 1), EL_ANY);
	r->p = end;
}

/* `()` after a blank is a place that is empty this time; after a word it is a function. */
static void on_hard(struct reader *r)
{
	static const char closes[128] = {
		['('] = ')', ['['] = ']', ['{'] = '}', ['<'] = '>', ['"'] = '"', ['\''] = '\''};
	char c = *r->p, close = closes[(uint8_t)c & 127];

	r->sep = r->sep << 8 | (uint8_t)c;
	if (c == '=') {
		on_equals(r);
		return;
	}
	r->p++;
	if (c != ',' && c != ';')
		r->after_eq = false;
	if (close && r->p < r->end && *r->p == close && r->p - 1 > r->s->p && bits_of(r->p[-2]) & B_BLANK)
		add(r, r->p, 0, EL_ANY);
}

/* A soft sign that begins a value: /path, ./path, ../path, ~/path, \\share, -5, ::1 */
static bool begins_value(const struct reader *r)
{
	const char *p = r->p;
	unsigned next = p + 1 < r->end ? bits_of(p[1]) : B_BLANK;

	if (*p == '/' || *p == '\\')
		return (next & (B_DIGIT | B_HEX | B_LETTER)) || (next & B_SOFT && p[1] != *p) ||
		       (*p == '\\' && next & B_SOFT);
	if (*p == '-' || *p == '+')
		return next & B_DIGIT && (p == r->s->p || bits_of(p[-1]) & (B_BLANK | B_HARD));
	if (*p == ':')
		return p + 2 < r->end && p[1] == ':' && bits_of(p[2]) & (B_DIGIT | B_HEX) &&
		       (p == r->s->p || bits_of(p[-1]) & (B_BLANK | B_HARD));
	if (*p == '.' && p + 1 < r->end && p[1] == '.')
		p++;
	return (*p == '~' || *p == '.') && p + 1 < r->end && p[1] == '/';
}

/* The query of a URL: a hard sign does not end it, but a blank, a quote or a closing bracket does. */
static size_t with_query(const struct reader *r, size_t n)
{
	const char *p = r->p;
	size_t max = (size_t)(r->end - p);

	if (n < max && memchr(p, '?', n))
		while (n < max && !(bits_of(p[n]) & B_BLANK) && !strchr("\"'<>)]}", p[n]))
			n++;
	return n;
}

/* A value goes on in brackets: WorkSource{10113}.  0: it does not, or they close too far away. */
static size_t with_brackets(const struct reader *r, size_t n)
{
	const char *p = r->p;
	size_t max = (size_t)(r->end - p) < n + VALUE_MAX ? (size_t)(r->end - p) : n + VALUE_MAX;
	int depth = 0;

	for (size_t i = n; i < max; i++) {
		depth += p[i] == '(' || p[i] == '[' || p[i] == '{' || p[i] == '<';
		depth -= p[i] == ')' || p[i] == ']' || p[i] == '}' || p[i] == '>';
		if (depth <= 0)
			return i == n ? n : i + 1;
	}
	return n;
}

/* `r01=0x1f`: a key with a digit, as long as it is a short one; longer ones may be without number. */
static bool is_short_key(const struct reader *r, size_t n)
{
	const char *p = r->p;

	return n <= 6 && p + n < r->end && p[n] == '=' && !r->after_eq && bits_of(*p) & (B_LETTER | B_HEX) &&
	       !(bits_of(p[1]) & B_SOFT) && (n < 4 || bits_of(p[n - 3]) & (B_LETTER | B_HEX));
}

static void on_chunk(struct reader *r)
{
	const char *p = r->p;
	unsigned bits = 0, b = bits_of(*p);
	size_t n;
	enum el_kind kind = EL_WORD;

	do {
		bits |= b;
		b = ++p < r->end ? bits_of(*p) : B_BLANK;
	} while (!(b & (B_HARD | B_BLANK)));
	n = (size_t)(p - r->p);
	if (n > CHUNK_MAX)
		kind = EL_ANY;
	else if (bits & ~(unsigned)(B_LETTER | B_HEX) || (bits == B_HEX && n >= 8))
		kind = mask_chunk(r->p, &n, bits, r->s->words);
	if (kind == EL_PATH || kind == EL_URL)
		n = with_query(r, n);
	if (kind == EL_ANY && is_short_key(r, n))
		kind = EL_WORD;
	if (r->after_eq) {
		kind = kind == EL_WORD ? EL_ANY : kind;
		n = with_brackets(r, n);
	}
	add(r, r->p, n, kind);
	r->p += n;
}

/* Where a long line is cut: behind a blank if there is one near, else between two characters. */
static size_t bounded(const char *p, size_t n)
{
	const char *nl = memchr(p, '\n', n < SCAN_MAX_BYTES ? n : SCAN_MAX_BYTES);
	size_t to = SCAN_MAX_BYTES;

	if (nl)
		return (size_t)(nl - p);
	if (n <= SCAN_MAX_BYTES)
		return n;
	while (to > SCAN_MAX_BYTES - 128 && !(bits_of(p[to - 1]) & B_BLANK))
		to--;
	if (to > SCAN_MAX_BYTES - 128)
		return to;
	for (to = SCAN_MAX_BYTES; ((uint8_t)p[to] & 0xc0) == 0x80; to--)
		;
	return to;
}

void scan_form(struct scan *s, const char *p, size_t n, bool cut)
{
	struct reader r = {s, p, p + n, 0, false};

	s->p = p;
	s->len = n;
	s->n = 0;
	s->cut = cut;
	while (r.p < r.end && s->n < SCAN_MAX_ELS - 1) {
		unsigned b = bits_of(*r.p);

		if (b & (B_LETTER | B_HEX | B_DIGIT) || (b & B_SOFT && begins_value(&r)))
			on_chunk(&r);
		else if (b & B_BLANK)
			r.p++;
		else if (b & B_HARD)
			on_hard(&r);
		else
			r.sep = r.sep << 8 | (uint8_t)*r.p++;
	}
	r.p = skip_blanks(r.p, r.end);
	if (cut || r.p < r.end)
		add(&r, r.p, (size_t)(r.end - r.p), EL_ANY);
	add(&r, r.end, 0, EL_ANY);
	s->n--;
}

void scan_line(struct scan *s, const char *p, size_t n)
{
	size_t len = n ? bounded(p, n) : 0;

	scan_form(s, p, len, len < n && p[len] != '\n');
}
