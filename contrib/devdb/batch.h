/*
 * The documents of one insert, in their order, wherever the client has put them (a document sequence or an
 * array in the body).  Each has been walked to its last byte, so nothing malformed gets further.  Borrows
 * from the message.
 */
#ifndef DEVDB_BATCH_H
#define DEVDB_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "reject.h"
#include "wire.h"

struct batch_doc {
	const uint8_t *p;
	uint32_t n;
	int code; /* 0, or what it is rejected with */
};

struct batch {
	struct batch_doc *doc;
	size_t n;
	size_t room;
	size_t bytes;
	size_t rejected;
};

int batch_read(struct batch *b, const struct wire_msg *m); /* 0, -EBADMSG, -ENOMEM */
void batch_fini(struct batch *b);

/* Marks what is to be rejected.  An ordered batch ends with the first of these. */
void batch_screen(struct batch *b, struct rejects *r, bool ordered);

/* The others, one after the other; the caller frees.  NULL when memory is gone. */
uint8_t *batch_join(const struct batch *b, size_t *n);

#endif
