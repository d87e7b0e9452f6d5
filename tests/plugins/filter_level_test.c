#include "lib/plugin.h"
#include "lib/test.h"

static struct bench b;

static const char *level_of_event(const char *level, const char *message)
{
	static char out[32];
	const struct genlog_value *v = &b.rec.slot[GENLOG_SLOT_LEVEL];

	bench_line(&b, "x");
	genlog_put(&b.rec, "message", 7, genlog_str(message, strlen(message)));
	if (level && *level == '9')
		genlog_put(&b.rec, "level", 5, (struct genlog_value){.type = GENLOG_V_INT, .u.i = 9});
	else if (level)
		genlog_put(&b.rec, "level", 5, genlog_str(level, strlen(level)));
	assert_int_equal(b.plug.code->filter(b.plug.state, &b.rec), GENLOG_KEEP);
	snprintf(out, sizeof(out), "%.*s", b.rec.set >> GENLOG_SLOT_LEVEL & 1 ? (int)v->n : 1,
		b.rec.set >> GENLOG_SLOT_LEVEL & 1 ? v->u.p : "-");
	return out;
}

TEST(events_get_their_level)
{
	static const struct {
		const char *settings, *level, *message, *out;
	} rows[] = {
		{"pattern: 'memory|deadlock', level: ERROR", "INFO", "out of memory", "ERROR"},
		{"pattern: 'memory|deadlock', level: ERROR", "INFO", "all well", "INFO"},
		{"pattern: 'memory', level: ERROR", NULL, "memory", "ERROR"},
		{"pattern: 'memory', level: ERROR", NULL, "x", "-"},
		{"pattern: 'err', field: level, level: warn", "ERROR", "x", "ERROR"},
		{"pattern: 'ERR', field: level, level: warn", "ERROR", "x", "WARN"},
		{"level: DEBUG", "INFO", "x", "DEBUG"},
		{"map: ['notice=WARN', '9=ERROR', 'odd=DEBUG']", "NOTICE", "x", "WARN"},
		{"map: ['notice=WARN', '9=ERROR', 'odd=DEBUG']", "9", "x", "ERROR"},
		{"map: ['notice=WARN', '9=ERROR', 'odd=DEBUG']", "odd", "x", "DEBUG"},
		{"map: ['notice=WARN']", "info", "x", "info"},
		{"floor: WARN", "INFO", "x", "WARN"},
		{"floor: WARN", NULL, "x", "WARN"},
		{"floor: WARN", "ERROR", "x", "ERROR"},
		{"ceil: WARN", "FATAL", "x", "WARN"},
		{"ceil: WARN", "debug", "x", "debug"},
		{"map: ['x=CRITICAL'], ceil: ERROR", "x", "x", "ERROR"},
		{"level: ERROR, when: ['message=y']", "INFO", "x", "INFO"},
		{"level: ERROR, when: ['message=y']", "INFO", "y", "ERROR"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *out;

		bench_open(&b, GENLOG_FILTER, "level", rows[i].settings);
		if (b.opened < 0)
			fail_msg("%s", b.config.said);
		out = level_of_event(rows[i].level, rows[i].message);
		if (strcmp(out, rows[i].out) != 0)
			fail_msg("%s: %s gives %s", rows[i].settings, rows[i].level, out);
		bench_close(&b);
	}
}

TEST(settings_are_checked)
{
	static const struct {
		const char *settings, *said;
	} rows[] = {
		{"level: LOUD", "\"LOUD\" is no level"},
		{"pattern: x", "a pattern needs a \"level\""},
		{"pattern: '(', level: INFO", "of the pattern"},
		{"map: ['a=INFO', 'b']", "3:17: \"b\" has to be WORD=LEVEL"},
		{"map: ['a=LOUD']", "\"LOUD\" is no level"},
		{"map: ['=INFO']", "has to be WORD=LEVEL"},
		{"floor: ERROR, ceil: WARN", "ceil is below floor"},
		{"when: ['!']", "is no condition"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		bench_open(&b, GENLOG_FILTER, "level", rows[i].settings);
		assert_true(b.opened < 0);
		config_said(&b.config, rows[i].said);
		bench_close(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_get_their_level),
		cmocka_unit_test(settings_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
