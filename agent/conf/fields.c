/* What is put on every document of a service: its own `fields`, completed from the agent's. */
#include <errno.h>
#include <string.h>

#include "conf/parts.h"

const struct genlog_opt conf_field_rows[] = {
	GENLOG_STR(struct conf_fields, version, .help = "version of the service"),
	GENLOG_STR(struct conf_fields, environment, .help = "in place of the agent's"),
	GENLOG_LIST(struct conf_fields, tags, .help = "joined with the agent's"),
	{0},
};

static bool is_row(const char *key)
{
	const struct genlog_opt *row = conf_field_rows;

	while (row->type && strcmp(row->name, key) != 0)
		row++;
	return row->type;
}

static bool has(const struct conf_field *f, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(f[i].name, name) == 0)
			return true;
	}
	return false;
}

/* Both lists, without what stands in both. */
static int tags_join(struct conf *c, const struct genlog_strs *above, struct genlog_strs *tags)
{
	const char **v = arena_array(&c->arena, above->n + tags->n + 1, sizeof(*v));
	size_t n = 0;

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < above->n + tags->n; i++) {
		const char *tag = i < above->n ? above->v[i] : tags->v[i - above->n];
		size_t k = 0;

		while (k < n && strcmp(v[k], tag) != 0)
			k++;
		v[k] = tag;
		n += k == n;
	}
	*tags = (struct genlog_strs){v, n};
	return 0;
}

static int others_own(struct conf *c, const struct conf_node *node, struct conf_field *f, size_t *n)
{
	int r = 0;

	for (const struct conf_node *i = node ? node->first : NULL; i && r != -ENOMEM; i = i->next) {
		if (is_row(i->key))
			continue;
		if (i->kind != CONF_SCALAR)
			r = conf_error(
				c, i->pos, "field \"%.80s\" has to be a text, not %s", i->key, conf_kind_name(i));
		else if (!*i->key || *i->key == '$' || strchr(i->key, '.'))
			r = conf_error(
				c, i->key_pos, "\"%.80s\" cannot name a field: empty, or '$' or '.' in it", i->key);
		else
			f[(*n)++] = (struct conf_field){i->key, i->text, i->key_pos};
	}
	return r;
}

static int others_build(
	struct conf *c, const struct conf_node *node, const struct conf_fields *above, struct conf_fields *out)
{
	size_t n = 0, most = (node ? node->n : 0) + above->n_others + 1;
	struct conf_field *f = arena_array(&c->arena, most, sizeof(*f));
	int r = f ? others_own(c, node, f, &n) : -ENOMEM;
	size_t own = n;

	if (r == -ENOMEM)
		return r;
	for (size_t i = 0; i < above->n_others; i++) {
		if (!has(f, own, above->others[i].name))
			f[n++] = above->others[i];
	}
	out->others = f;
	out->n_others = n;
	return r;
}

int conf_fields_build(
	struct conf *c, const struct conf_node *node, const struct conf_fields *above, struct conf_fields *out)
{
	static const struct conf_fields nothing;
	int r, o;

	if (node && node->kind != CONF_MAP)
		return conf_error(c, node->pos, "\"fields\" has to be a map, not %s", conf_kind_name(node));
	above = above ? above : &nothing;
	r = conf_apply(c, conf_field_rows, node, "fields", out);
	if (r != -ENOMEM && tags_join(c, &above->tags, &out->tags) < 0)
		r = -ENOMEM;
	o = r == -ENOMEM ? r : others_build(c, node, above, out);
	if (!out->version)
		out->version = above->version;
	if (!out->environment)
		out->environment = above->environment;
	return o < 0 ? o : r;
}
