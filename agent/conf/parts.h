/*
 * What the files of this folder share among themselves: reading, the tree, substitution, errors.
 */
#ifndef CONF_PARTS_H
#define CONF_PARTS_H

#include <errno.h>

#include "conf/apply.h"
#include "conf/conf.h"

#define CONF_MAX_FILE ((size_t)1 << 20)
#define CONF_MAX_DEPTH 32
#define CONF_MAX_NODES 100000		/* a file; aliases count as often as they are used */
#define CONF_MAX_KEYS 1024		/* in one map */
#define CONF_MAX_TEXT ((size_t)1 << 20) /* of a scalar with everything put in */

/* A file as it was read; its text stays for the messages. */
struct conf_file {
	const char *path;
	const char *text;
	size_t len;
	struct conf_file *next;
};

struct conf_secret {
	const char *text;
	struct conf_secret *next;
};

/* Adds an empty file to the list; then its text.  -ENOMEM, or an error told at line 0. */
struct conf_file *conf_file_add(struct conf *c, const char *path);
int conf_file_read(struct conf *c, struct conf_file *file);

/* A whole regular file of at most `max` bytes, or /dev/null; -EFBIG, -EINVAL for what is no such file, -errno. */
int conf_slurp(struct arena *a, const char *path, size_t max, char **text, size_t *len);

/* The folder of a file's path joined with a relative path; an absolute one is copied. */
char *conf_beside(struct arena *a, const char *file, const char *path);

/* The tree of a file; NULL: nothing in it.  -EINVAL: told.  Errors that leave a tree are told and make it -EINVAL. */
int conf_yaml(struct conf *c, const struct conf_file *file, struct conf_node **root);

/* Puts in `${NAME}`, `${NAME:-default}` and, with `from_file`, the contents of the file named. */
int conf_subst(struct conf *c, struct conf_node *node, bool from_file);

/* A text that must not be shown in the line that a message shows. */
int conf_hide(struct conf *c, const char *text);

/* As conf_error(); nothing is shown of the line behind the place. */
int conf_error_hidden(struct conf *c, struct genlog_pos pos, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Fills a service from the tree of its file.  -EINVAL: told. */
int conf_service_build(struct conf *c, struct conf_service *s, const struct conf_node *root);

/* What every document gets, completed from `above` (NULL: nothing). */
int conf_fields_build(
	struct conf *c, const struct conf_node *node, const struct conf_fields *above, struct conf_fields *out);

/* `auto`, `none`, a language, or a map with `start` and `timeout`; NULL: as the parser wants it. */
int conf_multiline_build(struct conf *c, const struct conf_node *node, struct conf_multiline *out);

/* alerts.c */
int conf_alert_build(struct conf *c, const struct conf_node *node, void *item);
extern const struct genlog_opt conf_alert_rows[];

/* A list of maps in a drop-in, or in the main file: where its items go and how one of them is made. */
struct conf_section {
	const char *name, *what;
	size_t at, count_at; /* in struct conf_service */
	size_t size;	     /* of an item */
	int (*build)(struct conf *c, const struct conf_node *node, void *item);
	const struct genlog_opt *rows;
	const char *help;
};

extern const struct genlog_opt conf_agent_rows[];
extern const struct genlog_opt conf_output_rows[];
extern const struct genlog_opt conf_service_rows[];
extern const struct genlog_opt conf_field_rows[];
extern const struct conf_section conf_sections[];
extern const char *const conf_service_others[]; /* keys of a drop-in that are no rows */
extern const char *const conf_main_others[];

/* Of two results the one that counts: memory, then errors told, then all well. */
static inline int conf_worse(int a, int b)
{
	return a == -ENOMEM || b == 0 ? a : b;
}

#endif
