#include "admin/admin.h"
#include "lib/test.h"

static struct answer made;

static const struct request *ask(struct request *r)
{
	answer_begin(&made);
	answer_text(&made, "command", "tail");
	answer_int(&made, "lines", 12);
	answer_array(&made, "words");
	answer_text(&made, NULL, "a");
	answer_end(&made);
	assert_int_equal(answer_finish(&made), 0);
	assert_true(request_read(made.b.p, made.b.n, r));
	return r;
}

TEST(fields_are_found_by_name_and_type)
{
	struct request r;

	ask(&r);
	assert_string_equal(request_text(&r, "command"), "tail");
	assert_string_equal(request_text(&r, "lines"), "");
	assert_string_equal(request_text(&r, "comman"), "");
	assert_int_equal(request_int(&r, "lines", 7), 12);
	assert_int_equal(request_int(&r, "words", 7), 7);
	assert_int_equal(request_int(&r, "command", 7), 7);
	assert_non_null(command_find("status"));
	assert_null(command_find(""));
}

/* Each byte of a good request with each of some values, in memory of its own length: nothing is read behind it. */
TEST(damaged_requests_are_refused_or_read_within_their_bytes)
{
	static const uint8_t values[] = {0, 1, 2, 4, 0x7f, 0x80, 0xff};
	struct request r;
	size_t n, refused = 0;
	uint8_t *copy;

	ask(&r);
	n = made.b.n;
	for (size_t i = 4; i < n; i++)
		for (size_t v = 0; v < sizeof(values); v++) {
			copy = malloc(n);
			memcpy(copy, made.b.p, n);
			copy[i] = values[v];
			if (request_read(copy, n, &r)) {
				(void)strlen(request_text(&r, "command"));
				(void)request_int(&r, "lines", 0);
			} else {
				refused++;
			}
			free(copy);
		}
	assert_true(refused > n);
	answer_fini(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_found_by_name_and_type),
		cmocka_unit_test(damaged_requests_are_refused_or_read_within_their_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
