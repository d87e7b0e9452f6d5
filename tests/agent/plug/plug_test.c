#include "plug/plug.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/config.h"
#include "lib/test.h"

static const char *const host_keys[] = {"name", "type", NULL};

static int open_in(struct config *c, const char *dir, enum genlog_kind kind, const char *name, const char *document)
{
	struct plug p = {0};
	struct plug_ask ask = {.dir = dir, .kind = kind, .name = name, .host_keys = host_keys};
	char text[1024];
	int r;

	snprintf(text, sizeof(text), CONFIG("samples:\n  - line: x\n    document: {%s}\n"), document);
	config_load(c, text);
	ask.settings = c->conf.services[0].samples[0].document;
	ask.pos = ask.settings->pos;
	r = plug_open(&p, &c->conf, &ask);
	config_listen(c);
	assert_true(r == 0 || (!p.code && !p.state && !p.handle));
	plug_close(&p);
	plug_close(&p);
	return r;
}

TEST(a_plugin_is_opened_and_keys_of_the_host_are_not_its_own)
{
	struct config c = {0};

	assert_int_equal(open_in(&c, TEST_PLUGIN_DIR, GENLOG_FILTER, "add", "type: add, field: x"), 0);
	assert_string_equal(c.said, "");
	config_end(&c);
}

TEST(all_wrong_settings_of_a_plugin_are_said)
{
	struct config c = {0};

	assert_int_equal(
		open_in(&c, TEST_PLUGIN_DIR, GENLOG_FILTER, "grep", "on_match: x, ignore_case: y, patern: z, tpye: q"),
		-EINVAL);
	assert_int_equal(c.conf.n_errors, 4);
	config_said(&c, "4:26: \"on_match\" has to be keep or drop, not \"x\"");
	config_said(&c, "4:42: \"ignore_case\" has to be yes or no, not \"y\"");
	config_said(&c, "4:45: unknown setting \"patern\" of filter grep; did you mean \"pattern\"?");
	config_said(&c, "4:56: unknown setting \"tpye\" of filter grep; did you mean \"type\"?");
	config_end(&c);
}

/* Its close() would take the zeroes of a state that open() has not seen for descriptors. */
TEST(a_plugin_with_wrong_settings_is_neither_opened_nor_closed)
{
	struct config c = {0};
	int other = dup(STDIN_FILENO);

	if (other < 0)
		assert_int_equal(open("/dev/null", O_RDONLY), STDIN_FILENO);
	assert_int_equal(open_in(&c, TEST_PLUGIN_DIR, GENLOG_INPUT, "tail", "type: tail, pahts: /x"), -EINVAL);
	assert_int_equal(fcntl(STDIN_FILENO, F_GETFD), 0);
	close(other);
	config_end(&c);
}

TEST(an_unknown_plugin_is_answered_with_those_there_are)
{
	static const struct {
		const char *name, *said;
	} rows[] = {
		{"gerp", "4:15: there is no filter \"gerp\"; did you mean \"grep\"?"},
		{"zzzzzz", "there is no filter \"zzzzzz\"; there are: add, dedup, grep, "
			   "kubernetes, level, modify, rate_limit, redact, route, sample"},
		{"../filter_grep", "there is no filter \"../filter_grep\""},
		{"", "there is no filter \"\""},
		{"GREP", "there is no filter \"GREP\""},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct config c = {0};

		assert_int_equal(open_in(&c, TEST_PLUGIN_DIR, GENLOG_FILTER, rows[i].name, ""), -ENOENT);
		config_said(&c, rows[i].said);
		config_end(&c);
	}
}

static void copy_plugin(const struct folder *f, const char *from, const char *to)
{
	static char bytes[1 << 22];
	char path[256];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", TEST_PLUGIN_DIR, from);
	file = fopen(path, "r");
	assert_non_null(file);
	n = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	folder_write_bytes(f, to, bytes, n);
}

TEST(only_files_that_nobody_else_may_write_are_loaded)
{
	struct config c = {0};

	folder_make(&c.folder);
	copy_plugin(&c.folder, "filter_add.so", "p/filter_add.so");
	chmod(folder_path(&c.folder, "p/filter_add.so"), 0664);
	assert_int_equal(open_in(&c, folder_path(&c.folder, "p"), GENLOG_FILTER, "add", "field: x"), -EPERM);
	config_said(&c, "may be written by others; chmod go-w it");
	chmod(folder_path(&c.folder, "p/filter_add.so"), 0644);
	chmod(folder_path(&c.folder, "p"), 0777);
	conf_fini(&c.conf);
	assert_int_equal(open_in(&c, folder_path(&c.folder, "p"), GENLOG_FILTER, "add", "field: x"), -EPERM);
	config_said(&c, "the plugin folder");
	chmod(folder_path(&c.folder, "p"), 0755);
	conf_fini(&c.conf);
	assert_int_equal(open_in(&c, folder_path(&c.folder, "p"), GENLOG_FILTER, "add", "field: x"), 0);
	if (geteuid() == 0 && chown(folder_path(&c.folder, "p/filter_add.so"), 12345, 0) == 0) {
		conf_fini(&c.conf);
		assert_int_equal(open_in(&c, folder_path(&c.folder, "p"), GENLOG_FILTER, "add", "field: x"), -EPERM);
		config_said(&c, "belongs to user 12345, neither to root nor to the agent");
	}
	config_end(&c);
}

TEST(a_file_that_is_no_plugin_is_said_to_be_none)
{
	struct config c = {0};

	folder_make(&c.folder);
	folder_write(&c.folder, "p/filter_x.so", "this is no shared object");
	folder_write(&c.folder, "p/filter_dir.so/x", "");
	copy_plugin(&c.folder, "filter_add.so", "p/filter_other.so");
	copy_plugin(&c.folder, "filter_add.so", "p/parser_add.so");
	assert_true(open_in(&c, folder_path(&c.folder, "p"), GENLOG_FILTER, "x", "") < 0);
	conf_fini(&c.conf);
	assert_true(open_in(&c, folder_path(&c.folder, "p"), GENLOG_FILTER, "dir", "") < 0);
	config_said(&c, "is no regular file");
	conf_fini(&c.conf);
	assert_true(open_in(&c, folder_path(&c.folder, "p"), GENLOG_FILTER, "other", "") < 0);
	config_said(&c, "the file of filter other holds filter add");
	conf_fini(&c.conf);
	assert_true(open_in(&c, folder_path(&c.folder, "p"), GENLOG_PARSER, "add", "") < 0);
	config_said(&c, "the file of parser add holds filter add");
	conf_fini(&c.conf);
	assert_true(open_in(&c, "/nowhere", GENLOG_PARSER, "add", "") < 0);
	config_said(&c, "nor any other in \"/nowhere\"");
	config_end(&c);
}

static int some_parse(void *self, struct genlog_record *rec)
{
	(void)self;
	(void)rec;
	return 0;
}

TEST(plugins_that_do_not_fit_are_refused_in_words)
{
	static const struct {
		struct genlog_plugin code;
		const char *said; /* NULL: it fits */
	} rows[] = {
		{{GENLOG_HEAD, .kind = GENLOG_PARSER, .name = "x", .parse = some_parse}, NULL},
		{{.abi = 99, .size = sizeof(struct genlog_plugin)},
			"parser x is built for plugin interface 99, this agent has 1; build it anew"},
		{{.abi = GENLOG_ABI, .size = 8}, "parser x is 8 bytes of an interface that has"},
		{{GENLOG_HEAD, .kind = GENLOG_FILTER, .name = "x"}, "the file of parser x holds filter x"},
		{{GENLOG_HEAD, .kind = GENLOG_PARSER, .name = "y"}, "the file of parser x holds parser y"},
		{{GENLOG_HEAD, .kind = GENLOG_PARSER}, "without a name"},
		{{GENLOG_HEAD, .kind = 77, .name = "x"}, "holds something else x"},
		{{GENLOG_HEAD, .kind = GENLOG_PARSER, .name = "x"}, "parser x has no parse function"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct genlog_err err = {0};

		assert_int_equal(plug_check(&rows[i].code, GENLOG_PARSER, "x", &err), rows[i].said ? -ENOEXEC : 0);
		if (rows[i].said && !strstr(err.text, rows[i].said))
			fail_msg("%s", err.text);
	}
}

TEST(the_page_of_reference_has_every_plugin)
{
	char *page = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&page, &n);

	assert_non_null(f);
	assert_int_equal(plug_help(TEST_PLUGIN_DIR, f), 0);
	fclose(f);
	assert_non_null(strstr(page, "filter grep: keeps or drops events by a regular expression or conditions\n"));
	assert_non_null(strstr(page, "parser raw: "));
	assert_non_null(strstr(page, "match_limit"));
	free(page);
	assert_true(plug_each("/nowhere", NULL, NULL) < 0);
	assert_true(plug_exists(TEST_PLUGIN_DIR, GENLOG_FILTER, "grep"));
	assert_false(plug_exists(TEST_PLUGIN_DIR, GENLOG_FILTER, "grip"));
}

TEST(every_allocation_may_fail)
{
	struct config c = {0};
	struct plug_ask ask = {.dir = TEST_PLUGIN_DIR, .kind = GENLOG_FILTER, .name = "add", .host_keys = host_keys};
	int r = -ENOMEM;

	config_load(&c, CONFIG("samples:\n  - line: x\n    document: {field: x, bad: y}\n"));
	ask.settings = c.conf.services[0].samples[0].document;
	for (size_t n = 1; r == -ENOMEM; n++) {
		struct conf own = {.arena.fail_at = n};
		struct plug p = {0};

		r = plug_open(&p, &own, &ask);
		assert_null(p.code);
		conf_fini(&own);
	}
	assert_int_equal(r, -EINVAL);
	config_end(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plugin_is_opened_and_keys_of_the_host_are_not_its_own),
		cmocka_unit_test(all_wrong_settings_of_a_plugin_are_said),
		cmocka_unit_test(a_plugin_with_wrong_settings_is_neither_opened_nor_closed),
		cmocka_unit_test(an_unknown_plugin_is_answered_with_those_there_are),
		cmocka_unit_test(only_files_that_nobody_else_may_write_are_loaded),
		cmocka_unit_test(a_file_that_is_no_plugin_is_said_to_be_none),
		cmocka_unit_test(plugins_that_do_not_fit_are_refused_in_words),
		cmocka_unit_test(the_page_of_reference_has_every_plugin),
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
