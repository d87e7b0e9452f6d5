/* Stack traces that events carry, and their documents. */
#ifndef PIPE_TRACES_H
#define PIPE_TRACES_H

#include "pipe/pipe.h"

#define TRACES_COLLECTION "error_stack_traces"

/* Looks for one in what was parsed, and puts it into the slots.  1: there is one; 0; or -ENOMEM. */
int traces_find(struct genlog_input *in, struct genlog_record *rec);

/* The document of the trace that traces_find() found, as the filters have left it. */
int traces_write(struct genlog_source *src, const struct event *e, const struct doc_facts *facts);

#endif
