#include "conf/node.h"

#include <string.h>

static const struct conf_node *find(const struct conf_node *map, const char *key)
{
	const struct conf_node *n = map && map->kind == CONF_MAP ? map->first : NULL;

	while (n && strcmp(n->key, key) != 0)
		n = n->next;
	return n;
}

const struct conf_node *conf_get(const struct conf_node *map, const char *key)
{
	const struct conf_node *n = find(map, key);

	return n && conf_is_null(n) ? NULL : n;
}

const char *conf_text(const struct conf_node *map, const char *key)
{
	const struct conf_node *n = conf_get(map, key);

	return n && n->kind == CONF_SCALAR ? n->text : NULL;
}

bool conf_is_null(const struct conf_node *node)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};

	if (node->kind != CONF_SCALAR || !node->plain)
		return false;
	for (size_t i = 0; nulls[i]; i++) {
		if (strcmp(node->written, nulls[i]) == 0)
			return true;
	}
	return false;
}

const char *conf_kind_name(const struct conf_node *node)
{
	static const char *const names[] = {[CONF_SCALAR] = "a text", [CONF_MAP] = "a map", [CONF_LIST] = "a list"};

	return names[node->kind];
}

struct genlog_pos conf_where(const struct conf_node *map, const char *key, int item)
{
	const struct conf_node *n = find(map, key), *i;

	if (!n)
		return map ? map->pos : (struct genlog_pos){0};
	if (item < 0 || n->kind != CONF_LIST)
		return n->pos;
	for (i = n->first; i && item > 0; item--)
		i = i->next;
	return i ? i->pos : n->pos;
}
