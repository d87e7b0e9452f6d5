/*
 * Go.  The goroutine that failed is the first; what others did is left to the raw text.
 *
 *	panic: runtime error: message [recovered]
 *		panic: message                         each further one is further out
 *	[signal SIGSEGV: segmentation violation …]     or: SIGABRT: abort
 *
 *	goroutine 1 [running]:
 *	module/path.(*Type).method(0x1, …)
 *		/path/file.go:12 +0x1f
 *	created by main.main in goroutine 1
 *		/path/file.go:7 +0x2a
 */
#include "trace/scan.h"

enum { BEFORE, BEGUN, FRAMES, OVER };

/* The arguments are what stands in the last parentheses, whatever lies in them. */
static struct trace_text without_arguments(struct trace_text t)
{
	int depth = 0;

	if (!ENDS(t, ")"))
		return t;
	for (size_t i = t.n; i-- > 0;) {
		depth += t.p[i] == ')';
		depth -= t.p[i] == '(';
		if (!depth)
			return slice_take(t, i);
	}
	return t;
}

/* main.func1, main.gowrap1, main.init.0: closures belong to no type. */
static bool is_closure(struct trace_text t)
{
	return BEGINS(t, "func") || BEGINS(t, "gowrap") || BEGINS(t, "deferwrap") || (t.n && is_digit(*t.p));
}

/* Dots in the brackets of type parameters part nothing. */
static const char *method_dot(struct trace_text t)
{
	const char *bracket = slice_chr(t, '['), *dot = slice_chr(bracket ? slice(t.p, bracket) : t, '.');

	return dot || !bracket ? dot : FIND(slice(bracket, slice_end(t)), "].") ? FIND(t, "].") + 1 : NULL;
}

static void named(struct trace_frame *f, struct trace_text t)
{
	const char *bracket = slice_chr(t, '['), *open = slice_chr(t, '(');
	struct trace_text path = bracket && (!open || bracket < open) ? slice(t.p, bracket)
				 : open				      ? slice(t.p, open)
								      : t;
	const char *slash = slice_rchr(path, '/');
	struct trace_text last = slash ? slice(slash + 1, slice_end(t)) : t, rest;
	const char *dot = slice_chr(last, '.'), *method;

	f->function = t;
	if (!dot)
		return;
	f->module = slice(t.p, dot);
	f->function = rest = slice(dot + 1, slice_end(t));
	method = BEGINS(rest, "(") ? FIND(rest, ").") : method_dot(rest);
	if (!method || is_closure(slice(method + 1, slice_end(rest))))
		return;
	f->class_name = *rest.p == '(' ? slice(rest.p + 1 + (rest.p[1] == '*'), method) : slice(rest.p, method);
	f->function = slice(method + 1 + (*method == ')'), slice_end(rest));
}

static void frame(struct trace_scan *s, struct trace_text t)
{
	struct trace_frame *f;

	scan_headless(s);
	f = scan_frame(s);
	s->state.step = FRAMES;
	named(f, without_arguments(t));
}

static void created(struct trace_scan *s, struct trace_text t)
{
	const char *in = slice_rfind(t, " in goroutine ", 14);

	frame(s, in ? slice(t.p, in) : t);
}

static void placed(struct trace_scan *s, struct trace_text t)
{
	const char *offset = slice_rfind(t, " +0x", 4);

	if (s->frame && !s->frame->file.n)
		shape_position(offset ? slice(t.p, offset) : t, s->frame);
}

static void panicked(struct trace_scan *s, struct trace_text t, size_t n)
{
	struct trace_text type = slice_take(t, n), message = slice_skip(t, n + 2);
	const char *recovered = slice_rfind(message, " [recovered", 11);

	if (recovered)
		message = slice(message.p, recovered);
	if (BEGINS(message, "runtime error: ")) {
		type = slice_take(message, 13);
		message = slice_skip(message, 15);
	}
	scan_begins(s, t.p);
	scan_exception(s, SCAN_CHAIN, type, message);
	scan_message_opens(s);
}

/* On a line of the log: "Observed a panic: message", and of net/http "panic serving 10.0.0.1:80: message". */
static void in_log(struct trace_scan *s)
{
	const char *panic = FIND(s->before, "panic: "), *colon;

	panic = panic ? panic : FIND(s->before, "panic serving ");
	if (s->n || !panic)
		return;
	colon = slice_find(slice(panic, slice_end(s->before)), ": ", 2);
	if (colon)
		panicked(s, (struct trace_text){panic, (uint32_t)(slice_end(s->before) - panic)}, 5);
	if (s->n)
		s->exceptions[0].message = slice(colon + 2, slice_end(s->before));
}

static void goroutine(struct trace_scan *s, struct trace_text t)
{
	const char *open = FIND(t, " [");

	scan_message_ends(s);
	if (s->state.step != BEFORE) {
		s->state.step = OVER;
		scan_frame_ends(s);
		return;
	}
	in_log(s);
	scan_begins(s, t.p);
	s->t->thread = slice(t.p, open);
	s->state.step = BEGUN;
}

/* SIGABRT: abort */
static void signalled(struct trace_scan *s, struct trace_text t)
{
	panicked(s, t, shape_type(t));
	scan_message_ends(s);
}

static void other(struct trace_scan *s, struct trace_text l, struct trace_text t)
{
	if (s->keeping)
		return;
	if (BEGINS(t, "panic: "))
		panicked(s, t, 5);
	else if (BEGINS(t, "fatal error: "))
		panicked(s, t, 11);
	else if (BEGINS(t, "SIG") && !s->n && FIND(slice_take(t, 24), ": "))
		signalled(s, t);
	else if (BEGINS(l, "[signal ") && !s->t->error_code.n)
		s->t->error_code = slice_take(slice_skip(l, 8), shape_type(slice_skip(l, 8)));
	else
		scan_message_more(s, t);
}

static void line(struct trace_scan *s, struct trace_text l)
{
	struct trace_text t = slice_trim(l);

	if (BEGINS(t, "goroutine ") && FIND(t, " ["))
		goroutine(s, t);
	else if (s->state.step == OVER)
		return;
	else if (s->state.step == FRAMES && !t.n)
		s->state.step = OVER;
	else if (BEGINS(l, "\t") && s->state.step == FRAMES)
		placed(s, t);
	else if (BEGINS(t, "created by "))
		created(s, slice_skip(t, 11));
	else if (s->state.step != BEFORE && shape_go_call(t))
		frame(s, t);
	else
		other(s, l, t);
}

const struct trace_reader trace_go = {.line = line};
