/* Keys of strangers. */
#ifndef FORWARD_TEXT_H
#define FORWARD_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* A key that may stand in a document as it is: printable ASCII without a dot, no dollar in front. */
bool text_is_plain_key(const char *p, size_t n);

#endif
