#include <errno.h>

#include "conf/apply.h"
#include "lib/config.h"
#include "lib/test.h"

TEST(an_error_is_printed_with_its_line_and_a_caret_below_the_place)
{
	struct config c = {0};

	config_load(&c, CONFIG("parsers:\n  - {name: x, type: regex,\n     tme: 5}\n"));
	conf_error(&c.conf, conf_where(c.conf.services[0].parsers[0].node, "tme", -1), "unknown setting \"%s\"", "tme");
	config_listen(&c);
	assert_string_equal(c.said, "genlog.yaml:4:11: unknown setting \"tme\"\n"
				    "    4 |      tme: 5}\n"
				    "      |           ^\n");
	config_end(&c);
}

TEST(errors_come_in_the_order_of_files_and_lines)
{
	struct config c = {0};
	const char *file;

	config_load(&c, CONFIG("fields: {a: b}\n"));
	file = c.conf.services[0].file;
	conf_error(&c.conf, (struct genlog_pos){file, 2, 5}, "third");
	conf_error(&c.conf, (struct genlog_pos){file, 1, 1}, "first");
	conf_error(&c.conf, (struct genlog_pos){file, 2, 1}, "second");
	conf_error(&c.conf, (struct genlog_pos){0}, "last");
	conf_error(&c.conf, (struct genlog_pos){file, 2, 1}, "second");
	config_listen(&c);
	assert_true(strstr(c.said, "first") < strstr(c.said, "second"));
	assert_true(strstr(c.said, "second") < strstr(c.said, "third"));
	assert_true(strstr(c.said, "third") < strstr(c.said, "last"));
	assert_int_equal(c.conf.n_errors, 4);
	config_end(&c);
}

TEST(secrets_in_the_line_are_covered)
{
	static const struct {
		const char *line, *secret;
	} rows[] = {
		{"  uri: mongodb://user:hunter2@host/x", "hunter2"},
		{"  uri: mongodb://user:hun/ter2@host/x", "ter2"},
		{"  password: hunter2", "hunter2"},
		{"  pasword: hunter2", "hunter2"},
		{"  {x: 1, api_token: hunter2}", "hunter2"},
		{"  tls_key_password: 'hunter2'", "hunter2"},
		{"  SECRET: hunter2", "hunter2"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct config c = {0};
		char text[256];

		snprintf(text, sizeof(text), "output:\n  type: x\n# %s\n", rows[i].line);
		config_load(&c, text);
		conf_error(&c.conf, (struct genlog_pos){c.conf.services[0].file, 3, 3}, "wrong");
		config_listen(&c);
		config_said(&c, "***");
		assert_null(strstr(c.said, rows[i].secret));
		config_end(&c);
	}
}

TEST(the_value_of_a_secret_setting_is_never_shown)
{
	struct v {
		const char *key;
		int64_t n;
	};
	static const struct genlog_opt rows[] = {
		GENLOG_STR(struct v, key, .secret = true), GENLOG_INT(struct v, n), {0}};
	struct config c = {0};
	struct v v = {0};

	config_load(&c, "output: {type: x, key: 'hunter2', n: zzz, kye: hunter3}\n");
	conf_apply(&c.conf, rows, c.conf.output.node, "output x", &v);
	conf_unknown(&c.conf, rows, conf_output_keys, c.conf.output.node, "output x");
	config_listen(&c);
	assert_int_equal(c.conf.n_errors, 2);
	assert_null(strstr(c.said, "hunter2"));
	config_said(&c, "unknown setting \"kye\" of output x; did you mean \"key\"?\n"
			"    1 | output: {type: x, key: '*******', n: zzz, ***\n");
	config_end(&c);
}

TEST(control_characters_do_not_reach_the_terminal)
{
	struct config c = {0};

	config_load(&c, "output: {type: x}\n\tx: \x1b[31m\x7f\n");
	config_said(&c, "genlog.yaml:2:");
	for (const char *p = c.said; *p; p++)
		assert_true(*p == '\n' || ((unsigned char)*p >= ' ' && *p != 0x7f));
	config_end(&c);
}

TEST(of_a_long_line_the_part_around_the_place_is_shown)
{
	char text[3000] = "output: {type: x}\n# ";
	struct config c = {0};

	memset(text + 20, 'a', 2000);
	memcpy(text + 1500, "HERE", 4);
	config_load(&c, text);
	conf_error(&c.conf, (struct genlog_pos){c.conf.services[0].file, 2, 1500 - 18 + 1}, "x");
	config_listen(&c);
	config_said(&c, "HERE");
	assert_true(strlen(c.said) < 400);
	config_end(&c);
}

TEST(a_place_that_the_file_has_not_got_is_printed_without_a_line)
{
	struct config c = {0};

	config_load(&c, "output: {type: x}\n");
	conf_error(&c.conf, (struct genlog_pos){c.conf.services[0].file, 99, 4}, "beyond");
	conf_error(&c.conf, (struct genlog_pos){c.conf.services[0].file, 1, 999}, "beside");
	conf_error(&c.conf, (struct genlog_pos){"elsewhere", 1, 1}, "other");
	config_listen(&c);
	config_said(&c, "genlog.yaml:99:4: beyond\n");
	config_said(&c, "elsewhere:1:1: other\n");
	config_end(&c);
}

TEST(very_many_errors_are_counted_and_not_all_kept)
{
	struct config c = {0};

	config_load(&c, "output: {type: x}\n");
	for (int i = 0; i < 300; i++)
		conf_error(&c.conf, (struct genlog_pos){c.conf.services[0].file, 0, 0}, "error %d", i);
	config_listen(&c);
	config_said(&c, "… and 100 more");
	config_end(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_is_printed_with_its_line_and_a_caret_below_the_place),
		cmocka_unit_test(errors_come_in_the_order_of_files_and_lines),
		cmocka_unit_test(secrets_in_the_line_are_covered),
		cmocka_unit_test(the_value_of_a_secret_setting_is_never_shown),
		cmocka_unit_test(control_characters_do_not_reach_the_terminal),
		cmocka_unit_test(of_a_long_line_the_part_around_the_place_is_shown),
		cmocka_unit_test(a_place_that_the_file_has_not_got_is_printed_without_a_line),
		cmocka_unit_test(very_many_errors_are_counted_and_not_all_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
