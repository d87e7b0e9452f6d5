#include "base/crc.h"

#include "base/hash.h"
#include "lib/test.h"

TEST(it_is_crc_32c)
{
	uint8_t p[32];

	assert_int_equal(crc32c(0, "", 0), 0);
	assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
	memset(p, 0, sizeof(p));
	assert_int_equal(crc32c(0, p, 32), 0x8a9136aa);
	memset(p, 0xff, sizeof(p));
	assert_int_equal(crc32c(0, p, 32), 0x62a8ab43);
	for (int i = 0; i < 32; i++)
		p[i] = (uint8_t)i;
	assert_int_equal(crc32c(0, p, 32), 0x46dd794e);
}

/* Three lanes and their joints, every length about them, every alignment; and in two parts. */
TEST(the_processors_way_and_the_plain_one_agree)
{
	enum { SIZE = 10000 };
	uint8_t *p = malloc(SIZE);
	uint32_t x = 1;

	for (int i = 0; i < SIZE; i++) {
		x = x * 1664525 + 1013904223;
		p[i] = (uint8_t)(x >> 24);
	}
	for (size_t n = 0; n + 8 < SIZE; n += n < 200 || (n > 3060 && n < 3090) || n > 9200 ? 1 : 61)
		for (size_t from = 0; from < 8; from += 3) {
			uint32_t c = crc32c(0, p + from, n);

			assert_int_equal(c, crc32c_portable(0, p + from, n));
			assert_int_equal(c, crc32c(crc32c(0, p + from, n / 3), p + from + n / 3, n - n / 3));
		}
	free(p);
}

/* Part of identities in files and databases: they may never change. */
TEST(hashes_are_what_they_always_were)
{
	assert_true(hash64_plain("", 0) == 0x2d06800538d394c2ULL);
	assert_true(hash64("genlog", 6, 0) == hash64_plain("genlog", 6));
	assert_true(hash64("genlog", 6, 0) != hash64("genlog", 6, 1));
	assert_true(hash_mix(0, 0) != 0 && hash_mix(1, 2) != hash_mix(2, 1));
	assert_true(hash_mix(1, 2) == 0x2305a389302c2e6ULL);
	assert_true(hash64("system_logs", 11, 0) == 0x6b2d46ece430573bULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_crc_32c),
		cmocka_unit_test(the_processors_way_and_the_plain_one_agree),
		cmocka_unit_test(hashes_are_what_they_always_were),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
