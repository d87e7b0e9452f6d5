/*
 * How long the oldest document has been waiting: marks of when which sequence number came, kept for what waits, and
 * thinned out as they grow many.  What is told is too much by the distance of two marks at most: a tenth of a second,
 * or a thirtieth of the time that the marks span.
 */
#ifndef SPOOL_AGE_H
#define SPOOL_AGE_H

#include <stdint.h>

#define AGE_MARKS 64
#define AGE_STEP_MS 100

struct age {
	struct age_mark {
		uint64_t sequence;
		int64_t ms;
	} mark[AGE_MARKS];
	unsigned n;
	int64_t step;
};

/* Documents from `sequence` on come now; those before `delivered` wait no more. */
void age_come(struct age *a, uint64_t sequence, uint64_t delivered, int64_t now);
/* Of the document with this number, which is one that waits. */
int64_t age_of(const struct age *a, uint64_t sequence, int64_t now);

#endif
