#include "mine/masks.h"

#include "mine/scan.h"

struct word {
	uint64_t digit, end, newline;
};

/* Cuts at the first newline, and makes what is behind the line an end.  true: this was the line's last word. */
static bool put(struct masks *m, size_t i, struct word w, size_t *n)
{
	uint64_t behind = 0;

	if (w.newline && (size_t)__builtin_ctzll(w.newline) + i * 64 < *n)
		*n = (size_t)__builtin_ctzll(w.newline) + i * 64;
	if (*n < (i + 1) * 64)
		behind = ~0ULL << (*n % 64);
	m->digit[i] = w.digit & ~behind;
	m->other[i] = ~m->digit[i];
	m->end[i] = w.end | behind;
	m->last = i;
	return behind;
}

static struct word word_portable(const char *p, size_t n)
{
	struct word w = {0};

	for (size_t i = 0; i < n && i < 64; i++) {
		unsigned bits = byte_bits[(uint8_t)p[i]];

		w.digit |= (uint64_t)(bits & B_DIGIT ? 1 : 0) << i;
		w.end |= (uint64_t)(bits & (B_HARD | B_BLANK) ? 1 : 0) << i;
		w.newline |= (uint64_t)(p[i] == '\n') << i;
	}
	return w;
}

size_t masks_make_portable(struct masks *m, const char *p, size_t n)
{
	for (size_t i = 0; !put(m, i, word_portable(p + i * 64, n - i * 64), &n); i++)
		;
	return n;
}

#if defined(__x86_64__)
#include <emmintrin.h>

static __m128i in_range(__m128i v, char from, char to)
{
	__m128i d = _mm_sub_epi8(v, _mm_set1_epi8(from));

	return _mm_cmpeq_epi8(_mm_min_epu8(d, _mm_set1_epi8((char)(to - from))), d);
}

static __m128i is(__m128i v, char c)
{
	return _mm_cmpeq_epi8(v, _mm_set1_epi8(c));
}

/*
 * As byte_bits has them.  Without two of their bits `;`, `[` and `{` are one byte, ESC, which is a blank itself; and so
 * are `=`, `]` and `}`.
 */
static __m128i ends_of(__m128i v)
{
	__m128i low = _mm_and_si128(v, _mm_set1_epi8((char)0x9f));
	__m128i a = _mm_or_si128(in_range(v, 0, ' '), is(v, 0x7f));
	__m128i b = _mm_or_si128(in_range(v, '\'', ')'), _mm_or_si128(is(v, '"'), is(v, ',')));
	__m128i c = _mm_or_si128(is(low, '{' & 0x9f), is(low, '}' & 0x9f));
	__m128i d = _mm_or_si128(is(v, '|'), _mm_or_si128(is(v, '<'), is(v, '>')));

	return _mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d));
}

static uint64_t bits(__m128i v)
{
	return (uint64_t)(unsigned)_mm_movemask_epi8(v);
}

/* 64 bytes, or those of them that hold some of the line's. */
static struct word word_at(const char *p, size_t n)
{
	struct word w = {0};

	for (unsigned i = 0; i < 64 && i < n; i += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i));

		w.digit |= bits(in_range(v, '0', '9')) << i;
		w.end |= bits(ends_of(v)) << i;
		w.newline |= bits(is(v, '\n')) << i;
	}
	return w;
}

size_t masks_make(struct masks *m, const char *p, size_t n)
{
	for (size_t i = 0; !put(m, i, word_at(p + i * 64, n - i * 64), &n); i++)
		;
	return n;
}
#else
size_t masks_make(struct masks *m, const char *p, size_t n)
{
	return masks_make_portable(m, p, n);
}
#endif
