/* What systemd-coredump writes into the journal: blank lines within, so it comes as one message or not at all. */
#include "trace/trace.h"

#include "agent/trace/render.h"

#define MODULES "\n\nModule libm.so.6 without build-id.\nModule shop without build-id.\n"
#define STACKS                                                                                                         \
	"Stack trace of thread 4242:\n"                                                                                \
	"#0  0x000055d0c0a01139 take_order (shop + 0x1139)\n"                                                          \
	"#1  0x000055d0c0a01180 shop::serve(int) (shop + 0x1180)\n"                                                    \
	"#2  0x00007f12a3c2724a n/a (libc.so.6 + 0x2724a)\n"                                                           \
	"\n"                                                                                                           \
	"Stack trace of thread 4243:\n"                                                                                \
	"#0  0x00007f12a3d0a5af __poll (libc.so.6 + 0x10a5af)\n"                                                       \
	"ELF object binary architecture: AMD x86-64"

static struct trace trace;
static struct text told;

static void reads(const char *text, const char *want)
{
	char *copy = calloc(1, strlen(text) + GENLOG_PAD);

	memcpy(copy, text, strlen(text));
	assert_int_equal(trace_parse(&trace, copy, strlen(text)), 1);
	render(&told, &trace);
	assert_string_equal(told.p, want);
	free(copy);
}

#define FRAMES "  * shop |  | take_order | \n  * shop |  | shop::serve | \n    libc.so.6 |  |  | \n"

TEST(the_signal_is_the_type_and_the_first_stack_is_the_one)
{
	reads("Process 4242 (shop) of user 1000 dumped core with signal SIGSEGV" MODULES STACKS,
		"cpp\nbegins: Process 4242 (shop) of user 1000 dumped core with signal SIGSEGV\n"
		"type: SIGSEGV\nthread: 4242\n" FRAMES);
}

TEST(without_a_signal_the_line_is_the_message)
{
	reads("Process 4242 (shop) of user 1000 dumped core." MODULES STACKS,
		"cpp\nbegins: Process 4242 (shop) of user 1000 dumped core.\n"
		"message: Process 4242 (shop) of user 1000 dumped core.\nthread: 4242\n" FRAMES);
}

TEST(the_stacks_alone_will_do)
{
	reads(STACKS, "cpp\nbegins: Stack trace of thread 4242:\nthread: 4242\n" FRAMES);
}

TEST(a_process_may_dump_core_without_a_stack)
{
	reads("Process 4242 (shop) of user 1000 dumped core with signal SIGABRT",
		"c\nbegins: Process 4242 (shop) of user 1000 dumped core with signal SIGABRT\ntype: SIGABRT\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_signal_is_the_type_and_the_first_stack_is_the_one),
		cmocka_unit_test(without_a_signal_the_line_is_the_message),
		cmocka_unit_test(the_stacks_alone_will_do),
		cmocka_unit_test(a_process_may_dump_core_without_a_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
