/*
 * Rows applied to a map: the settings of the agent and of every plugin are read by this and nothing else.
 * All errors are told (conf_error), not the first alone.
 */
#ifndef CONF_APPLY_H
#define CONF_APPLY_H

#include <genlog/opt.h>

#include "conf/conf.h"

/*
 * Stores every row into the struct at `dst`: what `map` has (NULL: nothing), else the default.  `what` names the whole
 * in messages: "parser regex".  0; -EINVAL: errors were told and those rows have been left; -ENOMEM.
 */
int conf_apply(struct conf *c, const struct genlog_opt *rows, const struct conf_node *map, const char *what, void *dst);

/* Tells of keys of `map` that are neither a row nor one of `others` (NULL: none); both serve for suggestions. */
int conf_unknown(struct conf *c, const struct genlog_opt *rows, const char *const *others, const struct conf_node *map,
	const char *what);

/* The rows as a page of reference, indented by `depth`. */
void conf_help_rows(FILE *f, const struct genlog_opt *rows, int depth);

#endif
