/*
 * Dart, Perl, Elixir, and exceptions of nobody knows what.
 *
 *	Unhandled exception:
 *	FormatException: message
 *	#0      Class.method.<anonymous closure> (package:app/file.dart:12:3)
 *	<asynchronous suspension>
 *
 *	message at file.pl line 12.
 *		main::function(1) called at file.pl line 7      the call, and where it was made
 *
 *	** (RuntimeError) message
 *	    (app 0.1.0) lib/file.ex:12: Module.function/1
 */
#include "trace/scan.h"

static void first_head(struct trace_scan *s, struct trace_text t)
{
	struct trace_text type = {t.p, 0}, message = t;

	if (s->keeping)
		return;
	shape_head(t, SHAPE_ERROR, &type, &message);
	scan_exception(s, SCAN_CAUSE, type, message);
	scan_message_opens(s);
}

static void dart_frame(struct trace_scan *s, struct trace_text t)
{
	const char *open = slice_rfind(t, " (", 2), *dot;
	struct trace_frame *f;

	if (!open || !ENDS(t, ")"))
		return;
	scan_headless(s);
	f = scan_frame(s);
	shape_position(slice(open + 2, slice_end(t) - 1), f);
	f->function = slice(t.p, open);
	dot = slice_chr(f->function, '.');
	if (!dot || dot[1] == '<' || BEGINS(f->function, "new "))
		return;
	f->class_name = slice(t.p, dot);
	f->function = slice(dot + 1, open);
}

enum { BEFORE, HEAD };

static void dart_line(struct trace_scan *s, struct trace_text l)
{
	struct trace_text t = slice_trim(l), type, message;
	size_t n = BEGINS(t, "#") ? slice_digits(slice_skip(t, 1)) : 0;

	if (n) {
		dart_frame(s, slice_ltrim(slice_skip(t, n + 1)));
	} else if (IS(t, "Unhandled exception:") && !s->keeping) {
		scan_begins(s, t.p);
		s->state.step = HEAD;
	} else if (t.n && s->state.step == HEAD && !s->n) {
		first_head(s, t);
	} else if (!s->n && shape_head(t, SHAPE_ERROR, &type, &message)) {
		first_head(s, t);
	} else {
		scan_message_more(s, t);
	}
}

const struct trace_reader trace_dart = {.line = dart_line};

static void perl_call(struct trace_scan *s, struct trace_text call, const struct trace_frame *made_at)
{
	const char *open = slice_chr(call, '('), *colons;
	struct trace_frame *f;

	scan_headless(s);
	f = scan_frame(s);
	*f = s->state.place;
	f->function = slice_trim(open ? slice(call.p, open) : call);
	colons = slice_rfind(f->function, "::", 2);
	if (colons) {
		f->class_name = slice(f->function.p, colons);
		f->function = slice(colons + 2, slice_end(f->function));
	}
	s->state.place = *made_at;
}

static void perl_line(struct trace_scan *s, struct trace_text l)
{
	struct trace_frame at = {.line = -1, .column = -1};
	struct trace_text t = slice_trim(l), before;

	if (!shape_perl(t, &before, &at))
		return;
	if (t.p > l.p && ENDS(before, " called")) {
		perl_call(s, slice_take(before, before.n - 7), &at);
	} else if (s->keeping) {
		*scan_frame(s) = at;
	} else if (!s->n && shape_is_perl_file(at.file)) {
		scan_begins(s, t.p);
		scan_exception(s, SCAN_CAUSE, slice(t.p, t.p), before);
		s->head = t;
		s->state.place = at;
	}
}

/* Where it died is all there is when no call is told. */
static void perl_finish(struct trace_scan *s)
{
	if (!s->head.n || s->current < 0 || s->exceptions[s->current].count)
		return;
	s->line = s->head;
	scan_frame(s);
}

const struct trace_reader trace_perl = {.line = perl_line, .finish = perl_finish};

static const char *first_of(struct trace_text s, char c)
{
	const char *at = slice_chr(s, c);

	return at ? at : slice_end(s);
}

static void elixir_frame(struct trace_scan *s, struct trace_text t)
{
	const char *app = BEGINS(t, "(") ? FIND(t, ") ") : NULL, *end;
	struct trace_text place = app ? slice(app + 2, slice_end(t)) : t, name;
	struct trace_frame at = {.line = -1, .column = -1}, *f;
	const char *closure;

	end = FIND(place, ": ");
	if (!end)
		return;
	shape_position(slice(place.p, end), &at);
	if (at.line < 0)
		return;
	f = scan_frame(s);
	*f = at;
	name = slice(end + 2, slice_end(place));
	closure = BEGINS(name, "anonymous fn/") ? FIND(name, " in ") : NULL;
	scan_split(closure ? slice(closure + 4, slice_end(name)) : name, f);
	if (app)
		f->module = slice(t.p + 1, first_of(slice(t.p + 1, app), ' '));
}

static void unknown_line(struct trace_scan *s, struct trace_text l)
{
	struct trace_text t = slice_trim(l), type, message;
	const char *close = BEGINS(t, "** (") ? FIND(t, ") ") : NULL;

	if (close && !s->n) {
		scan_begins(s, t.p);
		scan_exception(s, SCAN_CAUSE, slice(t.p + 4, close), slice(close + 2, slice_end(t)));
		scan_message_opens(s);
	} else if (s->n && t.p > l.p) {
		elixir_frame(s, t);
	} else if (!s->n && shape_head(t, SHAPE_ERROR, &type, &message)) {
		first_head(s, t);
	} else {
		scan_message_more(s, t);
	}
}

const struct trace_reader trace_unknown = {.line = unknown_line};
