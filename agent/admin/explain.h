/*
 * What becomes of a line, and why: the events of a file go through the production path, parser, filters and encoder,
 * and each step is told.  Nothing is shipped, and no position is kept.
 */
#ifndef ADMIN_EXPLAIN_H
#define ADMIN_EXPLAIN_H

#include <stddef.h>
#include <stdint.h>

#define EXPLAIN_CONFIG "/etc/genlog/genlog.yaml"

/* What became of an event, for programs. */
struct explained {
	int64_t first, last; /* its lines */
	const char *parser;  /* "": none knew it */
	const char *dropped; /* the filter that dropped it; NULL: none, and a document follows */
	const char *collection;
	const uint8_t *bson;
	size_t n;
};

struct explain_options {
	const char *config;				    /* NULL: EXPLAIN_CONFIG if it is there, else none */
	const char *file;				    /* "-": standard input */
	int64_t line;					    /* the event of this line alone; 0: the first ones */
	const char *plugin_dir;				    /* without a configuration */
	void (*told)(void *arg, const struct explained *e); /* NULL: it is told to people, on standard output */
	void *told_arg;
};

/* The exit code: 0; 1 failed. */
int explain_file(const struct explain_options *o);

#endif
