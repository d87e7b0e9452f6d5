#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/config.h"
#include "lib/test.h"

/* The value of field f of the main file. */
static const char *field(struct config *c, const char *value)
{
	char text[512];

	snprintf(text, sizeof(text), CONFIG("fields:\n  f: %s\n"), value);
	config_load(c, text);
	return c->result == 0 ? c->conf.agent.fields.others[0].value : NULL;
}

TEST(variables_are_put_into_texts)
{
	static const struct {
		const char *written, *value;
	} rows[] = {
		{"${GENLOG_T}", "tea"},
		{"'${GENLOG_T}'", "tea"},
		{"\"a${GENLOG_T}b${GENLOG_T}c\"", "ateabteac"},
		{"'${GENLOG_NONE:-default}'", "default"},
		{"'${GENLOG_T:-default}'", "tea"},
		{"'${GENLOG_EMPTY}'", ""},
		{"'${GENLOG_EMPTY:-default}'", "default"},
		{"'${GENLOG_NONE:-}'", ""},
		{"'${GENLOG_NONE:-a:-b}'", "a:-b"},
		{"$GENLOG_T", "$GENLOG_T"},
		{"'^a$|b$'", "^a$|b$"},
		{"'cost: 5$'", "cost: 5$"},
		{"$$", "$$"},
		{"'^\\$$'", "^\\$$"},
		{"'$${GENLOG_T}'", "${GENLOG_T}"},
		{"'a$$$$b'", "a$$$$b"},
		{"'${GENLOG_YAML}'", "{a: [b, 'c"},
		{"'${GENLOG_T}}'", "tea}"},
	};

	setenv("GENLOG_T", "tea", 1);
	setenv("GENLOG_EMPTY", "", 1);
	setenv("GENLOG_YAML", "{a: [b, 'c", 1);
	unsetenv("GENLOG_NONE");
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct config c = {0};
		const char *value = field(&c, rows[i].written);

		if (!value || strcmp(value, rows[i].value) != 0)
			fail_msg("%s: %s\n%s", rows[i].written, value ? value : "nothing", c.said);
		config_end(&c);
	}
}

TEST(keys_are_left_as_they_are)
{
	struct config c = {0};

	setenv("GENLOG_T", "tea", 1);
	config_load(&c, CONFIG("'${GENLOG_T}': x\n"));
	config_said(&c, "unknown setting \"${GENLOG_T}\"");
	config_end(&c);
}

TEST(what_cannot_be_put_in_is_said_with_its_place)
{
	static const struct {
		const char *written, *said;
	} rows[] = {
		{"'${GENLOG_NONE}'", "genlog.yaml:3:6: the environment has no variable \"GENLOG_NONE\""},
		{"'${1X}'", "genlog.yaml:3:6: \"${1X}\" names no variable; write $${ for a literal ${"},
		{"'${}'", "\"${}\" names no variable"},
		{"'${a b}'", "\"${a b}\" names no variable"},
		{"'${GENLOG_T'", "\"${\" without its \"}\""},
		{"'${GENLOG_BAD}'", "genlog.yaml:3:6: what is put in here is not UTF-8 text"},
		{"!file nowhere", "genlog.yaml:3:6: cannot read file \"nowhere\": No such file or directory"},
		{"!file .", "cannot read file \".\": Is a directory"},
		{"!file /dev/zero", "cannot read file \"/dev/zero\": Invalid argument"},
	};

	setenv("GENLOG_BAD", "\xff\xfe", 1);
	unsetenv("GENLOG_NONE");
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct config c = {0};

		assert_null(field(&c, rows[i].written));
		config_said(&c, rows[i].said);
		config_end(&c);
	}
}

TEST(a_file_is_put_in_without_its_last_newline)
{
	static const struct {
		const char *bytes, *value;
	} rows[] = {{"secret\n", "secret"}, {"secret", "secret"}, {"a\n\n", "a\n"}, {"a\r\n", "a"}, {"", ""},
		{"${HOME} {x: [", "${HOME} {x: ["}};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct config c = {0};

		folder_make(&c.folder);
		folder_write(&c.folder, "keys/secret", rows[i].bytes);
		assert_string_equal(field(&c, "!file keys/secret"), rows[i].value);
		config_end(&c);
	}
}

TEST(a_file_that_is_no_text_is_refused)
{
	struct config c = {0};

	folder_make(&c.folder);
	folder_write_bytes(&c.folder, "blob", "a\0b", 3);
	assert_null(field(&c, "!file blob"));
	config_said(&c, "what is put in here is not UTF-8 text");
	config_end(&c);
}

TEST(a_fifo_holds_up_nobody)
{
	struct config c = {0};

	folder_make(&c.folder);
	assert_int_equal(mkfifo(folder_path(&c.folder, "fifo"), 0600), 0);
	assert_null(field(&c, "!file fifo"));
	config_said(&c, "cannot read file \"fifo\": Invalid argument");
	config_end(&c);
}

TEST(the_path_of_a_file_may_hold_variables)
{
	struct config c = {0};

	setenv("GENLOG_T", "tea", 1);
	folder_make(&c.folder);
	folder_write(&c.folder, "tea.txt", "x");
	assert_string_equal(field(&c, "!file '${GENLOG_T}.txt'"), "x");
	config_end(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(variables_are_put_into_texts),
		cmocka_unit_test(keys_are_left_as_they_are),
		cmocka_unit_test(what_cannot_be_put_in_is_said_with_its_place),
		cmocka_unit_test(a_file_is_put_in_without_its_last_newline),
		cmocka_unit_test(a_file_that_is_no_text_is_refused),
		cmocka_unit_test(a_fifo_holds_up_nobody),
		cmocka_unit_test(the_path_of_a_file_may_hold_variables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
