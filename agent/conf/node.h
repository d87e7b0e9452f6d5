/*
 * YAML as a tree: scalars, maps and lists, each with the place of its value and of its key.
 *
 *	map ── first ─► {key "type", text "tail"} ── next ─► {key "paths", list ── first ─► …}
 *
 * Aliases have become copies, `${NAME}` and `!file` have been put in.  Owner: the arena of its configuration.
 */
#ifndef CONF_NODE_H
#define CONF_NODE_H

#include <genlog/err.h>
#include <genlog/opt.h>
#include <stdbool.h>
#include <stddef.h>

enum conf_kind { CONF_SCALAR, CONF_MAP, CONF_LIST };

struct conf_node {
	enum conf_kind kind;
	bool plain;		   /* scalar: written without quotes */
	struct genlog_pos pos;	   /* of the value */
	struct genlog_pos key_pos; /* of the key; of the value where there is none */
	const char *key;	   /* NULL: an item of a list, or the root */
	const char *text;	   /* scalar, NUL-terminated, valid UTF-8 */
	const char *written;	   /* the same as the file has it, before anything was put in: fit to be shown */
	struct conf_node *first;   /* map, list: what is in it, in its order */
	struct conf_node *next;
	size_t n; /* how many are in it */
};

/* NULL: the map (which may be NULL) has no such key, or nothing stands behind it. */
const struct conf_node *conf_get(const struct conf_node *map, const char *key);

/* The text of a scalar under that key; NULL: none. */
const char *conf_text(const struct conf_node *map, const char *key);

/* A scalar without quotes that is empty, `~` or `null`. */
bool conf_is_null(const struct conf_node *node);

/* "a text", "a map", "a list" */
const char *conf_kind_name(const struct conf_node *node);

/*
 * A hash of all that is written in it, in two halves; `rows` (NULL: none) say which settings name files, whose identity
 * and time of change count too.
 */
struct conf_sum {
	uint64_t h[2];
};
void conf_sum_bytes(struct conf_sum *s, const void *p, size_t n);
void conf_sum_text(struct conf_sum *s, const char *text); /* NULL: nothing, which is not "" */
void conf_sum_node(struct conf_sum *s, const struct conf_node *node);
void conf_sum_files(struct conf_sum *s, const struct genlog_opt *rows, const struct conf_node *map);

/* Where a setting, or item `item` of its list, is written; the map's own place when it is not written at all. */
struct genlog_pos conf_where(const struct conf_node *map, const char *key, int item);

#endif
