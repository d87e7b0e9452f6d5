/* Texts of strangers: whether they are UTF-8, and what is put in place of what is not. */
#ifndef FORWARD_TEXT_H
#define FORWARD_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* How many bytes from the beginning are valid UTF-8; n: all. */
size_t text_valid(const char *p, size_t n);

/* Copied with U+FFFD for each longest invalid piece; `to` has room for 3 × n.  What was written. */
size_t text_repair(char *to, const char *p, size_t n);

/* A key that may stand in a document as it is: printable ASCII without a dot, no dollar in front. */
bool text_is_plain_key(const char *p, size_t n);

#endif
