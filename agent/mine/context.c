/*
 * The pass over a line's elements: what belongs together becomes one hole, a word in a place where only names stand
 * becomes one too, and what is left is hashed.  Elements move to the front of the same array; s->out is how far.
 */
#include "mine/scan.h"

static struct el *last(struct scan *s)
{
	return s->out ? &s->el[s->out - 1] : NULL;
}

/* The sign behind an element; blanks do not count.  0: the line ends. */
static char sign_after(const struct scan *s, const struct el *e)
{
	size_t i = (size_t)e->at + e->len;

	while (i < s->len && byte_bits[(uint8_t)s->p[i]] & B_BLANK)
		i++;
	return i < s->len ? s->p[i] : '\0';
}

/* `to` reaches to the end of e, and `more` bytes on. */
static void extend(struct el *to, const struct el *e, size_t more)
{
	to->len = (uint16_t)(e->at + e->len + more - to->at);
}

static void drop_first_sign(struct el *e)
{
	if (e->sep)
		e->sep &= (1ULL << ((63 - __builtin_clzll(e->sep)) / 8 * 8)) - 1;
}

/* `5 ms`: the unit belongs to the number, if the next element is one. */
static size_t take_unit(const struct scan *s, size_t i, struct el *e)
{
	const struct el *unit = &s->el[i + 1];

	if (i + 1 >= s->n || unit->sep || !(unit->class & (W_SIZE | W_TIME)))
		return 0;
	if (e->kind == EL_NUM)
		e->kind = unit->class & W_SIZE ? EL_SIZE : EL_DURATION;
	extend(e, unit, 0);
	return 1;
}

/* `5 bytes (1.2 KB)` says the same twice.  How many elements that took. */
static size_t joins_readable(struct scan *s, size_t i)
{
	const struct el *e = &s->el[i];
	struct el *l = last(s);
	size_t used = 0;

	if (!l || l->kind != EL_SIZE || e->sep != '(')
		return 0;
	if (e->kind == EL_SIZE)
		used = 1;
	else if (e->kind == EL_NUM && i + 1 < s->n && !e[1].sep && e[1].class & W_SIZE)
		used = 2;
	if (!used || s->p[e[used - 1].at + e[used - 1].len] != ')')
		return 0;
	extend(l, &e[used - 1], 1);
	drop_first_sign(&s->el[i + used]);
	return used;
}

/* `Mon Jul 11`, `10:15 PM` */
static bool is_date(struct scan *s, const struct el *e)
{
	const struct el *l = last(s), *next = e + 1;

	if (!(e->class & W_DATE))
		return false;
	if (l && !e->sep && (l->kind == EL_TIME || l->kind == EL_NUM))
		return true;
	return next->sep == 0 && (next->kind == EL_NUM || next->kind == EL_TIME || next->class & W_DATE);
}

static bool ends_in(const char *p, size_t n, const char *end, size_t end_n)
{
	return n > end_n + 1 && memcmp(p + n - end_n, end, end_n) == 0;
}

/* Whether a word may be one; some names look like states. */
static bool is_name(const struct scan *s, const struct el *e, unsigned but)
{
	const char *p = s->p + e->at;

	return e->kind == EL_WORD && !(e->class & ~but) && !ends_in(p, e->len, "ed", 2) &&
	       !ends_in(p, e->len, "ing", 3);
}

/* `user bob from`, `password for bob from 10.1.2.3` */
static bool is_place_of_name(struct scan *s, size_t i)
{
	const struct el *e = &s->el[i], *l = last(s), *next = e + 1;
	bool quoted = e->sep == '"' || e->sep == '\'';
	char c;

	if (!l || !(l->class & (W_NOUN | W_BEFORE)) || (e->sep && !quoted))
		return false;
	if (next->class & W_FROM && !next->sep && i + 2 < s->n && el_is_hole(&next[1]) && next[1].sep <= '/')
		return is_name(s, e, W_NOUN | W_STATE);
	if (!(l->class & W_NOUN) || !is_name(s, e, W_NOUN))
		return false;
	c = sign_after(s, e);
	return c == '\0' || c == '[' || c == '(' || c == ',' || c == '"' || c == '\'' ||
	       (i + 1 < s->n && !next->sep && next->class & W_RIGHT);
}

/* `<5 ms`, not `<5>` */
static void take_comparison(const struct scan *s, struct el *e)
{
	if ((e->sep != '<' && e->sep != '>') || s->p[e->at - 1] != (char)e->sep || sign_after(s, e) == '>')
		return;
	e->at--;
	e->len++;
	e->sep = 0;
	e->kind = EL_ANY;
}

uint8_t el_common(uint8_t a, uint8_t b)
{
	if (a == b)
		return a;
	if (a == EL_NUM && (b == EL_TIME || b == EL_HEX))
		return b;
	if (b == EL_NUM && (a == EL_TIME || a == EL_HEX))
		return a;
	return EL_ANY;
}

/* Values behind each other are one, of any length; with a sign between them, if they are of one kind. */
static bool is_list(const struct el *a, const struct el *b)
{
	if (b->sep == 0)
		return true;
	if (b->sep != ',' && b->sep != ';' && (b->sep != a->sep || (b->sep != '@' && b->sep != '#' && b->sep != '&')))
		return false;
	return a->kind == EL_ANY || b->kind == EL_ANY || el_common(a->kind, b->kind) != EL_ANY;
}

static void put(struct scan *s, const struct el *e)
{
	struct el *l = last(s);

	if (l && el_is_hole(l) && el_is_hole(e) && is_list(l, e)) {
		l->kind = el_common(l->kind, e->kind);
		extend(l, e, 0);
		return;
	}
	s->el[s->out++] = *e;
}

/* How many elements behind this one went into it. */
static size_t join(struct scan *s, size_t i)
{
	struct el e = s->el[i];
	size_t used = 0;

	if (e.kind == EL_NUM) {
		take_comparison(s, &e);
		used = take_unit(s, i, &e);
	} else if (e.kind == EL_WORD) {
		if (is_date(s, &s->el[i]))
			e.kind = EL_TIME;
		else if (is_place_of_name(s, i))
			e.kind = EL_ANY;
		if (el_is_hole(&e))
			e.hash = e.class = 0;
	}
	put(s, &e);
	return used;
}

/* `key=5`, `key:5`, `user 5`: what stands before says what the value is, and its kind may differ from line to line. */
static bool is_named(const struct scan *s, size_t i)
{
	const struct el *e = &s->el[i];

	return (char)e->sep == '=' || (e->sep == ':' && s->p[e->at - 1] == ':') || (i && s->el[i - 1].class & W_NOUN);
}

static uint64_t hash_of(struct scan *s)
{
	uint64_t h = 0x8ebc6af09c88c6e3ULL;

	for (size_t i = 0; i <= s->n; i++) {
		struct el *e = &s->el[i];

		if (el_is_hole(e) && is_named(s, i))
			e->kind = EL_ANY;
		h = word_mum(h ^ e->hash ^ e->kind ^ e->sep * 0x589965cc75374cc3ULL, 0xe7037ed1a0b428dbULL);
	}
	return h;
}

/* Most elements stand for themselves. */
static bool is_plain(const struct el *e, const struct el *l)
{
	return e->kind == EL_WORD && !(e->class & W_DATE) && !(l && l->class & (W_NOUN | W_BEFORE));
}

uint64_t context_join(struct scan *s)
{
	s->out = 0;
	for (size_t i = 0; i < s->n; i++) {
		const struct el *e = &s->el[i], *l = last(s);
		size_t used;

		if (is_plain(e, l))
			s->el[s->out++] = *e;
		else if ((used = joins_readable(s, i)))
			i += used - 1;
		else
			i += join(s, i);
	}
	s->el[s->out] = s->el[s->n];
	s->n = s->out;
	return hash_of(s);
}
