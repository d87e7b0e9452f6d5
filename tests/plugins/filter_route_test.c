#include "lib/plugin.h"
#include "lib/test.h"

static struct bench b;

TEST(the_first_rule_that_holds_decides)
{
	static const struct {
		const char *level, *message, *collection;
	} rows[] = {{"ERROR", "x", "error_logs"}, {"fatal", "audit", "error_logs"}, {"INFO", "audit: x", "audit.log"},
		{"INFO", "x", NULL}, {"DEBUG", "audit: x", NULL}};

	bench_open(&b, GENLOG_FILTER, "route",
		"rules: ['level=ERROR|CRITICAL -> error_logs', 'message~^audit && level!=DEBUG->  audit.log ']");
	if (b.opened < 0)
		fail_msg("%s", b.config.said);
	for (size_t i = 0; i < ROWS(rows); i++) {
		bench_line(&b, "x");
		genlog_put(&b.rec, "level", 5, genlog_str(rows[i].level, strlen(rows[i].level)));
		genlog_put(&b.rec, "message", 7, genlog_str(rows[i].message, strlen(rows[i].message)));
		assert_int_equal(b.plug.code->filter(b.plug.state, &b.rec), GENLOG_KEEP);
		if (rows[i].collection)
			assert_string_equal(b.rec.collection, rows[i].collection);
		else
			assert_null(b.rec.collection);
	}
	bench_close(&b);
}

TEST(rules_are_checked)
{
	static const struct {
		const char *settings, *said;
	} rows[] = {
		{"rules: ['level=ERROR']", "is no rule"},
		{"rules: ['level=ERROR -> ']", "a rule without a collection"},
		{"rules: ['a=b -> x', 'level=ERROR -> a$b']", "3:21: \"a$b\" cannot be the name"},
		{"rules: ['level=ERROR -> system.users']", "cannot be the name"},
		{"rules: ['level=ERROR -> .x']", "cannot be the name"},
		{"rules: ['level=ERROR -> a b']", "has a blank in it"},
		{"rules: ['level>x -> a']", "is no condition"},
		{"rules: [' -> a']", "is no condition"},
		{"rules: ['a && -> a']", "is no condition"},
		{"rules: ['message~( -> a']", "of the pattern"},
		{"rules: ['a&&a&&a&&a&&a&&a&&a&&a&&a&&a&&a&&a&&a&&a&&a&&a&&a -> a']", "more than 16"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		bench_open(&b, GENLOG_FILTER, "route", rows[i].settings);
		if (b.opened >= 0)
			fail_msg("%s", rows[i].settings);
		config_said(&b.config, rows[i].said);
		bench_close(&b);
	}
}

TEST(a_name_has_a_length)
{
	char settings[400];

	snprintf(settings, sizeof(settings), "rules: ['a -> %0181d']", 0);
	bench_open(&b, GENLOG_FILTER, "route", settings);
	config_said(&b.config, "is too long");
	bench_close(&b);
	snprintf(settings, sizeof(settings), "rules: ['a -> %0180d']", 0);
	bench_open(&b, GENLOG_FILTER, "route", settings);
	assert_int_equal(b.opened, 0);
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_rule_that_holds_decides),
		cmocka_unit_test(rules_are_checked),
		cmocka_unit_test(a_name_has_a_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
