/*
 * PHP.  A line tells a call and where it was made; where that call then was is told by the line before it.
 *
 *	PHP Fatal error:  Uncaught A\B: message in /path/file.php:12
 *	Stack trace:
 *	#0 /path/other.php(7): A\Class->method('x')
 *	#1 [internal function]: {closure}()
 *	#2 {main}
 *
 *	Next A\C: message in /path/file.php:16                 further out
 *	  thrown in /path/file.php on line 16
 *
 *	… "exception":"[object] (A\B(code: 0): message at /path/file.php:12)       Monolog
 *	[stacktrace]
 */
#include "trace/scan.h"

static void place_set(struct trace_scan *s, struct trace_text t)
{
	s->state.place = (struct trace_frame){.line = -1, .column = -1};
	if (t.n && *t.p != '[')
		shape_position(t, &s->state.place);
}

/* The message is whole: its tail says where. */
static void cut_place(struct trace_scan *s, const char *word)
{
	struct trace_frame at = {.line = -1, .column = -1};
	struct trace_text *m;
	const char *in;

	scan_message_ends(s);
	place_set(s, (struct trace_text){0});
	if (s->keeping || s->current < 0)
		return;
	m = &s->exceptions[s->current].message;
	in = slice_rfind(*m, word, 4);
	if (!in)
		return;
	shape_position(slice(in + 4, slice_end(*m)), &at);
	if (at.line < 0)
		return;
	s->state.place = at;
	*m = slice(m->p, in);
}

static void exception(struct trace_scan *s, struct trace_text t)
{
	struct trace_text type = {t.p, 0}, message = t;

	shape_head(t, SHAPE_ANY, &type, &message);
	scan_exception(s, SCAN_CHAIN, type, message);
	scan_message_opens(s);
}

/* Type(code: 5): message at /path/file.php:12) */
static void object(struct trace_scan *s, struct trace_text t)
{
	size_t n = shape_type(t);
	const char *close = FIND(t, "): "), *end;
	struct trace_text code = BEGINS(slice_skip(t, n), "(code: ") ? slice_skip(t, n + 7) : slice_take(t, 0);

	if (!close || s->keeping)
		return;
	end = slice_rchr(t, ')');
	scan_exception(s, SCAN_CAUSE, slice_take(t, n), slice(close + 3, end > close ? end : slice_end(t)));
	code = slice_take(code, slice_digits(code));
	if (!s->t->error_code.n && code.n && *code.p != '0')
		s->t->error_code = code;
	cut_place(s, " at ");
}

static void named(struct trace_frame *f, struct trace_text call)
{
	const char *closure = FIND(call, "{closure"), *closed, *open, *part;

	closed = closure ? slice_find(slice(closure, slice_end(call)), "}", 1) : NULL;
	open = slice_chr(closed ? slice(closed, slice_end(call)) : call, '(');
	if (open)
		call = slice(call.p, open);
	part = FIND(call, "->");
	part = part ? part : FIND(call, "::");
	f->function = part ? slice(part + 2, slice_end(call)) : call;
	f->class_name = part ? slice(call.p, part) : slice(call.p, call.p);
}

static void frame(struct trace_scan *s, struct trace_text t)
{
	const char *colon = BEGINS(t, "[internal function]: ") ? t.p + 19 : FIND(t, "): "), *open;
	struct trace_frame *f, next = {.line = -1, .column = -1};

	if (!colon && !BEGINS(t, "{main}"))
		return;
	scan_headless(s);
	f = scan_frame(s);
	*f = s->state.place;
	if (!colon) {
		f->function = slice_take(t, 6);
		return;
	}
	open = slice_rchr(slice(t.p, colon), '(');
	if (*t.p != '[' && open) {
		next.file = slice(t.p, open);
		next.line = slice_number(slice(open + 1, colon));
		named(f, slice(colon + 3, slice_end(t)));
	} else {
		named(f, slice(colon + 2, slice_end(t)));
	}
	s->state.place = next;
}

static bool is_head(struct trace_scan *s, struct trace_text t)
{
	struct trace_text type, message;
	const char *uncaught = FIND(slice_take(t, 200), "Uncaught ");

	if (s->n || s->keeping)
		return false;
	if (uncaught && FIND(slice(t.p, uncaught), "atal error: ")) {
		scan_begins(s, BEGINS(t, "PHP ") ? t.p : uncaught);
		exception(s, slice(uncaught + 9, slice_end(t)));
		return true;
	}
	if (!shape_head(t, SHAPE_ERROR, &type, &message))
		return false;
	exception(s, t);
	return true;
}

static void other(struct trace_scan *s, struct trace_text t)
{
	const char *logged = FIND(t, "[object] (");

	if (logged)
		object(s, slice(logged + 10, slice_end(t)));
	else if (BEGINS(t, "Next "))
		exception(s, slice_skip(t, 5));
	else if (!BEGINS(t, "thrown in ") && !is_head(s, t))
		scan_message_more(s, t);
}

static void line(struct trace_scan *s, struct trace_text l)
{
	struct trace_text t = slice_trim(l);
	size_t n = BEGINS(t, "#") ? slice_digits(slice_skip(t, 1)) : 0;

	if (IS(t, "Stack trace:") && s->message_left > 0)
		cut_place(s, " in ");
	else if (n && BEGINS(slice_skip(t, n + 1), " "))
		frame(s, slice_ltrim(slice_skip(t, n + 2)));
	else if (!IS(t, "[stacktrace]"))
		other(s, t);
}

static void finish(struct trace_scan *s)
{
	if (s->n && !s->exceptions[s->current < 0 ? 0 : s->current].count)
		cut_place(s, " in ");
}

const struct trace_reader trace_php = {.line = line, .finish = finish};
