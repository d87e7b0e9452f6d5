/*
 * A spool as it lies there, for who does not own it: read without its lock, while an agent may be at work on it.
 *
 * What is read may be older than what is there a moment later: a segment grows, or is given back and written anew.
 * Frames of the new life do not pass for frames of the old one (see frame_salt()), and look_is_there() says whether a
 * segment still is what it was.  The bytes behind the last frame of the segment that is written are nobody's yet.
 */
#ifndef SPOOL_LOOK_H
#define SPOOL_LOOK_H

#include "spool/spool.h"

enum look_head {
	LOOK_WHOLE,
	LOOK_DAMAGED, /* its frames are found all the same: their salt is known from the others */
	LOOK_GONE,    /* it was given back meanwhile */
};

struct look_segment {
	uint64_t number, bytes;
	enum look_head head;
	struct segment_header header; /* of a whole one */
	uint64_t inode;
	bool last;
};

struct look {
	struct spool *s;
	bool has_cursor, in_use; /* in_use: an agent has the lock */
	struct cursor_slot cursor;
	struct look_segment *segment; /* in order */
	size_t n;
};

/* Words in `err`: no spool, no right to read it, a newer format. */
int look_open(struct look *l, const char *path, struct genlog_err *err);
/* The same with its lock, to mend it.  -EBUSY: an agent has it. */
int look_open_locked(struct look *l, const char *path, struct genlog_err *err);
void look_fini(struct look *l);
const uint8_t *look_id(const struct look *l);

/* A stretch of a segment: a frame that is good, or bytes that are none. */
struct look_frame {
	const struct look_segment *segment;
	uint64_t at;
	size_t size;
	bool good;
	struct frame_header header; /* of a good one; else `docs` of it is what is known to have been there */
	const uint8_t *bytes;	    /* of bad ones, all */
	const uint8_t *payload;
	size_t len;
};

/* Not 0: enough, and look_frames() returns it. */
typedef int look_fn(void *arg, const struct look_frame *f);

/* All of a segment, or from an offset on.  0, what `fn` said, or -errno; -ENOENT: it is gone. */
int look_frames(struct look *l, size_t i, uint64_t from, look_fn *fn, void *arg);
bool look_is_there(const struct look *l, size_t i);

/* Whether what stands there waits for its delivery still. */
bool look_waits(const struct look *l, uint64_t segment, uint64_t at);

/* Mending, of one that is locked: what goes is in quarantine/ before.  0 or -errno; durable when they return. */
struct look_span {
	size_t segment; /* its index */
	uint64_t at, size;
	uint64_t sequence; /* documents before it in the life of the spool */
};
int look_put_aside(struct look *l, const struct look_span *d); /* a HOLE takes its place */
int look_cut(struct look *l, const struct look_span *d);       /* the segment ends where it begins */
int look_write_head(struct look *l, size_t i);

#endif
