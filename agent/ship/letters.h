/*
 * The dead letters as they lie there, for who does not write them: an agent may do so at the same time.
 *
 *	dead-letter/000001.bson        the agent's (dead.h), which alone writes it: whole letters, then perhaps a part
 *	dead-letter/000001.bson.done   those of them that are done with, delivered after all or dropped:
 *	                               │ offset64 │ crc32 of the letter │ crc32 of these 12 bytes │
 *
 * A letter is done when a note names its place and its bytes; so a note that is left over says nothing of another
 * letter.  A file of which all are done goes, its notes first; but never the newest one, so that no number comes again.
 * Loss: none.  Without a note a letter is delivered once more, and known by its _id.
 */
#ifndef SHIP_LETTERS_H
#define SHIP_LETTERS_H

#include <genlog/err.h>
#include <stdbool.h>
#include <stdint.h>

struct letters {
	int dir; /* -1: there are none */
	unsigned *file, n, newest;
};

struct letter {
	unsigned file;
	int64_t at;
	uint32_t len, crc;
	bool done;
	int64_t number; /* from 1, of all that are there, those that are done with too */
	/* what it says; borrowed */
	int64_t rejected_ms;
	int32_t code;
	const char *collection, *reason;
	const uint8_t *doc;
	uint32_t doc_len;
};

/* Behind the last whole letter of a file: what does not fit, or is being written. */
struct letters_end {
	unsigned file;
	int64_t at, bytes;
	bool newest; /* the agent writes it, if one runs */
};

typedef int letters_fn(void *arg, const struct letter *x); /* not 0: enough */
typedef void letters_end_fn(void *arg, const struct letters_end *e);

/* No folder is no error: then there are none. */
int letters_open(struct letters *l, const char *spool_path, struct genlog_err *err);
void letters_close(struct letters *l);
/* Nobody else notes or removes until it is closed.  -EBUSY. */
int letters_lock(struct letters *l);
/* Every whole letter, in order.  `torn` may be NULL.  0, what `fn` said, or -errno. */
int letters_each(struct letters *l, letters_fn *fn, letters_end_fn *torn, void *arg);
/* Durable when it returns 0. */
int letters_note(struct letters *l, const struct letter *x, size_t n);
/* Files that are done with go. */
int letters_tidy(struct letters *l);

#endif
