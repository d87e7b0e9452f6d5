/*
 * Dead letters: documents that no retry will ever deliver, with the reason, in <spool>/dead-letter/NNNNNN.bson.
 * Each is a BSON document {rejected_at, collection, code, reason, document}, as `bsondump` reads them.
 * Threads: any.  Durable when dead_put() has returned 0.
 */
#ifndef SHIP_DEAD_H
#define SHIP_DEAD_H

#include <genlog/plugin.h>
#include <pthread.h>

struct dead {
	pthread_mutex_t lock;
	bool ready;
	int dir, fd;
	unsigned number;
	int64_t size;
	struct genlog_buf buf;
};

#define DEAD_NAME 24
void dead_name(char out[DEAD_NAME], unsigned number);
bool dead_number(const char *name, unsigned *number); /* false: it is no such file */
int dead_newest(int dir, unsigned *number);	      /* the file that is written; 0 where there is none */

int dead_open(struct dead *d, const char *spool_path, struct genlog_err *err);
void dead_close(struct dead *d);
/* All rejected ones among `docs`, in one write.  0 or -errno. */
int dead_put(struct dead *d, const char *collection, const struct genlog_doc *docs, size_t n);

#endif
