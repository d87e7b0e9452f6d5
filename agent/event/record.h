/*
 * The host's side of genlog/record.h: how a record begins, and how one value at a time gets in and out of it.
 */
#ifndef EVENT_RECORD_H
#define EVENT_RECORD_H

#include <genlog/record.h>

void record_fini(struct genlog_record *rec);

/* Ready for an event: no slots, an empty context with its promised room, scratch for `len` bytes of line. */
int record_begin(struct genlog_record *rec, const char *line, size_t len);

#endif
