/*
 * The host's side of genlog/record.h: how a record begins, and how one value at a time gets in and out of it.
 */
#ifndef EVENT_RECORD_H
#define EVENT_RECORD_H

#include <genlog/record.h>

void record_fini(struct genlog_record *rec);

/* Ready for an event: no slots, an empty context with its promised room, scratch for `len` bytes of line. */
int record_begin(struct genlog_record *rec, const char *line, size_t len);

/* One element into the context; the key is made fit for a document (no NUL, no leading `$`, no `.`). */
int record_context_put(struct genlog_record *rec, const char *key, size_t key_len, struct genlog_value v);

/* The element of a key among BSON elements [p, end): its place, or NULL.  `next` is where the one behind it begins. */
const uint8_t *bson_find(const uint8_t *p, const uint8_t *end, const char *key, size_t key_len, const uint8_t **next);

/* The bytes that the value at `v` of a type takes; 0: it does not fit into [v, end). */
size_t bson_value_size(uint8_t type, const uint8_t *v, const uint8_t *end);

#endif
