/* Conditions on a document.  A field in an array of documents is looked for in each of them, as MongoDB does. */
#include <string.h>

#include "ctl/filter.h"

#define MATCH_LIMIT 1000000 /* steps of a pattern on one text: no pattern may keep us for ever */

/* ── values ── */

static int sign(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

static bool is_number(const bson_iter_t *v)
{
	return BSON_ITER_HOLDS_INT32(v) || BSON_ITER_HOLDS_INT64(v) || BSON_ITER_HOLDS_DOUBLE(v);
}

static int compare_numbers(const bson_iter_t *a, const bson_iter_t *b, bool *comparable)
{
	double x, y;

	if (!BSON_ITER_HOLDS_DOUBLE(a) && !BSON_ITER_HOLDS_DOUBLE(b))
		return sign(bson_iter_as_int64(a), bson_iter_as_int64(b));
	x = bson_iter_as_double(a);
	y = bson_iter_as_double(b);
	*comparable = x == x && y == y; /* NaN is not */
	return x < y ? -1 : x > y;
}

static int compare_texts(const bson_iter_t *a, const bson_iter_t *b)
{
	uint32_t n, m;
	const char *x = bson_iter_utf8(a, &n), *y = bson_iter_utf8(b, &m);
	int r = memcmp(x, y, n < m ? n : m);

	return r ? r : sign(n, m);
}

/* What has no order of ours: its bytes. */
static int compare_bytes(const bson_iter_t *a, const bson_iter_t *b)
{
	bson_t x = BSON_INITIALIZER, y = BSON_INITIALIZER;
	int r;

	bson_append_iter(&x, "v", 1, a);
	bson_append_iter(&y, "v", 1, b);
	r = bson_compare(&x, &y);
	bson_destroy(&x);
	bson_destroy(&y);
	return r;
}

int filter_compare(const bson_iter_t *a, const bson_iter_t *b, bool *comparable)
{
	*comparable = true;
	if (is_number(a) && is_number(b))
		return compare_numbers(a, b, comparable);
	if (bson_iter_type(a) != bson_iter_type(b)) {
		*comparable = false;
		return sign(bson_iter_type(a), bson_iter_type(b));
	}
	switch (bson_iter_type(a)) {
	case BSON_TYPE_UTF8: return compare_texts(a, b);
	case BSON_TYPE_DATE_TIME: return sign(bson_iter_date_time(a), bson_iter_date_time(b));
	case BSON_TYPE_BOOL: return sign(bson_iter_bool(a), bson_iter_bool(b));
	case BSON_TYPE_OID: return bson_oid_compare(bson_iter_oid(a), bson_iter_oid(b));
	case BSON_TYPE_NULL: return 0;
	default: return compare_bytes(a, b);
	}
}

static bool is_ordered(const struct filter_node *n, const bson_iter_t *v)
{
	bool comparable;
	int r = filter_compare(v, &n->value, &comparable);

	if (!comparable)
		return false;
	return (r > 0 && n->order & FILTER_GT) || (r < 0 && n->order & FILTER_LT) ||
	       (r == 0 && n->order & FILTER_OR_EQUAL);
}

static bool is_equal(const struct filter_node *n, const bson_iter_t *v)
{
	bool comparable;

	return filter_compare(v, &n->value, &comparable) == 0 && comparable;
}

/* Texts that are not UTF-8 do not match. */
static bool is_like(const struct filter_node *n, const bson_iter_t *v)
{
	static pcre2_match_context *limits;
	const char *text;
	uint32_t len;

	if (!BSON_ITER_HOLDS_UTF8(v))
		return false;
	if (!limits && (limits = pcre2_match_context_create(NULL)))
		pcre2_set_match_limit(limits, MATCH_LIMIT);
	text = bson_iter_utf8(v, &len);
	return pcre2_match(n->regex, (PCRE2_SPTR)text, len, 0, 0, n->match, limits) >= 0;
}

static bool test(const struct filter_node *n, const bson_iter_t *v)
{
	switch (n->kind) {
	case FILTER_EQ: return is_equal(n, v);
	case FILTER_ORDER: return is_ordered(n, v);
	case FILTER_REGEX: return is_like(n, v);
	default: return true; /* exists */
	}
}

/* ── fields ── */

struct walk {
	const struct filter_node *n;
	bool found; /* there is such a field */
};

static bool each(struct walk *w, bson_iter_t it, const char *path);

/* The value as it is, and where it is a list each of its items. */
static bool value(struct walk *w, const bson_iter_t *v)
{
	bson_iter_t it;

	w->found = true;
	if (test(w->n, v))
		return true;
	if (!BSON_ITER_HOLDS_ARRAY(v) || !bson_iter_recurse(v, &it))
		return false;
	while (bson_iter_next(&it))
		if (test(w->n, &it))
			return true;
	return false;
}

static bool deeper(struct walk *w, const bson_iter_t *v, const char *rest)
{
	bson_iter_t it, inner;

	if (!BSON_ITER_HOLDS_ARRAY(v) && !BSON_ITER_HOLDS_DOCUMENT(v))
		return false;
	if (bson_iter_recurse(v, &it) && each(w, it, rest))
		return true;
	if (!BSON_ITER_HOLDS_ARRAY(v) || !bson_iter_recurse(v, &it))
		return false;
	while (bson_iter_next(&it))
		if (BSON_ITER_HOLDS_DOCUMENT(&it) && bson_iter_recurse(&it, &inner) && each(w, inner, rest))
			return true;
	return false;
}

static bool each(struct walk *w, bson_iter_t it, const char *path)
{
	size_t n = strcspn(path, ".");

	while (bson_iter_next(&it)) {
		const char *key = bson_iter_key(&it);

		if (strlen(key) != n || memcmp(key, path, n) != 0)
			continue;
		return path[n] ? deeper(w, &it, path + n + 1) : value(w, &it);
	}
	return false;
}

static bool leaf(const struct filter_node *n, const bson_t *doc)
{
	struct walk w = {n, false};
	bson_iter_t it;
	bool yes = bson_iter_init(&it, doc) && each(&w, it, n->path);

	if (n->kind == FILTER_EXISTS)
		return w.found == n->wanted;
	if (n->kind == FILTER_EQ && BSON_ITER_HOLDS_NULL(&n->value) && !w.found)
		return true;
	return yes;
}

static bool holds(const struct filter_node *n, const bson_t *doc)
{
	const struct filter_node *i = n->first;

	switch (n->kind) {
	case FILTER_AND:
		while (i && holds(i, doc))
			i = i->next;
		return !i;
	case FILTER_OR:
		while (i && !holds(i, doc))
			i = i->next;
		return i;
	case FILTER_NOT: return !holds(i, doc);
	default: return leaf(n, doc);
	}
}

bool filter_match(const struct filter *f, const bson_t *doc)
{
	return !f->root || holds(f->root, doc);
}
