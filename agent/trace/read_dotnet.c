/*
 * C#, F#, Visual Basic; .NET and Mono.
 *
 *	Unhandled exception. A.B: message [---> C.D: message]
 *	 ---> [(Inner Exception #1) ]C.D: message
 *	   at C.Method[T](String s) in /path/file.cs:line 12
 *	  at C.Method (System.String s) [0x00002] in /path/file.cs:12
 *	   --- End of inner exception stack trace ---
 *	   at A.Method()
 *	--- End of stack trace from previous location ---
 */
#include "trace/scan.h"

static const struct {
	const char *word;
	size_t n;
} heads[] = {{"Unhandled exception. ", 21}, {"Unhandled Exception: ", 21}, {"Unhandled Exception:", 20},
	{"[ERROR] FATAL UNHANDLED EXCEPTION: ", 35}};

/* Dots within the brackets of generics are not those that part a class from its method. */
static struct trace_text name_of(struct trace_text t)
{
	const char *open = slice_chr(t, '(');
	struct trace_text name = slice_trim(open ? slice(t.p, open) : t);

	if (ENDS(name, "]")) {
		const char *bracket = slice_rchr(name, '[');

		if (bracket && bracket > name.p)
			name = slice(name.p, bracket);
	}
	return name;
}

static void file_of(struct trace_text t, struct trace_frame *f)
{
	const char *in = slice_rfind(t, " in ", 4), *number;
	struct trace_text place = in ? slice_trim(slice(in + 4, slice_end(t))) : t;

	if (!in || !place.n || *place.p == '<')
		return;
	number = FIND(place, ":line ");
	if (!number) {
		shape_position(place, f);
		return;
	}
	f->file = slice(place.p, number);
	f->line = slice_number(slice(number + 6, slice_end(place)));
}

static void frame(struct trace_scan *s, struct trace_text t)
{
	struct trace_frame *f;

	scan_headless(s);
	f = scan_frame(s);
	if (ENDS(t, "<---"))
		t = slice_trim(slice_take(t, t.n - 4));
	scan_split(name_of(t), f);
	file_of(t, f);
}

static void exception(struct trace_scan *s, struct trace_text t)
{
	struct trace_text type = {t.p, 0}, message;
	const char *close;

	if (BEGINS(t, "(Inner Exception #") && (close = FIND(t, ") ")))
		t = slice(close + 2, slice_end(t));
	message = t;
	shape_head(t, SHAPE_ANY, &type, &message);
	scan_exception(s, SCAN_CAUSE, type, message);
}

/* The older form tells those further in on the same line. */
static void exceptions(struct trace_scan *s, struct trace_text t)
{
	for (const char *arrow; (arrow = FIND(t, " ---> ")); t = slice(arrow + 6, slice_end(t)))
		exception(s, slice(t.p, arrow));
	exception(s, t);
	scan_message_opens(s);
}

static bool is_head(struct trace_scan *s, struct trace_text t)
{
	struct trace_text type, message;

	if (s->n || s->keeping)
		return false;
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		if (slice_begins(t, heads[i].word, heads[i].n)) {
			scan_begins(s, t.p);
			t = slice_skip(t, heads[i].n);
			if (t.n)
				exceptions(s, t);
			return true;
		}
	if (!shape_head(t, SHAPE_NAMED, &type, &message))
		return false;
	exceptions(s, t);
	return true;
}

static void line(struct trace_scan *s, struct trace_text l)
{
	struct trace_text t = slice_trim(l);

	if (BEGINS(t, "at ") && slice_chr(t, '('))
		frame(s, slice_skip(t, 3));
	else if (BEGINS(t, "---> "))
		exceptions(s, slice_skip(t, 5));
	else if (BEGINS(t, "--- End of inner"))
		scan_outward(s);
	else if (!BEGINS(t, "--- End of") && !is_head(s, t))
		scan_message_more(s, t);
}

const struct trace_reader trace_dotnet = {.line = line};
