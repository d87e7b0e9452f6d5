/*
 * JavaScript: V8 as Node and Chrome print it.
 *
 *	/path/file.js:12                       an uncaught error shows where it was thrown
 *	    throw new Error('x');
 *	    ^
 *
 *	TypeError [CODE]: message
 *	    at async new Class.method [as other] (/path/file.js:12:3)
 *	    at /path/file.js:12:3 {
 *	  code: 'ECONNREFUSED',
 *	  [cause]: Error: message
 *	      at …
 *	  [errors]: [
 *	    Error: one
 *	        at …
 */
#include "trace/scan.h"

enum { PLAIN, ERRORS };

static void named(struct trace_frame *f, struct trace_text name)
{
	const char *as = FIND(name, " [as ");

	if (as)
		name = slice(name.p, as);
	if (BEGINS(name, "new ")) {
		f->function = name;
		f->class_name = slice_skip(name, 4);
		return;
	}
	scan_split(name, f);
}

static void placed(struct trace_frame *f, struct trace_text in)
{
	const char *comma = BEGINS(in, "eval at ") ? slice_rfind(in, ", ", 2) : NULL;

	if (comma)
		in = slice(comma + 2, slice_end(in));
	if (!BEGINS(in, "index "))
		shape_position(in, f);
}

static struct trace_text without_tail(struct trace_text t)
{
	while (t.n && (t.p[t.n - 1] == '{' || t.p[t.n - 1] == ',' || is_blank(t.p[t.n - 1])))
		t.n--;
	return t;
}

static void frame(struct trace_scan *s, struct trace_text t)
{
	struct trace_frame *f;
	const char *open;

	scan_headless(s);
	f = scan_frame(s);
	t = without_tail(t);
	if (BEGINS(t, "async "))
		t = slice_skip(t, 6);
	open = FIND(t, " (");
	if (open && ENDS(t, ")")) {
		named(f, slice(t.p, open));
		placed(f, slice(open + 2, slice_end(t) - 1));
	} else {
		placed(f, t);
	}
}

static void exception(struct trace_scan *s, struct trace_text t)
{
	struct trace_text type = {t.p, 0}, message = t;

	shape_head(t, SHAPE_ANY, &type, &message);
	scan_exception(s, SCAN_CAUSE, type, message);
	scan_message_opens(s);
}

static bool is_uncaught(struct trace_scan *s, struct trace_text t)
{
	const char *warning = BEGINS(t, "(node:") ? FIND(t, ") UnhandledPromiseRejectionWarning: ") : NULL;

	if (s->n || (!warning && !BEGINS(t, "Uncaught ")))
		return false;
	scan_begins(s, t.p);
	t = slice_skip(t, warning ? (size_t)(warning - t.p) + 36 : 9);
	if (BEGINS(t, "(in promise) "))
		t = slice_skip(t, 13);
	exception(s, t);
	return true;
}

static void other(struct trace_scan *s, struct trace_text l, struct trace_text t)
{
	struct trace_text type, message;

	if (s->keeping)
		return;
	if (!s->n && t.p == l.p && shape_place(t))
		scan_begins(s, t.p);
	else if (is_uncaught(s, t))
		return;
	else if ((!s->n || s->state.step == ERRORS) && shape_head(t, SHAPE_ERROR, &type, &message))
		exception(s, t);
	else if (!BEGINS(t, "..."))
		scan_message_more(s, t);
}

static void line(struct trace_scan *s, struct trace_text l)
{
	struct trace_text t = slice_ltrim(l);

	if (BEGINS(t, "at ") && shape_at(t) != TRACE_AUTO) {
		frame(s, slice_skip(t, 3));
	} else if (BEGINS(t, "[cause]: ")) {
		exception(s, slice_skip(t, 9));
	} else if (BEGINS(t, "[errors]: [")) {
		s->state.step = ERRORS;
		scan_frame_ends(s);
	} else {
		other(s, l, t);
	}
}

const struct trace_reader trace_javascript = {.line = line};
