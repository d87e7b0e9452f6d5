/* What a cursor says of an entry's place. */
#ifndef JOURNALD_CURSOR_H
#define JOURNALD_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The id that sequence numbers count in, and the entry's own.  false: they are not in it. */
bool cursor_parse(const char *text, size_t len, uint8_t id[16], uint64_t *seqnum);

/* One of its parts by its letter: a number, or an id. */
bool cursor_number(const char *text, size_t len, char name, uint64_t *out);
bool cursor_id(const char *text, size_t len, char name, uint8_t id[16]);

/* Its time in microseconds since 1970; 0: it says none. */
uint64_t cursor_time(const char *text, size_t len);

#endif
