/* What MongoDB tells of a duplicate key, and the engine does not: which key, and its value. */
#ifndef DEVDB_KEYS_H
#define DEVDB_KEYS_H

#include "call.h"

/* Adds errmsg, and keyPattern and keyValue if the document is known (it is for inserts), to a write error. */
void keys_append(struct call *c, bson_t *error, const char *engine_text, const bson_t *doc);

#endif
