/*
 * Each %{NAME} becomes the expression of that name in a group, each %{NAME:field} one that is caught.  Definitions may
 * use names in turn, to a depth that only those reach that use themselves.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "grok.h"

#define NAME_MAX_LEN 32

struct slice {
	const char *p;
	size_t n;
};

/* What is expanded: the pattern itself, or one of the definitions. */
struct place {
	const char *opt;
	int item; /* -1: the pattern */
	const char *text;
};

static int fail_at(const struct place *at, const char *p, struct genlog_err *err, const char *why, struct slice what)
{
	const char *of = at->item < 0 && at->opt ? "pattern" : "definition";
	int r;

	if (!at->opt) /* of the library: it is the name that led there which is at fault, and told */
		return genlog_fail(err, EINVAL, "%s \"%.*s\"", why, (int)what.n, what.p);
	r = genlog_fail_opt(err, at->opt, EINVAL, "column %zu of the %s: %s \"%.*s\"", (size_t)(p - at->text) + 1, of,
		why, (int)(what.n < 64 ? what.n : 64), what.p);
	if (err)
		err->opt_item = at->item;
	return r;
}

/* ── suggestions ── */

static unsigned distance(const char *a, size_t n, const char *b, size_t m)
{
	unsigned row[NAME_MAX_LEN + 1];

	if (n > NAME_MAX_LEN || m > NAME_MAX_LEN)
		return NAME_MAX_LEN;
	for (size_t j = 0; j <= m; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned change = diagonal + ((a[i - 1] | 0x20) != (b[j - 1] | 0x20)), up = row[j];

			row[j] = change < up + 1 ? change : up + 1;
			row[j] = row[j] < row[j - 1] + 1 ? row[j] : row[j - 1] + 1;
			diagonal = up;
		}
	}
	return row[m];
}

static const char *nearest(struct slice name)
{
	const char *best = NULL, *other;
	unsigned least = name.n > 4 ? 3 : 2, d;

	for (size_t i = 0; (other = library_name(i)); i++) {
		d = distance(name.p, name.n, other, strlen(other));
		if (d < least) {
			least = d;
			best = other;
		}
	}
	return best;
}

static int unknown(const struct place *at, const char *p, struct slice name, struct genlog_err *err)
{
	const char *like = nearest(name);
	int r = fail_at(at, p, err, "no pattern is called", name);
	size_t n = err ? strlen(err->text) : 0;

	if (err && like)
		snprintf(err->text + n, sizeof(err->text) - n, "; did you mean \"%s\"?", like);
	return r;
}

/* ── definitions ── */

/* "NAME expression" */
static bool define(const char *text, struct slice *name, const char **is)
{
	size_t n = strcspn(text, " \t");

	*name = (struct slice){text, n};
	*is = text + n + strspn(text + n, " \t");
	return n > 0 && n <= NAME_MAX_LEN && **is;
}

/* One's own come before those of the library. */
static const char *find(const struct grok *g, struct slice name, struct place *at)
{
	struct slice other;
	const char *is;

	for (size_t i = g->definitions.n; i-- > 0;) {
		if (define(g->definitions.v[i], &other, &is) && other.n == name.n &&
			memcmp(other.p, name.p, name.n) == 0) {
			*at = (struct place){"definitions", (int)i, g->definitions.v[i]};
			return is;
		}
	}
	is = library_find(name.p, name.n);
	*at = (struct place){NULL, -1, is};
	return is;
}

/* ── references ── */

struct reference {
	struct slice name, field, type;
};

/* Behind "%{": to the brace that closes it, or NULL. */
static const char *reference(const char *p, struct reference *r)
{
	const char *end = strchr(p, '}'), *colon;

	if (!end)
		return NULL;
	*r = (struct reference){.name = {p, (size_t)(end - p)}};
	colon = memchr(p, ':', r->name.n);
	if (!colon)
		return end;
	r->name.n = (size_t)(colon - p);
	r->field = (struct slice){colon + 1, (size_t)(end - colon - 1)};
	colon = memchr(r->field.p, ':', r->field.n);
	if (colon) {
		r->type = (struct slice){colon + 1, (size_t)(end - colon - 1)};
		r->field.n = (size_t)(colon - r->field.p);
	}
	return end;
}

/* "[http][request]" is "http.request". */
static const char *field_name(struct grok *g, struct slice f)
{
	char *to = g->names + g->n_names;
	size_t n = 0;

	if (f.n + 1 > sizeof(g->names) - g->n_names)
		return NULL;
	for (size_t i = 0; i < f.n; i++) {
		if (f.p[i] == '[' || f.p[i] == ']') {
			if (f.p[i] == '[' && n && to[n - 1] != '.')
				to[n++] = '.';
		} else {
			to[n++] = f.p[i];
		}
	}
	to[n++] = 0;
	g->n_names += n;
	return n > 1 ? to : NULL;
}

static int type_of(struct slice t)
{
	static const struct {
		const char *name;
		int as;
	} types[] = {{"int", AS_INT}, {"long", AS_INT}, {"float", AS_NUMBER}, {"double", AS_NUMBER},
		{"number", AS_NUMBER}, {"bool", AS_BOOL}, {"boolean", AS_BOOL}, {"string", AS_TEXT}, {"text", AS_TEXT}};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (strlen(types[i].name) == t.n && memcmp(types[i].name, t.p, t.n) == 0)
			return types[i].as;
	return -1;
}

static int append(struct grok *g, const char *p, size_t n)
{
	if (g->expanded.n + n > EXPANDED_MAX)
		return -E2BIG;
	if (genlog_buf_reserve(&g->expanded, n + 1) < 0)
		return -ENOMEM;
	memcpy(g->expanded.p + g->expanded.n, p, n);
	g->expanded.n += n;
	g->expanded.p[g->expanded.n] = 0;
	return 0;
}

static int capture(
	struct grok *g, const struct reference *ref, const struct place *at, const char *p, struct genlog_err *err)
{
	struct field *f = &g->fields[g->n_fields];
	int as = ref->type.n ? type_of(ref->type) : AS_TEXT;
	char open[24];
	int n;

	if (as < 0)
		return fail_at(at, p, err, "the type has to be int, float, bool or string, not", ref->type);
	if (g->n_fields == MAX_GROUPS)
		return fail_at(at, p, err, "too many fields at", ref->field);
	f->name = field_name(g, ref->field);
	if (!f->name)
		return fail_at(at, p, err, "that is no name of a field:", ref->field);
	f->as = (uint8_t)as;
	f->typed = ref->type.n > 0;
	n = snprintf(open, sizeof(open), "(?<f%03zu>", g->n_fields++);
	return append(g, open, (size_t)n);
}

static int text(struct grok *g, const char *p, const struct place *at, int depth, struct genlog_err *err);

static int one(struct grok *g, const char *p, const struct reference *ref, const struct place *at, int depth,
	struct genlog_err *err)
{
	struct place inner;
	const char *is = find(g, ref->name, &inner);
	int r;

	if (!is)
		return unknown(at, p, ref->name, err);
	if (depth == DEPTH_MAX)
		return fail_at(at, p, err, "the definitions use each other in a circle, at", ref->name);
	r = ref->field.n ? capture(g, ref, at, p, err) : append(g, "(?:", 3);
	if (r == 0)
		r = text(g, is, &inner, depth + 1, err);
	return r == 0 ? append(g, ")", 1) : r;
}

static int text(struct grok *g, const char *p, const struct place *at, int depth, struct genlog_err *err)
{
	struct reference ref;
	const char *next, *end;
	int r = 0;

	for (; r == 0 && (next = strstr(p, "%{")); p = end + 1) {
		end = reference(next + 2, &ref);
		if (!end)
			return fail_at(at, next, err, "no } behind", (struct slice){next, strlen(next)});
		r = append(g, p, (size_t)(next - p));
		if (r == 0)
			r = one(g, next, &ref, at, depth, err);
	}
	return r == 0 ? append(g, p, strlen(p)) : r;
}

static int check_definitions(const struct grok *g, struct genlog_err *err)
{
	struct slice name;
	const char *is;

	for (size_t i = 0; i < g->definitions.n; i++) {
		if (define(g->definitions.v[i], &name, &is))
			continue;
		genlog_fail_opt(err, "definitions", EINVAL,
			"\"%.64s\" has to be NAME and, behind a blank, what it stands for", g->definitions.v[i]);
		if (err)
			err->opt_item = (int)i;
		return -EINVAL;
	}
	return 0;
}

int grok_expand(struct grok *g, struct genlog_err *err)
{
	struct place at = {"pattern", -1, g->pattern};
	int r = check_definitions(g, err);

	if (r == 0)
		r = text(g, g->pattern, &at, 0, err);
	return r == -E2BIG ? genlog_fail_opt(err, "pattern", E2BIG, "the pattern becomes larger than %zu KiB",
				     EXPANDED_MAX / 1024)
			   : r;
}
