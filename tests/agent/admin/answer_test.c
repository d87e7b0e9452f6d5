#include "admin/answer.h"

#include <bson/bson.h>

#include "base/buf.h"
#include "lib/json.h"
#include "lib/test.h"

static void fill(struct answer *a)
{
	answer_begin(a);
	answer_int(a, "n", -7);
	answer_uint(a, "most", UINT64_MAX);
	answer_double(a, "half", 0.5);
	answer_bool(a, "yes", true);
	answer_time(a, "when", 1766399445000LL);
	answer_text(a, "text", "ü");
	answer_text(a, "none", NULL);
	answer_text_n(a, "bad", "a\xff", 2);
	answer_array(a, "list");
	answer_text(a, NULL, "first");
	answer_doc(a, NULL);
	answer_oid(a, "id", (const uint8_t *)"123456789012");
	answer_end(a);
	answer_int(a, NULL, 3);
	answer_end(a);
	answer_bson(a, "inner", (const uint8_t *)"\x05\0\0\0", 5);
}

static char *json_of(const struct answer *a)
{
	bson_t b;

	assert_true(bson_init_static(&b, a->b.p, a->b.n));
	assert_true(bson_validate(&b, BSON_VALIDATE_UTF8, NULL));
	return relaxed_json(&b, NULL);
}

TEST(a_document_is_what_was_written)
{
	struct answer a = {0};
	char *json;

	fill(&a);
	assert_int_equal(answer_finish(&a), 0);
	json = json_of(&a);
	assert_string_equal(json,
		"{ \"n\" : -7, \"most\" : 9223372036854775807, \"half\" : 0.5, \"yes\" : true, \"when\" : { \"$date\" "
		": "
		"\"2025-12-22T10:30:45Z\" }, \"text\" : \"ü\", \"none\" : null, \"bad\" : \"a\xef\xbf\xbd\", \"list\" "
		": [ "
		"\"first\", { \"id\" : { \"$oid\" : \"313233343536373839303132\" } }, 3 ], \"inner\" : {  } }");
	bson_free(json);
	answer_fini(&a);
}

TEST(what_was_left_open_is_ended_and_what_is_too_deep_fails)
{
	struct answer a = {0};

	answer_begin(&a);
	answer_doc(&a, "a");
	answer_array(&a, "b");
	answer_int(&a, NULL, 1);
	assert_int_equal(answer_finish(&a), 0);
	bson_free(json_of(&a));
	answer_begin(&a);
	for (int i = 0; i < ANSWER_DEPTH + 1; i++)
		answer_doc(&a, "deeper");
	assert_true(answer_finish(&a) < 0);
	answer_fini(&a);
}

static bool fail_from(void *arg)
{
	return (*(int *)arg)-- <= 0;
}

TEST(every_allocation_may_fail)
{
	int r = -1, at = 0;

	for (; r < 0 && at < 100; at++) {
		struct answer a = {0};
		int left = at;

		mem_hook_set(&(struct mem_hook){fail_from, &left});
		fill(&a);
		r = answer_finish(&a);
		mem_hook_set(NULL);
		answer_fini(&a);
	}
	assert_true(at > 1 && r == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_document_is_what_was_written),
		cmocka_unit_test(what_was_left_open_is_ended_and_what_is_too_deep_fails),
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
