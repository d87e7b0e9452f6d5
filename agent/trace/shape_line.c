/* Shapes of single lines: those of languages that print no "at ". */
#include "trace/shape.h"

static bool label_quote(struct trace_text *label, struct trace_text *rest)
{
	const char *close = slice_chr(*rest, '\'');

	if (!close)
		return false;
	*label = slice(rest->p, close);
	*rest = slice_skip(*rest, label->n + 1);
	return true;
}

bool shape_ruby(struct trace_text s, struct trace_frame *f, struct trace_text *label, struct trace_text *rest)
{
	const char *in = FIND(s, ":in ");
	struct trace_text place = in ? slice(s.p, in) : s;
	struct trace_text after = in ? slice(in + 4, slice_end(s)) : s;

	if (!in || !after.n || (*after.p != '`' && *after.p != '\''))
		return false;
	shape_position(place, f);
	if (f->line < 0 || f->column >= 0 || !f->file.n || slice_chr(f->file, '"'))
		return false;
	*rest = slice_skip(after, 1);
	return label_quote(label, rest);
}

bool shape_is_perl_file(struct trace_text file)
{
	static const char *const ends[] = {".pl", ".pm", ".t", ".cgi", ".psgi", "-e"};

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (slice_ends(file, ends[i], strlen(ends[i])))
			return true;
	return BEGINS(file, "(eval ");
}

/* ", <STDIN> line 5" counts what was read, not where the program is. */
static struct trace_text without_handle(struct trace_text s)
{
	const char *handle = slice_rfind(s, ", <", 3);

	return handle ? slice(s.p, handle) : s;
}

bool shape_perl(struct trace_text s, struct trace_text *before, struct trace_frame *f)
{
	const char *line, *at;

	s = slice_trim(s);
	if (!s.n || (s.p[s.n - 1] != '.' && !is_digit(s.p[s.n - 1])))
		return false;
	s = without_handle(slice_take(s, s.n - (s.p[s.n - 1] == '.')));
	line = slice_rfind(s, " line ", 6);
	if (!line || slice_number(slice(line + 6, slice_end(s))) < 0)
		return false;
	at = slice_rfind(slice(s.p, line), " at ", 4);
	if (!at || at + 4 >= line)
		return false;
	*before = slice(s.p, at);
	f->file = slice(at + 4, line);
	f->line = slice_number(slice(line + 6, slice_end(s)));
	return true;
}

bool shape_symbol(struct trace_text s, struct trace_frame *f)
{
	const char *address = ENDS(s, "]") ? slice_rfind(s, "[0x", 3) : NULL;
	struct trace_text call = address ? slice_trim(slice(s.p, address)) : s;
	const char *open = address ? slice_rchr(call, '(') : NULL, *plus;

	if (!open || open == call.p || !ENDS(call, ")"))
		return false;
	f->module = slice(call.p, open);
	f->function = slice(open + 1, slice_end(call) - 1);
	plus = slice_rfind(f->function, "+0x", 3);
	if (plus)
		f->function = slice(f->function.p, plus);
	return (plus || !f->function.n) && !slice_chr(f->module, ' ');
}

bool shape_go_call(struct trace_text s)
{
	const char *open = slice_chr(s, '('), *space = slice_chr(s, ' ');
	struct trace_text name;

	if (!open || !ENDS(s, ")") || !is_letter(*s.p))
		return false;
	if (open[1] == '*' || (open[1] == ')' && open[2] == '.'))
		return !space || space > open;
	name = slice(s.p, open);
	return (!space || space > open) && (slice_chr(name, '.') || IS(name, "panic"));
}

bool shape_place(struct trace_text s)
{
	struct trace_frame f;

	if (!s.n || !is_digit(s.p[s.n - 1]) || s.n > 1024)
		return false;
	shape_position(s, &f);
	if (f.line < 0 || f.column >= 0 || f.file.n < 3)
		return false;
	return *s.p == '/' || BEGINS(s, "file://") || BEGINS(s, "node:") || (f.file.p[1] == ':' && f.file.p[2] == '\\');
}

enum trace_language shape_numbered(struct trace_text t)
{
	size_t n = slice_digits(slice_skip(t, 1));
	struct trace_text rest = slice_ltrim(slice_skip(t, n + 1));

	if (!n)
		return TRACE_AUTO;
	if (BEGINS(rest, "{main}") || BEGINS(rest, "[internal function]: "))
		return TRACE_PHP;
	if (BEGINS(rest, "0x") || BEGINS(rest, "<signal handler") || FIND(rest, ") at ") || FIND(rest, ") from "))
		return TRACE_C;
	if (FIND(rest, " (package:") || FIND(rest, " (file:") || FIND(rest, " (dart:") || FIND(rest, ".dart:"))
		return TRACE_DART;
	return FIND(rest, "): ") ? TRACE_PHP : TRACE_AUTO;
}
