#include "trace/detect.h"

#include "trace/shape.h"

struct sign {
	const char *word;
	uint8_t n;
	uint8_t language;
	bool (*also)(struct trace_text t); /* NULL: the word is enough */
};

#define SIGN(word, language, also)                                                                                     \
	{                                                                                                              \
		word, sizeof(word) - 1, TRACE_##language, also                                                         \
	}

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

static const struct sign signs[] = {
	SIGN("File \"", PYTHON, has_line),
	SIGN("+ Exception Group Traceback", PYTHON, NULL),
	SIGN("Fatal Python error: ", PYTHON, NULL),
	SIGN("Caused by: ", JAVA, has_head),
	SIGN("Exception in thread \"", JAVA, NULL),
	SIGN("panic: ", GO, NULL),
	SIGN("goroutine ", GO, has_bracket),
	SIGN("thread '", RUST, has_panic),
	SIGN("stack backtrace:", RUST, NULL),
	SIGN("PHP Fatal error:  Uncaught ", PHP, NULL),
	SIGN("Fatal error: Uncaught ", PHP, NULL),
	SIGN("[previous exception] [object] (", PHP, has_object),
	SIGN("[stacktrace]", PHP, NULL),
	SIGN("==", C, has_error),
	SIGN("WARNING: ThreadSanitizer: ", C, NULL),
	SIGN("terminate called after throwing an instance of '", CPP, NULL),
	SIGN("Program ", C, has_signal),
	SIGN("Thread ", C, has_signal),
	SIGN("--- End of inner exception", DOTNET, NULL),
	SIGN("Unhandled exception. ", DOTNET, NULL),
	SIGN("Unhandled Exception:", DOTNET, NULL),
	SIGN("Unhandled exception:", DART, is_all),
	SIGN("[cause]: ", JAVASCRIPT, NULL),
	SIGN("Node.js v", JAVASCRIPT, NULL),
	SIGN("** (", UNKNOWN, has_close),
};

/* Those that no word begins. */
static enum trace_language shaped(struct trace_text l, struct trace_text t)
{
	struct trace_frame f;
	struct trace_text a, b;
	size_t n = slice_digits(t);

	if (t.p > l.p && n && BEGINS(slice_skip(t, n), ": ") && FIND(t, "::"))
		return TRACE_RUST;
	if (n && BEGINS(slice_skip(t, n), ": from "))
		t = slice_skip(t, n + 7);
	if (BEGINS(t, "from "))
		t = slice_skip(t, 5);
	if (shape_ruby(t, &f, &a, &b) && !slice_chr(f.file, ' '))
		return TRACE_RUBY;
	if (shape_perl(t, &a, &f) && ((t.p > l.p && ENDS(a, " called")) || shape_is_perl_file(f.file)))
		return TRACE_PERL;
	if (shape_symbol(t, &f) || FIND(t, ": runtime error: "))
		return TRACE_C;
	return TRACE_AUTO;
}

static enum trace_language evidence(struct trace_text l)
{
	struct trace_text t = slice_ltrim(l);

	if (BEGINS(t, "at ") && t.p > l.p && shape_at(t) != TRACE_AUTO)
		return shape_at(t);
	if (BEGINS(t, "#"))
		return shape_numbered(t);
	for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++)
		if (t.n && *t.p == *signs[i].word && slice_begins(t, signs[i].word, signs[i].n) &&
			(!signs[i].also || signs[i].also(t)))
			return signs[i].language;
	return shaped(l, t);
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

/* One line alone says something only by its beginning, or as Perl's last words do. */
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
	return begins[(uint8_t)*t.p] || (t.n > 10 && t.p[t.n - 1] == '.' && is_digit(t.p[t.n - 2]));
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
