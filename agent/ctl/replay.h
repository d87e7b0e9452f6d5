/*
 * Files once more through the production path: the configuration's input that reads them, its parser, joins and
 * filters, into a spool of their own, from which the documents are taken.
 *
 *	files ─ input's replay() ─► readers of the pipe ─► spool in a folder ─► replay_next() … replay_ack()
 *
 * Positions lie in that spool beside the documents, so that a run that is killed goes on where it was.  Memory and
 * disk are bounded: readers wait while the spool is full.
 *
 * Owner: who embeds it; zeroed is closed, replay_close() accepts that.  Threads: the owner's, beside the readers'.
 */
#ifndef CTL_REPLAY_H
#define CTL_REPLAY_H

#include "ctl/ctl.h"
#include "pipe/pipe.h"
#include "ship/sort.h"

#define REPLAY_FILES 4096

struct replay {
	struct ctl *c;
	const char *what; /* the command, for messages */
	struct conf conf;
	struct pipes pipes;
	struct spool *spool;
	struct spool_take take;
	struct sorted docs; /* of the take at hand */
	bool passing; /* set before replay_load(): a look only; errors of the configuration were told, nothing is to
			 last */
	bool started, stopped;
};

/* The configuration and its inputs, none of them started.  0; else -errno, and told. */
int replay_load(struct replay *r, struct ctl *c, const char *what);

/* The input that reads a file of that name gets it; `*in` (NULL: not wanted) says which.  0; -ENOENT: none; -errno. */
int replay_add(struct replay *r, const char *path, const char *as, struct genlog_input **in);

/* What an input would say of a file as it lies there: 0 and who; -ENOENT: none reads it. */
int replay_describe(struct replay *r, const char *path, struct genlog_source_desc *d, struct genlog_input **in);

/*
 * Starts the inputs that have got files.  `skip`: documents before this sequence were dealt with in an earlier run.
 * 0; else -errno, and told.
 */
int replay_start(struct replay *r, const char *folder, uint64_t skip, struct pipe_watcher *watcher);

/* 1: documents in r->docs, of which those of r->take are acknowledged next; 0: that was all; -EINTR: a signal says
 * stop; else -errno, and told. */
int replay_next(struct replay *r);
int replay_ack(struct replay *r);

/* What happened to files while they were read; words go to standard error.  false: what was read is not all. */
bool replay_judge(const struct replay *r);

void replay_close(struct replay *r);

/* A signal has said stop. */
bool replay_interrupted(void);

/* An absolute path, without links being followed: "/a/./b/../c" is "/a/c".  0 or -ENAMETOOLONG. */
int replay_absolute(const char *path, char *out, size_t cap);

/* By its name. */
bool replay_is_compressed(const char *path);

/* Removes a folder and all that is in it.  0 or -errno of the first that could not be. */
int replay_remove(const char *folder);

#endif
