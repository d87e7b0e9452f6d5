/*
 * A spool in a folder in memory, in text: "a b" are two documents, "F=1 G=2" two positions.  What lies in it can be
 * put aside and taken back, so that one state is damaged in many ways.
 */
#ifndef LIB_SPOOLED_H
#define LIB_SPOOLED_H

#include "lib/folder.h"
#include "spool/spool.h"

#define SPOOLED_FILES 16

struct spooled_file {
	char name[32];
	uint8_t *p;
	size_t n;
};

struct spooled {
	struct folder folder;
	struct spool_conf conf; /* of the next opening */
	struct spool *spool;
	struct genlog_err err;
	struct spool_take take; /* the last one */
	struct spooled_file kept[SPOOLED_FILES];
};

void spooled_make(struct spooled *p); /* an empty folder, and settings that never sync */
void spooled_end(struct spooled *p);

int spooled_try_open(struct spooled *p); /* what spool_open() says; `err` has the words */
void spooled_open(struct spooled *p);
void spooled_close(struct spooled *p);
void spooled_again(struct spooled *p); /* closed, and opened anew */

/* As spool_append(): documents and positions, all of one frame. */
int spooled_append(struct spooled *p, const char *docs, const char *positions);
/* As spool_give(): the next take may have them from memory. */
void spooled_give(struct spooled *p, const char *docs);
void spooled_add(struct spooled *p, const char *docs, const char *positions); /* fails the test where it fails */

/* The documents of one take, of at most `docs`; "" where it has none, NULL where there is nothing to take. */
const char *spooled_take(struct spooled *p, struct spool_take *t, uint32_t docs);
/* All that there is, each take acknowledged. */
const char *spooled_all(struct spooled *p);
/* "F=1 G=2", sorted. */
const char *spooled_positions(struct spooled *p);
struct spool_stats spooled_stats(struct spooled *p);

/* The files as they are, and back again; others go.  The spool is closed. */
void spooled_keep(struct spooled *p);
void spooled_restore(struct spooled *p);
struct spooled_file *spooled_kept(struct spooled *p, const char *name);
void spooled_write(struct spooled *p, const struct spooled_file *f);

/* "0000000000000001.seg" */
const char *spooled_segment(unsigned number);

#endif
