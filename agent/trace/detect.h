/* Which language's trace a text holds, by the first line that could be of no other. */
#ifndef TRACE_DETECT_H
#define TRACE_DETECT_H

#include "trace/slice.h"

/* TRACE_AUTO: there is none in it. */
enum trace_language trace_detect(struct trace_text text);

#endif
