/*
 * Ruby.
 *
 *	a.rb:12:in `method': message (Type)            3.4: 'Class#method'
 *		from a.rb:7:in `block in <main>'
 *	b.rb:3:in `other': message (Cause)             its cause, with frames of its own
 *
 *	Traceback (most recent call last):
 *		1: from a.rb:7:in `<main>'             the other way round
 *	a.rb:12:in `method': message (Type)
 *
 *	message (Type)      or      Type (message):    loggers, with a frame a line below
 *	a.rb:12:in `method'
 */
#include "trace/scan.h"

static void labelled(struct trace_frame *f, struct trace_text label)
{
	const char *hash = slice_rchr(label, '#');

	if (!hash && !FIND(label, " in ") && *label.p != '<')
		hash = slice_rchr(label, '.');
	f->function = label;
	if (!hash || hash == label.p || FIND(label, " in "))
		return;
	f->class_name = slice(label.p, hash);
	f->function = slice(hash + 1, slice_end(label));
}

static void frame(struct trace_scan *s, const struct trace_frame *place, struct trace_text label)
{
	struct trace_frame *f = scan_frame(s);

	f->file = place->file;
	f->line = place->line;
	labelled(f, label);
}

/* "message (Type)"; false: it does not end so. */
static bool typed(struct trace_text t, struct trace_text *type, struct trace_text *message)
{
	const char *open;

	t = slice_trim(t);
	open = slice_rchr(t, '(');
	if (!open || !ENDS(t, ")"))
		return false;
	*type = slice(open + 1, slice_end(t) - 1);
	*message = slice_trim(slice(t.p, open));
	return type->n && is_upper(*type->p) && shape_type(*type) == type->n;
}

/* "Type (message):" */
static bool railed(struct trace_text t, struct trace_text *type, struct trace_text *message)
{
	size_t n;

	t = slice_trim(t);
	n = shape_type(t);
	if (!n || !ENDS(t, "):") || !BEGINS(slice_skip(t, n), " (") || !is_upper(*t.p))
		return false;
	*type = slice_take(t, n);
	*message = slice(t.p + n + 2, slice_end(t) - 2);
	return true;
}

/* What Ruby's logger puts before a message is the line of the log. */
static void headless(struct trace_scan *s)
{
	struct trace_text type, message;
	const char *logged;

	if (s->n || s->keeping)
		return;
	if (!railed(s->before, &type, &message) && !typed(s->before, &type, &message)) {
		scan_headless(s);
		return;
	}
	logged = slice_rfind(message, "-- : ", 5);
	if (logged)
		message = slice(logged + 5, slice_end(message));
	scan_begins(s, type.p < message.p ? type.p : message.p);
	scan_exception(s, SCAN_CAUSE, type, message);
}

static void head(struct trace_scan *s, struct trace_text rest)
{
	struct trace_text type = {rest.p, 0}, message = rest;

	if (s->keeping)
		return;
	if (!typed(rest, &type, &message))
		message = slice_trim(rest);
	scan_begins(s, s->line.p);
	if (!s->reversed || s->current < 0) {
		scan_exception(s, SCAN_CAUSE, type, message);
		return;
	}
	s->exceptions[s->current].type = type;
	s->exceptions[s->current].message = message;
}

static void reversed(struct trace_scan *s, struct trace_text t)
{
	if (s->keeping || s->n)
		return;
	s->reversed = true;
	scan_begins(s, t.p);
	scan_exception(s, SCAN_CAUSE, slice(t.p, t.p), slice(t.p, t.p));
}

/* How long "from " is, with the number before it. */
static size_t from_len(struct trace_text t)
{
	size_t n = slice_digits(t);

	if (n && BEGINS(slice_skip(t, n), ": from "))
		return n + 7;
	return BEGINS(t, "from ") ? 5 : 0;
}

static void line(struct trace_scan *s, struct trace_text l)
{
	struct trace_text t = slice_trim(l), label, rest;
	size_t from = from_len(t);
	struct trace_frame place;

	if (BEGINS(t, "Traceback (most recent call last):")) {
		reversed(s, t);
	} else if (!shape_ruby(slice_skip(t, from), &place, &label, &rest)) {
		scan_message_more(s, t);
	} else if (!from && BEGINS(rest, ": ")) {
		head(s, slice_skip(rest, 2));
		frame(s, &place, label);
		scan_message_opens(s);
	} else {
		headless(s);
		frame(s, &place, label);
	}
}

const struct trace_reader trace_ruby = {.line = line};
