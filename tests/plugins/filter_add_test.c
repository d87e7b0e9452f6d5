#include "lib/plugin.h"
#include "lib/test.h"

static struct bench b;

static const char *filter(void)
{
	bench_line(&b, "x");
	genlog_put(&b.rec, "level", 5, genlog_str("INFO", 4));
	assert_int_equal(b.plug.code->filter(b.plug.state, &b.rec), GENLOG_KEEP);
	return bench_fields(&b);
}

TEST(a_field_is_put_on_every_event)
{
	static const struct {
		const char *settings, *fields;
	} rows[] = {
		{"field: site, value: hall 7", "level=INFO | { \"site\" : \"hall 7\" }"},
		{"field: environment, value: test", "level=INFO environment=test"},
		{"field: level, value: WARN", "level=WARN"},
		{"field: level, value: WARN, replace: no", "level=INFO"},
		{"field: site", "level=INFO | { \"site\" : \"\" }"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		bench_open(&b, GENLOG_FILTER, "add", rows[i].settings);
		assert_int_equal(b.opened, 0);
		assert_string_equal(filter(), rows[i].fields);
		bench_close(&b);
	}
}

TEST(a_field_needs_a_name)
{
	bench_open(&b, GENLOG_FILTER, "add", "value: x");
	assert_true(b.opened < 0);
	config_said(&b.config, "filter add: the setting \"field\" is missing");
	bench_close(&b);
	bench_open(&b, GENLOG_FILTER, "add", "field: ''");
	assert_true(b.opened < 0);
	config_said(&b.config, "3:8: the name of the field is empty");
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_field_is_put_on_every_event),
		cmocka_unit_test(a_field_needs_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
