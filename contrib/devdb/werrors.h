/*
 * The writeErrors of a reply.  The engine's become MongoDB's: code, the wording of E11000, and for inserts the
 * key that was there before; those of rejected documents are put between them in the order of the batch.
 */
#ifndef DEVDB_WERRORS_H
#define DEVDB_WERRORS_H

#include "batch.h"
#include "call.h"

/* Takes the row, the engine's answer to what was sent of the batch: NULL when nothing was.  batch NULL: no insert. */
void werrors_reply(struct call *c, const struct batch *batch, PGresult *row);

#endif
