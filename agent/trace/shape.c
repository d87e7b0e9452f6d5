#include "trace/shape.h"

static const struct {
	const char *word;
	size_t n;
} endings[] = {{"Exception", 9}, {"Error", 5}, {"Throwable", 9}, {"Interrupt", 9}, {"Failure", 7}, {"Fault", 5},
	{"Exit", 4}, {"Iteration", 9}, {"Rejection", 9}, {"Panic", 5}, {"ExceptionGroup", 14}, {"NotFound", 8},
	{"Warning", 7}, {"Violation", 9}, {"Timeout", 7}};

static bool is_type_char(char c)
{
	return is_word(c) || c == '.' || c == '$' || c == '\\' || c == '+' || c == '`';
}

size_t shape_type(struct trace_text s)
{
	size_t i = 0;

	if (!s.n || !(is_letter(*s.p) || *s.p == '_' || *s.p == '$' || *s.p == '\\'))
		return 0;
	for (; i < s.n; i++) {
		if (s.p[i] == ':' && i + 2 < s.n && s.p[i + 1] == ':' && is_letter(s.p[i + 2]))
			i++;
		else if (!is_type_char(s.p[i]))
			break;
	}
	return i;
}

static struct trace_text last_part(struct trace_text type)
{
	size_t i = type.n;

	while (i > 0 && is_word(type.p[i - 1]))
		i--;
	return slice_skip(type, i);
}

bool shape_is_error(struct trace_text type)
{
	struct trace_text last = last_part(type);

	if (!last.n || !is_upper(*last.p))
		return false;
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
		if (slice_ends(last, endings[i].word, endings[i].n))
			return true;
	return false;
}

static bool is_strict_enough(struct trace_text type, enum shape_strict strict)
{
	struct trace_text last = last_part(type);

	if (strict == SHAPE_ANY || shape_is_error(type))
		return true;
	return strict == SHAPE_NAMED && last.n && last.n < type.n && is_upper(*last.p);
}

/* " [CODE]" of Node and " (0x…)" of .NET, between the name and its colon: how long it is. */
static size_t code_len(struct trace_text s)
{
	const char *close;

	if (s.n < 4 || *s.p != ' ' || (s.p[1] != '[' && s.p[1] != '('))
		return 0;
	close = slice_chr(slice_take(s, 80), s.p[1] == '[' ? ']' : ')');
	return close && close + 1 < slice_end(s) && close[1] == ':' ? (size_t)(close + 1 - s.p) : 0;
}

bool shape_head(struct trace_text s, enum shape_strict strict, struct trace_text *type, struct trace_text *message)
{
	size_t n = shape_type(s);
	struct trace_text name = slice_take(s, n), rest = slice_skip(s, n);

	if (!n || !is_strict_enough(name, strict))
		return false;
	rest = slice_skip(rest, code_len(rest));
	if (rest.n && *rest.p != ':' && slice_ltrim(rest).n)
		return false;
	if (rest.n > 1 && *rest.p == ':' && !is_blank(rest.p[1]))
		return false;
	*type = name;
	*message = slice_trim(slice_skip(rest, 1));
	return true;
}

bool shape_embedded(struct trace_text s, struct trace_text *type, struct trace_text *message)
{
	bool found = false, edge = true;

	s = slice_trim(s); /* once, for what follows each name not to be trimmed anew */
	for (size_t i = 0; i < s.n;) {
		struct trace_text at = slice_skip(s, i), t, m;
		size_t n = edge ? shape_type(at) : 0;

		if (n && shape_head(at, SHAPE_ERROR, &t, &m) && (!found || !m.n || m.p > message->p)) {
			*type = t;
			*message = m;
			found = true;
		}
		i += n ? n : 1;
		edge = i < s.n && (is_blank(s.p[i - 1]) || s.p[i - 1] == '(');
	}
	return found;
}

void shape_position(struct trace_text s, struct trace_frame *f)
{
	int32_t numbers[2] = {-1, -1};
	int n = 0;

	while (n < 2) {
		const char *colon = slice_rchr(s, ':');
		int32_t v = colon ? slice_number(slice(colon + 1, slice_end(s))) : -1;

		if (v < 0)
			break;
		numbers[n++] = v;
		s = slice(s.p, colon);
	}
	f->file = s;
	f->line = numbers[n == 2];
	f->column = n == 2 ? numbers[0] : -1;
}

static enum trace_language of_position(struct trace_text in)
{
	struct trace_frame f;

	shape_position(in, &f);
	if (f.column >= 0)
		return TRACE_JAVASCRIPT;
	if (f.line >= 0 && f.file.n && !slice_chr(f.file, '/') && !slice_chr(f.file, ' '))
		return TRACE_JAVA;
	return TRACE_AUTO;
}

static enum trace_language of_parentheses(struct trace_text call, struct trace_text in)
{
	static const char *const java[] = {".java", ".kt", ".scala", ".groovy", ".clj"};
	enum trace_language l = of_position(in);

	if (IS(in, "Native Method") || IS(in, "Unknown Source") || IS(in, "<generated>"))
		return TRACE_JAVA;
	if (l != TRACE_AUTO)
		return l;
	if (IS(in, "<anonymous>") || IS(in, "native") || BEGINS(in, "index ") || BEGINS(in, "eval at ") ||
		BEGINS(in, "node:"))
		return TRACE_JAVASCRIPT;
	for (size_t i = 0; i < sizeof(java) / sizeof(*java); i++)
		if (slice_ends(in, java[i], strlen(java[i])))
			return TRACE_JAVA;
	call = slice_trim(call);
	return slice_chr(call, '.') && !slice_chr(call, ' ') ? TRACE_DOTNET : TRACE_AUTO;
}

static enum trace_language of_bare(struct trace_text s)
{
	struct trace_frame f;

	shape_position(s, &f);
	if (f.line >= 0 && ENDS(f.file, ".rs"))
		return TRACE_RUST;
	if (f.column >= 0 && f.file.n)
		return TRACE_JAVASCRIPT;
	return IS(s, "<anonymous>") || BEGINS(s, "async ") || IS(s, "native") ? TRACE_JAVASCRIPT : TRACE_AUTO;
}

enum trace_language shape_at(struct trace_text s)
{
	const char *jar = FIND(s, ") ~["), *open;

	s = slice_trim(slice_skip(s, 3));
	if (FIND(s, ") in ") || FIND(s, ") [0x"))
		return TRACE_DOTNET;
	jar = jar ? jar : FIND(s, ") [");
	if (jar)
		s = slice(s.p, jar + 1);
	while (s.n && (s.p[s.n - 1] == '{' || s.p[s.n - 1] == ',' || s.p[s.n - 1] == ' '))
		s.n--;
	if (ENDS(s, "<---"))
		s = slice_trim(slice_take(s, s.n - 4));
	open = slice_chr(s, '(');
	if (open && BEGINS(slice(open, slice_end(s)), "(eval at "))
		return TRACE_JAVASCRIPT;
	open = slice_rchr(s, '(');
	if (!open || !ENDS(s, ")"))
		return of_bare(s);
	return of_parentheses(slice(s.p, open), slice(open + 1, slice_end(s) - 1));
}
