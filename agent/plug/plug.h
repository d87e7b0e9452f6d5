/*
 * An instance of a plugin: the shared object `<dir>/<kind>_<name>.so`, and its state with the settings stored in it.
 *
 * The file has to be a regular one that belongs to root or to the agent's user and that nobody else may write, and so
 * has the folder.  Instances of one plugin share its code.
 *
 * Owner:   who embeds it; zeroed is closed, plug_close() accepts that and a half-open one.  The state lies in the
 *          arena of the configuration, which has to live longer.
 * Threads: see include/genlog/plugin.h; opening and closing are for the main thread.
 */
#ifndef PLUG_PLUG_H
#define PLUG_PLUG_H

#include <genlog/plugin.h>

#include "conf/conf.h"

struct plug {
	const struct genlog_plugin *code; /* NULL: not loaded */
	void *state;
	void *handle;
};

/* What is wanted. */
struct plug_ask {
	const char *dir;
	enum genlog_kind kind;
	const char *name;
	struct genlog_pos pos;		  /* where the name is written */
	const struct conf_node *settings; /* a map; NULL: none */
	const char *const *host_keys;	  /* of them, those which are not the plugin's; NULL: none */
};

/* 0; else -errno and every error told to `c` with its place, and the plug closed. */
int plug_open(struct plug *p, struct conf *c, const struct plug_ask *ask);
void plug_close(struct plug *p);

/* The code alone: no state, no settings; words in `err`.  Close it also after a failure. */
int plug_load(struct plug *p, const struct plug_ask *ask, struct genlog_err *err);

/* Whether there is a plugin of that name, without loading it. */
bool plug_exists(const char *dir, enum genlog_kind kind, const char *name);

/* Whether host and plugin fit; words in `err`. */
int plug_check(const struct genlog_plugin *code, enum genlog_kind kind, const char *name, struct genlog_err *err);

/* "input", "parser", "filter", "output" */
const char *plug_kind_name(enum genlog_kind kind);

/* Calls `fn` for every plugin in the folder, sorted by kind and name.  What cannot be loaded is left out. */
typedef void plug_fn(void *arg, const struct genlog_plugin *code);
int plug_each(const char *dir, plug_fn *fn, void *arg);

/* The settings of every plugin in the folder, as a page of reference. */
int plug_help(const char *dir, FILE *f);

#endif
