#include "trace/begin.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define LOOKED_AT 64

static const struct {
	const char *word;
	uint8_t n, error;
} levels[] = {{"INFO", 4, 0}, {"ERROR", 5, 1}, {"WARN", 4, 0}, {"WARNING", 7, 0}, {"DEBUG", 5, 0}, {"TRACE", 5, 0},
	{"FATAL", 5, 1}, {"CRITICAL", 8, 1}, {"SEVERE", 6, 1}, {"NOTICE", 6, 0}, {"ALERT", 5, 1}, {"EMERG", 5, 1},
	{"EMERGENCY", 9, 1}, {"PANIC", 5, 1}, {"LOG", 3, 0}, {"FINE", 4, 0}, {"FINER", 5, 0}, {"FINEST", 6, 0},
	{"CONFIG", 6, 0}, {"VERBOSE", 7, 0}, {"DETAIL", 6, 0}, {"HINT", 4, 0}, {"STATEMENT", 9, 0}, {"ERR", 3, 1},
	{"CRIT", 4, 1}, {"INF", 3, 0}, {"WRN", 3, 0}, {"DBG", 3, 0}, {"info", 4, 0}, {"warn", 4, 0}, {"warning", 7, 0},
	{"error", 5, 1}, {"debug", 5, 0}, {"fail", 4, 1}, {"crit", 4, 1}, {"trce", 4, 0}, {"dbug", 4, 0}};

static const char days[] = "MonTueWedThuFriSatSun";
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

static bool is_three(const char *p, const char *list)
{
	for (; *list; list += 3)
		if (memcmp(p, list, 3) == 0)
			return true;
	return false;
}

/* A word in capitals may be followed by anything that parts; one in lower case wants its colon. */
static enum trace_begin level(struct trace_text s)
{
	size_t n = 0;
	char c;

	while (n < s.n && n < 10 && is_letter(s.p[n]))
		n++;
	c = n < s.n ? s.p[n] : 0;
	if (n < 3 || n > 9 || (is_upper(*s.p) ? !c || !strchr(" :[|\t,](-=", c) : c != ':'))
		return TRACE_BEGIN_NONE;
	for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++)
		if (levels[i].n == n && *s.p == *levels[i].word && memcmp(s.p, levels[i].word, n) == 0)
			return levels[i].error ? TRACE_BEGIN_ERROR : TRACE_BEGIN_RECORD;
	return TRACE_BEGIN_NONE;
}

/* Dec 22 10:30, Mon Dec 22, Mon, 22 Dec */
static bool named_date(struct trace_text s)
{
	if (s.n < 9 || s.p[1] < 'a' || s.p[2] < 'a')
		return false;
	if (is_three(s.p, months))
		return s.p[3] == ' ' && (is_digit(s.p[4]) || (s.p[4] == ' ' && is_digit(s.p[5])));
	return is_three(s.p, days) && (s.p[3] == ' ' || s.p[3] == ',') &&
	       (is_three(s.p + 4, months) || is_digit(s.p[4]) || is_digit(s.p[5]));
}

/* E1222 10:30:45.123456 */
static bool klog(struct trace_text s)
{
	return s.n > 8 && strchr("IWEF", *s.p) && slice_digits(slice_take(slice_skip(s, 1), 5)) == 4 && s.p[5] == ' ' &&
	       is_digit(s.p[6]);
}

/* ts=… and kin: the first key of logfmt. */
static bool logfmt(struct trace_text s)
{
	return BEGINS(s, "time=") || BEGINS(s, "ts=") || BEGINS(s, "level=") || BEGINS(s, "timestamp=") ||
	       BEGINS(s, "t=2") || BEGINS(s, "lvl=");
}

/* 2025-12-22, 22/Dec/2025, 22.12.2025, 10:30:45, 20251222 1030, 1766399445.123 */
static bool date(struct trace_text s)
{
	size_t n = slice_digits(slice_take(s, 20));
	struct trace_text rest = slice_skip(s, n);

	if (n >= 8)
		return n <= 19 && (!rest.n || strchr(" .,T-Z_:|\t", *rest.p));
	if (rest.n < 4)
		return false;
	if (n == 4)
		return (*rest.p == '-' || *rest.p == '/' || *rest.p == '.') && is_digit(rest.p[1]) &&
		       is_digit(rest.p[2]);
	if (n == 6)
		return *rest.p == ' ' && is_digit(rest.p[1]);
	if (n != 2 && n != 1)
		return false;
	if (*rest.p == ':')
		return is_digit(rest.p[1]) && is_digit(rest.p[2]) && (rest.p[3] == ':' || rest.p[3] == ' ');
	if (*rest.p != '/' && *rest.p != '-' && *rest.p != '.' && *rest.p != ' ')
		return false;
	if (is_upper(rest.p[1]))
		return is_three(rest.p + 1, months);
	return *rest.p != ' ' && is_digit(rest.p[1]) && (is_digit(rest.p[2]) || rest.p[2] == *rest.p) &&
	       strchr("/-.", rest.p[2 + is_digit(rest.p[2])]);
}

static enum trace_begin bracket(struct trace_text s)
{
	struct trace_text in = slice_ltrim(slice_skip(s, 1));

	if (in.n && is_digit(*in.p) && slice_chr(slice_take(in, 40), ']'))
		return TRACE_BEGIN_RECORD;
	return named_date(in) ? TRACE_BEGIN_RECORD : level(in);
}

static bool priority(struct trace_text s)
{
	size_t n = slice_digits(slice_take(slice_skip(s, 1), 4));

	return n > 0 && n < 4 && s.p[n + 1] == '>';
}

static enum trace_begin word(struct trace_text s)
{
	if (is_upper(*s.p) ? named_date(s) || klog(s) : (*s.p == 't' || *s.p == 'l') && logfmt(s))
		return TRACE_BEGIN_RECORD;
	return level(s);
}

enum trace_begin trace_begins(struct trace_text s)
{
	if (!s.n)
		return TRACE_BEGIN_NONE;
	if (is_digit(*s.p))
		return date(s) ? TRACE_BEGIN_RECORD : TRACE_BEGIN_NONE;
	if (is_letter(*s.p))
		return word(s);
	switch (*s.p) {
	case '[': return bracket(s);
	case '<': return priority(s) ? TRACE_BEGIN_RECORD : TRACE_BEGIN_NONE;
	case '{': return s.n > 1 && (s.p[1] == '"' || s.p[s.n - 1] == '}') ? TRACE_BEGIN_RECORD : TRACE_BEGIN_NONE;
	default: return TRACE_BEGIN_NONE;
	}
}

/* At the second letter of a pair that begins such a word, or stands in it. */
static bool is_error_at(const char *begin, const char *p)
{
	static const struct {
		const char *word;
		uint8_t n, before; /* letters up to the pair */
	} words[] = {{"err", 3, 1}, {"fata", 4, 0}, {"crit", 4, 0}, {"fail", 4, 0}};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		const char *from = p - words[i].before;
		size_t n = 0;

		if (from < begin || (from > begin && is_letter(from[-1])))
			continue;
		while (n < words[i].n && (from[n] | 0x20) == words[i].word[n])
			n++;
		if (n == words[i].n)
			return true;
	}
	return false;
}

#if defined(__SSE2__)
static inline __m128i pair(__m128i a, __m128i b, char first, char second)
{
	return _mm_and_si128(_mm_cmpeq_epi8(a, _mm_set1_epi8(first)), _mm_cmpeq_epi8(b, _mm_set1_epi8(second)));
}

/* A bit for each place of the next 16 where "rr", "fa" or "cr" stands, in any case. */
static inline unsigned pairs(const char *p)
{
	const __m128i lower = _mm_set1_epi8(0x20);
	__m128i a = _mm_or_si128(_mm_loadu_si128((const void *)p), lower);
	__m128i b = _mm_or_si128(_mm_loadu_si128((const void *)(p + 1)), lower);
	__m128i hit = _mm_or_si128(_mm_or_si128(pair(a, b, 'r', 'r'), pair(a, b, 'f', 'a')), pair(a, b, 'c', 'r'));

	return (unsigned)_mm_movemask_epi8(hit);
}
#else
static inline unsigned pairs(const char *p)
{
	unsigned m = 0;

	for (unsigned i = 0; i < 16; i++) {
		char a = (char)(p[i] | 0x20), b = (char)(p[i + 1] | 0x20);

		m |= (unsigned)((a == 'r' && b == 'r') || (a == 'f' && b == 'a') || (a == 'c' && b == 'r')) << i;
	}
	return m;
}
#endif

bool trace_tells_error(struct trace_text s)
{
	size_t n = s.n < LOOKED_AT ? s.n : LOOKED_AT;

	for (size_t i = 0; i < n; i += 16) {
		unsigned m = pairs(s.p + i);

		for (; m; m &= m - 1) {
			const char *p = s.p + i + __builtin_ctz(m);

			if (p < s.p + n && is_error_at(s.p, p))
				return true;
		}
	}
	return false;
}
