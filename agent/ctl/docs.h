/*
 * Documents one behind the other in a file, as mongodump writes them, plain or compressed by gzip.  The bytes are
 * anybody's: lengths are checked before they are used, and each document is walked to its end.
 */
#ifndef CTL_DOCS_H
#define CTL_DOCS_H

#include <bson/bson.h>
#include <zlib.h>

#define DOCS_MAX (16793600) /* bytes of a document: MongoDB's 16 MiB, and what it allows itself beyond */

struct docs {
	gzFile file;
	uint8_t *doc;
	size_t room;
	uint64_t at;   /* bytes read, decompressed */
	uint64_t n;    /* documents read */
	char why[160]; /* what is wrong, after -EBADMSG and others */
};

/* 0 or -errno.  `fd` is taken over, also on failure. */
int docs_open(struct docs *d, int fd);
void docs_close(struct docs *d);

/* 1: a document, a view that lasts until the next call; 0: the end; -EBADMSG or -errno, and `why`. */
int docs_next(struct docs *d, bson_t *view);

#endif
