/*
 * Joining: which lines belong to the event before them.
 *
 *	2025-12-22 10:30:45 ERROR order failed     STARTS      plainly a record of its own
 *	java.io.IOException: no space              CONTINUES   a head behind an ordinary line belongs to it
 *		at shop.Order.save(Order.java:12)  CONTINUES   blanks at its beginning
 *	Caused by: java.lang.Error: quota          CONTINUES   part of an open trace
 *	2025-12-22 10:30:46 INFO next              STARTS      and the trace is over
 *
 * One struct for each source and stream; plain data that may be copied, kept and put back.  The answers depend on
 * the lines and on nothing else.  A line is a few nanoseconds unless it belongs to a trace.
 */
#ifndef TRACE_JOIN_H
#define TRACE_JOIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/language.h"

struct trace_join {
	uint8_t mode;  /* enum trace_language: the only one that there may be; 0: any */
	uint8_t phase; /* 0: no line yet */
	uint8_t left;  /* how many more lines a message may have */
	uint8_t flags;
	uint16_t langs; /* a bit for each language that the open trace may be of */
};

enum trace_link {
	TRACE_STARTS,	 /* begins a new event */
	TRACE_CONTINUES, /* belongs to the event before it */
	TRACE_BLANK,	 /* an empty line outside of a trace: no event, and none ends by it; it is part of the one
			  * before only if a later line continues that */
};

void trace_join_init(struct trace_join *j, enum trace_language only);

/* A line without its end; GENLOG_PAD bytes behind it may be read.  The first line of a source never continues. */
enum trace_link trace_join(struct trace_join *j, const char *p, size_t n);

/* The event was closed before the next line came (a timeout, a rotation): nothing can continue it any more. */
void trace_join_close(struct trace_join *j);

/* More lines of this event are likely: a trace is open, or its first line tells an error. */
bool trace_join_open(const struct trace_join *j);

/* Could a line be joined to this event at all?  Not to one that is whole by itself: a JSON object in one line. */
bool trace_join_holds(const struct trace_join *j);

#endif
