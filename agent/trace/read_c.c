/*
 * C and C++: sanitizers, gdb, systemd-coredump, backtrace_symbols(3), and what the C++ library says at its end.
 *
 *	==12==ERROR: AddressSanitizer: heap-use-after-free on address 0x…
 *	    #0 0x55… in function /path/file.c:12:3       or (module+0x1f)
 *
 *	freed by thread T0 here:                     what follows the first stack is left to the raw text
 *
 *	Program received signal SIGSEGV, Segmentation fault.
 *	#0  0x0000… in function (p=0x0) at file.c:12     or: from /lib/libc.so.6;  (module + 0x1f)
 *
 *	./program(function+0x1f) [0x55…]
 *	terminate called after throwing an instance of 'std::runtime_error'
 *	  what():  message
 *
 *	Process 12 (program) of user 0 dumped core.      of systemd-coredump; the input adds: with signal SIGSEGV
 *	Stack trace of thread 12:                        the first one, which is the one that died
 *	#0  0x0000… function (module + 0x1f)
 */
#include "trace/scan.h"

enum { BEFORE, FRAMES, OVER };

#define STACK_OF "Stack trace of thread "
#define DUMPED " dumped core"
#define TERMINATE "terminate called after throwing an instance of '"

static void is_cpp(struct trace_scan *s, const struct trace_frame *f)
{
	if (FIND(f->function, "::") || BEGINS(f->function, "_Z"))
		s->t->language = TRACE_CPP;
}

/* Behind the name of an operator: its signs are no brackets. */
static size_t operator_len(struct trace_text t)
{
	size_t n = 8;

	if (!BEGINS(t, "operator"))
		return 0;
	if (BEGINS(slice_skip(t, n), "()"))
		return n + 2;
	while (n < t.n && strchr("<>=-+!*/&|^~%,[]", t.p[n]) && t.p[n])
		n++;
	return n;
}

/* A name without its parameters, which stand in the first parentheses outside of angle brackets. */
static struct trace_text without_parameters(struct trace_text t)
{
	int depth = 0;
	size_t i = 0, skip;

	while (i < t.n) {
		struct trace_text rest = slice_skip(t, i);

		depth += t.p[i] == '<';
		depth -= t.p[i] == '>' && depth > 0;
		if (i && !depth && t.p[i] == '(' && !BEGINS(rest, "(anonymous"))
			break;
		skip = operator_len(rest);
		i += skip ? skip : 1;
	}
	return slice_trim(slice_take(t, i));
}

/* "function (module+0x1f)", "function (args) at file.c:12", "function /path/file.c:12:3" */
static void named(struct trace_frame *f, struct trace_text t)
{
	const char *at = slice_rfind(t, ") at ", 5), *from = slice_rfind(t, ") from ", 7), *module;
	const char *space = slice_rchr(t, ' ');

	f->function = t;
	if (at) {
		shape_position(slice(at + 5, slice_end(t)), f);
		f->function = slice(t.p, at);
	} else if (from) {
		f->module = slice(from + 7, slice_end(t));
		f->function = slice(t.p, from);
	} else if (ENDS(t, ")") && (module = slice_rfind(t, "(", 1)) && FIND(slice(module, slice_end(t)), "0x")) {
		f->module = slice(module + 1, slice_end(t) - 1);
		f->function = slice(t.p, module);
		module = slice_chr(f->module, '+');
		f->module = slice_trim(module ? slice(f->module.p, module) : f->module);
	} else if (space && slice_chr(slice(space, slice_end(t)), ':')) {
		shape_position(slice(space + 1, slice_end(t)), f);
		f->function = slice(t.p, space);
	}
	f->function = without_parameters(f->function);
	if (IS(f->function, "n/a"))
		f->function.n = 0;
}

static void frame(struct trace_scan *s, struct trace_text t)
{
	struct trace_frame *f;
	size_t hex = 2;

	scan_headless(s);
	f = scan_frame(s);
	s->state.step = FRAMES;
	if (BEGINS(t, "0x")) {
		while (hex < t.n && is_hex(t.p[hex]))
			hex++;
		t = slice_ltrim(slice_skip(t, hex));
	}
	named(f, BEGINS(t, "in ") ? slice_skip(t, 3) : t);
	is_cpp(s, f);
}

static void symbol(struct trace_scan *s, const struct trace_frame *told)
{
	struct trace_frame *f;

	scan_headless(s);
	f = scan_frame(s);
	s->state.step = FRAMES;
	f->module = told->module;
	f->function = told->function;
	is_cpp(s, f);
}

static const char *first_of(const char *a, const char *b)
{
	return !a || (b && b < a) ? b : a;
}

/* "Sanitizer: kind on address 0x…", "kind (pid=12)", "kind: …" */
static void sanitizer(struct trace_scan *s, struct trace_text t, const char *word)
{
	struct trace_text said = slice(word + 11, slice_end(t));
	const char *end = first_of(first_of(FIND(said, " on "), FIND(said, " (")), slice_chr(said, ':'));

	if (s->n || s->keeping)
		return;
	scan_begins(s, t.p);
	scan_exception(s, SCAN_CAUSE, end ? slice(said.p, end) : said, said);
}

static void undefined(struct trace_scan *s, struct trace_text t, const char *word)
{
	if (s->n || s->keeping)
		return;
	scan_begins(s, t.p);
	scan_exception(s, SCAN_CAUSE, slice(word + 2, word + 15), slice(word + 17, slice_end(t)));
}

static void terminated(struct trace_scan *s, struct trace_text t)
{
	struct trace_text type = slice_skip(t, sizeof(TERMINATE) - 1);
	const char *quote = slice_chr(type, '\'');

	if (s->keeping)
		return;
	s->t->language = TRACE_CPP;
	scan_begins(s, t.p);
	scan_exception(s, SCAN_CAUSE, quote ? slice(type.p, quote) : type, slice(t.p, t.p));
}

static void signalled(struct trace_scan *s, struct trace_text t, const char *word)
{
	struct trace_text sig = slice(word + 8, slice_end(t));

	if (s->n || s->keeping)
		return;
	scan_begins(s, t.p);
	scan_exception(s, SCAN_CAUSE, slice_take(sig, shape_type(sig)), slice_skip(sig, shape_type(sig) + 2));
}

/* The journal has the signal in another field. */
static void dumped(struct trace_scan *s, struct trace_text t)
{
	if (s->n || s->keeping)
		return;
	scan_begins(s, t.p);
	scan_exception(s, SCAN_CAUSE, slice(t.p, t.p), t);
}

static void of_thread(struct trace_scan *s, struct trace_text t)
{
	struct trace_text id = slice_skip(t, sizeof(STACK_OF) - 1);

	if (s->state.step == FRAMES) {
		s->state.step = OVER;
		return;
	}
	dumped(s, slice(t.p, t.p));
	if (!s->keeping && !s->t->thread.n)
		s->t->thread = slice_take(id, slice_digits(id));
}

static void other(struct trace_scan *s, struct trace_text t)
{
	const char *word;

	if (BEGINS(t, STACK_OF)) {
		of_thread(s, t);
		return;
	}
	if (BEGINS(t, "what():") && s->n && !s->keeping)
		s->exceptions[0].message = slice_trim(slice_skip(t, 7));
	else if (BEGINS(t, TERMINATE))
		terminated(s, t);
	else if ((word = FIND(t, "Sanitizer: ")) && !BEGINS(t, "SUMMARY"))
		sanitizer(s, t, word);
	else if ((word = FIND(t, ": runtime error: ")))
		undefined(s, t, word);
	else if ((word = FIND(t, " signal SIG")))
		signalled(s, t, word);
	else if (BEGINS(t, "Process ") && FIND(t, DUMPED))
		dumped(s, t);
}

static void line(struct trace_scan *s, struct trace_text l)
{
	struct trace_text t = slice_trim(l);
	size_t n = BEGINS(t, "#") ? slice_digits(slice_skip(t, 1)) : 0;
	struct trace_frame told;

	if (s->state.step == OVER)
		return;
	if (n)
		frame(s, slice_ltrim(slice_skip(t, n + 1)));
	else if (shape_symbol(t, &told))
		symbol(s, &told);
	else if (s->state.step == FRAMES && !t.n)
		s->state.step = OVER;
	else if (s->frame && BEGINS(t, "at ") && !s->frame->file.n)
		shape_position(slice_skip(t, 3), s->frame);
	else
		other(s, t);
}

const struct trace_reader trace_c = {.line = line};
