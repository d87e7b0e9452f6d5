/*
 * Java, Kotlin, Scala, Groovy.
 *
 *	Exception in thread "main" a.b.C: message
 *		at [loader/][module[@version]/]a.b.C.method(File.java:12) [~[jar:version]]
 *		Suppressed: a.b.D: message           with its frames and causes, all further in: not ours
 *	Caused by: a.b.E: message
 *		... 3 more
 *	Wrapped by: a.b.F: message                   when the root cause is printed first
 */
#include "trace/scan.h"

enum { PLAIN, SUPPRESSED };

/* The slash of `$$Lambda$14/0x…` is the compiler's. */
static struct trace_text module_of(struct trace_text *name)
{
	struct trace_text module = {name->p, 0};

	for (;;) {
		const char *slash = slice_chr(*name, '/');
		struct trace_text part = slash ? slice(name->p, slash) : *name;

		if (!slash || slice_chr(part, '$'))
			return module;
		if (part.n)
			module = part;
		*name = slice_skip(*name, part.n + 1);
	}
}

static void frame(struct trace_scan *s, struct trace_text t)
{
	struct trace_frame *f = scan_frame(s);
	const char *open = slice_chr(t, '('), *version;
	struct trace_text name = slice_trim(open ? slice(t.p, open) : t), in = {t.p, 0};
	const char *close = open ? slice_chr(slice(open, slice_end(t)), ')') : NULL;

	f->module = module_of(&name);
	version = slice_chr(f->module, '@');
	if (version)
		f->module = slice(f->module.p, version);
	scan_split(name, f);
	if (close)
		in = slice(open + 1, close);
	if (in.n && !IS(in, "Native Method") && !IS(in, "Unknown Source") && !IS(in, "<generated>"))
		shape_position(in, f);
}

static void exception(struct trace_scan *s, enum scan_kind kind, struct trace_text t)
{
	struct trace_text type = {t.p, 0}, message = t;

	shape_head(t, SHAPE_ANY, &type, &message);
	scan_exception(s, kind, type, message);
	scan_message_opens(s);
}

static void wrapped(struct trace_scan *s, struct trace_text t)
{
	if (s->keeping)
		return;
	for (int i = 0; i < s->n; i++)
		s->exceptions[i].chain = SCAN_CHAIN;
	exception(s, SCAN_CHAIN, t);
}

static void thread(struct trace_scan *s, struct trace_text t)
{
	struct trace_text name = slice_skip(t, sizeof("Exception in thread \"") - 1);
	const char *quote = FIND(name, "\" ");

	if (s->keeping || s->n || !quote)
		return;
	scan_begins(s, t.p);
	s->t->thread = slice(name.p, quote);
	exception(s, SCAN_CAUSE, slice(quote + 2, slice_end(t)));
}

static bool is_suppressed(struct trace_scan *s, struct trace_text t, uint32_t indent)
{
	if (s->state.step == SUPPRESSED && (indent >= s->state.indent || !t.n))
		return true;
	s->state.step = PLAIN;
	if (!BEGINS(t, "Suppressed: "))
		return false;
	s->state.step = SUPPRESSED;
	s->state.indent = indent;
	scan_frame_ends(s);
	return true;
}

static void other(struct trace_scan *s, struct trace_text t)
{
	struct trace_text type, message;

	if (BEGINS(t, "Exception in thread \""))
		thread(s, t);
	else if (!s->n && shape_head(t, SHAPE_NAMED, &type, &message))
		exception(s, SCAN_CAUSE, t);
	else
		scan_message_more(s, t);
}

static void line(struct trace_scan *s, struct trace_text l)
{
	struct trace_text t = slice_ltrim(l);

	if (is_suppressed(s, t, (uint32_t)(t.p - l.p)))
		return;
	if (BEGINS(t, "at ") && slice_chr(t, '(')) {
		scan_headless(s);
		frame(s, slice_skip(t, 3));
	} else if (BEGINS(t, "Caused by: ")) {
		exception(s, SCAN_CAUSE, slice_skip(t, 11));
	} else if (BEGINS(t, "Wrapped by: ")) {
		wrapped(s, slice_skip(t, 12));
	} else if (!BEGINS(t, "... ")) {
		other(s, t);
	}
}

const struct trace_reader trace_java = {.line = line};
