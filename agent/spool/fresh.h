/*
 * The newest frames, still in the memory that they were written from: a shipper that keeps up reads none of them back
 * from its file.  A frame here is in its segment too; what is not here is read there, and nothing hangs on which.
 *
 * Owner: the spool, and whoever holds a frame.  Threads: with the spool's lock, but hold and release.  Never many, and
 * none is put aside for another one before it was taken: where takes fall behind, new frames are not kept.
 */
#ifndef SPOOL_FRESH_H
#define SPOOL_FRESH_H

#include "spool/batch.h"

#define FRESH_FRAMES 8
#define FRESH_BYTES (1u << 20) /* a larger frame is not kept */

/* Where a frame stands. */
struct frame_place {
	uint64_t segment, at, end, sequence;
};

struct fresh_frame {
	int holders;
	struct frame_place place;
	uint32_t names, docs_n;
	struct genlog_buf name, docs;
};

struct fresh {
	struct fresh_frame *frame[FRESH_FRAMES];
};

/* Where the batch's bytes are kept it gets others, whose content is old.  `read`: how far takes are. */
void fresh_put(struct fresh *f, struct spool_batch *b, const struct frame_place *place, const struct frame_place *read);

/* NULL: it is not here. */
struct fresh_frame *fresh_find(const struct fresh *f, uint64_t segment, uint64_t at);
void fresh_body(const struct fresh_frame *x, struct frame_body *b);

void fresh_hold(struct fresh_frame *x);
void fresh_release(struct fresh_frame *x);
void fresh_fini(struct fresh *f);

#endif
