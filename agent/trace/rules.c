#include "trace/rules.h"

#include "trace/shape.h"

#define MANY 60

/* Of several that a line begins with the first counts: X(first byte, word, languages, role, phase, left, sure). */
#define RULES(X)                                                                                                       \
	X('E', "Exception in thread \"", LANG(JAVA), FIRST, MESSAGE, MANY, MANY)                                       \
	X('C', "Caused by: ", LANG(JAVA), PART, MESSAGE, MANY, 0)                                                      \
	X('C', "Caused by:", LANG(RUST), INNER, TRACE, 0, 0)                                                           \
	X('S', "Suppressed: ", LANG(JAVA), PART, MESSAGE, MANY, 0)                                                     \
	X('W', "Wrapped by: ", LANG(JAVA), PART, MESSAGE, MANY, 0)                                                     \
	X('.', "... ", LANG(JAVA), INNER, TRACE, 0, 0)                                                                 \
	X('E', "Exception in thread ", LANG(PYTHON), FIRST, AWAIT, 0, 0)                                               \
	X('E', "Exception ignored in", LANG(PYTHON), FIRST, AWAIT, 0, 0)                                               \
	X('-', "--- Logging error ---", LANG(PYTHON), FIRST, AWAIT, 0, 0)                                              \
	X('T', "Traceback (most recent call last):", LANG(PYTHON) | LANG(RUBY), HEAD, TRACE, 0, 0)                     \
	X('D', "During handling of the above exception", LANG(PYTHON), INNER, AWAIT, 0, 0)                             \
	X('T', "The above exception was the direct cause", LANG(PYTHON), INNER, AWAIT, 0, 0)                           \
	X('C', "Call stack:", LANG(PYTHON), INNER, TRACE, 0, 0)                                                        \
	X('M', "Message: ", LANG(PYTHON), INNER, TRACE, 0, 0)                                                          \
	X('A', "Arguments: ", LANG(PYTHON), INNER, DONE, 0, 0)                                                         \
	X('F', "Fatal Python error: ", LANG(PYTHON), FIRST, AWAIT, 0, 0)                                               \
	X('C', "Current thread 0x", LANG(PYTHON), HEAD, TRACE, 0, 0)                                                   \
	X('T', "Thread 0x", LANG(PYTHON), INNER, TRACE, 0, 0)                                                          \
	X('E', "Extension modules: ", LANG(PYTHON), INNER, DONE, 0, 0)                                                 \
	X('(', "(node:", LANG(JAVASCRIPT), FIRST, MESSAGE, MANY, 0)                                                    \
	X('(', "(Use `node --trace", LANG(JAVASCRIPT), INNER, DONE, 0, 0)                                              \
	X('U', "Uncaught ", LANG(JAVASCRIPT), HEAD, MESSAGE, MANY, 0)                                                  \
	X('T', "Thrown at:", LANG(JAVASCRIPT), INNER, TRACE, 0, 0)                                                     \
	X('N', "Node.js v", LANG(JAVASCRIPT), INNER, DONE, 0, 0)                                                       \
	X('p', "panic: ", LANG(GO), FIRST, MESSAGE, MANY, 8)                                                           \
	X('f', "fatal error: ", LANG(GO), HEAD, MESSAGE, MANY, 0)                                                      \
	X('r', "runtime: ", LANG(GO), HEAD, MESSAGE, 4, 2)                                                             \
	X('[', "[signal ", LANG(GO), INNER, MESSAGE, 4, 0)                                                             \
	X('[', "[originating from goroutine", LANG(GO), INNER, TRACE, 0, 0)                                            \
	X('g', "goroutine ", LANG(GO), PART, TRACE, 0, 0)                                                              \
	X('c', "created by ", LANG(GO), INNER, TRACE, 0, 0)                                                            \
	X('r', "runtime stack:", LANG(GO), INNER, TRACE, 0, 0)                                                         \
	X('.', "...additional frames elided", LANG(GO), INNER, TRACE, 0, 0)                                            \
	X('P', "PC=0x", LANG(GO), INNER, TRACE, 0, 0)                                                                  \
	X('S', "SIG", LANG(GO), HEAD, MESSAGE, 4, 2)                                                                   \
	X('e', "exit status ", LANG(GO), INNER, DONE, 0, 0)                                                            \
	X('U', "Unhandled exception. ", LANG(DOTNET), FIRST, MESSAGE, MANY, MANY)                                      \
	X('U', "Unhandled Exception: ", LANG(DOTNET), FIRST, MESSAGE, MANY, MANY)                                      \
	X('U', "Unhandled Exception:", LANG(DOTNET), FIRST, AWAIT, 0, 0)                                               \
	X('-', "---> ", LANG(DOTNET), INNER, MESSAGE, MANY, 0)                                                         \
	X('-', "--- End of ", LANG(DOTNET), INNER, TRACE, 0, 0)                                                        \
	X('<', "<---", LANG(DOTNET), INNER, TRACE, 0, 0)                                                               \
	X('P', "PHP Fatal error:  Uncaught ", LANG(PHP), FIRST, MESSAGE, MANY, MANY)                                   \
	X('F', "Fatal error: Uncaught ", LANG(PHP), FIRST, MESSAGE, MANY, MANY)                                        \
	X('S', "Stack trace:", LANG(PHP), PART, TRACE, 0, 0)                                                           \
	X('P', "PHP Stack trace:", LANG(PHP), PART, TRACE, 0, 0)                                                       \
	X('P', "PHP   ", LANG(PHP), INNER, TRACE, 0, 0)                                                                \
	X('[', "[stacktrace]", LANG(PHP), PART, TRACE, 0, 0)                                                           \
	X('[', "[previous exception]", LANG(PHP), PART, TRACE, 0, 0)                                                   \
	X('N', "Next ", LANG(PHP), INNER, MESSAGE, MANY, MANY)                                                         \
	X('"', "\"}", LANG(PHP), INNER, DONE, 0, 0)                                                                    \
	X('t', "thread '", LANG(RUST), FIRST, MESSAGE, MANY, 1)                                                        \
	X('s', "stack backtrace:", LANG(RUST), PART, TRACE, 0, 0)                                                      \
	X('S', "Stack backtrace:", LANG(RUST), INNER, TRACE, 0, 0)                                                     \
	X('n', "note: ", LANG(RUST), INNER, TRACE, 0, 0)                                                               \
	X('=', "=================", LANG(C) | LANG(CPP), INNER, DONE, 0, 0)                                            \
	X('=', "==", LANG(C) | LANG(CPP), HEAD, REPORT, 250, 250)                                                      \
	X('=', "==", LANG(C) | LANG(CPP), HEAD, TRACE, 0, 0)                                                           \
	X('=', "=>0x", LANG(C) | LANG(CPP), INNER, TRACE, 0, 0)                                                        \
	X('W', "WARNING: ThreadSanitizer: ", LANG(C) | LANG(CPP), FIRST, REPORT, 250, 250)                             \
	X('S', "SUMMARY: ", LANG(C) | LANG(CPP), INNER, TRACE, 0, 0)                                                   \
	X('S', "Shadow byte", LANG(C) | LANG(CPP), INNER, TRACE, 0, 0)                                                 \
	X('t', "terminate called ", LANG(CPP), FIRST, TRACE, 0, 0)                                                     \
	X('P', "Program received signal ", LANG(C) | LANG(CPP), HEAD, TRACE, 0, 0)                                     \
	X('P', "Program terminated with signal ", LANG(C) | LANG(CPP), HEAD, TRACE, 0, 0)                              \
	X('A', "Aborted", LANG(C) | LANG(CPP), INNER, DONE, 0, 0)                                                      \
	X('S', "Segmentation fault", LANG(C) | LANG(CPP), INNER, TRACE, 0, 0)                                          \
	X('=', "======= Backtrace", LANG(C) | LANG(CPP), HEAD, TRACE, 0, 0)                                            \
	X('*', "*** ", LANG(C) | LANG(CPP), HEAD, TRACE, 0, 0)                                                         \
	X('#', "#", LANG(PHP) | LANG(DART) | LANG(C) | LANG(CPP), PART, TRACE, 0, 0)                                   \
	X('U', "Unhandled exception:", LANG(DART), FIRST, MESSAGE, MANY, 4)                                            \
	X('<', "<asynchronous suspension>", LANG(DART), INNER, TRACE, 0, 0)                                            \
	X('*', "** (", LANG(UNKNOWN), HEAD, MESSAGE, MANY, 0)

#define RULE(first, word, langs, role, phase, left, sure)                                                              \
	{word, langs, sizeof(word) - 1, JOIN_##role, JOIN_##phase, left, sure},
#define FIRST(first, ...) first,

static const struct join_rule rules[] = {RULES(RULE)};

/* Apart, for memchr() to pass over the rows that begin otherwise. */
static const char firsts[] = {RULES(FIRST)};

/* ==12==ERROR: of a sanitizer, ==12== of valgrind. */
static bool is_process(struct trace_text rest, enum join_phase phase)
{
	struct trace_text number = slice_take(rest, 24);

	if (!rest.n || !is_digit(*rest.p) || !FIND(number, "=="))
		return false;
	return phase == JOIN_REPORT ? FIND(number, "==ERROR: ") != NULL : !ENDS(rest, "==ABORTING");
}

/* What a word alone does not tell. */
static bool is_meant(const struct join_rule *r, struct trace_text s)
{
	struct trace_text rest = slice_skip(s, r->n);

	switch (*r->word) {
	case '#': return shape_numbered(s) != TRACE_AUTO;
	case '=': return r->n != 2 || is_process(rest, (enum join_phase)r->phase);
	case 'g': return rest.n && is_digit(*rest.p) && FIND(slice_take(rest, 32), " [");
	case 't': return r->phase != JOIN_MESSAGE || FIND(s, "panicked at");
	case 'r': return r->phase != JOIN_MESSAGE || FIND(rest, "goroutine stack") || FIND(rest, "out of memory");
	case 'S': return r->n != 3 || FIND(slice_take(s, 24), ": ");
	case '(': return r->n != 6 || FIND(s, "Warning: ") || FIND(s, "Rejection");
	case '*': return r->word[2] != '*' || FIND(s, " detected ***") || BEGINS(rest, "Error in ");
	default: return true;
	}
}

static const struct join_rule head = {"",
	LANG(JAVA) | LANG(JAVASCRIPT) | LANG(DOTNET) | LANG(PHP) | LANG(PYTHON) | LANG(RUBY) | LANG(DART) |
		LANG(UNKNOWN),
	0, JOIN_HEAD, JOIN_MESSAGE, MANY, 0};
static const struct join_rule final = {"", LANG(PYTHON), 0, JOIN_INNER, JOIN_TAIL, MANY, 0};
static const struct join_rule ruby = {"", LANG(RUBY), 0, JOIN_PART, JOIN_MESSAGE, MANY, 0};
static const struct join_rule place = {"", LANG(JAVASCRIPT), 0, JOIN_FIRST, JOIN_MESSAGE, 6, 6};
static const struct join_rule go_call = {"", LANG(GO), 0, JOIN_INNER, JOIN_TRACE, 0, 0};
static const struct join_rule registers = {"", LANG(GO), 0, JOIN_INNER, JOIN_TRACE, 0, 0};
static const struct join_rule symbol = {"", LANG(C) | LANG(CPP), 0, JOIN_PART, JOIN_TRACE, 0, 0};
static const struct join_rule aborting = {"", LANG(C) | LANG(CPP), 0, JOIN_INNER, JOIN_DONE, 0, 0};
static const struct join_rule undefined = {"", LANG(C) | LANG(CPP), 0, JOIN_HEAD, JOIN_TRACE, 0, 0};
static const struct join_rule perl = {"", LANG(PERL), 0, JOIN_HEAD, JOIN_TRACE, 0, 0};
static const struct join_rule railed = {"", LANG(RUBY), 0, JOIN_PART, JOIN_TRACE, MANY, 0};

/* rax    0x0 */
static bool is_register(struct trace_text s)
{
	size_t n = 0;

	while (n < s.n && n < 8 && (is_digit(s.p[n]) || (s.p[n] >= 'a' && s.p[n] <= 'z')))
		n++;
	return n > 1 && n < 8 && BEGINS(slice_ltrim(slice_skip(s, n)), "0x") && s.n < 40;
}

/* Of traces that are open: what is no head of its own. */
static const struct join_rule *inner_shape(struct trace_text s, uint16_t langs, enum join_phase phase)
{
	struct trace_text type, message;

	if ((langs & LANG(PYTHON)) && phase == JOIN_TRACE && shape_head(s, SHAPE_ANY, &type, &message))
		return &final;
	if ((langs & LANG(GO)) && phase >= JOIN_TRACE && shape_go_call(s))
		return &go_call;
	if ((langs & LANG(GO)) && phase >= JOIN_TRACE && is_register(s))
		return &registers;
	if ((langs & LANG(C)) && ENDS(s, "==ABORTING"))
		return &aborting;
	return NULL;
}

/* The first word's end tells which shapes there can be. */
static const struct join_rule *outer_shape(struct trace_text s)
{
	const char *space = memchr(s.p, ' ', s.n < 512 ? s.n : 512);
	struct trace_text first = space ? slice(s.p, space) : s, type, message, label, rest;
	char last = s.p[s.n - 1];
	struct trace_frame f;

	if (ENDS(first, ":in") && shape_ruby(s, &f, &label, &rest))
		return rest.n ? &ruby : &railed;
	if (last == ']' && shape_symbol(s, &f))
		return &symbol;
	if (last == '.' && shape_perl(s, &rest, &f) && shape_is_perl_file(f.file))
		return &perl;
	if (!space && is_digit(last))
		return shape_place(s) ? &place : NULL;
	if (first.p[first.n - 1] != ':' && space && space[1] != '[' && space[1] != '(')
		return NULL;
	if (shape_head(s, SHAPE_ERROR, &type, &message))
		return &head;
	if (FIND(slice_take(s, 1024), ": runtime error: "))
		return &undefined;
	return NULL;
}

const struct join_rule *join_rule_of(struct trace_text s, uint16_t langs, enum join_phase phase)
{
	const char *at = firsts, *end = firsts + sizeof(firsts);
	const struct join_rule *r;

	for (; (at = memchr(at, *s.p, (size_t)(end - at))); at++) {
		r = &rules[at - firsts];
		if (slice_begins(s, r->word, r->n) && is_meant(r, s))
			return r;
	}
	r = inner_shape(s, langs, phase);
	return r ? r : outer_shape(s);
}

static const struct {
	const char *word;
	uint8_t n;
	uint16_t langs;
} frames[] = {
	{"at ", 3, LANG(JAVA) | LANG(JAVASCRIPT) | LANG(DOTNET) | LANG(RUST)},
	{"File \"", 6, LANG(PYTHON)},
	{"from ", 5, LANG(RUBY)},
	{"Traceback (most recent", 22, LANG(PYTHON)},
	{"+ Exception Group", 17, LANG(PYTHON)},
	{"... ", 4, LANG(JAVA) | LANG(JAVASCRIPT)},
	{"Suppressed: ", 12, LANG(JAVA)},
	{"--- End of", 10, LANG(DOTNET)},
	{"---> ", 5, LANG(DOTNET)},
	{"[cause]: ", 9, LANG(JAVASCRIPT)},
	{"#", 1, LANG(PHP) | LANG(DART) | LANG(C) | LANG(CPP)},
	{"thrown in ", 10, LANG(PHP)},
	{"what(): ", 8, LANG(CPP)},
};

uint16_t join_frame_langs(struct trace_text t)
{
	size_t n = slice_digits(slice_take(t, 6));

	if (n)
		return BEGINS(slice_skip(t, n), ": ") ? LANG(RUST) | LANG(RUBY) : 0;
	for (size_t i = 0; i < sizeof(frames) / sizeof(*frames); i++)
		if (t.n && *t.p == *frames[i].word && slice_begins(t, frames[i].word, frames[i].n))
			return frames[i].langs;
	return 0;
}
