/*
 * The newest position of every source: a map from key to value, both opaque bytes.  Owned by the spool, under its
 * lock; what a segment's SNAPSHOT is made of.
 */
#ifndef SPOOL_POSITIONS_H
#define SPOOL_POSITIONS_H

#include <genlog/record.h>

struct position {
	struct position *next;
	uint64_t hash;
	uint32_t key_len, val_len;
	uint8_t bytes[]; /* key, value */
};

struct positions {
	struct position **bucket;
	size_t buckets, n;
	size_t bytes; /* of all, as a section of a frame */
};

void positions_fini(struct positions *ps);
/* 0 bytes of value forget the key.  0 or -ENOMEM. */
int positions_set(struct positions *ps, const void *key, size_t key_len, const void *val, size_t len);
/* Takes over a frame's section whole.  0, -ENOMEM, or -EBADMSG where it does not fit. */
int positions_apply(struct positions *ps, const uint8_t *p, size_t n);
/* The section of a snapshot, appended. */
int positions_write(const struct positions *ps, struct genlog_buf *out);
/* One entry as a frame has it, appended. */
int position_write(struct genlog_buf *out, const void *key, size_t key_len, const void *val, size_t len);

typedef void positions_fn(void *arg, const void *key, size_t key_len, const void *val, size_t len);
void positions_each(const struct positions *ps, positions_fn *fn, void *arg);

#endif
