/* A query to a tree of conditions; what it means is MongoDB's. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/filter.h"

#define DEPTH 32

struct build {
	struct filter *f;
	struct genlog_err *err;
	unsigned depth;
};

static int query_read(struct build *b, bson_iter_t it, struct filter_node *into);
static int ops_read(struct build *b, const char *path, const bson_iter_t *at, struct filter_node *into);

static struct filter_node *make(struct build *b, enum filter_kind kind, struct filter_node *into)
{
	struct filter_node *n = aligned_alloc(_Alignof(struct filter_node), sizeof(*n)), **tail;

	if (!n)
		return NULL;
	memset(n, 0, sizeof(*n));
	n->kind = kind;
	n->allocated = b->f->last_made;
	b->f->last_made = n;
	for (tail = into ? &into->first : NULL; tail && *tail;)
		tail = &(*tail)->next;
	if (tail)
		*tail = n;
	return n;
}

static int no_memory(struct build *b)
{
	return genlog_fail(b->err, ENOMEM, "no memory for the filter");
}

/* A condition on a value; NULL: no memory. */
static struct filter_node *leaf(
	struct build *b, enum filter_kind kind, const char *path, const bson_iter_t *value, struct filter_node *into)
{
	struct filter_node *n = make(b, kind, into);

	if (n) {
		n->path = path;
		n->value = *value;
	}
	return n;
}

static int regex(struct build *b, const char *path, const char *pattern, const char *options, struct filter_node *into)
{
	static const struct {
		char letter;
		uint32_t flag;
	} flags[] = {{'i', PCRE2_CASELESS}, {'m', PCRE2_MULTILINE}, {'s', PCRE2_DOTALL}, {'x', PCRE2_EXTENDED}};
	struct filter_node *n = make(b, FILTER_REGEX, into);
	uint32_t with = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C;
	PCRE2_UCHAR text[160];
	PCRE2_SIZE at;
	int code;

	if (!n)
		return no_memory(b);
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (strchr(options, flags[i].letter))
			with |= flags[i].flag;
	n->path = path;
	n->regex = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, with, &code, &at, NULL);
	if (!n->regex) {
		pcre2_get_error_message(code, text, sizeof(text));
		return genlog_fail(b->err, EINVAL, "the pattern \"%.80s\" of %.60s: %s, at character %zu", pattern,
			path, (const char *)text, at + 1);
	}
	pcre2_jit_compile(n->regex, PCRE2_JIT_COMPLETE);
	n->match = pcre2_match_data_create_from_pattern(n->regex, NULL);
	return n->match ? 0 : no_memory(b);
}

static int regex_value(
	struct build *b, const char *path, const bson_iter_t *v, const char *options, struct filter_node *into)
{
	const char *own = "";

	if (BSON_ITER_HOLDS_REGEX(v)) {
		const char *pattern = bson_iter_regex(v, &own);

		return regex(b, path, pattern, *own ? own : options, into);
	}
	if (BSON_ITER_HOLDS_UTF8(v))
		return regex(b, path, bson_iter_utf8(v, NULL), options, into);
	return genlog_fail(b->err, EINVAL, "\"$regex\" of %.80s is not a text", path);
}

static int equal(struct build *b, const char *path, const bson_iter_t *v, struct filter_node *into)
{
	if (BSON_ITER_HOLDS_REGEX(v))
		return regex_value(b, path, v, "", into);
	return leaf(b, FILTER_EQ, path, v, into) ? 0 : no_memory(b);
}

static int any_of(struct build *b, const char *path, const bson_iter_t *list, struct filter_node *into)
{
	struct filter_node *any = make(b, FILTER_OR, into);
	bson_iter_t it;
	int r = 0;

	if (!any)
		return no_memory(b);
	if (!BSON_ITER_HOLDS_ARRAY(list) || !bson_iter_recurse(list, &it))
		return genlog_fail(b->err, EINVAL, "\"$in\" and \"$nin\" of %.80s want a list", path);
	while (r == 0 && bson_iter_next(&it))
		r = equal(b, path, &it, any);
	return r;
}

static int negated(struct build *b, const char *path, const bson_iter_t *v, struct filter_node *into,
	int (*read)(struct build *, const char *, const bson_iter_t *, struct filter_node *))
{
	struct filter_node *no = make(b, FILTER_NOT, into);

	return no ? read(b, path, v, no) : no_memory(b);
}

static int not_ops(struct build *b, const char *path, const bson_iter_t *v, struct filter_node *into)
{
	return BSON_ITER_HOLDS_DOCUMENT(v) ? ops_read(b, path, v, into) : equal(b, path, v, into);
}

static int exists(struct build *b, const char *path, const bson_iter_t *v, struct filter_node *into)
{
	struct filter_node *n = leaf(b, FILTER_EXISTS, path, v, into);

	if (!n)
		return no_memory(b);
	n->wanted = bson_iter_as_bool(v);
	return 0;
}

static int ordered(struct build *b, const char *path, const bson_iter_t *v, unsigned how, struct filter_node *into)
{
	struct filter_node *n = leaf(b, FILTER_ORDER, path, v, into);

	if (!n)
		return no_memory(b);
	n->order = how;
	return 0;
}

static const struct {
	const char *name;
	unsigned how;
} orders[] = {{"$gt", FILTER_GT}, {"$gte", FILTER_GT | FILTER_OR_EQUAL}, {"$lt", FILTER_LT},
	{"$lte", FILTER_LT | FILTER_OR_EQUAL}};

static const struct {
	const char *name;
	bool no;
	int (*read)(struct build *, const char *, const bson_iter_t *, struct filter_node *);
} field_ops[] = {{"$eq", false, equal}, {"$ne", true, equal}, {"$in", false, any_of}, {"$nin", true, any_of},
	{"$exists", false, exists}, {"$not", true, not_ops}};

static const char *options_of(const bson_iter_t *at)
{
	bson_iter_t it;

	return bson_iter_recurse(at, &it) && bson_iter_find(&it, "$options") && BSON_ITER_HOLDS_UTF8(&it)
		       ? bson_iter_utf8(&it, NULL)
		       : "";
}

static int op_read(
	struct build *b, const char *path, const bson_iter_t *map, const bson_iter_t *op, struct filter_node *into)
{
	const char *name = bson_iter_key(op);

	if (strcmp(name, "$regex") == 0)
		return regex_value(b, path, op, options_of(map), into);
	if (strcmp(name, "$options") == 0)
		return 0;
	for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++)
		if (strcmp(name, orders[i].name) == 0)
			return ordered(b, path, op, orders[i].how, into);
	for (size_t i = 0; i < sizeof(field_ops) / sizeof(*field_ops); i++)
		if (strcmp(name, field_ops[i].name) == 0)
			return field_ops[i].no ? negated(b, path, op, into, field_ops[i].read)
					       : field_ops[i].read(b, path, op, into);
	return genlog_fail(
		b->err, ENOTSUP, "the operator \"%.40s\" can be asked of a database only, not of files", name);
}

/* {field: {$gt: 1, $lt: 5}}: all of them. */
static int ops_read(struct build *b, const char *path, const bson_iter_t *at, struct filter_node *into)
{
	struct filter_node *all = make(b, FILTER_AND, into);
	bson_iter_t it;
	int r = all ? 0 : no_memory(b);

	if (!bson_iter_recurse(at, &it))
		return genlog_fail(b->err, EINVAL, "the query is damaged");
	if (r == 0 && ++b->depth > DEPTH)
		r = genlog_fail(b->err, EINVAL, "the query is nested more than %d deep", DEPTH);
	while (r == 0 && bson_iter_next(&it))
		r = op_read(b, path, at, &it, all);
	b->depth--;
	return r;
}

static bool holds_ops(const bson_iter_t *v)
{
	bson_iter_t it;

	return BSON_ITER_HOLDS_DOCUMENT(v) && bson_iter_recurse(v, &it) && bson_iter_next(&it) &&
	       bson_iter_key(&it)[0] == '$';
}

static int list_read(struct build *b, const bson_iter_t *list, enum filter_kind kind, struct filter_node *into)
{
	struct filter_node *n = make(b, kind, into);
	bson_iter_t it, inner;
	int r = n ? 0 : no_memory(b);

	if (r == 0 && (!BSON_ITER_HOLDS_ARRAY(list) || !bson_iter_recurse(list, &it)))
		return genlog_fail(b->err, EINVAL, "\"%.20s\" wants a list of conditions", bson_iter_key(list));
	while (r == 0 && bson_iter_next(&it)) {
		struct filter_node *one = make(b, FILTER_AND, n);

		if (!one)
			return no_memory(b);
		if (!BSON_ITER_HOLDS_DOCUMENT(&it) || !bson_iter_recurse(&it, &inner))
			return genlog_fail(b->err, EINVAL, "\"%.20s\" wants a list of conditions", bson_iter_key(list));
		r = query_read(b, inner, one);
	}
	return r;
}

static int logic_read(struct build *b, const bson_iter_t *at, struct filter_node *into)
{
	const char *name = bson_iter_key(at);
	struct filter_node *no;

	if (strcmp(name, "$and") == 0)
		return list_read(b, at, FILTER_AND, into);
	if (strcmp(name, "$or") == 0)
		return list_read(b, at, FILTER_OR, into);
	if (strcmp(name, "$nor") == 0) {
		no = make(b, FILTER_NOT, into);
		return no ? list_read(b, at, FILTER_OR, no) : no_memory(b);
	}
	return genlog_fail(
		b->err, ENOTSUP, "the operator \"%.40s\" can be asked of a database only, not of files", name);
}

static int query_read(struct build *b, bson_iter_t it, struct filter_node *into)
{
	int r = 0;

	if (++b->depth > DEPTH)
		r = genlog_fail(b->err, EINVAL, "the query is nested more than %d deep", DEPTH);
	while (r == 0 && bson_iter_next(&it)) {
		const char *key = bson_iter_key(&it);

		if (*key == '$')
			r = logic_read(b, &it, into);
		else
			r = holds_ops(&it) ? ops_read(b, key, &it, into) : equal(b, key, &it, into);
	}
	b->depth--;
	return r;
}

int filter_compile(struct filter *f, struct genlog_err *err)
{
	struct build b = {f, err, 0};
	bson_iter_t it;

	if (!bson_iter_init(&it, f->query))
		return genlog_fail(err, EINVAL, "the query is damaged");
	f->root = make(&b, FILTER_AND, NULL);
	return f->root ? query_read(&b, it, f->root) : no_memory(&b);
}
