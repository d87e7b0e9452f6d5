/* "2025-12-22T10:30:45.123Z", as documents between two agents have their times: readable by all, and exact. */
#ifndef FORWARD_ISO_H
#define FORWARD_ISO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ISO_LEN 24

/* false: not of the years 0 to 9999. */
bool iso_write(char out[ISO_LEN + 1], int64_t ms);

/* Only what iso_write() has written. */
bool iso_read(const char *p, size_t n, int64_t *ms);

#endif
