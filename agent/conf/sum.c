/* Whether two configurations say the same: a sum over what they hold. */
#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "conf/node.h"

void conf_sum_bytes(struct conf_sum *s, const void *p, size_t n)
{
	s->h[0] = hash64(p, n, hash_mix(s->h[0], n));
	s->h[1] = hash64(p, n, hash_mix(s->h[1], ~(uint64_t)n));
}

void conf_sum_text(struct conf_sum *s, const char *text)
{
	conf_sum_bytes(s, text ? text : "", text ? strlen(text) + 1 : 0);
}

void conf_sum_node(struct conf_sum *s, const struct conf_node *node)
{
	uint8_t kind = node ? (uint8_t)node->kind : 255;

	conf_sum_bytes(s, &kind, sizeof(kind));
	if (!node)
		return;
	conf_sum_text(s, node->key);
	conf_sum_text(s, node->text);
	for (const struct conf_node *n = node->first; n; n = n->next)
		conf_sum_node(s, n);
	conf_sum_node(s, NULL);
}

static void add_file(struct conf_sum *s, const char *path)
{
	struct stat st;

	if (!path || stat(path, &st) < 0)
		return;
	conf_sum_bytes(s, &st.st_dev, sizeof(st.st_dev));
	conf_sum_bytes(s, &st.st_ino, sizeof(st.st_ino));
	conf_sum_bytes(s, &st.st_size, sizeof(st.st_size));
	conf_sum_bytes(s, &st.st_mtim, sizeof(st.st_mtim));
}

void conf_sum_files(struct conf_sum *s, const struct genlog_opt *rows, const struct conf_node *map)
{
	for (; rows && rows->type && map; rows++) {
		if (rows->type == GENLOG_OPT_GROUP)
			conf_sum_files(s, rows->rows, conf_get(map, rows->name));
		else if (rows->file)
			add_file(s, conf_text(map, rows->name));
	}
}
