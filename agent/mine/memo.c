#include "mine/memo.h"

#include <string.h>

#include "base/hash.h"
#include "mine/masks.h"
#include "mine/scan.h"

#define ROUND 1024
#define REST (16 * ROUND)
#define ID_MAX 64
#define ALPHA (B_LETTER | B_HEX)

/* Bytes that no text has. */
#define MARK_NUM '\xff'
#define MARK_HEX '\xfe'
#define MARK_UUID '\xfd'

static unsigned bits_of(char c)
{
	return byte_bits[(uint8_t)c];
}

/* A number or an identifier of one kind, however long it is: what stands for it.  0: it may be something else. */
static char mark_of(const char *p, size_t n, unsigned bits)
{
	if (n > ID_MAX)
		return 0;
	if (bits == B_DIGIT)
		return mask_is_zeroed(p, n) ? MARK_HEX : MARK_NUM;
	if (!(bits & ~(unsigned)(B_DIGIT | B_HEX)) && n >= 8)
		return MARK_HEX;
	return bits & B_DIGIT && mask_is_uuid(p, n) ? MARK_UUID : 0;
}

/* `5ms`, `1.5GB`; not `0x1f`. */
static bool is_with_unit(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && (bits_of(p[i]) & B_DIGIT || p[i] == '.'))
		i++;
	if (i == 0 || (p[i] | 0x20) == 'x')
		return false;
	while (i < n && bits_of(p[i]) & ALPHA)
		i++;
	return i == n;
}

/* `blk_-1608`, `order4711`: too long to be one of the words that have a digit. */
static bool is_numbered(const char *p, size_t n, unsigned bits)
{
	size_t i = 0;

	if (n < 8 || !(bits & B_LETTER) || !(bits_of(*p) & ALPHA))
		return false;
	while (i < n && (bits_of(p[i]) & ALPHA || p[i] == '-'))
		i++;
	while (i < n && bits_of(p[i]) & B_DIGIT)
		i++;
	return i == n;
}

/* Where digits say what something is (an address, a time), only how many there are does, and whether 0 is the first. */
static void digits_out(char *w, size_t n)
{
	bool within = false;

	for (size_t i = 0; i < n; i++) {
		bool digit = bits_of(w[i]) & B_DIGIT;

		if (digit && (within || w[i] != '0'))
			w[i] = '1';
		within = digit;
	}
}

/* A chunk that digits stand in, but not alone. */
static char *odd_out(char *w, const char *p, size_t n)
{
	unsigned bits = 0;
	char mark;

	for (size_t i = 0; i < n; i++)
		bits |= bits_of(p[i]);
	mark = mark_of(p, n, bits);
	if (mark) {
		*w = mark;
		return w + 1;
	}
	memcpy(w, p, n);
	if (!(bits & ALPHA) || is_with_unit(p, n) || is_numbered(p, n, bits))
		digits_out(w, n);
	return w + n;
}

/* Both have room behind. */
static char *copy_out(char *w, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i += 16)
		memcpy(w + i, p + i, 16);
	return w + n;
}

static size_t shape_out(char *w, const char *p, size_t n, const struct masks *m)
{
	const char *start = w;
	size_t from = 0, at;

	while ((at = masks_next(m->digit, m->last, from)) < n) {
		size_t begin = at == 0 || masks_has(m->end, at - 1) ? at : masks_before(m->end, at);
		size_t end = masks_next(m->other, m->last, at);
		bool alone = begin == at && masks_has(m->end, end);

		w = copy_out(w, p + from, begin - from);
		if (!alone)
			end = masks_next(m->end, m->last, at);
		if (alone && end - at <= ID_MAX)
			*w++ = mark_of(p + at, end - at, B_DIGIT);
		else
			w = odd_out(w, p + begin, end - begin);
		from = end;
	}
	w = copy_out(w, p + from, n - from);
	return (size_t)(w - start);
}

uint64_t memo_shape(struct memo *m, const char *p, size_t n)
{
	char text[MEMO_LINE + 16];
	struct masks masks;

	if (m->rest) {
		m->rest--;
		return 0;
	}
	if (n > MEMO_LINE)
		return 0;
	n = masks_make(&masks, p, n);
	return hash64_plain(text, shape_out(text, p, n, &masks)) | 1;
}

static void end_round(struct memo *m)
{
	if (m->known < ROUND / 4)
		m->rest = REST;
	m->asked = m->known = 0;
}

bool memo_find(struct memo *m, uint64_t shape, uint64_t *key)
{
	size_t at = shape >> 32 & (MEMO_SLOTS - 1);
	bool known = m->of[at].shape == shape;

	*key = m->of[at].key;
	m->known += known;
	if (++m->asked == ROUND)
		end_round(m);
	return known;
}

void memo_keep(struct memo *m, uint64_t shape, uint64_t key)
{
	size_t at = shape >> 32 & (MEMO_SLOTS - 1);

	m->of[at].shape = shape;
	m->of[at].key = key;
}
