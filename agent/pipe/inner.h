/*
 * A message that is a line of its own: JSON behind a syslog head, an access log's line in the journal, a record's
 * field that holds what a program has printed.
 *
 * Each message is looked at by itself, since those of a source come from many programs.  What it says of itself goes
 * before what was said of it: the outer time and program are kept in the context, as `header_timestamp`, `program`, and
 * so on.
 */
#ifndef PIPE_INNER_H
#define PIPE_INNER_H

#include "pipe/pipe.h"

/* 0: read, or left as it is; -ENOMEM. */
int inner_parse(struct genlog_source *src, struct genlog_record *rec);

void inner_fini(struct reader *r);

#endif
