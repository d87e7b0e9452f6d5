/* The shapes of single lines, shared by joining, detection and reading.  All are linear in the line. */
#ifndef TRACE_SHAPE_H
#define TRACE_SHAPE_H

#include "trace/slice.h"

/* How long the name of a type is that the text begins with: a.b.C$D, A::B, \A\B, A`1; 0: it begins with none. */
size_t shape_type(struct trace_text s);

/* Its last part begins in upper case and ends as exceptions do: Exception, Error, Interrupt, … */
bool shape_is_error(struct trace_text type);

enum shape_strict {
	SHAPE_ERROR, /* the name has to end as exceptions do */
	SHAPE_NAMED, /* a dotted name with a class at its end will do */
	SHAPE_ANY,   /* any name */
};

/* `a.b.CException`, `Type: message`, `Error [CODE]: message`, `Type (0x80131904): message`: the whole line. */
bool shape_head(struct trace_text s, enum shape_strict strict, struct trace_text *type, struct trace_text *message);

/* The last exception named within a line, behind a blank or '(', with what follows it as its message. */
bool shape_embedded(struct trace_text s, struct trace_text *type, struct trace_text *message);

/* Of a line that begins with "at ": Java, JavaScript, .NET, Rust; TRACE_AUTO: it is no frame. */
enum trace_language shape_at(struct trace_text s);

/* Of a line that begins with `#0 `: PHP, Dart, C. */
enum trace_language shape_numbered(struct trace_text s);

/* file[:line[:column]] */
void shape_position(struct trace_text s, struct trace_frame *f);

/* path:12:in `label'; `rest` is what stands behind it. */
bool shape_ruby(struct trace_text s, struct trace_frame *f, struct trace_text *label, struct trace_text *rest);

/* `message at FILE line 12.`, `call called at FILE line 12`: what stands before " at ", and the place. */
bool shape_perl(struct trace_text s, struct trace_text *before, struct trace_frame *f);
bool shape_is_perl_file(struct trace_text file);

/* module(function+0x1f) [0x55…], as backtrace_symbols(3) writes it. */
bool shape_symbol(struct trace_text s, struct trace_frame *f);

/* pkg/path.(*Type).method(0x1, …) */
bool shape_go_call(struct trace_text s);

/* A path and a number are the whole line: the first of an uncaught error of Node. */
bool shape_place(struct trace_text s);

#endif
