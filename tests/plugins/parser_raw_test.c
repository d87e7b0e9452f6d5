#include "lib/plugin.h"
#include "lib/test.h"

TEST(the_whole_line_is_the_message)
{
	static struct bench b;

	bench_open(&b, GENLOG_PARSER, "raw", "");
	assert_int_equal(b.opened, 0);
	bench_parse(&b, "hello world", "message=hello world");
	bench_parse(&b, "", "message=");
	bench_close(&b);
}

TEST(it_takes_no_settings)
{
	static struct bench b;

	bench_open(&b, GENLOG_PARSER, "raw", "pattern: x");
	assert_true(b.opened < 0);
	config_said(&b.config, "unknown setting \"pattern\" of parser raw");
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_line_is_the_message),
		cmocka_unit_test(it_takes_no_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
