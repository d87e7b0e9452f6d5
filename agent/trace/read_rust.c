/*
 * Rust.
 *
 *	thread 'main' (4711) panicked at src/main.rs:12:5:      older: panicked at 'message', src/main.rs:12:5
 *	message
 *	stack backtrace:
 *	   0: crate::Type::function                             full: 0: 0x55… - crate::function::h0123456789abcdef
 *	             at ./src/main.rs:12:5
 *	note: run with `RUST_BACKTRACE=1` …
 */
#include "trace/scan.h"

/* The hash that the compiler puts behind a name. */
static struct trace_text without_hash(struct trace_text t)
{
	if (t.n < 20 || memcmp(t.p + t.n - 19, "::h", 3) != 0)
		return t;
	for (size_t i = t.n - 16; i < t.n; i++)
		if (!is_hex(t.p[i]))
			return t;
	return slice_take(t, t.n - 19);
}

/* The last "::" outside of angle brackets, before `end`. */
static const char *last_colons(struct trace_text t)
{
	int depth = 0;

	for (size_t i = t.n; i-- > 1;) {
		depth += t.p[i] == '>' && t.p[i - 1] != '-';
		depth -= t.p[i] == '<';
		if (!depth && t.p[i] == ':' && t.p[i - 1] == ':')
			return t.p + i - 1;
	}
	return NULL;
}

/* A closure goes by the name of what it stands in. */
static void named(struct trace_frame *f, struct trace_text t)
{
	struct trace_text name = t;
	const char *colons = last_colons(name);

	while (colons && (colons[2] == '{' || colons[2] == '<')) {
		name = slice(name.p, colons);
		colons = last_colons(name);
	}
	f->function = colons ? slice(colons + 2, slice_end(t)) : t;
	f->module = colons ? slice(t.p, colons) : slice(t.p, t.p);
}

/* "0: " and what follows; 0: it is no frame. */
static size_t number_len(struct trace_text t)
{
	size_t n = slice_digits(t);

	return n && n < 6 && BEGINS(slice_skip(t, n), ": ") ? n + 2 : 0;
}

static void frame(struct trace_scan *s, struct trace_text t)
{
	const char *dash = BEGINS(t, "0x") ? FIND(t, " - ") : NULL;

	scan_headless(s);
	named(scan_frame(s), without_hash(dash ? slice(dash + 3, slice_end(t)) : t));
}

static void place(struct trace_scan *s, struct trace_text head)
{
	const char *at = FIND(head, "panicked at "), *comma;
	struct trace_text where = at ? slice(at + 12, slice_end(head)) : head;

	if (!at)
		return;
	comma = slice_rfind(where, "', ", 3);
	if (comma)
		where = slice(comma + 3, slice_end(where));
	if (ENDS(where, ":"))
		where = slice_take(where, where.n - 1);
	shape_position(where, scan_frame(s));
}

static void panicked(struct trace_scan *s, struct trace_text t)
{
	const char *at = FIND(t, "panicked at"), *quote = slice_chr(t, '\'');
	struct trace_text name = quote ? slice(quote + 1, at) : slice(at, at), message;
	const char *close = slice_chr(name, '\'');

	if (s->keeping) {
		place(s, t);
		return;
	}
	scan_begins(s, t.p);
	if (!s->n && close)
		s->t->thread = slice(name.p, close);
	message = slice_skip(slice(at, slice_end(t)), 12);
	if (BEGINS(message, "'") && slice_rfind(message, "', ", 3))
		message = slice(message.p + 1, slice_rfind(message, "', ", 3));
	else
		message.n = 0;
	scan_exception(s, SCAN_CAUSE, slice_take(slice(at, slice_end(t)), 5), message);
	if (!message.n)
		scan_message_opens(s);
	s->head = t;
}

static void line(struct trace_scan *s, struct trace_text l)
{
	struct trace_text t = slice_trim(l);
	size_t number = number_len(t);

	if (number && t.p > l.p) {
		frame(s, slice_ltrim(slice_skip(t, number)));
	} else if (BEGINS(t, "at ") && s->frame && !s->frame->file.n) {
		shape_position(slice_skip(t, 3), s->frame);
	} else if (BEGINS(t, "thread '") && FIND(t, "panicked at")) {
		panicked(s, t);
	} else if (BEGINS(t, "stack backtrace:") || BEGINS(t, "note: ")) {
		scan_message_ends(s);
		scan_frame_ends(s);
	} else {
		scan_message_more(s, t);
	}
}

/* Without a backtrace the place of the panic is all there is. */
static void finish(struct trace_scan *s)
{
	if (!s->head.n || s->current < 0 || s->exceptions[s->current].count)
		return;
	s->line = s->head;
	place(s, s->head);
}

const struct trace_reader trace_rust = {.line = line, .finish = finish};
