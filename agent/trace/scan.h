/*
 * The engine behind trace_parse(): a reader for each language is given line after line, and tells what it sees.
 *
 *	1. All lines: the reader tells exceptions (scan_exception), their messages, and frames, which are counted.
 *	2. The exceptions are put in order, outermost first, and each gets its share of the frames there is room for.
 *	3. The lines of each exception's frames are read again, now to be kept.
 *
 * So a chain printed innermost first, and frames printed outermost first, need no room beyond struct trace.
 */
#ifndef TRACE_SCAN_H
#define TRACE_SCAN_H

#include "trace/shape.h"

#define SCAN_EXCEPTIONS (TRACE_CAUSES + 1)
#define SCAN_KEYS 32
#define SCAN_MESSAGE_LINES 64

/* What a reader may remember from line to line. */
struct scan_state {
	uint8_t step;
	uint32_t indent;
	struct trace_frame place; /* where the call is whose name the next line tells */
};

struct scan_exception {
	struct trace_text type, message;
	struct trace_text where; /* the lines of its frames, from the first to the last */
	struct scan_state state; /* as it was before the first */
	uint32_t count;
	uint8_t chain; /* SCAN_CHAIN: a later one of these is further out */
};

enum scan_kind {
	SCAN_CAUSE, /* of what was told before it */
	SCAN_CHAIN, /* caused by what was told before it */
};

/* Hashes of the frames of one exception, innermost first, each once. */
struct scan_keys {
	uint64_t key[SCAN_KEYS];
	uint32_t n;
};

struct trace_scan;

struct trace_reader {
	void (*line)(struct trace_scan *s, struct trace_text line);
	void (*finish)(struct trace_scan *s); /* NULL: nothing to add; all lines have been read once */
	bool reversed;			      /* frames are printed outermost call first */
};

struct trace_scan {
	struct trace *t;
	const struct trace_reader *reader;
	const char *begin;		/* of the trace; NULL: not known yet */
	const char *end;		/* of the text */
	struct trace_text head;		/* the reader's own: the line to come back to in finish() */
	struct trace_text line, before; /* this line, and the last one that was not blank */
	struct scan_state state;
	struct scan_exception exceptions[SCAN_EXCEPTIONS];
	int n, current; /* current -1: what comes belongs to none */
	bool reversed;
	int message_left; /* lines that the message of the current one may still have */

	bool keeping; /* the third step */
	uint32_t seen, skip, room;
	struct trace_frame *frame; /* the last one told; NULL: none */
	struct trace_frame spare;
	struct scan_keys in_app[SCAN_EXCEPTIONS], all[SCAN_EXCEPTIONS];
};

/* A new exception; the frames that follow are its own. */
void scan_exception(struct trace_scan *s, enum scan_kind kind, struct trace_text type, struct trace_text message);

/* The message goes on over the next lines, or this one, until it ends. */
void scan_message_opens(struct trace_scan *s);
void scan_message_more(struct trace_scan *s, struct trace_text line);
void scan_message_ends(struct trace_scan *s);

/* A frame to be filled in, before the next one is told; its line and column are -1. */
struct trace_frame *scan_frame(struct trace_scan *s);

void scan_frame_ends(struct trace_scan *s); /* no line that follows is part of it */

/* The trace begins here, unless it has begun before. */
void scan_begins(struct trace_scan *s, const char *p);

/* One exception out again, whose frames follow those of the one it wraps. */
void scan_outward(struct trace_scan *s);

/* No exception was told, but here is a frame: it is named in the line before, or not at all. */
void scan_headless(struct trace_scan *s);

/* Runs `reader` over the text and fills in all of the trace but language and fingerprint. */
void scan_run(struct trace_scan *s, const struct trace_reader *reader, struct trace_text text);

/* read_*.c */
extern const struct trace_reader trace_java, trace_python, trace_javascript, trace_go, trace_dotnet, trace_ruby,
	trace_php, trace_rust, trace_c, trace_dart, trace_perl, trace_unknown;

/* Class and function of `a.b.Class.function`; `Class..ctor` is a function that begins with a dot. */
void scan_split(struct trace_text name, struct trace_frame *f);

/* in_app.c */
bool trace_in_app(enum trace_language l, const struct trace_frame *f);

/* fingerprint.c */
void trace_keys_add(struct trace_scan *s, int exception, const struct trace_frame *f);
void trace_fingerprint(struct trace_scan *s);

/* code.c: the code of an error where a message or a line of the trace plainly says one. */
void trace_code(struct trace *t);

#endif
