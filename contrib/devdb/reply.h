/*
 * What a command is answered with: a document of our own, or a column of the engine's row untouched, or
 * nothing at all (hang_up).  A later one takes the place of an earlier one.
 */
#ifndef DEVDB_REPLY_H
#define DEVDB_REPLY_H

#include <bson/bson.h>
#include <libpq-fe.h>
#include <stdarg.h>
#include <stdbool.h>

struct reply {
	bson_t *doc;
	PGresult *row; /* owned; the document is its first column */
	bool hang_up;
};

bson_t *reply_begin(struct reply *r); /* an empty document, to be filled in */
void reply_take(struct reply *r, bson_t *doc);
void reply_row(struct reply *r, PGresult *row);
void reply_ok(struct reply *r);
void reply_error(struct reply *r, int code, const char *fmt, va_list ap);
void reply_fini(struct reply *r);

/* The answer as it stands, to look at; false when there is none. */
bool reply_view(const struct reply *r, bson_t *view);
int reply_code(const struct reply *r); /* 0: the command has succeeded */

/* All of src but the named elements (NULL ends the list); dst is not emptied before. */
void doc_copy_without(bson_t *dst, const bson_t *src, const char *const *names);

#endif
