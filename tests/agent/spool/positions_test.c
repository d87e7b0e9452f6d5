#include "spool/positions.h"

#include <errno.h>

#include "base/buf.h"
#include "lib/test.h"
#include "spool/batch.h"

static void sum(void *arg, const void *key, size_t key_len, const void *val, size_t len)
{
	uint64_t *total = arg;

	assert_int_equal(key_len, sizeof(int));
	total[0]++;
	for (size_t i = 0; i < len; i++)
		total[1] += ((const uint8_t *)val)[i];
	(void)key;
}

TEST(the_newest_value_of_each_key_is_kept)
{
	struct positions ps = {0}, copy = {0};
	struct genlog_buf b = {0};
	uint64_t total[2] = {0}, again[2] = {0};

	for (int round = 1; round <= 3; round++)
		for (int key = 0; key < 1000; key++) {
			uint8_t val[3] = {1, (uint8_t)round, 0};

			assert_int_equal(positions_set(&ps, &key, sizeof(key), val, (size_t)round), 0);
		}
	for (int key = 0; key < 1000; key += 2)
		assert_int_equal(positions_set(&ps, &key, sizeof(key), NULL, 0), 0);
	positions_each(&ps, sum, total);
	assert_int_equal(total[0], 500);
	assert_int_equal(total[1], 500 * 4);
	assert_int_equal(positions_write(&ps, &b), 0);
	assert_int_equal(b.n, ps.bytes);
	assert_int_equal(positions_apply(&copy, b.p, b.n), 0);
	positions_each(&copy, sum, again);
	assert_memory_equal(total, again, sizeof(total));
	assert_int_equal(copy.bytes, ps.bytes);
	assert_int_equal(positions_apply(&copy, b.p, b.n - 1), -EBADMSG);
	buf_free(&b);
	positions_fini(&ps);
	positions_fini(&copy);
}

static bool no_memory(void *arg)
{
	long *n = arg;

	return (*n)-- == 0;
}

TEST(without_memory_the_older_value_stays)
{
	for (long at = 0, left = 0; left <= 0; at++) {
		struct positions ps = {0};
		struct mem_hook hook = {no_memory, &left};
		uint64_t total[2] = {0};
		int key = 7, r;

		assert_int_equal(positions_set(&ps, &key, sizeof(key), "\x01", 1), 0);
		left = at;
		mem_hook_set(&hook);
		r = positions_set(&ps, &key, sizeof(key), "\x01\x01", 2);
		mem_hook_set(NULL);
		positions_each(&ps, sum, total);
		assert_int_equal(total[0], 1);
		assert_int_equal(total[1], r == 0 ? 2 : 1);
		assert_true(r == 0 || r == -ENOMEM);
		left += r == 0;
		positions_fini(&ps);
	}
}

TEST(a_batch_knows_its_names_and_says_when_they_are_too_many)
{
	struct spool_batch b = {.doc_n = 0};
	char name[16];

	for (int round = 0; round < 2; round++)
		for (int i = 0; i < BATCH_NAMES; i++) {
			int n = snprintf(name, sizeof(name), "c%d", i);

			b.last_name = NULL; /* by its address it would be the one before */
			assert_int_equal(batch_name(&b, name, (size_t)n), i);
		}
	assert_int_equal(batch_name(&b, "one more", 8), -ENOSPC);
	assert_int_equal(batch_name(&b, "c5", 2), 5);
	batch_clear(&b);
	assert_true(batch_is_empty(&b));
	assert_int_equal(batch_name(&b, "one more", 8), 0);
	batch_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_value_of_each_key_is_kept),
		cmocka_unit_test(without_memory_the_older_value_stays),
		cmocka_unit_test(a_batch_knows_its_names_and_says_when_they_are_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
