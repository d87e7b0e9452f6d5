/*
 * Real faults: the programs in this folder are run where their language is installed, what they print is joined into
 * events, and each event's trace is told in one line.  A language that is not here is skipped with a word.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/trace/render.h"
#include "lib/folder.h"
#include "trace/join.h"

#define PROGRAMS "tests/agent/trace/programs/"
#define OUTPUT_MAX (1 << 20)

extern char **environ;

static char output[OUTPUT_MAX + GENLOG_PAD];
static size_t output_n;
static struct folder folder;
static struct trace trace;

static void collect(int fd)
{
	ssize_t n;

	while ((n = read(fd, output + output_n, OUTPUT_MAX - output_n)) > 0)
		output_n += (size_t)n;
	close(fd);
	memset(output + output_n, 0, GENLOG_PAD);
}

/* Its exit status, with what it prints behind what was printed before; 127: there is no such program. */
static int run(const char *const *argv)
{
	posix_spawn_file_actions_t actions;
	int fds[2], status = 0, r;
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDERR_FILENO);
	r = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	collect(fds[0]);
	if (r != 0)
		return 127;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#define RUN(...) run((const char *const[]){"timeout", "60", __VA_ARGS__, NULL})

/* Builds have to succeed, and say nothing that counts; without the compiler the test is skipped. */
static void build_with(const char *const *argv)
{
	int r = run(argv);

	output_n = 0;
	if (r == 127) {
		print_message("      %s is not installed: skipped\n", argv[2]);
		skip();
	}
	assert_int_equal(r, 0);
}

#define BUILD_WITH(...) build_with((const char *const[]){"timeout", "60", __VA_ARGS__, NULL})

static void needs(const char *program)
{
	int r = RUN(program, strcmp(program, "go") == 0 ? "version" : "--version");

	output_n = 0;
	if (r == 0)
		return;
	print_message("      %s is not installed: skipped\n", program);
	skip();
}

static void tell_event(struct text *to, const char *p, size_t n)
{
	struct trace_text first = first_line((struct trace_text){p, (uint32_t)n});
	const char *named = memmem(first.p, first.n, "case ", 5);
	struct trace_text label = {named ? named + 5 : "-", 1}, own = {0};

	if (named)
		label.n = (uint32_t)(first.p + first.n - label.p);
	if (!trace_parse(&trace, p, n)) {
		say(to, "none: ", label);
		return;
	}
	for (uint32_t i = 0; i < trace.n_frames && !own.n; i++)
		if (trace.frames[i].in_app)
			own = trace.frames[i].function;
	to->n += (size_t)snprintf(to->p + to->n, TEXT_MAX - to->n, "%.*s: %.*s in %.*s", (int)label.n, label.p,
		(int)trace.exception_type.n, trace.exception_type.p, (int)own.n, own.n ? own.p : "");
	for (uint32_t i = 0; i < trace.n_causes; i++)
		to->n += (size_t)snprintf(to->p + to->n, TEXT_MAX - to->n, " < %.*s",
			(int)trace.causes[i].exception_type.n, trace.causes[i].exception_type.p);
	to->n += (size_t)snprintf(to->p + to->n, TEXT_MAX - to->n, "\n");
}

/* "case: type in function < cause …" for each event in what was printed. */
static void told(enum trace_language l, const char *want)
{
	static struct text to;
	struct trace_join j = {0};
	size_t start = 0;

	to.n = 0;
	*to.p = 0;
	for (size_t i = 0; i < output_n;) {
		const char *nl = memchr(output + i, '\n', output_n - i);
		size_t end = nl ? (size_t)(nl - output) : output_n;
		enum trace_link link = trace_join(&j, output + i, end - i);

		if (link == TRACE_STARTS && i > start) {
			tell_event(&to, output + start, i - 1 - start);
			assert_true(!trace.fingerprint[0] || trace.language == l);
		}
		start = link == TRACE_STARTS || (link == TRACE_BLANK && start == i) ? i + (link == TRACE_BLANK) : start;
		i = end + 1;
	}
	tell_event(&to, output + start, output_n - start);
	if (strcmp(to.p, want) != 0)
		fail_msg("wanted\n%s\nbut told\n%s\nof\n%s", want, to.p, output);
}

static int begin(void **state)
{
	(void)state;
	output_n = 0;
	folder_make(&folder);
	return 0;
}

static int end(void **state)
{
	(void)state;
	folder_remove(&folder);
	return 0;
}

TEST(java)
{
	needs("java");
	RUN("java", PROGRAMS "Fault.java");
	told(TRACE_JAVA, "nested: Fault$OrderException in nested < java.lang.NumberFormatException\n"
			 "suppressed: java.lang.IllegalStateException in suppressed\n"
			 "recursion: java.lang.StackOverflowError in deep\n"
			 "lambda: java.lang.ArithmeticException in lambda$lambda$0\n"
			 "message: java.lang.IllegalStateException in message\n"
			 "async: java.util.concurrent.CompletionException in  < java.lang.NumberFormatException\n"
			 "none: end\n");
}

TEST(java_uncaught)
{
	needs("java");
	RUN("java", PROGRAMS "Fault.java", "now");
	told(TRACE_JAVA, "-: Fault$OrderException in nested < java.lang.NumberFormatException\n");
	assert_memory_equal(trace.thread.p, "main", 4);
}

TEST(python)
{
	needs("python3");
	if (RUN("python3", "-c", "ExceptionGroup") != 0) {
		print_message("      python3 is older than 3.11: skipped\n");
		skip();
	}
	output_n = 0;
	RUN("python3", PROGRAMS "fault.py");
	told(TRACE_PYTHON, "plain: KeyError in plain\n"
			   "chained: OrderError in chained < KeyError\n"
			   "during: ZeroDivisionError in during < KeyError\n"
			   "group: ExceptionGroup in group < KeyError < KeyError < ZeroDivisionError\n"
			   "deep: RecursionError in deep\n"
			   "message: ValueError in message\n"
			   "generator: ZeroDivisionError in <genexpr>\n"
			   "syntax: SyntaxError in syntax\n"
			   "asynchronous: TimeoutError in inner\n"
			   "missing: FileNotFoundError in missing\n"
			   "interrupt: KeyboardInterrupt in interrupt\n"
			   "none: end\n");
}

TEST(python_uncaught)
{
	needs("python3");
	RUN("python3", PROGRAMS "fault.py", "now");
	told(TRACE_PYTHON, "-: OrderError in chained < KeyError\n");
}

TEST(node)
{
	needs("node");
	RUN("node", PROGRAMS "fault.js");
	told(TRACE_JAVASCRIPT, "plain: TypeError in check\n"
			       "nested: Error in nested < TypeError\n"
			       "recursion: RangeError in deep\n"
			       "lambda: SyntaxError in trying\n"
			       "message: Error in trying\n"
			       "many: AggregateError in trying < Error < TypeError\n"
			       "async: RangeError in inner\n"
			       "code: Error in \n"
			       "none: end\n");
}

TEST(node_uncaught)
{
	needs("node");
	RUN("node", PROGRAMS "fault.js", "throw");
	told(TRACE_JAVASCRIPT, "-: Error in nested < TypeError\n");
	output_n = 0;
	RUN("node", PROGRAMS "fault.js", "reject");
	told(TRACE_JAVASCRIPT, "-: RangeError in inner\n");
}

static void each_case(const char *program, const char *const *names, bool labelled)
{
	for (; *names; names++) {
		if (labelled)
			output_n += (size_t)snprintf(output + output_n, 64, "INFO case %s\n", *names);
		RUN(folder_path(&folder, program), *names);
	}
}

TEST(rust)
{
	BUILD_WITH("rustc", "-g", "-o", folder_path(&folder, "fault"), PROGRAMS "fault.rs");
	setenv("RUST_BACKTRACE", "1", 1);
	each_case("fault", (const char *const[]){"index", "unwrap", "closure", "thread", "parts", NULL}, true);
	unsetenv("RUST_BACKTRACE");
	told(TRACE_RUST, "index: panic in part\n"
			 "unwrap: panic in unwrap\n"
			 "none: closure\n"
			 "-: panic in main::{{closure}}\n"
			 "thread: panic in main::{{closure}}\n"
			 "-: panic in main\n"
			 "parts: panic in main\n");
	output_n = 0;
	each_case("fault", (const char *const[]){"index", NULL}, true);
	told(TRACE_RUST, "index: panic in \n");
}

TEST(c_symbols)
{
	BUILD_WITH("gcc", "-g", "-rdynamic", "-o", folder_path(&folder, "fault"), PROGRAMS "fault.c");
	each_case("fault", (const char *const[]){"deep", NULL}, true);
	tell_event(&(struct text){.n = 0}, output, output_n);
	assert_int_equal(trace.language, TRACE_C);
	assert_memory_equal(trace.frames[1].function.p, "deep", 4);
	assert_memory_equal(trace.frames[5].function.p, "main", 4);
}

TEST(c_sanitizer)
{
	BUILD_WITH("gcc", "-g", "-fsanitize=address", "-o", folder_path(&folder, "fault"), PROGRAMS "fault.c");
	each_case("fault", (const char *const[]){"beyond", NULL}, false);
	told(TRACE_C, "-: heap-buffer-overflow in beyond\n");
}

TEST(cpp)
{
	BUILD_WITH("g++", "-o", folder_path(&folder, "fault"), PROGRAMS "fault.cc");
	each_case("fault", (const char *const[]){"now", NULL}, true);
	told(TRACE_CPP, "now: std::runtime_error in \n");
}

TEST(perl)
{
	needs("perl");
	RUN("perl", PROGRAMS "fault.pl");
	told(TRACE_PERL, "confess:  in check\n"
			 "recursion:  in check\n"
			 "plain:  in \n"
			 "none: end\n");
}

TEST(go)
{
	needs("go");
	setenv("GOCACHE", folder_path(&folder, "cache"), 1);
	BUILD_WITH("go", "build", "-o", folder_path(&folder, "fault"), PROGRAMS "fault.go");
	each_case("fault",
		(const char *const[]){"index", "nil", "closure", "deep", "goroutine", "repanic", "deadlock", NULL},
		true);
	told(TRACE_GO, "index: runtime error in part\n"
		       "nil: runtime error in part\n"
		       "closure: panic in main.func1\n"
		       "deep: panic in deep\n"
		       "goroutine: runtime error in part\n"
		       "repanic: panic in main.func3 < panic\n"
		       "deadlock: fatal error in main\n");
}

TEST(ruby)
{
	needs("ruby");
	RUN("ruby", PROGRAMS "fault.rb");
	told(TRACE_RUBY, "plain: ArgumentError in Integer\n"
			 "nested: OrderError in rescue in nested < ArgumentError\n"
			 "recursion: ArgumentError in Integer\n"
			 "reverse: ArgumentError in Integer\n"
			 "lambda: ZeroDivisionError in /\n"
			 "none: end\n");
}

TEST(php)
{
	needs("php");
	RUN("php", PROGRAMS "fault.php");
	told(TRACE_PHP, "plain: DivisionByZeroError in intdiv\n"
			"nested: Shop\\OrderException in nested < DivisionByZeroError\n"
			"lambda: DivisionByZeroError in Shop\\{closure}\n"
			"none: end\n");
	output_n = 0;
	RUN("php", PROGRAMS "fault.php", "now");
	told(TRACE_PHP, "-: Shop\\OrderException in nested < DivisionByZeroError\n");
}

TEST(mono)
{
	const char *exe = folder_path(&folder, "fault.exe");
	char out[300];

	needs("mono");
	needs("mcs");
	snprintf(out, sizeof(out), "-out:%s", exe);
	BUILD_WITH("mcs", "-debug", out, PROGRAMS "fault.cs");
	RUN("mono", "--debug", exe);
	told(TRACE_DOTNET,
		"plain: System.FormatException in Check\n"
		"nested: OrderException in Nested < System.FormatException\n"
		"lambda: System.DivideByZeroException in <Main>m__4\n"
		"async: System.AggregateException in <Main>m__3 < System.FormatException < System.FormatException\n"
		"none: end\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(java, begin, end),
		cmocka_unit_test_setup_teardown(java_uncaught, begin, end),
		cmocka_unit_test_setup_teardown(python, begin, end),
		cmocka_unit_test_setup_teardown(python_uncaught, begin, end),
		cmocka_unit_test_setup_teardown(node, begin, end),
		cmocka_unit_test_setup_teardown(node_uncaught, begin, end),
		cmocka_unit_test_setup_teardown(rust, begin, end),
		cmocka_unit_test_setup_teardown(c_symbols, begin, end),
		cmocka_unit_test_setup_teardown(c_sanitizer, begin, end),
		cmocka_unit_test_setup_teardown(cpp, begin, end),
		cmocka_unit_test_setup_teardown(perl, begin, end),
		cmocka_unit_test_setup_teardown(go, begin, end),
		cmocka_unit_test_setup_teardown(ruby, begin, end),
		cmocka_unit_test_setup_teardown(php, begin, end),
		cmocka_unit_test_setup_teardown(mono, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
