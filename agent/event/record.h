/*
 * The host's side of genlog/record.h: how a record begins, and how one value at a time gets in and out of it.
 */
#ifndef EVENT_RECORD_H
#define EVENT_RECORD_H

#include <genlog/record.h>

void record_fini(struct genlog_record *rec);

/* Ready for an event: no slots, an empty context with its promised room, scratch for `len` bytes of line. */
int record_begin(struct genlog_record *rec, const char *line, size_t len);

/* One element, `key` as it is; GENLOG_BSON_MAX(n, …) is room enough.  And the value of an element, at `v`. */
uint8_t *value_write(uint8_t *w, const char *key, size_t n, struct genlog_value v);
struct genlog_value value_read(uint8_t type, const uint8_t *v, size_t size);

#endif
