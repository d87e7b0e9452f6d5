/* Texts of strangers. */
#ifndef INPUT_EMIT_TEXT_H
#define INPUT_EMIT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

bool text_is_ascii(const char *p, size_t n);

#endif
