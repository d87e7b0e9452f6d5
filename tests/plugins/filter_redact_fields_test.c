#include "plugins/filter_redact.h"

static void put_int(const char *key, int64_t i)
{
	genlog_put(&b.rec, key, strlen(key), (struct genlog_value){.type = GENLOG_V_INT, .u.i = i});
}

static void put_text(const char *key, const char *text)
{
	genlog_put(&b.rec, key, strlen(key), genlog_str(text, strlen(text)));
}

TEST(fields_are_masked_by_their_names)
{
	open_it("preset: [password], fields: [USER_ID, context.o.ssn]");
	message("m");
	put_text("user_id", "u1");
	put_text("stack_trace", "at f(password=x)");
	put_text("o", "1");
	put_int("db_password", 17);
	put_text("token", "");
	put_text("note", "pwd: y");
	run();
	assert_string_equal(bench_fields(&b), "message=m stack_trace=at f(password=" PW ") user_id=[redacted:field] | "
					      "{ \"o\" : \"1\", \"db_password\" : \"" PW
					      "\", \"token\" : \"\", \"note\" : \"pwd: " PW "\", \"redacted\" : 4 }");
	bench_close(&b);
}

/* {"o": {"ssn": "1", "l": ["password=x", {"secret": {"a": 1}}]}, "n": 4111111111111111, "ok": true} */
static void nested(void)
{
	static const char doc[] = "\x46\0\0\0"
				  "\x02ssn\0\x02\0\0\0001\0"
				  "\x04l\0\x33\0\0\0"
				  "\x02"
				  "0\0\x0b\0\0\0password=x\0"
				  "\x03"
				  "1\0\x19\0\0\0"
				  "\x03secret\0\x0c\0\0\0\x10"
				  "a\0\1\0\0\0\0\0"
				  "\0";

	assert_int_equal(sizeof(doc), 0x46);
	genlog_context_put(&b.rec, "o", 1, (struct genlog_value){.type = GENLOG_V_DOC, .n = sizeof(doc), .u.p = doc});
	put_int("n", 4111111111111111);
	genlog_put(&b.rec, "d", 1, (struct genlog_value){.type = GENLOG_V_DOUBLE, .u.d = 4111111111111111.0});
	genlog_put(&b.rec, "ok", 2, (struct genlog_value){.type = GENLOG_V_BOOL, .u.i = 1});
}

TEST(values_at_every_depth_are_masked)
{
	open_it("fields: [o.ssn, ok]");
	message("m");
	nested();
	run();
	assert_string_equal(bench_fields(&b),
		"message=m | { \"o\" : { \"ssn\" : \"[redacted:field]\", \"l\" : [ \"password=" PW
		"\", { \"secret\" : \"" PW "\" } ] }, \"n\" : \"[redacted:card]\", \"d\" : \"[redacted:card]\", \"ok\" "
		": \"[redacted:field]\", \"redacted\" : 6 }");
	bench_close(&b);
}

TEST(fields_may_be_removed)
{
	open_it("fields: [o.ssn, ok, user_id], action: remove");
	message("m");
	put_text("user_id", "u1");
	nested();
	run();
	assert_string_equal(
		bench_fields(&b), "message=m | { \"o\" : { \"l\" : [ \"password=\", {  } ] }, \"redacted\" : 7 }");
	bench_close(&b);
}

TEST(the_line_that_becomes_the_message_is_redacted)
{
	open_it("fields: [ssn]");
	bench_line(&b, "{\"password\":\"x\"}");
	run();
	assert_memory_equal(b.rec.line, "{\"password\":\"" PW "\"}", b.rec.len);
	bench_line(&b, "{\"SSN\":\"1\"}");
	run();
	assert_memory_equal(b.rec.line, "[redacted:field]", b.rec.len);
	assert_int_equal(b.rec.raw_len, 11);
	bench_close(&b);
}

TEST(two_of_them_count_together)
{
	open_it("");
	message("password=a");
	run();
	put_text("pwd", "b");
	run();
	assert_string_equal(bench_fields(&b), "message=password=" PW " | { \"pwd\" : \"" PW "\", \"redacted\" : 2 }");
	bench_close(&b);
}

TEST(settings_are_checked)
{
	static const struct {
		const char *settings, *said;
	} rows[] = {
		{"preset: [password, tokens]", "3:20: there is no preset \"tokens\""},
		{"action: hash", "a hash needs a \"key\""},
		{"patterns: [ok, 'a(']", "3:16: column 3 of the pattern"},
		{"preset: [none, card]", "there is no preset \"none\""},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		bench_open(&b, GENLOG_FILTER, "redact", rows[i].settings);
		assert_true(b.opened < 0);
		config_said(&b.config, rows[i].said);
		bench_close(&b);
	}
}

static bool fails_at(void *arg)
{
	int *left = arg;

	return (*left)-- == 0;
}

TEST(without_memory_no_secret_passes)
{
	bool passed;
	int at = 0;

	open_it("patterns: [q+]");
	do {
		int left = at++;
		struct mem_hook hook = {fails_at, &left};

		record_fini(&b.rec);
		memset(&b.rec, 0, sizeof(b.rec));
		message("password=hunter2 qqq");
		put_text("token", "hunter2");
		put_text("o", "pwd=hunter2");
		mem_hook_set(&hook);
		run();
		mem_hook_set(NULL);
		passed = left >= 0;
		assert_null(strstr(bench_fields(&b), "hunter2"));
		assert_true(at < 50);
	} while (!passed);
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_masked_by_their_names),
		cmocka_unit_test(values_at_every_depth_are_masked),
		cmocka_unit_test(fields_may_be_removed),
		cmocka_unit_test(the_line_that_becomes_the_message_is_redacted),
		cmocka_unit_test(two_of_them_count_together),
		cmocka_unit_test(settings_are_checked),
		cmocka_unit_test(without_memory_no_secret_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
