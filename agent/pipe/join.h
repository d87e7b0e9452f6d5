/*
 * Lines that belong together become one event, before anything is parsed.
 *
 * Whether a line continues the event before it is known when it is there, so an event is complete when the next one
 * begins, or when nothing has come for a while.  Until then its bytes are not taken: after a crash they are read again.
 * What of them has been looked at is kept beside the source, so that no byte is looked at twice, and so that the event
 * can be had when nothing more comes, or when the file is truncated under it.
 *
 *	genlog_lines() ─► complete events ─► event_add()
 *	       └► the last one, open: held ──timeout──► event_add(), taken() of the input
 */
#ifndef PIPE_JOIN_H
#define PIPE_JOIN_H

#include "pipe/pipe.h"

/* What is wanted of an input's lines, from its configuration and its parsers.  -EINVAL: told. */
int join_open(struct genlog_input *in, struct conf *c, const struct conf_input *ci);
void join_close(struct genlog_input *in);

/* As genlog_lines(), for an input that joins. */
ssize_t join_lines(struct genlog_source *src, const char *from, size_t n, uint64_t offset, unsigned flags);

/* The open event of a source, complete or not; how many bytes of the source are taken by that, or -errno. */
ssize_t join_finish(struct genlog_source *src);

/* Keeps the bytes of a source from `taken` to `end` as an open event; returns `taken`. */
ssize_t join_keep(
	struct genlog_source *src, const char *from, size_t taken, uint64_t offset, uint64_t end, bool more_expected);

/* Forgets it: its lines are handed over again. */
void join_forget(struct genlog_source *src);

/* hold.c: in the reader's list of sources with an open event, until `due`; and out of it. */
void hold(struct genlog_source *src, bool more_expected);
void hold_end(struct genlog_source *src);

/* lines.c */
const char *line_end(const char *p, const char *end, unsigned *high);

#endif
