#include <genlog/err.h>

#include "lib/test.h"

TEST(failing_returns_the_code_and_keeps_the_words)
{
	struct genlog_err err = {.opt = "old", .opt_item = 3};

	assert_int_equal(genlog_fail(&err, 22, "no \"%s\" here", "x"), -22);
	assert_int_equal(err.code, 22);
	assert_string_equal(err.text, "no \"x\" here");
	assert_null(err.opt);
	assert_int_equal(err.opt_item, -1);
}

TEST(a_place_or_a_setting_is_kept)
{
	struct genlog_err err = {0};

	assert_int_equal(genlog_fail_at(&err, (struct genlog_pos){"f", 3, 4}, 5, "a"), -5);
	assert_string_equal(err.pos.file, "f");
	assert_int_equal(err.pos.line * 10 + err.pos.col, 34);
	assert_int_equal(genlog_fail_opt(&err, "pattern", 6, "b"), -6);
	assert_string_equal(err.opt, "pattern");
	assert_null(err.pos.file);
}

TEST(nobody_has_to_listen)
{
	assert_int_equal(genlog_fail(NULL, 1, "x"), -1);
	assert_int_equal(genlog_fail_at(NULL, (struct genlog_pos){0}, 2, "x"), -2);
	assert_int_equal(genlog_fail_opt(NULL, "o", 3, "x"), -3);
}

TEST(long_words_are_cut)
{
	struct genlog_err err = {0};
	char big[1000];

	memset(big, 'a', sizeof(big) - 1);
	big[sizeof(big) - 1] = 0;
	genlog_fail(&err, 1, "%s", big);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failing_returns_the_code_and_keeps_the_words),
		cmocka_unit_test(a_place_or_a_setting_is_kept),
		cmocka_unit_test(nobody_has_to_listen),
		cmocka_unit_test(long_words_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
