/*
 * Which template a line is of, when the cache does not know.
 *
 * Words that make the sentence are protected: grammar and states (not, from, up), verbs in -ed and -ing, words in
 * capitals, names in a program (minSessionTimeout), labels before `:` or `=`.  They are part of the shape and never
 * become a hole.  Of the other words one that differs is taken for a value
 *   - at once, if it stands where names stand: behind a preposition, an opening bracket or a quote, and before a hole,
 *     a sign, a preposition or the end;
 *   - when MANY templates differ in that word alone; MANY_FIRST, if it is the first one.
 */
#include <errno.h>

#include "mine/store.h"

#define MANY 4	      /* values that make a place vary, wherever it stands */
#define MANY_FIRST 16 /* at the beginning of the line */
#define MAX_DIFFS 4

struct fit {
	uint32_t at;
	uint32_t same; /* words */
	uint32_t soft; /* a hole on one side, a word on the other */
	uint32_t diffs;
	uint16_t diff[MAX_DIFFS];
	bool joinable; /* the words that differ are values */
};

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

/* Words in capitals, and names that programs have: minSessionTimeout.  Of a dotted name its end counts. */
static bool is_code(const char *p, size_t n)
{
	const char *dot = memrchr(p, '.', n);
	size_t upper = 0, lower = 0;

	if (dot) {
		n -= (size_t)(dot + 1 - p);
		p = dot + 1;
	}
	for (size_t i = 0; i < n; i++) {
		upper += is_upper(p[i]);
		lower += is_lower(p[i]);
	}
	if (n < 2 || !upper)
		return false;
	return !lower || (!dot && upper > is_upper(*p) && !memchr(p, '-', n));
}

static bool is_verb(const char *p, size_t n)
{
	return n > 4 && (memcmp(p + n - 2, "ed", 2) == 0 || memcmp(p + n - 3, "ing", 3) == 0);
}

/* The sign behind an element, whether or not blanks are between. */
static char sign_behind(const struct el *e)
{
	uint64_t sep = e[1].sep;

	return sep ? (char)(sep >> (63 - __builtin_clzll(sep)) / 8 * 8) : '\0';
}

static bool is_protected(const struct scan *s, size_t i)
{
	const struct el *e = &s->el[i];
	const char *p = s->p + e->at;
	char sign = sign_behind(e);

	if (e->kind != EL_WORD)
		return false;
	return e->class || sign == ':' || sign == '=' || is_verb(p, e->len) || is_code(p, e->len);
}

/* Of the skeleton alone: lines with one key in the cache have one shape. */
uint64_t match_shape(const struct scan *s)
{
	uint64_t h = s->n;

	for (size_t i = 0; i <= s->n; i++) {
		uint64_t v = i < s->n && is_protected(s, i) ? s->el[i].hash : 0;

		h = word_mum(h ^ v ^ s->el[i].sep * 0x589965cc75374cc3ULL, 0xe7037ed1a0b428dbULL);
	}
	return h;
}

/* False: it differs in more words than could ever be joined. */
static bool compare(const struct tmpl *t, const struct scan *s, struct fit *f)
{
	for (uint16_t i = 0; i < t->n; i++) {
		const struct part *a = &t->part[i];
		const struct el *b = &s->el[i];

		if (a->hash == b->hash) {
			f->same += a->hash != 0;
		} else if (!a->hash || !b->hash) {
			f->soft++;
		} else {
			if (f->diffs == MAX_DIFFS)
				return false;
			f->diff[f->diffs++] = i;
		}
	}
	return f->same >= 2 || f->soft + f->diffs == 0;
}

static bool is_better(const struct mine *m, const struct fit *a, const struct fit *b)
{
	if (b->at == NO_TMPL || a->joinable != b->joinable)
		return b->at == NO_TMPL || a->joinable;
	if (a->diffs != b->diffs)
		return a->diffs < b->diffs;
	if (a->soft != b->soft)
		return a->soft < b->soft;
	if (a->same != b->same)
		return a->same > b->same;
	return m->tmpl[a->at].born < m->tmpl[b->at].born;
}

static bool opens_value(uint64_t sep)
{
	char c = (char)sep;

	return c && strchr("=\"'([<{|", c);
}

static bool has_sign(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (byte_bits[(uint8_t)p[i]] & B_SOFT)
			return true;
	return false;
}

/* Whether two words that differ here are two values of the same thing. */
static bool is_place_of_value(const struct scan *s, const struct tmpl *t, size_t i)
{
	const struct el *e = &s->el[i], *next = e + 1;
	const struct part *part = &t->part[i];
	bool left = opens_value(e->sep) || (i > 0 && !e->sep && s->el[i - 1].class & (W_LEFT | W_NOUN));
	bool right = next->sep || i + 1 == s->n || el_is_hole(next) || next->class & W_RIGHT ||
		     (s->el[i - (i > 0)].class & W_NOUN && is_verb(s->p + next->at, next->len));

	if (left && right)
		return true;
	return i > 0 && (left || right) && has_sign(s->p + e->at, e->len) &&
	       has_sign(tmpl_form(t) + part->at, part->len);
}

static bool is_joinable(const struct mine *m, const struct fit *f)
{
	if (f->same < 2 * f->diffs)
		return false;
	for (uint32_t d = 0; d < f->diffs; d++)
		if (!is_place_of_value(&m->scan, &m->tmpl[f->at], f->diff[d]))
			return false;
	return true;
}

/* Makes the template fit the line; kinds that differ become none. */
static int join(struct mine *m, const struct fit *f, struct mined *out)
{
	const struct tmpl *t = &m->tmpl[f->at];
	struct part part[SCAN_MAX_ELS];
	bool wider = false;
	int r;

	for (uint16_t i = 0; i < t->n; i++) {
		const struct el *e = &m->scan.el[i];
		uint8_t kind = t->part[i].hash == e->hash ? el_common(t->part[i].kind, e->kind) : EL_ANY;

		part[i] = t->part[i];
		if (part[i].kind == kind)
			continue;
		wider = true;
		part[i].kind = kind;
		part[i].hash = 0;
	}
	if (!wider)
		return 0;
	r = store_change(m, f->at, part);
	out->widened = r == 0;
	return r;
}

/* The templates that differ from the line in word i alone: joined into the oldest if there are enough of them. */
static int join_many(struct mine *m, uint64_t shape, const struct fit *best, struct mined *out, uint32_t *at)
{
	uint32_t found[STORE_CHAIN], n = 0;
	struct fit oldest = *best;
	int r;

	for (uint32_t k = m->bucket[shape % STORE_BUCKETS]; k != NO_TMPL && n < STORE_CHAIN; k = m->tmpl[k].next) {
		struct fit f = {.at = k};

		if (m->tmpl[k].shape != shape || m->tmpl[k].n != m->scan.n || !compare(&m->tmpl[k], &m->scan, &f) ||
			f.diffs != 1 || f.soft || f.diff[0] != best->diff[0])
			continue;
		found[n++] = k;
		if (m->tmpl[k].born < m->tmpl[oldest.at].born)
			oldest = f;
	}
	if (n + 1 < (best->diff[0] ? MANY : MANY_FIRST))
		return 0;
	r = join(m, &oldest, out);
	for (uint32_t i = 0; i < n && r == 0; i++)
		if (found[i] != oldest.at)
			store_drop(m, found[i]);
	*at = r == 0 ? oldest.at : NO_TMPL;
	return r;
}

/* The template of this shape that fits best; NO_TMPL: there is none that could. */
static struct fit best_fit(const struct mine *m, uint64_t shape)
{
	struct fit best = {.at = NO_TMPL};

	for (uint32_t k = m->bucket[shape % STORE_BUCKETS]; k != NO_TMPL; k = m->tmpl[k].next) {
		struct fit f = {.at = k};

		if (m->tmpl[k].shape != shape || m->tmpl[k].n != m->scan.n || !compare(&m->tmpl[k], &m->scan, &f))
			continue;
		f.joinable = is_joinable(m, &f);
		if (is_better(m, &f, &best))
			best = f;
	}
	return best;
}

int match_line(struct mine *m, uint32_t *at, struct mined *out)
{
	uint64_t shape = match_shape(&m->scan);
	struct fit best = best_fit(m, shape);
	int r = 0;

	*at = NO_TMPL;
	if (best.joinable) {
		*at = best.at;
		return join(m, &best, out);
	}
	if (best.at != NO_TMPL && best.diffs == 1 && !best.soft && best.same >= 2u + (best.diff[0] > 0))
		r = join_many(m, shape, &best, out, at);
	if (r < 0 || *at != NO_TMPL)
		return r;
	out->fresh = true;
	return store_birth(m, shape, at);
}
