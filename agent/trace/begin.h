/* How a record of a log plainly begins. */
#ifndef TRACE_BEGIN_H
#define TRACE_BEGIN_H

#include "trace/slice.h"

enum trace_begin {
	TRACE_BEGIN_NONE,
	TRACE_BEGIN_RECORD, /* a date, a time, `<13>`, `[…`, a level, a JSON object */
	TRACE_BEGIN_ERROR,  /* the same, and its level is an error's */
};
enum trace_begin trace_begins(struct trace_text s);

/* Whether an error's level stands among the first 64 bytes of a line. */
bool trace_tells_error(struct trace_text s);

#endif
