/* The inside of a spool, for the files of this folder. */
#ifndef SPOOL_STATE_H
#define SPOOL_STATE_H

#include <pthread.h>

#include "spool/age.h"
#include "spool/spool.h"

#define SEGMENT_SIZE (64LL << 20)
#define SEGMENT_LEAST (8LL << 10)
#define SEGMENT_NAME 24
#define SPARE_NAME "spare"

struct segment {
	struct segment *next;
	uint64_t number;
	int fd;	       /* -1: not open */
	uint64_t end;  /* what has been written; readers stop here */
	uint32_t salt; /* of its frames' headers */
	bool durable;
	bool sealed;
};

/* What was taken, in the order of the spool; it outlives its take where one before it is not acknowledged yet. */
struct lease {
	struct lease *next;
	uint64_t segment, to, sequence_end;
	bool done;
};

struct cursor {
	int fd;
	struct cursor_slot at; /* turn 0: nothing was ever acknowledged */
};

struct spool {
	pthread_mutex_t lock;	   /* all below but what says otherwise */
	pthread_cond_t more;	   /* there is something to take, or stop */
	pthread_mutex_t take_lock; /* one take reads at a time */
	pthread_mutex_t sync_lock; /* one sync at a time; segments it works on stay open */
	struct spool_conf conf;
	char *path;
	int dir, lock_fd;
	uint8_t id[SPOOL_ID];
	uint64_t boot;
	bool spare;		      /* a read segment waits to be written again, as SPARE_NAME */
	bool dir_dirty;		      /* names have changed since the folder was made durable */
	struct segment *first, *last; /* oldest … the one that is written */
	uint64_t sequence;	      /* of the next document */
	uint64_t bytes;
	struct positions positions;
	struct genlog_buf scratch; /* snapshots */
	int64_t space_checked;	   /* bytes written since the free space was looked at; -1: look now */
	bool no_space;
	/* taking */
	struct segment *reading;
	uint64_t read_at, read_sequence, skip_to;
	int64_t waiting_since; /* clock_ms() when something was taken last, or came when nothing lay there */
	struct age age;
	struct fresh fresh;
	uint64_t flush_to;	  /* sequence up to which takes do not linger */
	struct take_limits asked; /* what the take that waits, or waited last, waits for */
	struct lease *head, *tail;
	struct cursor cursor;
	bool stopping;
	struct spool_stats stats;
};

/* spool.c */
struct spool *spool_new(const struct spool_conf *conf, struct genlog_err *err); /* nothing is opened yet */
int spool_lock(struct spool *s, struct genlog_err *err);

/* segment.c */
void segment_name(char out[SEGMENT_NAME], uint64_t number);
int segments_list(struct spool *s, struct genlog_err *err);
int segment_open(struct spool *s, struct segment *g); /* for reading, and writing if it is the last */
int segment_create(struct spool *s, uint64_t number, struct segment **out);
void segment_free(struct segment *g);
void segments_drop_before(struct spool *s, uint64_t number); /* what is acknowledged goes */
void spare_drop(struct spool *s);

/* append.c; with the lock held */
int frame_write(struct spool *s, struct segment *g, struct frame_header *h, const struct iovec *payload, int n);
int spool_roll(struct spool *s);

/* recover.c */
int spool_recover(struct spool *s, struct genlog_err *err);
void spool_read_from_cursor(struct spool *s);

/* take.c */
bool take_is_ripe(const struct spool *s, const struct take_limits *l, int64_t now);
void leases_free(struct spool *s);
int drop_read_segments(struct spool *s); /* with the lock held */

/* cursor.c */
int cursor_open(struct spool *s, struct genlog_err *err);
int cursor_look(struct spool *s, struct genlog_err *err); /* as cursor_open(), and makes none */
int cursor_store(struct spool *s);

/* quarantine.c: puts a copy of damaged bytes aside.  0; -EFBIG: there is so much already; -errno. */
int quarantine(struct spool *s, uint64_t segment, uint64_t at, const uint8_t *p, size_t n);

/*
 * chunk.c: frames as they lie in a stretch of a segment, read into memory.  Frames already found stay where they are
 * in `buf`, by their distance from its beginning: it may move when more is read.
 */
struct chunk {
	struct genlog_buf *buf;
	int fd;
	uint64_t at, limit; /* of buf->p[0] in the file; where the file's frames end */
	size_t pos;	    /* of the next frame */
	uint32_t salt;
};

enum chunk_found { CHUNK_END, CHUNK_FRAME, CHUNK_DAMAGE };

struct chunk_frame {
	struct frame_header header;
	size_t payload, len; /* of a frame; CHUNK_DAMAGE: the bytes that make no sense */
};

void chunk_begin(struct chunk *c, struct genlog_buf *buf, int fd, uint64_t at, uint64_t limit, uint32_t salt);
void chunk_forget(struct chunk *c); /* what was passed: the buffer begins anew at the next frame */
/*
 * CHUNK_FRAME: header and payload are good.  CHUNK_DAMAGE: bytes that are no frame, or one whose payload is not what
 * its header says; pos is behind them, and header.docs of them are known to have been documents.  CHUNK_END: there is
 * no more.  Negative: -errno.
 */
int chunk_next(struct chunk *c, struct chunk_frame *f);

#endif
