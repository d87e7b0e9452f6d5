/*
 * What is put into texts after parsing: `${NAME}`, `${NAME:-default}`, `$${` for a literal `${`, and the contents of
 * files.  Other dollar signs, of which patterns are full, stay as they are.  It is never read as YAML again, so a value
 * from outside can be anything and is only ever one text.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <genlog/record.h>

#include "base/text.h"
#include "conf/parts.h"

/* One pass measures (`to` NULL), a second one writes. */
struct out {
	char *to;
	size_t n;
};

static void put(struct out *o, const char *p, size_t n)
{
	if (o->to && n)
		memcpy(o->to + o->n, p, n);
	o->n += n;
}

static bool is_name(const char *p, size_t n)
{
	if (n == 0 || n > 255 || isdigit((unsigned char)*p))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!isalnum((unsigned char)p[i]) && p[i] != '_')
			return false;
	}
	return true;
}

static const char *env(const char *name, size_t n)
{
	char z[256];

	memcpy(z, name, n);
	z[n] = 0;
	return getenv(z);
}

/* What stands between the braces: NAME or NAME:-default. */
static int variable(struct conf *c, struct genlog_pos pos, const char *p, size_t n, struct out *o)
{
	const char *def = memmem(p, n, ":-", 2), *val;
	size_t name = def ? (size_t)(def - p) : n;

	if (!is_name(p, name))
		return conf_error(
			c, pos, "\"${%.*s}\" names no variable; write $${ for a literal ${", (int)(n < 80 ? n : 80), p);
	val = env(p, name);
	if (val && (*val || !def))
		put(o, val, strlen(val));
	else if (def)
		put(o, def + 2, n - name - 2);
	else
		return conf_error(c, pos,
			"the environment has no variable \"%.*s\"; set it, or give a default: ${%.*s:-…}", (int)name, p,
			(int)name, p);
	return 0;
}

static int expand(struct conf *c, struct genlog_pos pos, const char *p, struct out *o)
{
	const char *dollar, *end;
	int r;

	for (; (dollar = strchr(p, '$')); p = end + 1) {
		put(o, p, (size_t)(dollar - p));
		end = dollar + (strncmp(dollar, "$${", 3) == 0);
		if (dollar[1] != '{') {
			put(o, "$", 1);
			continue;
		}
		end = strchr(dollar, '}');
		if (!end)
			return conf_error(c, pos, "\"${\" without its \"}\"; write $${ for a literal ${");
		r = variable(c, pos, dollar + 2, (size_t)(end - dollar - 2), o);
		if (r < 0)
			return r;
	}
	put(o, p, strlen(p));
	return 0;
}

static int check(struct conf *c, struct genlog_pos pos, const char *p, size_t n)
{
	if (n > CONF_MAX_TEXT)
		return conf_error(c, pos, "more than 1 MiB in one text");
	if (memchr(p, 0, n) || genlog_utf8_valid(p, n) != n)
		return conf_error(c, pos, "what is put in here is not UTF-8 text");
	return 0;
}

static int variables(struct conf *c, struct conf_node *node)
{
	struct out o = {0};
	int r = expand(c, node->pos, node->text, &o);

	if (r < 0)
		return r;
	if (o.n > CONF_MAX_TEXT)
		return conf_error(c, node->pos, "more than 1 MiB in one text");
	o.to = arena_alloc(&c->arena, o.n + 1);
	if (!o.to)
		return -ENOMEM;
	o.n = 0;
	r = expand(c, node->pos, node->text, &o);
	node->text = o.to;
	return r < 0 ? r : check(c, node->pos, o.to, o.n);
}

/* An editor's newline at the end of the file is not meant. */
static int contents(struct conf *c, struct conf_node *node)
{
	char *path = conf_beside(&c->arena, node->pos.file, node->text), *text = NULL;
	size_t n = 0;
	int r = path ? conf_slurp(&c->arena, path, CONF_MAX_TEXT, &text, &n) : -ENOMEM;

	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return conf_error(c, node->pos, "cannot read file \"%s\": %s", node->written, strerror(-r));
	if (n && text[n - 1] == '\n')
		n--;
	if (n && text[n - 1] == '\r')
		n--;
	text[n] = 0;
	r = check(c, node->pos, text, n);
	node->text = text;
	return r;
}

int conf_subst(struct conf *c, struct conf_node *node, bool from_file)
{
	int r = strchr(node->text, '$') ? variables(c, node) : 0;

	return r == 0 && from_file ? contents(c, node) : r;
}
