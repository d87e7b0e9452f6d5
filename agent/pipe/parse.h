/* Which parser reads an event of a source, and what is left of one that nobody knows. */
#ifndef PIPE_PARSE_H
#define PIPE_PARSE_H

#include "pipe/pipe.h"

/* The parsers that `auto` chooses from, where they are installed; NULL-ended. */
extern const char *const auto_parsers[AUTO_PARSERS];

extern const char *const auto_wrappers[];

/* The parser that reads a format, where that has another name: log4j, nginx, mongodb, …; else the name itself. */
const char *parse_alias(const char *format);

/*
 * Slots and context of rec->line, of which the first line is `first` bytes long.  0; GENLOG_HEADER: it is no event;
 * or -errno.  What no parser knows becomes a message as it stands.
 */
int parse(struct genlog_source *src, struct genlog_record *rec, size_t first);

/* What it is shipped as when no parser can be had for it; the scratch stays: the line may lie in it. */
void parse_as_text(struct genlog_record *rec, const char *why);

/* Lines at the head of a source that was begun behind them: only what they say of the others counts. */
int parse_head(struct genlog_source *src, const char *p, size_t n);

#endif
