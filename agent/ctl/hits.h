/*
 * What `query` has found, on its way to the reader: sorted where that is asked for, limited, some fields or all.
 *
 * Owner: who embeds it.  Threads: one.
 */
#ifndef CTL_HITS_H
#define CTL_HITS_H

#include "ctl/ctl.h"

struct hits {
	struct ctl *c;
	const char *sort; /* the field; NULL: as they come */
	bool down;	  /* the largest first */
	int64_t limit;	  /* INT64_MAX: none */
	bool count;	  /* only how many */
	const char *when; /* the field that says when */
	char **fields;	  /* NULL-ended; NULL: all */
	int64_t n, shown;
	bool more; /* than the limit */
	bson_t **kept;
	size_t n_kept, room;
};

/* false: no more are wanted.  Already sorted ones are shown as they come, with `sort` NULL. */
bool hits_take(struct hits *h, const bson_t *doc);
/* Shows what was kept to be sorted. */
void hits_end(struct hits *h);
void hits_fini(struct hits *h);

/* print: for people a line a document; with fields, name=value of each. */
void hits_print(const struct hits *h, const bson_t *doc);

#endif
