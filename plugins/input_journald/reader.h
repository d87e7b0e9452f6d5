/*
 * The process that reads the journal, and is allowed to die of it.
 *
 *	reader.c   its life: settings, turns, waiting, the end
 *	fault.c    what it says when it dies
 *	scan.c     which files there are
 *	file.c     one file: opened, placed, read, given up
 *	flushed.c  entries that were read below /run before they were copied
 *	entry.c    from an entry to a message
 *	filter.c   whether an entry is wanted
 *
 * Every file is read on its own, from its oldest entry to its newest, by its own cursor.  Interleaving them by time, as
 * one sd_journal over all of them does, would pass over what one host or user writes a little later than another, and
 * a document says its time anyway.  A file is known by the id in its head, so it may be renamed.
 */
#ifndef JOURNALD_READER_H
#define JOURNALD_READER_H

#include <systemd/sd-journal.h>

#include "cursor.h"
#include "settings.h"

#define MANY_FILES 65536

enum begin { BEGIN_HEAD, BEGIN_CURSOR, BEGIN_END };

/* What the head of a file says, read with pread(), which cannot fault. */
struct head {
	uint8_t id[ID_SIZE], seqnum_id[ID_SIZE];
	uint64_t head_seqnum, tail_seqnum, head_time, tail_time, entries;
	bool archived;
};

struct rfile {
	struct rfile *next; /* the one with the next oldest first entry */
	char *path;
	struct head head; /* as seen last */
	uint32_t index;
	bool runtime;	 /* below /run */
	bool passed;	 /* the last entry that was read below /run */
	uint64_t folder; /* hash of the name of the folder that it is in; 0: of no host's own */
	int fd;
	sd_journal *j;
	char *cursor;	  /* of the last entry told, or looked at and told; NULL: none */
	uint64_t time;	  /* of the last entry that was read */
	uint64_t skipped; /* entries not wanted since the cursor */
	enum begin begin;
	bool testing; /* the next entry may be that of the cursor */
	bool present; /* under some name */
	bool done, left, broken;
	int64_t told_ms;    /* when its place was told last */
	int64_t behind_ms;  /* since when there should be more than can be read; 0: there is not */
	uint64_t behind_at; /* how many entries it had then */
	int tries;
	uint64_t jump;
	uint64_t accepted, accepted_time; /* what lies before this number, or time, is given up */
	uint64_t count, lost;		  /* entries read since its beginning, and told as lost */
	bool from_head;			  /* it was begun there, by this process */
	bool read;			  /* something, since it was opened */
	int64_t retry_ms;
};

#define RANGES 64

/* What was read from below /run. */
struct range {
	uint8_t boot[ID_SIZE];
	uint64_t from;	    /* microseconds since 1970 */
	uint64_t last, sum; /* microseconds since boot, and what is in it */
};

struct reader {
	int fd, inotify;
	struct asked a;
	uint8_t *settings; /* what `a` and `known` point into */
	struct resume *known;
	size_t n_known;
	struct rfile *files;
	uint32_t n_files;
	struct range ranges[RANGES];
	size_t n_ranges;
	bool in_runtime; /* while folders are looked at: this one is below /run */
	uint64_t folder;
	struct wire_out out;
	bool started, unfinished; /* unfinished: a file has no whole head yet */
	bool no_folder;
	bool idle_told, was_idle, gone;
	bool pending; /* a file should have more soon */
	int64_t scan_ms;
};

int64_t reader_now(void);
int reader_flush(struct reader *r); /* -errno: the other side is gone */
void reader_say(struct reader *r, enum genlog_say level, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void reader_lost(struct reader *r, const struct rfile *f, uint64_t n, const char *reason);

/* fault.c */
void fault_open(struct reader *r);
void fault_at(const struct rfile *f); /* what follows is about this file, and is to end soon */
void fault_over(void);

/* scan.c */
void scan(struct reader *r);
bool head_read(int fd, struct head *h);
void scan_end(struct reader *r);

/* file.c */
bool file_turn(struct reader *r, struct rfile *f); /* true: there may be more at once */
void file_close(struct rfile *f);
void file_tell(struct reader *r, struct rfile *f, bool done);

/* flushed.c */
void flushed_prepare(struct reader *r, const struct rfile *f);
bool flushed_has(const struct reader *r, struct rfile *f, uint64_t time); /* the entry at hand was read before */

/* entry.c */
int entry_put(struct reader *r, const struct rfile *f, uint64_t time, const char *cursor);

/* filter.c */
bool filter_wants(const struct asked *a, sd_journal *j);

#endif
