#include "trace/detect.h"

#include "trace/shape.h"

struct sign {
	const char *word;
	uint8_t n;
	uint8_t language;
	bool (*also)(struct trace_text t); /* NULL: the word is enough */
};

static bool has_line(struct trace_text t)
{
	return FIND(t, "\", line ") != NULL;
}

static bool has_bracket(struct trace_text t)
{
	return is_digit(t.p[10]) && FIND(t, " [");
}

static bool has_panic(struct trace_text t)
{
	return FIND(t, "panicked at") != NULL;
}

static bool has_signal(struct trace_text t)
{
	return FIND(t, " signal SIG") != NULL;
}

static bool has_dumped(struct trace_text t)
{
	return FIND(t, " dumped core") != NULL;
}

static bool has_error(struct trace_text t)
{
	return FIND(t, "==ERROR: ") != NULL;
}

static bool has_close(struct trace_text t)
{
	return FIND(t, ") ") != NULL;
}

static bool has_head(struct trace_text t)
{
	struct trace_text type, message;

	return shape_head(slice_skip(t, 11), SHAPE_NAMED, &type, &message);
}

static bool is_all(struct trace_text t)
{
	return IS(slice_trim(t), "Unhandled exception:");
}

static bool has_object(struct trace_text t)
{
	return FIND(t, "(code: ") != NULL;
}

/* X(first byte, word, language, what else has to be) */
#define SIGNS(X)                                                                                                       \
	X('F', "File \"", PYTHON, has_line)                                                                            \
	X('+', "+ Exception Group Traceback", PYTHON, NULL)                                                            \
	X('F', "Fatal Python error: ", PYTHON, NULL)                                                                   \
	X('C', "Caused by: ", JAVA, has_head)                                                                          \
	X('E', "Exception in thread \"", JAVA, NULL)                                                                   \
	X('p', "panic: ", GO, NULL)                                                                                    \
	X('g', "goroutine ", GO, has_bracket)                                                                          \
	X('t', "thread '", RUST, has_panic)                                                                            \
	X('s', "stack backtrace:", RUST, NULL)                                                                         \
	X('P', "PHP Fatal error:  Uncaught ", PHP, NULL)                                                               \
	X('F', "Fatal error: Uncaught ", PHP, NULL)                                                                    \
	X('[', "[previous exception] [object] (", PHP, has_object)                                                     \
	X('[', "[stacktrace]", PHP, NULL)                                                                              \
	X('=', "==", C, has_error)                                                                                     \
	X('W', "WARNING: ThreadSanitizer: ", C, NULL)                                                                  \
	X('t', "terminate called after throwing an instance of '", CPP, NULL)                                          \
	X('P', "Program ", C, has_signal)                                                                              \
	X('P', "Process ", C, has_dumped)                                                                              \
	X('S', "Stack trace of thread ", C, NULL)                                                                      \
	X('T', "Thread ", C, has_signal)                                                                               \
	X('-', "--- End of inner exception", DOTNET, NULL)                                                             \
	X('U', "Unhandled exception. ", DOTNET, NULL)                                                                  \
	X('U', "Unhandled Exception:", DOTNET, NULL)                                                                   \
	X('U', "Unhandled exception:", DART, is_all)                                                                   \
	X('[', "[cause]: ", JAVASCRIPT, NULL)                                                                          \
	X('N', "Node.js v", JAVASCRIPT, NULL)                                                                          \
	X('*', "** (", UNKNOWN, has_close)

#define SIGN(first, word, language, also) {word, sizeof(word) - 1, TRACE_##language, also},
#define FIRST(first, ...) first,

static const struct sign signs[] = {SIGNS(SIGN)};

/* Apart, for memchr() to pass over the rows that begin otherwise. */
static const char firsts[] = {SIGNS(FIRST)};

static enum trace_language signed_by(struct trace_text t)
{
	const char *at = firsts, *end = firsts + sizeof(firsts);

	for (; t.n && (at = memchr(at, *t.p, (size_t)(end - at))); at++) {
		const struct sign *s = &signs[at - firsts];

		if (slice_begins(t, s->word, s->n) && (!s->also || s->also(t)))
			return (enum trace_language)s->language;
	}
	return TRACE_AUTO;
}

/* ":in `" behind a number, ": runtime error: ": looked for from colon to colon. */
static bool has_colons(struct trace_text t)
{
	const char *end = slice_end(t);

	for (const char *c = slice_chr(t, ':'); c; c = slice_chr(slice(c + 1, end), ':')) {
		struct trace_text rest = slice(c, end);

		if ((c > t.p && is_digit(c[-1]) && BEGINS(rest, ":in ")) || BEGINS(rest, ": runtime error: "))
			return true;
	}
	return false;
}

static bool is_perl(struct trace_text l, struct trace_text t)
{
	struct trace_text before;
	struct trace_frame f;

	if (t.p == l.p && !ENDS(t, "."))
		return false;
	return shape_perl(t, &before, &f) && ((t.p > l.p && ENDS(before, " called")) || shape_is_perl_file(f.file));
}

static bool is_ruby(struct trace_text t)
{
	struct trace_text label, rest;
	size_t n = slice_digits(t);
	struct trace_frame f;

	if (n && BEGINS(slice_skip(t, n), ": from "))
		t = slice_skip(t, n + 7);
	else if (BEGINS(t, "from "))
		t = slice_skip(t, 5);
	return shape_ruby(t, &f, &label, &rest) && !slice_chr(f.file, ' ');
}

/* Those that no word begins. */
static enum trace_language shaped(struct trace_text l, struct trace_text t)
{
	struct trace_frame f;
	size_t n = slice_digits(t);

	if (t.p > l.p && n && BEGINS(slice_skip(t, n), ": ") && FIND(t, "::"))
		return TRACE_RUST;
	if (has_colons(t)) {
		if (is_ruby(t))
			return TRACE_RUBY;
		if (FIND(t, ": runtime error: "))
			return TRACE_C;
	}
	if (is_perl(l, t))
		return TRACE_PERL;
	return shape_symbol(t, &f) ? TRACE_C : TRACE_AUTO;
}

static enum trace_language evidence(struct trace_text l)
{
	struct trace_text t = slice_ltrim(l);
	enum trace_language sign;

	if (BEGINS(t, "at ") && t.p > l.p && shape_at(t) != TRACE_AUTO)
		return shape_at(t);
	if (BEGINS(t, "#"))
		return shape_numbered(t);
	sign = signed_by(t);
	return sign != TRACE_AUTO ? sign : shaped(l, t);
}

/* An exception without a frame: a full name, alone on a line that is not the first. */
static enum trace_language head_only(struct trace_text l)
{
	static const char *const jvm[] = {
		"java.", "javax.", "jakarta.", "org.", "com.", "net.", "io.", "kotlin.", "scala."};
	struct trace_text type, message;

	if (!shape_head(l, SHAPE_ERROR, &type, &message) || !slice_chr(type, '.'))
		return TRACE_AUTO;
	if (BEGINS(type, "System.") || BEGINS(type, "Microsoft."))
		return TRACE_DOTNET;
	for (size_t i = 0; i < sizeof(jvm) / sizeof(*jvm); i++)
		if (slice_begins(type, jvm[i], strlen(jvm[i])))
			return TRACE_JAVA;
	return TRACE_UNKNOWN;
}

static bool is_traceback(struct trace_text l)
{
	return BEGINS(slice_ltrim(l), "Traceback (most recent call last):");
}

/* One line alone says something only by its beginning, or as Perl's and Ruby's last words do. */
static bool can_be_single(struct trace_text t)
{
	static const bool begins[256] = {['P'] = true,
		['F'] = true,
		['p'] = true,
		['t'] = true,
		['E'] = true,
		['U'] = true,
		['='] = true,
		['W'] = true,
		['*'] = true};

	if (!t.n)
		return false;
	if (begins[(uint8_t)*t.p] || (t.n > 10 && t.p[t.n - 1] == '.' && is_digit(t.p[t.n - 2])))
		return true;
	return t.p[t.n - 1] == ')' && FIND(t, ":in ");
}

enum trace_language trace_detect(struct trace_text text)
{
	enum trace_language weak = TRACE_AUTO;
	struct trace_text line;

	if (!slice_chr(text, '\n'))
		return can_be_single(text) ? evidence(text) : TRACE_AUTO;
	for (bool first = true; slice_line(&text, &line); first = false) {
		enum trace_language l = evidence(line);

		if (l != TRACE_AUTO)
			return l;
		if (weak == TRACE_AUTO && is_traceback(line))
			weak = TRACE_PYTHON;
		if (weak == TRACE_AUTO && !first)
			weak = head_only(line);
	}
	return weak;
}
