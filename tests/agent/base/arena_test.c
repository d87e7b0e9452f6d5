#include "base/arena.h"

#include "lib/test.h"

TEST(what_is_allocated_is_zeroed_and_aligned)
{
	struct arena a = {0};

	for (size_t n = 0; n < 3000; n++) {
		unsigned char *p = arena_alloc(&a, n);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, n);
	}
	arena_free(&a);
}

TEST(a_large_piece_gets_a_chunk_of_its_own)
{
	struct arena a = {0};
	char *p = arena_alloc(&a, 1 << 20);

	assert_non_null(p);
	memset(p, 1, 1 << 20);
	assert_non_null(arena_alloc(&a, 1));
	arena_free(&a);
}

TEST(copies_end_with_a_nul)
{
	struct arena a = {0};

	assert_string_equal(arena_copy(&a, "abcdef", 3), "abc");
	assert_string_equal(arena_copy(&a, NULL, 0), "");
	assert_string_equal(arena_str(&a, "x"), "x");
	assert_string_equal(arena_printf(&a, "%d-%s", 7, "y"), "7-y");
	arena_free(&a);
}

TEST(sizes_that_overflow_are_refused)
{
	struct arena a = {0};

	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_alloc(&a, SIZE_MAX - 100));
	assert_null(arena_array(&a, SIZE_MAX / 2, 3));
	assert_true(a.short_of);
	arena_free(&a);
}

TEST(the_allocation_that_should_fail_does_and_the_others_do_not)
{
	struct arena a = {.fail_at = 2};

	assert_non_null(arena_alloc(&a, 1));
	assert_false(a.short_of);
	assert_null(arena_alloc(&a, 1));
	assert_true(a.short_of);
	assert_non_null(arena_alloc(&a, 1));
	arena_free(&a);
}

TEST(a_freed_arena_is_empty_and_may_be_freed_again)
{
	struct arena a = {0};

	arena_free(&a);
	arena_alloc(&a, 10);
	arena_free(&a);
	assert_null(a.last);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_allocated_is_zeroed_and_aligned),
		cmocka_unit_test(a_large_piece_gets_a_chunk_of_its_own),
		cmocka_unit_test(copies_end_with_a_nul),
		cmocka_unit_test(sizes_that_overflow_are_refused),
		cmocka_unit_test(the_allocation_that_should_fail_does_and_the_others_do_not),
		cmocka_unit_test(a_freed_arena_is_empty_and_may_be_freed_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
