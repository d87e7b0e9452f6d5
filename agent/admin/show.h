/* BSON for people: a line a field, with its type. */
#ifndef ADMIN_SHOW_H
#define ADMIN_SHOW_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A document of our own encoder, or elements alone; `indent` blanks before each line. */
void show_doc(FILE *f, const uint8_t *bson, size_t n, int indent);
void show_elements(FILE *f, const uint8_t *p, size_t n, int indent);

/* A text between quotes, cut where it is long; what is not printable is escaped. */
void show_text(FILE *f, const char *p, size_t n);

/* "2025-12-22T10:30:45.123Z" */
void show_time(FILE *f, int64_t ms);

#endif
