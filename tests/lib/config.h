/* A configuration as a user writes it, loaded, and what was said about it. */
#ifndef LIB_CONFIG_H
#define LIB_CONFIG_H

#include "conf/conf.h"
#include "lib/folder.h"

struct config {
	struct folder folder;
	struct conf conf;
	int result;
	char said[16384]; /* the errors as printed, with the folder's name left out */
};

/* The main file; drop-ins are written with folder_write() before. */
void config_load(struct config *c, const char *main);
void config_end(struct config *c);

/* What is told now, for errors that were added after loading. */
void config_listen(struct config *c);

/* Fails the test, with all that was said, unless it holds `words`. */
void config_said(struct config *c, const char *words);

/* `main` behind an output that needs nothing. */
#define CONFIG(main) "output: {type: \"null\"}\n" main

#endif
