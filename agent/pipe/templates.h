/* What was learned of message templates, kept over restarts: a file an input in the spool's folder. */
#ifndef PIPE_TEMPLATES_H
#define PIPE_TEMPLATES_H

#include "pipe/pipe.h"

/* What does not load is told, and learned anew: with the same ids. */
void templates_load(struct genlog_input *in, const char *folder);

/* If anything was learned since.  What cannot be written is told, and tried again the next time. */
void templates_save(struct genlog_input *in, const char *folder);

#endif
