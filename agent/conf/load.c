#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/place.h"
#include "conf/parts.h"

struct names {
	const char **v;
	size_t n;
};

/* What editors and package managers leave lying beside a drop-in. */
static bool is_leftover(const char *path)
{
	static const char *const ends[] = {"~", ".bak", ".rpmsave", ".rpmnew", ".rpmorig", ".swp", NULL};
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	size_t n = strlen(name);

	for (size_t i = 0; ends[i]; i++) {
		size_t k = strlen(ends[i]);

		if (n >= k && strcmp(name + n - k, ends[i]) == 0)
			return true;
	}
	return *name == '.' || strstr(name, ".dpkg-");
}

static bool has_name(const struct names *names, const char *path)
{
	for (size_t i = 0; i < names->n; i++) {
		if (strcmp(names->v[i], path) == 0)
			return true;
	}
	return false;
}

static int names_add(struct arena *a, const char *main, struct names *names, char *const *paths, size_t n)
{
	const char **v = arena_array(a, names->n + n + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	if (names->n)
		memcpy(v, names->v, names->n * sizeof(*v));
	names->v = v;
	for (size_t i = 0; i < n; i++) {
		if (is_leftover(paths[i]) || has_name(names, paths[i]) || strcmp(paths[i], main) == 0)
			continue;
		v[names->n] = arena_str(a, paths[i]);
		if (!v[names->n])
			return -ENOMEM;
		names->n++;
	}
	return 0;
}

static int include_glob(struct conf *c, const char *main, const char *pattern, struct names *names)
{
	char *full = conf_beside(&c->arena, main, pattern);
	glob_t g = {0};
	int r;

	if (!full)
		return -ENOMEM;
	r = glob(full, 0, NULL, &g);
	if (r == 0)
		r = names_add(&c->arena, main, names, g.gl_pathv, g.gl_pathc);
	else
		r = r == GLOB_NOSPACE ? -ENOMEM : 0;
	globfree(&g);
	return r;
}

static int node_id_default(struct conf *c)
{
	char name[HOST_NAME_MAX + 1] = {0};

	if (c->agent.node_id && *c->agent.node_id)
		return 0;
	if (gethostname(name, sizeof(name) - 1) < 0 || !*name)
		memcpy(name, "localhost", sizeof("localhost"));
	c->agent.node_id = arena_str(&c->arena, name);
	return c->agent.node_id ? 0 : -ENOMEM;
}

static int root_check(struct conf *c, const struct conf_node *root)
{
	if (!root || root->kind == CONF_MAP || conf_is_null(root))
		return 0;
	return conf_error(c, root->pos, "a configuration is a map of settings, not %s", conf_kind_name(root));
}

static int tree_load(struct conf *c, const char *path, struct conf_node **root, const char **name)
{
	struct conf_file *f = conf_file_add(c, path);
	int r = f ? conf_file_read(c, f) : -ENOMEM;

	if (r < 0)
		return r;
	*name = f->path;
	r = conf_yaml(c, f, root);
	r = r == -ENOMEM ? r : conf_worse(r, root_check(c, *root));
	if (*root && (*root)->kind != CONF_MAP)
		*root = NULL;
	return r;
}

static int service_name(struct conf *c, struct conf_service *s)
{
	const char *base = strrchr(s->file, '/') ? strrchr(s->file, '/') + 1 : s->file;
	const char *dot = strrchr(base, '.');

	if (s->name && *s->name)
		return 0;
	s->name = arena_copy(&c->arena, base, dot && dot > base ? (size_t)(dot - base) : strlen(base));
	return s->name ? 0 : -ENOMEM;
}

static int output_build(struct conf *c, const struct conf_node *root)
{
	const struct conf_node *node = conf_get(root, "output");
	struct genlog_pos pos = {c->files->path, 0, 0};

	c->output.node = node;
	if (!node)
		return conf_error(
			c, pos, "the setting \"output\" is missing; say where to, like output: {type: stdout}");
	if (node->kind != CONF_MAP)
		return conf_error(c, node->pos, "\"output\" has to be a map, not %s", conf_kind_name(node));
	return conf_apply(c, conf_output_rows, node, "output", &c->output);
}

static int agent_build(struct conf *c, const struct conf_node *root)
{
	int r = conf_apply(c, conf_agent_rows, root, NULL, &c->agent);

	r = conf_worse(r, conf_unknown(c, conf_agent_rows, conf_main_others, root, NULL));
	r = conf_worse(r, conf_fields_build(c, conf_get(root, "fields"), NULL, &c->agent.fields));
	r = conf_worse(r, output_build(c, root));
	if (!c->agent.fields.environment)
		c->agent.fields.environment = c->agent.environment;
	if (c->agent.admin.socket && !*c->agent.admin.socket)
		c->agent.admin.socket = NULL;
	if (!c->agent.plugin_dir)
		c->agent.plugin_dir = place_plugins();
	return conf_worse(r, node_id_default(c));
}

static int main_load(struct conf *c, const char *path, struct conf_node **root)
{
	const char *name = NULL;
	int r = tree_load(c, path, root, &name);

	/* Of a file that is no YAML, what is missing in it would be noise. */
	if (!*root && r < 0)
		return r;
	return r == -ENOMEM ? r : conf_worse(r, agent_build(c, *root));
}

static int dropin_load(struct conf *c, struct conf_service *s, const char *path)
{
	struct conf_node *root = NULL;
	int r = tree_load(c, path, &root, &s->file);

	if (!s->file)
		s->file = path;
	if (r == -ENOMEM)
		return r;
	r = conf_worse(r, conf_unknown(c, conf_service_rows, conf_service_others, root, NULL));
	r = conf_worse(r, conf_service_build(c, s, root));
	s->aside = r < 0;
	r = conf_worse(r, service_name(c, s));
	return r == -ENOMEM ? r : 0;
}

static int services_load(struct conf *c, const struct conf_node *root, const struct names *names)
{
	struct conf_service *own;
	int r;

	c->services = own = arena_array(&c->arena, names->n + 1, sizeof(*c->services));
	if (!own)
		return -ENOMEM;
	c->n_services = 1;
	own->file = c->files->path;
	r = conf_service_build(c, own, root);
	own->aside = r < 0;
	r = conf_worse(r, service_name(c, own));
	for (size_t i = 0; r != -ENOMEM && i < names->n; i++)
		r = conf_worse(r, dropin_load(c, &c->services[c->n_services++], names->v[i]));
	return r;
}

static int names_find(struct conf *c, struct names *names)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->agent.include.n; i++)
		r = include_glob(c, c->files->path, c->agent.include.v[i], names);
	return r;
}

static const struct conf_parser *parser_before(const struct conf *c, size_t service, size_t parser, const char *name)
{
	for (size_t i = 0; i <= service; i++) {
		const struct conf_service *s = &c->services[i];

		for (size_t k = 0; k < (i == service ? parser : s->n_parsers); k++) {
			if (s->parsers[k].name && strcmp(s->parsers[k].name, name) == 0)
				return &s->parsers[k];
		}
	}
	return NULL;
}

static int twins_check(struct conf *c, size_t service)
{
	struct conf_service *s = &c->services[service];
	int r = 0;

	for (size_t k = 0; k < s->n_parsers && r != -ENOMEM; k++) {
		const char *name = s->parsers[k].name;
		const struct conf_parser *twin = name ? parser_before(c, service, k, name) : NULL;
		struct genlog_pos at, first;

		if (!twin)
			continue;
		at = conf_where(s->parsers[k].node, "name", -1);
		first = conf_where(twin->node, "name", -1);
		r = conf_error(c, at, "there are two parsers \"%.80s\"; the first is at %s:%d:%d", name, first.file,
			first.line, first.col);
		s->aside = true;
	}
	return r;
}

int conf_load(struct conf *c, const char *path)
{
	struct conf_node *root = NULL;
	struct names names = {0};
	int r, s;

	r = tz_load(&c->host_zone, &c->arena, NULL, NULL);
	if (r == 0)
		r = main_load(c, path, &root);
	if (r == -ENOMEM || (r < 0 && !root))
		return r;
	s = names_find(c, &names);
	if (s == 0)
		s = services_load(c, root, &names);
	for (size_t i = 0; s != -ENOMEM && i < c->n_services; i++)
		s = conf_worse(s, twins_check(c, i)) == -ENOMEM ? -ENOMEM : s;
	if (s == -ENOMEM)
		return s;
	return r < 0 || c->services[0].aside ? -EINVAL : 0;
}

void conf_fini(struct conf *c)
{
	arena_free(&c->arena);
	*c = (struct conf){0};
}

const struct conf_parser *conf_parser_find(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_services; i++) {
		const struct conf_service *s = &c->services[i];

		for (size_t k = 0; !s->aside && k < s->n_parsers; k++) {
			if (strcmp(s->parsers[k].name, name) == 0)
				return &s->parsers[k];
		}
	}
	return NULL;
}
