#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <genlog/bson.h>

#include "regex.h"

/* Longer than any number that fits. */
#define NUMBER_ROOM 40

static bool to_int(const char *text, struct genlog_value *v)
{
	char *end;
	long long i;

	errno = 0;
	i = strtoll(text, &end, 10);
	if (end == text || *end || errno)
		return false;
	*v = (struct genlog_value){.type = GENLOG_V_INT, .u.i = i};
	return true;
}

/* No hexadecimal, no infinity: what a log calls a number. */
static bool to_number(const char *text, struct genlog_value *v)
{
	char *end;
	double d;

	if (to_int(text, v))
		return true;
	if (text[strspn(text, "0123456789+-.eE")])
		return false;
	d = strtod(text, &end);
	if (end == text || *end || !isfinite(d))
		return false;
	*v = (struct genlog_value){.type = GENLOG_V_DOUBLE, .u.d = d};
	return true;
}

static bool to_bool(const char *text, struct genlog_value *v)
{
	bool yes = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;

	if (!yes && strcmp(text, "false") != 0 && strcmp(text, "0") != 0)
		return false;
	*v = (struct genlog_value){.type = GENLOG_V_BOOL, .u.i = yes};
	return true;
}

static bool convert(const struct group *g, const char *p, size_t n, struct genlog_value *v)
{
	static bool (*const to[])(const char *, struct genlog_value *) = {
		[AS_INT] = to_int, [AS_NUMBER] = to_number, [AS_BOOL] = to_bool};
	char text[NUMBER_ROOM];

	if (n == 0 || n >= sizeof(text))
		return false;
	memcpy(text, p, n);
	text[n] = 0;
	return to[g->as](text, v);
}

static uint8_t *element(uint8_t *w, const struct group *g, struct genlog_value v)
{
	switch (v.type) {
	case GENLOG_V_INT: return genlog_bson_i64(genlog_bson_key(w, GENLOG_BSON_INT64, g->name, g->len), v.u.i);
	case GENLOG_V_DOUBLE: return genlog_bson_double(genlog_bson_key(w, GENLOG_BSON_DOUBLE, g->name, g->len), v.u.d);
	case GENLOG_V_BOOL:
		w = genlog_bson_key(w, GENLOG_BSON_BOOL, g->name, g->len);
		*w++ = v.u.i != 0;
		return w;
	default: return genlog_bson_text(genlog_bson_key(w, GENLOG_BSON_STR, g->name, g->len), v.u.p, v.n);
	}
}

static int context_add(struct genlog_record *rec, const struct group *g, struct genlog_value v)
{
	struct genlog_buf *c = &rec->context;

	if (genlog_buf_reserve(c, GENLOG_BSON_MAX(g->len, v.type == GENLOG_V_STR ? v.n : 8)) < 0)
		return -ENOMEM;
	c->n = (size_t)(element(c->p + c->n, g, v) - c->p);
	return 0;
}

/* What does not read as the number it should be is kept as text, in the context. */
static int field(struct genlog_record *rec, const struct group *g, const char *p, size_t n)
{
	struct genlog_value v = genlog_str(p, n);
	bool fits = g->as == AS_TEXT || convert(g, p, n, &v);

	if (g->by_name)
		return genlog_put(rec, g->name, g->len, v);
	if (g->slot == GENLOG_SLOTS || !fits)
		return context_add(rec, g, v);
	genlog_set_slot(rec, (enum genlog_slot)g->slot, v);
	return 0;
}

/* A group that took no part, or matched nothing, leaves no field; without a message, the line is it. */
int regex_fields(const struct regex *x, struct genlog_record *rec)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(x->match);
	int r = 0;

	for (size_t i = 0; r == 0 && i < x->n_groups; i++) {
		const struct group *g = &x->groups[i];
		PCRE2_SIZE from = at[2 * g->index], to = at[2 * g->index + 1];

		/* \K in a look-ahead can put the end before the beginning */
		if (from != PCRE2_UNSET && from < to)
			r = field(rec, g, rec->line + from, to - from);
	}
	if (!(rec->set & 1ULL << GENLOG_SLOT_MESSAGE))
		genlog_set_slot(rec, GENLOG_SLOT_MESSAGE, genlog_str(rec->line, rec->len));
	return r;
}
