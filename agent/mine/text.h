/* The text of a template: its form with holes; braces of the form are doubled. */
#ifndef MINE_TEXT_H
#define MINE_TEXT_H

#include "mine/store.h"

/* Returns the length; NULL: only that. */
size_t text_write(char *to, const struct part *part, size_t parts, const char *form, size_t n);

#endif
