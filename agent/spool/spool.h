/*
 * The spool: the agent's only durable state and its only queue.
 *
 *	readers ── spool_append(batch) ──► segment, segment, segment ──► spool_take() ── shippers
 *	                                   ▲                                  │
 *	              cursor ◄─────────────┴──────── spool_ack() ◄────────────┘
 *
 * Owner: main.  Threads: append, sync, take and ack may run at once; append's callers wait for one another, and so do
 * take's.  Durable: a batch when append has returned and the sync policy has run; a batch is found whole or not at
 * all.  Loss: a damaged frame is skipped, put aside into quarantine/, and counted.
 * Only one process may have it open; the lock is the kernel's, so a crash leaves none behind.
 */
#ifndef SPOOL_SPOOL_H
#define SPOOL_SPOOL_H

#include <genlog/err.h>

#include "spool/fresh.h"
#include "spool/positions.h"

#define SPOOL_SYNC_ALWAYS (-1)
#define SPOOL_SYNC_NEVER (-2)

struct spool_conf {
	const char *path;
	int64_t max_size;
	int64_t min_free;     /* bytes; negative: percent of the disk */
	int64_t sync_ms;      /* or SPOOL_SYNC_* */
	int64_t segment_size; /* 0: 64 MiB, less for a small max_size */
};

struct spool_stats {
	uint64_t docs_in, docs_out;   /* since the start */
	uint64_t docs_waiting, bytes; /* now */
	uint64_t segments;
	uint64_t damaged_bytes, lost_docs; /* skipped, since the start */
	uint64_t torn_bytes;		   /* of an unfinished write, cut off at the start */
	int64_t oldest_ms; /* how long the oldest undelivered one has been waiting; since the start at most */
	bool full;
};

struct spool;
struct lease;

int spool_open(struct spool **out, const struct spool_conf *conf, struct genlog_err *err);
void spool_close(struct spool *s);
const uint8_t *spool_id(const struct spool *s);

/* 0; -EAGAIN: full by max_size or min_free; -ENOSPC, -EIO, …: the disk refused.  On failure nothing was taken. */
int spool_append(struct spool *s, struct spool_batch *b);

/* The same, and the batch is cleared: the next take may have its bytes, and does not read them back. */
int spool_give(struct spool *s, struct spool_batch *b);

/* What append has written becomes durable.  Cheap where nothing was. */
int spool_sync(struct spool *s);

/* The newest positions of all keys.  The lock is held: `fn` may not come back to the spool. */
void spool_positions(struct spool *s, positions_fn *fn, void *arg);

/* A frame in a take: its payload has been checked, and lies in the take's buffer or is held by the take. */
struct spool_frame {
	struct frame_body body; /* of one that contradicts itself: nothing */
	bool contradicts;
	uint64_t sequence;
	uint32_t docs;
};

#define TAKE_FRAMES 256

/* Some frames in order, for one shipper; its own, used again and again.  What they point into lives until the ack. */
struct spool_take {
	struct genlog_buf buf;
	struct spool_frame frame[TAKE_FRAMES];
	struct {
		size_t at, len;
	} payload[TAKE_FRAMES]; /* in `buf` */
	struct fresh_frame *held[FRESH_FRAMES];
	unsigned n_held;
	unsigned frames;
	uint32_t docs;
	uint64_t segment, from, to, sequence_end;
	uint64_t damaged, lost_docs; /* what was skipped to come here */
	struct lease *lease;	     /* the spool's note of it, until it is acknowledged and all before it */
};

struct take_limits {
	uint32_t docs;
	size_t bytes;
	int64_t linger_ms; /* fewer than that many documents wait this long for more */
	int64_t wait_ms;
};

/* 1; 0: nothing came in wait_ms; -ESHUTDOWN: spool_stop() was called; -errno: the disk refused. */
int spool_take(struct spool *s, struct spool_take *t, const struct take_limits *l);
/* All of it is delivered or in the dead letters.  0, or -errno where the cursor could not be written. */
int spool_ack(struct spool *s, struct spool_take *t);
void spool_take_fini(struct spool_take *t);

/* Nothing is taken below this sequence: an output has it already.  Before the first take. */
void spool_skip_to(struct spool *s, uint64_t sequence);

void spool_flush(struct spool *s); /* takes do not linger for what is there now */
void spool_stop(struct spool *s);  /* takes return, until spool_go_on() */
/* After spool_stop(), with no take under way: what was taken and not acknowledged will be taken again. */
void spool_go_on(struct spool *s);
bool spool_is_empty(struct spool *s); /* all was acknowledged */
void spool_stats_get(struct spool *s, struct spool_stats *out);

#endif
