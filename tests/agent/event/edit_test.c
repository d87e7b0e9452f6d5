#include "agent/event/edit_record.h"

TEST(a_field_is_removed_at_any_depth)
{
	static const struct {
		const char *json, *name, *left;
	} rows[] = {
		{"{\"a\": 1, \"b\": 2}", "a", "{ \"b\" : 2 }"},
		{"{\"a\": 1, \"b\": 2}", "context.b", "{ \"a\" : 1 }"},
		{"{\"a\": {\"b\": {\"c\": \"x\", \"d\": 1}}, \"e\": 2}", "a.b.c",
			"{ \"a\" : { \"b\" : { \"d\" : 1 } }, \"e\" : 2 }"},
		{"{\"a\": {\"b\": {\"c\": \"x\"}}, \"e\": 2}", "context.a.b", "{ \"a\" : {  }, \"e\" : 2 }"},
		{"{\"a\": {\"b\": 1}}", "a.c", NULL},
		{"{\"a\": {\"b\": 1}}", "a.b.c", NULL},
		{"{\"a\": [1, 2]}", "a.0", NULL},
		{"{\"a\": 1}", "", NULL},
		{"{}", "a", NULL},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		begin(rows[i].json);
		assert_int_equal(genlog_remove(&rec, rows[i].name), rows[i].left != NULL);
		if (rows[i].left)
			assert_string_equal(context(), rows[i].left);
	}
	end();
}

TEST(a_slot_is_removed_by_key_or_alias)
{
	begin("{}");
	genlog_put(&rec, "user_id", 7, genlog_str("u1", 2));
	genlog_put(&rec, "version", 7, genlog_str("2", 1));
	assert_true(genlog_remove(&rec, "userid"));
	assert_false(genlog_remove(&rec, "user_id"));
	assert_string_equal(text_of(GENLOG_SLOT_USER_ID), "(none)");
	assert_string_equal(text_of(GENLOG_SLOT_VERSION), "2");
	assert_int_equal(rec.len, 8);
	end();
}

TEST(a_message_takes_the_line_with_it)
{
	begin("{}");
	genlog_put(&rec, "message", 7, genlog_str("m", 1));
	assert_true(genlog_remove(&rec, "message"));
	assert_int_equal(rec.len, 0);
	assert_int_equal(rec.raw_len, 8);
	end();
}

TEST(a_field_is_read_as_text)
{
	static const struct {
		const char *name, *text;
	} rows[] = {{"i", "-7"}, {"d", "1.5"}, {"b", "false"}, {"t", "true"}, {"s", "x"}, {"o.s", "y"}, {"o", NULL},
		{"n", NULL}, {"l", NULL}, {"none", NULL}, {"level", "WARN"}, {"severity", "WARN"}};
	char room[GENLOG_TEXT_ROOM];
	struct genlog_value v;

	begin("{\"i\": -7, \"d\": 1.5, \"b\": false, \"t\": true, \"s\": \"x\", \"o\": {\"s\": \"y\"}, \"n\": null, "
	      "\"l\": []}");
	genlog_put(&rec, "level", 5, genlog_str("[warning]", 9));
	for (size_t i = 0; i < ROWS(rows); i++) {
		bool found = genlog_get_text(&rec, rows[i].name, room, &v);

		assert_int_equal(found, rows[i].text != NULL);
		if (found && (v.n != strlen(rows[i].text) || memcmp(v.u.p, rows[i].text, v.n) != 0))
			fail_msg("%s: %.*s", rows[i].name, (int)v.n, v.u.p);
	}
	assert_int_equal(genlog_level(&rec), GENLOG_LEVEL_WARN);
	assert_int_equal(genlog_level_find("fatal", 5), GENLOG_LEVEL_CRITICAL);
	assert_int_equal(genlog_level_find("?", 1), -1);
	assert_string_equal(genlog_level_name(GENLOG_LEVEL_ERROR).u.p, "ERROR");
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_field_is_removed_at_any_depth),
		cmocka_unit_test(a_slot_is_removed_by_key_or_alias),
		cmocka_unit_test(a_message_takes_the_line_with_it),
		cmocka_unit_test(a_field_is_read_as_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
