/*
 * A frame under construction: documents, the collections that they go to, and positions.  A reader thread owns one
 * and uses it again and again.  Nothing is durable before spool_append() has returned 0.
 */
#ifndef SPOOL_BATCH_H
#define SPOOL_BATCH_H

#include <genlog/record.h>
#include <sys/uio.h>

#include "spool/format.h"

#define BATCH_NAMES 256
#define BATCH_IOV 6
#define BATCH_DOC_HEAD 4

struct spool_batch {
	struct genlog_buf names, docs, positions;
	uint32_t name_n, doc_n, position_n;
	size_t name_at[BATCH_NAMES]; /* where each name begins in `names` */
	const char *last_name;	     /* mostly the next one too; by its address */
	int last_index;
	uint8_t kind; /* enum frame_kind; 0: BATCH */
	uint8_t sections[FRAME_SECTIONS];
};

void batch_fini(struct spool_batch *b);
void batch_clear(struct spool_batch *b);

static inline bool batch_is_empty(const struct spool_batch *b)
{
	return !b->doc_n && !b->position_n;
}

static inline size_t batch_size(const struct spool_batch *b)
{
	return b->docs.n + b->positions.n + b->names.n;
}

/* The index of a collection's name; -ENOSPC: the batch has BATCH_NAMES others, append it first; -ENOMEM. */
int batch_name(struct spool_batch *b, const char *name, size_t len);

/* A document: its head first; then the caller appends the BSON to `docs` and calls batch_doc_done(). */
int batch_doc_begin(struct spool_batch *b, unsigned name, unsigned level);
void batch_doc_undo(struct spool_batch *b, size_t docs_n);
static inline void batch_doc_done(struct spool_batch *b)
{
	b->doc_n++;
}

int batch_position(struct spool_batch *b, const void *key, size_t key_len, const void *val, size_t len);

/* The payload as pieces, and what it takes; the pieces point into the batch. */
size_t batch_payload(struct spool_batch *b, struct iovec v[BATCH_IOV], int *n);

#endif
