#include <bson/bson.h>
#include <errno.h>

#include "agent/trace/render.h"
#include "lib/json.h"

static struct trace trace;

static void wrap(struct genlog_buf *out)
{
	int32_t len;

	assert_int_equal(buf_append(out, "", 1), 0);
	len = (int32_t)out->n;
	memcpy(out->p, &len, sizeof(len));
}

static void valid(const struct genlog_buf *out, bson_t *bson)
{
	const bson_validate_flags_t all = BSON_VALIDATE_UTF8 | BSON_VALIDATE_UTF8_ALLOW_NULL | BSON_VALIDATE_EMPTY_KEYS;
	bson_error_t error;

	assert_true(bson_init_static(bson, out->p, out->n));
	if (!bson_validate_with_error(bson, all, &error))
		fail_msg("%s", error.message);
}

static char *json_of(const char *text, size_t n)
{
	struct genlog_buf out = {0};
	bson_t bson;
	char *json;

	assert_int_equal(trace_parse(&trace, text, n), 1);
	assert_int_equal(buf_append(&out, "\0\0\0\0", 4), 0);
	assert_int_equal(trace_elements(&out, &trace), 0);
	wrap(&out);
	valid(&out, &bson);
	json = json_widen(bson_as_canonical_extended_json(&bson, NULL));
	buf_free(&out);
	return json;
}

static const char golden_text[GENLOG_PAD + 256] = "2025-12-22 10:30:45 ERROR x\n"
						  "Exception in thread \"main\" a.BException: SQLSTATE[42S02] gone\n"
						  "\tat a.C.d(E.java:12)\n"
						  "\tat java.base/java.lang.Thread.run(Thread.java:840)\n"
						  "Caused by: f.GError\n"
						  "\tat f.G.<init>(Native Method)\n\n";
static const char golden[] =
	"{ \"language\" : \"java\", \"exception_type\" : \"a.BException\", \"error_message\" : \"SQLSTATE[42S02] "
	"gone\", "
	"\"error_code\" : \"42S02\", \"causes\" : [ { \"exception_type\" : \"f.GError\", \"frames\" : [ { \"function\" "
	": "
	"\"<init>\", \"class_name\" : \"f.G\", \"in_app\" : true } ] } ], \"frames\" : [ { \"function\" : \"d\", "
	"\"class_name\" : \"a.C\", \"file\" : \"E.java\", \"line\" : { \"$numberInt\" : \"12\" }, \"in_app\" : true }, "
	"{ \"function\" : \"run\", \"class_name\" : \"java.lang.Thread\", \"file\" : \"Thread.java\", \"line\" : "
	"{ \"$numberInt\" : \"840\" }, \"module\" : \"java.base\", \"in_app\" : false } ], \"stack_trace\" : "
	"\"Exception in "
	"thread \\\"main\\\" a.BException: SQLSTATE[42S02] gone\\n\\tat a.C.d(E.java:12)\\n\\tat "
	"java.base/java.lang.Thread.run(Thread.java:840)\\nCaused by: f.GError\\n\\tat f.G.<init>(Native Method)\", "
	"\"fingerprint\" : \"";

TEST(a_trace_is_the_schemas_elements)
{
	char *json = json_of(golden_text, strlen(golden_text));

	if (strncmp(json, golden, sizeof(golden) - 1) != 0)
		fail_msg("%s", json);
	assert_string_equal(json + sizeof(golden) - 1 + 32, "\", \"thread\" : \"main\" }");
	bson_free(json);
}

static void any_sample(const char *name, const struct text *t)
{
	char *json = json_of(t->p, t->n);

	(void)name;
	assert_non_null(strstr(json, "\"stack_trace\" : \""));
	assert_null(strstr(json, " : \"\""));
	bson_free(json);
}

TEST(what_is_not_said_is_left_out_and_all_of_it_is_bson)
{
	each_sample(any_sample);
}

/* Names far too long, cut within no character; as many of everything as there may be. */
TEST(the_room_is_enough_for_the_largest)
{
	struct genlog_buf text = {0};
	static char name[3000];
	char *json;

	for (size_t i = 0; i + 1 < sizeof(name); i += 2)
		memcpy(name + i, "\xc3\xa9", 2);
	for (int cause = 0; cause < 20; cause++) {
		buf_append(&text, cause ? "Caused by: " : "a.", cause ? 11 : 2);
		buf_append(&text, name, 2500);
		buf_append(&text, "Error: x\n", 9);
		for (int i = 0; i < 20; i++) {
			buf_append(&text, "\tat ", 4);
			buf_append(&text, name, 2500);
			buf_append(&text, "/", 1);
			buf_append(&text, name, 1027 * 2);
			buf_append(&text, ".", 1);
			buf_append(&text, name, 2500);
			buf_append(&text, "(", 1);
			buf_append(&text, name, 2500);
			buf_append(&text, ".java:999999999)\n", 17);
		}
	}
	assert_int_equal(genlog_buf_reserve(&text, GENLOG_PAD), 0);
	json = json_of((char *)text.p, text.n);
	assert_int_equal(trace.n_causes, TRACE_CAUSES);
	assert_int_equal(trace.all_frames, TRACE_FRAMES);
	bson_free(json);
	buf_free(&text);
}

static bool no_memory(void *arg)
{
	long *left = arg;

	return (*left)-- <= 0;
}

TEST(without_memory_the_buffer_stays_as_it_was)
{
	assert_int_equal(trace_parse(&trace, golden_text, strlen(golden_text)), 1);
	for (long at = 0, done = 0; !done; at++) {
		struct genlog_buf out = {0};
		long left = at;
		struct mem_hook hook = {no_memory, &left};
		int r;

		assert_int_equal(buf_append(&out, "abcd", 4), 0);
		mem_hook_set(&hook);
		r = trace_elements(&out, &trace);
		mem_hook_set(NULL);
		assert_true(r == 0 || (r == -ENOMEM && out.n == 4 && memcmp(out.p, "abcd", 4) == 0));
		assert_true(at > 0 || r == -ENOMEM);
		done = r == 0;
		buf_free(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_trace_is_the_schemas_elements),
		cmocka_unit_test(what_is_not_said_is_left_out_and_all_of_it_is_bson),
		cmocka_unit_test(the_room_is_enough_for_the_largest),
		cmocka_unit_test(without_memory_the_buffer_stays_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
