/*
 * Logs of containers: every line that a program writes stands in a line of the runtime's own, of one of two streams,
 * long ones in several.  They are taken out, put together, and then joined to events like any other lines, for each
 * stream by itself.
 *
 * Lines of two streams stand between one another, so an event may end behind the beginning of the next.  What is taken
 * of the source ends where no event is open: at most GROUP_LINES lines lie before that point, then all that is open
 * ends.
 */
#ifndef PIPE_FRAMES_H
#define PIPE_FRAMES_H

#include "pipe/pipe.h"

/* Whether the lines of this source are wrapped; found out by the first of them. */
bool frames_wanted(struct genlog_source *src, const char *p, size_t n, unsigned flags);

/* As genlog_lines(). */
ssize_t frames_lines(struct genlog_source *src, const char *from, size_t n, uint64_t offset, unsigned flags);

void frames_fini(struct reader *r);

#endif
