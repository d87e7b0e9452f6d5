#include "conf/apply.h"

#include <errno.h>

#include "lib/config.h"
#include "lib/test.h"

struct inner {
	const char *name;
	int64_t port;
};

struct all {
	const char *text;
	int64_t number;
	bool flag;
	int choice;
	int64_t size;
	int64_t share;
	int64_t time;
	struct genlog_strs list;
	struct inner group;
	const char *password;
};

static const char *const choices[] = {"block", "drop_oldest", "drop_newest", NULL};
static const char *const words[] = {"always", "never", NULL};

static const struct genlog_opt inner_rows[] = {
	GENLOG_STR(struct inner, name, .def = "inside"),
	GENLOG_INT(struct inner, port, .def = "80", .min = 1, .max = 65535),
	{0},
};

static const struct genlog_opt rows[] = {
	GENLOG_STR(struct all, text, .def = "hello", .help = "a text"),
	GENLOG_INT(struct all, number, .def = "7", .min = -5, .max = 100),
	GENLOG_BOOL(struct all, flag, .def = "yes"),
	GENLOG_CHOICE(struct all, choice, .def = "drop_oldest", .choices = choices),
	GENLOG_SIZE(struct all, size, .def = "64KiB", .min = 1024),
	GENLOG_SIZE(struct all, share, .def = "5%", .percent = true),
	GENLOG_TIME(struct all, time, .def = "1s", .min = 1, .max = 60000, .choices = words),
	GENLOG_LIST(struct all, list, .def = "*"),
	GENLOG_GROUP(struct all, group, inner_rows),
	GENLOG_STR(struct all, password, .secret = true),
	{0},
};

/* The settings stand under `fields` of no plugin: the tree alone matters here. */
static int apply(struct config *c, const char *text, struct all *out)
{
	char whole[1024];
	int a, u;

	snprintf(whole, sizeof(whole),
		CONFIG("inputs: [{type: x}]\nfields: {}\nsamples:\n  - line: x\n    document:\n%s"), text);
	config_load(c, whole);
	assert_int_equal(c->result, 0);
	a = conf_apply(&c->conf, rows, c->conf.services[0].samples[0].document, "thing one", out);
	u = conf_unknown(&c->conf, rows, NULL, c->conf.services[0].samples[0].document, "thing one");
	config_listen(c);
	return a < 0 ? a : u;
}

TEST(defaults_are_read_as_a_user_would_write_them)
{
	struct conf c = {0};
	struct all v = {0};

	assert_int_equal(conf_apply(&c, rows, NULL, NULL, &v), 0);
	assert_string_equal(v.text, "hello");
	assert_int_equal(v.number, 7);
	assert_true(v.flag);
	assert_int_equal(v.choice, 1);
	assert_int_equal(v.size, 65536);
	assert_int_equal(v.share, -5);
	assert_int_equal(v.time, 1000);
	assert_int_equal(v.list.n, 1);
	assert_string_equal(v.list.v[0], "*");
	assert_null(v.list.v[1]);
	assert_string_equal(v.group.name, "inside");
	assert_int_equal(v.group.port, 80);
	assert_null(v.password);
	conf_fini(&c);
}

TEST(every_type_is_stored)
{
	struct config c = {0};
	struct all v = {0};
	int r = apply(&c,
		"      text: 'a b'\n      number: -0x5\n      flag: off\n      choice: block\n      size: 1.5MiB\n"
		"      share: 2GiB\n      time: never\n      list: [a, 'b']\n      group: {port: 443}\n      password: "
		"~\n",
		&v);

	assert_string_equal(c.said, "");
	assert_int_equal(r, 0);
	assert_string_equal(v.text, "a b");
	assert_int_equal(v.number, -5);
	assert_false(v.flag);
	assert_int_equal(v.choice, 0);
	assert_int_equal(v.size, 3 << 19);
	assert_int_equal(v.share, 2LL << 30);
	assert_int_equal(v.time, -2);
	assert_int_equal(v.list.n, 2);
	assert_string_equal(v.list.v[1], "b");
	assert_string_equal(v.group.name, "inside");
	assert_int_equal(v.group.port, 443);
	assert_null(v.password);
	config_end(&c);
}

TEST(what_does_not_fit_its_row_is_said)
{
	static const struct {
		const char *line, *said;
	} cases[] = {
		{"text: [a]", "7:13: \"text\" has to be a text, not a list"},
		{"text: {a: b}", "7:13: \"text\" has to be a text, not a map"},
		{"number: many", "7:15: \"number\" has to be a whole number, not \"many\""},
		{"number: 101", "7:15: \"number\" has to be from -5 to 100"},
		{"number: [1]", "\"number\" has to be a whole number, not a list"},
		{"flag: perhaps", "\"flag\" has to be yes or no, not \"perhaps\""},
		{"choice: blok", "\"choice\" has to be block, drop_oldest or drop_newest, not \"blok\"; did you mean "
				 "\"block\"?"},
		{"choice: x", "\"choice\" has to be block, drop_oldest or drop_newest, not \"x\"\n"},
		{"choice: [x]", "\"choice\" has to be block, drop_oldest or drop_newest, not a list"},
		{"size: big", "\"size\" has to be a size like 64KiB or 4MiB, not \"big\""},
		{"size: 5%", "\"size\" has to be a size like 64KiB or 4MiB, not \"5%\""},
		{"size: 5", "\"size\" has to be at least 1024 bytes"},
		{"share: 500%", "\"share\" has to be a size like 4MiB or a share like 5%, not \"500%\""},
		{"time: 5", "\"time\" has to be always or never, or a time like 200ms, 5s or 2h, not \"5\""},
		{"time: 2h", "\"time\" has to be from 1 to 60000 ms"},
		{"list: {a: b}", "\"list\" has to be a text or a list of texts, not a map"},
		{"list: [a, [b]]", "7:17: \"list\" has to be a text or a list of texts, not a list"},
		{"list: [a, ~]", "7:17: \"list\" has to be a text or a list of texts, not \"~\""},
		{"group: 5", "\"group\" has to be a map, not \"5\""},
		{"group: {prot: 5}", "7:15: unknown setting \"prot\" of group; did you mean \"port\"?"},
		{"group: {port: 0}", "\"port\" has to be from 1 to 65535"},
		{"txet: x", "7:7: unknown setting \"txet\" of thing one; did you mean \"text\"?"},
		{"colour: x", "7:7: unknown setting \"colour\" of thing one\n"},
	};

	for (size_t i = 0; i < ROWS(cases); i++) {
		struct config c = {0};
		struct all v = {0};
		char line[128];

		snprintf(line, sizeof(line), "      %s\n", cases[i].line);
		assert_int_equal(apply(&c, line, &v), -EINVAL);
		config_said(&c, cases[i].said);
		assert_int_equal(c.conf.n_errors, 1);
		config_end(&c);
	}
}

TEST(all_mistakes_of_one_map_are_said)
{
	struct config c = {0};
	struct all v = {0};

	apply(&c, "      number: x\n      flag: y\n      zzz: 1\n      group: {port: x}\n", &v);
	assert_int_equal(c.conf.n_errors, 4);
	config_end(&c);
}

TEST(a_value_that_came_from_outside_is_shown_as_it_was_written)
{
	struct config c = {0};
	struct all v = {0};

	setenv("GENLOG_T", "hunter2", 1);
	apply(&c, "      number: '${GENLOG_T}'\n", &v);
	config_said(&c, "has to be a whole number, not \"${GENLOG_T}\"");
	assert_null(strstr(c.said, "hunter2"));
	config_end(&c);
}

TEST(a_required_setting_is_asked_for)
{
	static const struct genlog_opt needs[] = {GENLOG_STR(struct all, text, .required = true), {0}};
	struct config c = {0};
	struct all v = {0};

	config_load(&c, CONFIG("samples: [{line: x, document: {a: b}}]\n"));
	assert_int_equal(
		conf_apply(&c.conf, needs, c.conf.services[0].samples[0].document, "parser regex", &v), -EINVAL);
	config_listen(&c);
	config_said(&c, "genlog.yaml:2:31: parser regex: the setting \"text\" is missing");
	config_end(&c);
}

TEST(every_allocation_may_fail)
{
	int r = -ENOMEM;

	for (size_t n = 1; r == -ENOMEM; n++) {
		struct conf c = {.arena.fail_at = n};
		struct all v = {0};

		r = conf_apply(&c, rows, NULL, NULL, &v);
		conf_fini(&c);
	}
	assert_int_equal(r, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_read_as_a_user_would_write_them),
		cmocka_unit_test(every_type_is_stored),
		cmocka_unit_test(what_does_not_fit_its_row_is_said),
		cmocka_unit_test(all_mistakes_of_one_map_are_said),
		cmocka_unit_test(a_value_that_came_from_outside_is_shown_as_it_was_written),
		cmocka_unit_test(a_required_setting_is_asked_for),
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
