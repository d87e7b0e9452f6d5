/*
 * Python.
 *
 *	Traceback (most recent call last):
 *	  File "/path/file.py", line 12, in function
 *	    source line
 *	    ~~~~^^^
 *	  [Previous line repeated 996 more times]
 *	pkg.Type: message                      over any number of lines
 *
 *	During handling of the above exception, another exception occurred:
 *
 *	  + Exception Group Traceback (most recent call last):
 *	  |   File …
 *	  | ExceptionGroup: message (2 sub-exceptions)
 *	  +-+---------------- 1 ----------------
 *	    | ValueError: message              with its own traceback before it, or none
 *	    +------------------------------------
 */
#include "trace/scan.h"

enum { OUTSIDE, FRAMES, FINAL, PART };

#define MARK "Traceback (most recent call last):"
#define THREAD "Exception in thread "
#define FAULTS "Fatal Python error: "

/* The margin of groups, and how deep it is: 0 outside of one. */
static struct trace_text without_margin(struct trace_text l, uint32_t *depth, bool *separator)
{
	struct trace_text t = slice_ltrim(l);

	*depth = (uint32_t)(t.p - l.p);
	*separator = BEGINS(t, "+-");
	if (BEGINS(t, "| "))
		return slice_skip(t, 2);
	if (IS(t, "|"))
		return slice_skip(t, 1);
	if (BEGINS(t, "+ Exception Group Traceback"))
		return slice_skip(t, 2);
	*depth = 0;
	return l;
}

static void frame(struct trace_scan *s, struct trace_text t)
{
	struct trace_text file = slice_skip(t, 6);
	const char *quote = FIND(file, "\", line ");
	struct trace_frame *f;
	struct trace_text rest;

	if (!quote)
		return;
	scan_headless(s);
	f = scan_frame(s);
	rest = slice(quote + 8, slice_end(file));
	f->file = slice(file.p, quote);
	f->line = slice_number(slice_take(rest, slice_digits(rest)));
	rest = slice_skip(rest, slice_digits(rest));
	if (BEGINS(rest, ", in "))
		f->function = slice_trim(slice_skip(rest, 5));
	else if (BEGINS(rest, " in "))
		f->function = slice_trim(slice_skip(rest, 4));
	s->state.step = FRAMES;
}

/* The outermost exception of a group is told first, those in it after it. */
static enum scan_kind kind_of(const struct trace_scan *s, uint32_t depth)
{
	return s->n && depth > 2 ? SCAN_CAUSE : SCAN_CHAIN;
}

static void header(struct trace_scan *s, const char *mark, uint32_t depth)
{
	if (s->keeping)
		return;
	scan_begins(s, mark);
	scan_exception(s, kind_of(s, depth), slice(mark, mark), slice(mark, mark));
	s->state.step = FRAMES;
}

static void final(struct trace_scan *s, struct trace_text t)
{
	struct trace_text type, message;

	s->state.step = OUTSIDE;
	scan_frame_ends(s);
	if (s->keeping || s->current < 0 || !shape_head(t, SHAPE_ANY, &type, &message))
		return;
	s->exceptions[s->current].type = type;
	s->exceptions[s->current].message = message;
	s->state.step = FINAL;
	scan_message_opens(s);
}

/* One in a group that was never raised has no traceback. */
static void part(struct trace_scan *s, struct trace_text t, uint32_t depth)
{
	if (s->keeping)
		return;
	scan_exception(s, kind_of(s, depth), slice(t.p, t.p), slice(t.p, t.p));
	final(s, t);
}

static bool is_link(struct trace_text t)
{
	return BEGINS(t, "During handling of the above") || BEGINS(t, "The above exception was the") ||
	       BEGINS(t, "Call stack:");
}

static void fatal(struct trace_scan *s, struct trace_text t)
{
	if (s->keeping || s->n)
		return;
	scan_begins(s, t.p);
	scan_exception(s, SCAN_CAUSE, slice_take(t, sizeof(FAULTS) - 3), slice_skip(t, sizeof(FAULTS) - 1));
	s->reversed = false; /* "most recent call first" */
}

/* Exception in thread Thread-1 (run): */
static void thread(struct trace_scan *s, struct trace_text t)
{
	struct trace_text name = slice_skip(t, sizeof(THREAD) - 1);
	const char *end = FIND(name, " (");

	end = end ? end : slice_rchr(name, ':');
	if (s->keeping || s->n || !end)
		return;
	scan_begins(s, t.p);
	s->t->thread = slice(name.p, end);
}

static void other(struct trace_scan *s, struct trace_text t, uint32_t depth)
{
	if (BEGINS(t, THREAD)) {
		thread(s, t);
	} else if (is_link(t)) {
		s->state.step = OUTSIDE;
		scan_frame_ends(s);
		scan_message_ends(s);
	} else if (s->state.step == FRAMES && t.n && !is_blank(*t.p)) {
		final(s, t);
	} else if (s->state.step == PART && t.n) {
		part(s, t, depth);
	} else if (s->state.step == FINAL) {
		scan_message_more(s, t);
	}
}

static void line(struct trace_scan *s, struct trace_text l)
{
	uint32_t depth;
	bool separator;
	struct trace_text t = without_margin(l, &depth, &separator), in = slice_ltrim(t);
	const char *mark = FIND(t, MARK);

	if (mark && (s->state.step != FINAL || in.p == mark || BEGINS(in, "Exception Group"))) {
		header(s, BEGINS(in, "Exception Group") ? in.p : mark, depth);
	} else if (separator) {
		s->state.step = PART;
		scan_frame_ends(s);
		scan_message_ends(s);
	} else if (BEGINS(in, "File \"")) {
		frame(s, in);
	} else if (BEGINS(t, FAULTS)) {
		fatal(s, t);
	} else {
		other(s, t, depth);
	}
}

const struct trace_reader trace_python = {.line = line, .reversed = true};
