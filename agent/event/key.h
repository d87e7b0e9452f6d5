/*
 * Keys that a document may have.  MongoDB's own convention, and reversible: a `.` becomes U+FF0E, a leading `$`
 * U+FF04.  A NUL, which would end the key, becomes U+FFFD; an empty key becomes `_`.
 */
#ifndef EVENT_KEY_H
#define EVENT_KEY_H

#include <stddef.h>

#define KEY_ROOM(len) (3 * (size_t)(len) + 1)

/* Writes at most KEY_ROOM(len) bytes; returns how many. */
size_t key_fit(char *to, const char *key, size_t len);

#endif
