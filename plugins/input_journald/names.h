/* Fields of the journal by name: what becomes of each. */
#ifndef JOURNALD_NAMES_H
#define JOURNALD_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum use {
	USE_NEVER,   /* not even asked for: secrets, or of no use */
	USE_RARELY,  /* with `fields: all` */
	USE_CONTEXT, /* under its key */
	USE_NUMBER,  /* the same, if it is a number */
	USE_MESSAGE,
	USE_PRIORITY,
	USE_CLASS,
	USE_METHOD,
	USE_PID,
	USE_TIME,
	USE_UNIT,   /* whose entry it is; of several the last of these rows */
	USE_OBJECT, /* what the entry is about, where it is the manager's own */
	USE_DUMPED,
	USE_ID, /* MESSAGE_ID */
	USE_DROPPED,
};

struct name {
	const char *field;
	uint8_t n;
	uint8_t use;
	const char *key; /* of the context */
};

/* NULL: somebody's own. */
const struct name *name_find(const char *field, size_t n);

/* What becomes of a field that has no row. */
enum use name_other(const char *field, size_t n);

#endif
