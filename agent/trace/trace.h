/*
 * Stack traces read: from the text of an event to exception, causes, frames and fingerprint.
 *
 *	2025-12-22 10:30:45 ERROR order failed                 before `at`: the line of the log
 *	shop.OrderException: order 17 is bad                   exception_type, error_message
 *		at shop.Order.check(Order.java:41)             frames[0]: class_name, function, file, line
 *		at shop.Main.main(Main.java:7)                 frames[1]
 *	Caused by: java.io.IOException: no space               causes[0]
 *		at java.base/java.io.File.write(File.java:3)   frames[2], causes[0].first = 2
 *
 * Whatever order a language prints them in, the outermost exception comes first, and in each the innermost call.
 *
 * Fingerprint: 32 hex digits over language, exception types and the in-app frames' class and function (all frames
 * where none is in-app), each once, without what a compiler numbers and without lines, addresses and files: the same
 * fault has the same on every node and release.  Where no frame has a function the words of the message stand in,
 * without anything quoted or with a digit in it.
 *
 * Owner: the caller, who keeps one struct (some 20 KiB) and uses it again.  Everything in it is a slice of the text
 * given, which has to live as long.  Linear in the text, no allocation, any bytes; the text is valid UTF-8 and has
 * GENLOG_PAD readable bytes behind it, and slices then are valid UTF-8 too.
 */
#ifndef TRACE_TRACE_H
#define TRACE_TRACE_H

#include <genlog/record.h>

#include "trace/language.h"

#define TRACE_FRAMES 256
#define TRACE_CAUSES 16

struct trace_text {
	const char *p; /* n 0: not said */
	uint32_t n;
};

struct trace_frame {
	struct trace_text function, class_name, file, module;
	int32_t line, column; /* -1: not said */
	bool in_app;	      /* not of the runtime, its library, or a well-known framework */
};

struct trace_cause {
	struct trace_text exception_type, error_message;
	uint32_t first, n; /* its frames */
};

struct trace {
	enum trace_language language;
	size_t at;		/* where in the text the trace begins */
	struct trace_text text; /* from there on */
	struct trace_text exception_type, error_message, error_code, thread;
	uint32_t n_frames;   /* of the outermost exception: frames[0] … */
	uint32_t all_frames; /* with those of the causes */
	uint32_t n_causes;
	struct trace_frame frames[TRACE_FRAMES];
	struct trace_cause causes[TRACE_CAUSES];
	char fingerprint[33];
};

/* 1: there is a trace in it; 0: there is none, and nothing of `t` is meant. */
int trace_parse(struct trace *t, const char *p, size_t n);

/* Whether trace_parse() would find one.  A text of one line is answered from its ends. */
bool trace_maybe(const char *p, size_t n);

/*
 * BSON elements of the schema's error_stack_traces: language, exception_type, error_message, error_code, causes,
 * frames, stack_trace, fingerprint, thread; what is not said is left out.  0, or -ENOMEM with `out` as it was.
 */
int trace_elements(struct genlog_buf *out, const struct trace *t);

#endif
