#include "lib/plugin.h"
#include "lib/test.h"

static struct bench b;

static enum genlog_verdict ask(const char *line, const char *level)
{
	bench_line(&b, line);
	genlog_put(&b.rec, "message", 7, genlog_str(line, strlen(line)));
	if (level)
		genlog_put(&b.rec, "level", 5, genlog_str(level, strlen(level)));
	genlog_put(&b.rec, "n", 1, (struct genlog_value){.type = GENLOG_V_INT, .u.i = -42});
	genlog_put(&b.rec, "x", 1, (struct genlog_value){.type = GENLOG_V_DOUBLE, .u.d = 1.5});
	genlog_put(&b.rec, "ok", 2, (struct genlog_value){.type = GENLOG_V_BOOL, .u.i = 1});
	return b.plug.code->filter(b.plug.state, &b.rec);
}

TEST(events_are_kept_or_dropped_by_a_field)
{
	static const struct {
		const char *settings, *line, *level;
		enum genlog_verdict verdict;
	} rows[] = {
		{"pattern: disk", "disk full", "INFO", GENLOG_KEEP},
		{"pattern: disk", "all well", "INFO", GENLOG_DROP},
		{"pattern: disk, on_match: drop", "disk full", "INFO", GENLOG_DROP},
		{"pattern: disk, on_match: drop", "all well", "INFO", GENLOG_KEEP},
		{"field: level, pattern: '^(WARN|ERROR)$'", "x", "ERROR", GENLOG_KEEP},
		{"field: level, pattern: '^error$'", "x", "ERROR", GENLOG_DROP},
		{"field: level, pattern: '^error$', ignore_case: yes", "x", "ERROR", GENLOG_KEEP},
		{"field: level, pattern: '.*'", "x", NULL, GENLOG_DROP},
		{"field: n, pattern: '^-42$'", "x", NULL, GENLOG_KEEP},
		{"field: x, pattern: '^1\\.5$'", "x", NULL, GENLOG_KEEP},
		{"field: ok, pattern: '^true$'", "x", NULL, GENLOG_KEEP},
		{"pattern: '^$'", "", NULL, GENLOG_KEEP},
		{"when: ['n<0', 'x>=1.5']", "x", NULL, GENLOG_KEEP},
		{"when: ['n<0', 'x>1.5']", "x", NULL, GENLOG_DROP},
		{"when: ['level=ERROR|WARN'], on_match: drop", "x", "error", GENLOG_DROP},
		{"when: ['ok=true'], pattern: '^y'", "x", NULL, GENLOG_DROP},
		{"when: ['ok=true'], pattern: '^x'", "x", NULL, GENLOG_KEEP},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		bench_open(&b, GENLOG_FILTER, "grep", rows[i].settings);
		if (b.opened < 0)
			fail_msg("%s", b.config.said);
		if (ask(rows[i].line, rows[i].level) != rows[i].verdict)
			fail_msg("%s: \"%s\" %s", rows[i].settings, rows[i].line, rows[i].level);
		bench_close(&b);
	}
}

TEST(a_bad_pattern_is_said_with_its_place)
{
	bench_open(&b, GENLOG_FILTER, "grep", "pattern: 'a('");
	assert_true(b.opened < 0);
	config_said(&b.config, "genlog.yaml:3:10: column 3 of the pattern: missing closing parenthesis");
	bench_close(&b);
}

TEST(something_to_look_for_is_needed)
{
	bench_open(&b, GENLOG_FILTER, "grep", "field: message");
	assert_true(b.opened < 0);
	config_said(&b.config, "grep needs a \"pattern\", or conditions in \"when\"");
	bench_close(&b);
	bench_open(&b, GENLOG_FILTER, "grep", "when: ['n<']");
	assert_true(b.opened < 0);
	config_said(&b.config, "3:8: \"n<\" is no condition");
	bench_close(&b);
}

TEST(a_pattern_that_backtracks_without_end_does_not_match)
{
	static char line[2000];

	memset(line, 'a', sizeof(line) - 1);
	bench_open(&b, GENLOG_FILTER, "grep", "pattern: '^(a+)+!$'");
	assert_int_equal(ask(line, NULL), GENLOG_DROP);
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_kept_or_dropped_by_a_field),
		cmocka_unit_test(a_bad_pattern_is_said_with_its_place),
		cmocka_unit_test(something_to_look_for_is_needed),
		cmocka_unit_test(a_pattern_that_backtracks_without_end_does_not_match),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
