/* Patterns: what a letter reads.  For time_pattern.c alone. */
#ifndef EVENT_TIME_OPS_H
#define EVENT_TIME_OPS_H

#include "event/time_parts.h"

enum time_have {
	HAVE_YEAR = 1 << 0,
	HAVE_MONTH = 1 << 1,
	HAVE_DAY = 1 << 2,
	HAVE_YDAY = 1 << 3,
	HAVE_EPOCH = 1 << 4,
	HAVE_PM = 1 << 5,
	HAVE_HALF = 1 << 6, /* %I */
	HAVE_DATE = HAVE_MONTH | HAVE_DAY | HAVE_YDAY | HAVE_YEAR | HAVE_EPOCH,
};

struct time_reading {
	struct time_scan s;
	struct time_civil c;
	unsigned have;
	int yday;
	int64_t epoch;
};

typedef bool time_op_fn(struct time_reading *r);

/* By letter, blanks by ' '; NULL: there is no such letter. */
extern time_op_fn *const time_ops[128];

#endif
