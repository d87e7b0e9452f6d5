/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef EVENT_UTF8_H
#define EVENT_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* How many bytes from the beginning are valid; n: all. */
size_t utf8_valid(const char *p, size_t n);

/* Copies with U+FFFD for each longest invalid piece, as WHATWG has it; `to` needs 3 × n bytes.  Returns the length. */
size_t utf8_repair(char *to, const char *p, size_t n);

#endif
