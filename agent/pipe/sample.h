/*
 * The samples of a service: lines, and what has to stand in the documents that they become.  They go through the
 * production path, up to the encoded document, which is then compared field by field.
 */
#ifndef PIPE_SAMPLE_H
#define PIPE_SAMPLE_H

#include "pipe/pipe.h"

/* Tells every difference to the configuration, at the sample's place.  0; -EINVAL: there were some; -ENOMEM. */
int samples_check(struct pipes *ps, struct conf *c);

#endif
