/*
 * A plugin as the agent has it: the built shared object, configured as a user writes it, on a record of its own.
 */
#ifndef LIB_PLUGIN_H
#define LIB_PLUGIN_H

#include "lib/config.h"
#include "plug/plug.h"

struct bench {
	struct config config;
	struct plug plug;
	int opened;
	struct genlog_record rec;
	char line[1 << 16];
};

/* `settings` is the inside of a map: "pattern: 'x', types: [a:int]". */
void bench_open(struct bench *b, enum genlog_kind kind, const char *name, const char *settings);
void bench_close(struct bench *b);

/* A record with that line, which lies GENLOG_PAD bytes before the end of memory it may read. */
void bench_line(struct bench *b, const char *line);

/* "level=INFO message=x | a=1 b='text'": slots, then the context; in memory that the next call uses again. */
const char *bench_fields(struct bench *b);

/* Parses a line and compares bench_fields(); NULL: no match is expected. */
void bench_parse(struct bench *b, const char *line, const char *fields);

#endif
