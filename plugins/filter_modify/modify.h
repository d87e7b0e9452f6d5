/*
 * filter modify, inside: operations in the order in which they are done; values.c reads and makes values.
 */
#ifndef MODIFY_H
#define MODIFY_H

#include <genlog/pattern.h>
#include <genlog/plugin.h>

enum as { AS_INT, AS_NUMBER, AS_BOOL, AS_TEXT, AS_LOWER, AS_UPPER, AS_DURATION, AS_SIZE, AS_COUNT };

/* values.c: the value as another type, in memory of the record where it is a text; false: it does not read as one. */
bool value_convert(struct genlog_record *rec, enum as as, struct genlog_value *v);

/* An array of the texts between the separators, blanks around them left out.  false: no memory. */
bool value_split(struct genlog_record *rec, const char *separators, struct genlog_value *v);

/* A copy that does not lie in the context, which an operation may move.  false: no memory. */
bool value_keep(struct genlog_record *rec, struct genlog_value *v);

#endif
