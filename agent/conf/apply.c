/*
 * A type is one function, found through a table.  A default goes the same way as what a user wrote.
 */
#include "conf/apply.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "conf/parts.h"

struct apply {
	struct conf *c;
	const struct genlog_opt *row;
	const struct conf_node *node;
	void *at;
};

typedef int store_fn(const struct apply *a);

/* "…, not "abc""; a secret is not shown. */
static int refuse(const struct apply *a, const struct conf_node *node, const char *wanted)
{
	if (node->kind != CONF_SCALAR)
		return conf_error(
			a->c, node->pos, "\"%s\" has to be %s, not %s", a->row->name, wanted, conf_kind_name(node));
	if (a->row->secret)
		return conf_error(a->c, node->pos, "\"%s\" has to be %s", a->row->name, wanted);
	return conf_error(a->c, node->pos, "\"%s\" has to be %s, not \"%.80s\"", a->row->name, wanted, node->written);
}

static int in_range(const struct apply *a, int64_t v, const char *unit)
{
	const struct genlog_opt *row = a->row;
	bool open = row->max == 0 && row->min >= 0;

	if (v >= row->min && (open || v <= row->max)) {
		*(int64_t *)a->at = v;
		return 0;
	}
	if (open)
		return conf_error(
			a->c, a->node->pos, "\"%s\" has to be at least %lld%s", row->name, (long long)row->min, unit);
	return conf_error(a->c, a->node->pos, "\"%s\" has to be from %lld to %lld%s", row->name, (long long)row->min,
		(long long)row->max, unit);
}

static int choice_index(const struct genlog_opt *row, const char *text, struct text_nearest *near)
{
	near->word = text;
	for (int i = 0; row->choices && row->choices[i]; i++) {
		if (strcmp(row->choices[i], text) == 0)
			return i;
		text_nearest_try(near, row->choices[i]);
	}
	return -1;
}

/* "a, b or c" */
static const char *choices_text(const struct genlog_opt *row, char *to, size_t size)
{
	size_t n = 0;

	*to = 0;
	for (size_t i = 0; row->choices && row->choices[i] && n < size; i++) {
		const char *glue = i == 0 ? "" : row->choices[i + 1] ? ", " : " or ";

		n += (size_t)snprintf(to + n, size - n, "%s%s", glue, row->choices[i]);
	}
	return to;
}

static int store_str(const struct apply *a)
{
	if (a->node->kind != CONF_SCALAR)
		return refuse(a, a->node, "a text");
	*(const char **)a->at = a->node->text;
	return 0;
}

static int store_int(const struct apply *a)
{
	int64_t v = 0;

	if (a->node->kind != CONF_SCALAR || text_int(a->node->text, &v) < 0)
		return refuse(a, a->node, "a whole number");
	return in_range(a, v, "");
}

static int store_bool(const struct apply *a)
{
	if (a->node->kind != CONF_SCALAR || text_bool(a->node->text, a->at) < 0)
		return refuse(a, a->node, "yes or no");
	return 0;
}

static int store_choice(const struct apply *a)
{
	struct text_nearest near = {0};
	char all[256];
	int i;

	choices_text(a->row, all, sizeof(all));
	if (a->node->kind != CONF_SCALAR)
		return refuse(a, a->node, all);
	i = choice_index(a->row, a->node->text, &near);
	if (i >= 0)
		*(int *)a->at = i;
	else if (near.best)
		return conf_error(a->c, a->node->pos, "\"%s\" has to be %s, not \"%.80s\"; did you mean \"%s\"?",
			a->row->name, all, a->node->written, near.best);
	return i >= 0 ? 0 : refuse(a, a->node, all);
}

static int store_size(const struct apply *a)
{
	bool scalar = a->node->kind == CONF_SCALAR;
	int64_t v = 0;

	if (scalar && a->row->percent && text_percent(a->node->text, &v) == 0) {
		*(int64_t *)a->at = -v;
		return 0;
	}
	if (!scalar || text_size(a->node->text, &v) < 0)
		return refuse(a, a->node,
			a->row->percent ? "a size like 4MiB or a share like 5%" : "a size like 64KiB or 4MiB");
	return in_range(a, v, " bytes");
}

static int store_time(const struct apply *a)
{
	bool scalar = a->node->kind == CONF_SCALAR;
	struct text_nearest near = {0};
	int word = scalar ? choice_index(a->row, a->node->text, &near) : -1;
	char all[256], wanted[320];
	int64_t v = 0;

	if (word >= 0) {
		*(int64_t *)a->at = -(word + 1);
		return 0;
	}
	if (scalar && text_time(a->node->text, &v) == 0)
		return in_range(a, v, " ms");
	snprintf(wanted, sizeof(wanted), "%s%sa time like 200ms, 5s or 2h", choices_text(a->row, all, sizeof(all)),
		a->row->choices ? ", or " : "");
	return refuse(a, a->node, wanted);
}

static int list_fill(const struct apply *a, const struct conf_node *first, const char **v)
{
	int r = 0;

	for (const struct conf_node *i = first; i && r != -ENOMEM; i = i->next) {
		if (i->kind != CONF_SCALAR || conf_is_null(i))
			r = refuse(a, i, "a text or a list of texts");
		else
			*v++ = i->text;
	}
	return r;
}

static int store_list(const struct apply *a)
{
	bool one = a->node->kind == CONF_SCALAR;
	size_t n = one ? 1 : a->node->n;
	const char **v;
	int r = 0;

	if (a->node->kind == CONF_MAP)
		return refuse(a, a->node, "a text or a list of texts");
	v = arena_array(&a->c->arena, n + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	if (one)
		v[0] = a->node->text;
	else
		r = list_fill(a, a->node->first, v);
	if (r == 0)
		*(struct genlog_strs *)a->at = (struct genlog_strs){v, n};
	return r;
}

static store_fn *const stores[] = {
	[GENLOG_OPT_STR] = store_str,
	[GENLOG_OPT_INT] = store_int,
	[GENLOG_OPT_BOOL] = store_bool,
	[GENLOG_OPT_CHOICE] = store_choice,
	[GENLOG_OPT_SIZE] = store_size,
	[GENLOG_OPT_TIME] = store_time,
	[GENLOG_OPT_LIST] = store_list,
};

static int group_apply(const struct apply *a, const struct conf_node *node)
{
	int r = 0, u;

	if (node && node->kind != CONF_MAP)
		r = refuse(a, node, "a map");
	if (r < 0)
		node = NULL;
	u = conf_apply(a->c, a->row->rows, node, a->row->name, a->at);
	return r < 0 && u != -ENOMEM ? r : u;
}

static int missing(const struct apply *a, const struct conf_node *map, const char *what)
{
	struct genlog_pos pos = map ? map->pos : (struct genlog_pos){0};

	return conf_error(
		a->c, pos, "%s%sthe setting \"%s\" is missing", what ? what : "", what ? ": " : "", a->row->name);
}

static int default_apply(const struct apply *of)
{
	struct conf_node n = {.kind = CONF_SCALAR, .text = of->row->def, .written = of->row->def};
	struct apply a = {of->c, of->row, &n, of->at};

	return a.row->def ? stores[a.row->type](&a) : 0;
}

static int row_apply(struct apply *a, const struct conf_node *map, const char *what)
{
	a->node = conf_get(map, a->row->name);
	if (a->row->type == GENLOG_OPT_GROUP)
		return group_apply(a, a->node);
	if (a->node && a->row->secret && a->node->kind == CONF_SCALAR && conf_hide(a->c, a->node->written) < 0)
		return -ENOMEM;
	if (a->node)
		return stores[a->row->type](a);
	return a->row->required ? missing(a, map, what) : default_apply(a);
}

int conf_apply(struct conf *c, const struct genlog_opt *rows, const struct conf_node *map, const char *what, void *dst)
{
	int all = 0;

	for (const struct genlog_opt *row = rows; row && row->type; row++) {
		struct apply a = {.c = c, .row = row, .at = (char *)dst + row->offset};
		int r = row_apply(&a, map, what);

		if (r == -ENOMEM)
			return r;
		if (r < 0)
			all = r;
	}
	return all;
}

static const struct genlog_opt *row_find(const struct genlog_opt *row, const char *name)
{
	while (row && row->type && strcmp(row->name, name) != 0)
		row++;
	return row && row->type ? row : NULL;
}

static bool is_other(const char *const *others, const char *name)
{
	while (others && *others && strcmp(*others, name) != 0)
		others++;
	return others && *others;
}

static const char *nearest(const struct genlog_opt *rows, const char *const *others, const char *name)
{
	struct text_nearest near = {.word = name};

	for (; rows && rows->type; rows++)
		text_nearest_try(&near, rows->name);
	for (; others && *others; others++)
		text_nearest_try(&near, *others);
	return near.best;
}

/* A misspelt `password` is followed by a password. */
static int unknown(struct conf *c, const struct genlog_opt *rows, const char *const *others,
	const struct conf_node *key, const char *what)
{
	const char *near = nearest(rows, others, key->key);
	const struct genlog_opt *row = near ? row_find(rows, near) : NULL;
	int (*tell)(struct conf *, struct genlog_pos, const char *, ...) =
		row && row->secret ? conf_error_hidden : conf_error;

	return tell(c, key->key_pos, "unknown setting \"%.80s\"%s%s%s%s%s", key->key, what ? " of " : "",
		what ? what : "", near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

int conf_unknown(struct conf *c, const struct genlog_opt *rows, const char *const *others, const struct conf_node *map,
	const char *what)
{
	int all = 0, r;

	for (const struct conf_node *n = map && map->kind == CONF_MAP ? map->first : NULL; n; n = n->next) {
		const struct genlog_opt *row = row_find(rows, n->key);

		if (row && row->type == GENLOG_OPT_GROUP)
			r = conf_unknown(c, row->rows, NULL, n, row->name);
		else if (row || is_other(others, n->key))
			continue;
		else
			r = unknown(c, rows, others, n, what);
		if (r == -ENOMEM)
			return r;
		if (r < 0)
			all = r;
	}
	return all;
}
