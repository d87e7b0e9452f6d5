/* Ranges that tile, and what is said of those that do not: drawn as text. */
#include "ctl/tile.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/test.h"

struct range {
	uint64_t offset, length;
	char says; /* below a blank: without a time */
};

/* "hole 10-20; twice 0-10; overlap 5-10; lives 2" */
static void describe(const struct tile *t, char *out, size_t cap)
{
	size_t n = 0;

	out[0] = 0;
	for (size_t i = 0; i < t->n_holes; i++)
		if (t->holes[i].to != UINT64_MAX)
			n += (size_t)snprintf(
				out + n, cap - n, "hole %d-%d; ", (int)t->holes[i].from, (int)t->holes[i].to);
	for (size_t i = 0; i < t->n_doubles; i++)
		n += (size_t)snprintf(out + n, cap - n, "%s %d-%d; ", t->doubles[i].same ? "twice" : "overlap",
			(int)t->doubles[i].from, (int)t->doubles[i].to);
	snprintf(out + n, cap - n, "lives %u", tile_lives(t));
}

static void tile(struct tile *t, bool whole, const struct range *r)
{
	tile_begin(t, whole);
	for (; r->length; r++)
		assert_int_equal(0,
			tile_add(t, &(struct tile_doc){r->offset, r->length, (uint64_t)r->says, {0}, r->says < ' '}));
	assert_int_equal(0, tile_end(t));
}

TEST(ranges_tile_or_it_is_told)
{
	static const struct {
		const char *want;
		bool begins_late;
		struct range r[10];
	} rows[] = {
		{"lives 0", false, {{0}}},
		{"lives 1", false, {{0, 10, 'a'}, {10, 5, 'b'}, {15, 5, 'c'}}},
		{"hole 0-3; lives 1", false, {{3, 10, 'a'}}},
		{"lives 1", true, {{3, 10, 'a'}}},
		{"hole 10-11; hole 20-30; lives 1", false, {{0, 10, 'a'}, {11, 9, 'b'}, {30, 5, 'c'}}},
		{"twice 10-20; lives 1", false, {{0, 10, 'a'}, {10, 10, 'b'}, {10, 10, 'b'}, {20, 1, 'c'}}},
		{"twice 0-10; twice 0-10; lives 1", false, {{0, 10, 'a'}, {0, 10, 'a'}, {0, 10, 'a'}}},
		{"overlap 5-10; lives 1", false, {{0, 10, 'a'}, {5, 5, 'b'}, {10, 5, 'c'}}},
		{"overlap 5-10; lives 1", false, {{0, 10, 'a'}, {5, 10, 'b'}, {15, 5, 'c'}}},
		{"twice 0-4; lives 1", false, {{0, 10, 'a'}, {0, 4, 'a'}, {10, 5, 'c'}}},
		/* two lives that begin with one line */
		{"lives 2", false, {{0, 10, 'a'}, {10, 20, 'b'}, {10, 15, 'B'}, {25, 5, 'C'}, {30, 5, 'c'}}},
		{"hole 25-30; lives 2", false,
			{{0, 10, 'a'}, {10, 30, 'b'}, {10, 15, 'B'}, {30, 5, 'C'}, {40, 5, 'c'}}},
		{"twice 25-30; lives 2", false,
			{{0, 10, 'a'}, {10, 20, 'b'}, {10, 15, 'B'}, {25, 5, 'C'}, {25, 5, 'C'}, {30, 5, 'c'}}},
		{"lives 2", false, {{0, 10, 1}, {0, 10, 1}, {10, 20, 'b'}, {10, 15, 'B'}, {25, 5, 'C'}, {30, 5, 'c'}}},
		{"twice 0-10; lives 2", false, {{0, 10, 1}, {0, 10, 1}, {0, 10, 1}, {10, 20, 'b'}, {10, 15, 'B'}}},
		{"twice 30-35; lives 2", false, {{0, 10, 'a'}, {10, 20, 'b'}, {10, 15, 'B'}, {30, 5, 1}, {30, 5, 1}}},
		{"twice 0-10; lives 1", false, {{0, 10, 1}, {0, 10, 1}, {10, 20, 'b'}}},
		/* the first of a life's own is missing: told once, and not for all that follow */
		{"overlap 25-30; lives 1", false,
			{{0, 10, 'a'}, {10, 20, 'b'}, {25, 15, 'C'}, {30, 20, 'c'}, {40, 20, 'D'}, {50, 5, 'd'}}},
		{"lives 3", false,
			{{0, 10, 'a'}, {0, 11, 'b'}, {0, 12, 'c'}, {10, 5, 'A'}, {11, 5, 'B'}, {12, 5, 'C'}}},
	};
	struct tile t = {0};
	char got[256];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		tile(&t, !rows[i].begins_late, rows[i].r);
		describe(&t, got, sizeof(got));
		assert_string_equal(rows[i].want, got);
	}
	tile_fini(&t);
}

TEST(holes_are_explained_byte_by_byte)
{
	static const struct range r[] = {{0, 10, 'a'}, {40, 10, 'b'}, {60, 10, 'c'}, {0}};
	struct tile t = {0};
	const struct tile_hole *h;

	tile(&t, true, r);
	assert_int_equal(3, t.n_holes);
	tile_explain(&t, 0, 10, TILE_MISSING, NULL); /* touches none */
	tile_explain(&t, 10, 20, TILE_FILTERED, "grep");
	tile_explain(&t, 20, 25, TILE_MISSING, NULL);
	tile_explain(&t, 25, 30, TILE_MISSING, NULL);
	tile_explain(&t, 35, 55, TILE_GAP, "cut");
	tile_explain(&t, 70, 90, TILE_MISSING, NULL);
	h = t.holes;
	assert_int_equal(10, h[0].bytes[TILE_FILTERED]);
	assert_string_equal("grep", h[0].filter);
	assert_int_equal(10, h[0].bytes[TILE_MISSING]);
	assert_int_equal(2, h[0].events[TILE_MISSING]);
	assert_int_equal(20, h[0].missing_at);
	assert_int_equal(5, h[0].bytes[TILE_GAP]);
	assert_int_equal(5, tile_rest(&h[0]));
	assert_int_equal(5, h[1].bytes[TILE_GAP]);
	assert_string_equal("cut", h[1].reason);
	assert_int_equal(5, tile_rest(&h[1]));
	assert_int_equal(20, h[2].bytes[TILE_MISSING]);
	assert_int_equal(70, h[2].missing_at);
	assert_int_equal(0, tile_rest(&h[2]));
	tile_fini(&t);
}

TEST(memory_is_bounded)
{
	struct tile t = {0};

	tile_begin(&t, true);
	for (uint64_t i = 0; i < 3 * TILE_MOST; i++)
		assert_int_equal(0, tile_add(&t, &(struct tile_doc){.offset = i * 10, .length = 5, .says = i}));
	assert_int_equal(0, tile_end(&t));
	assert_int_equal(3 * TILE_MOST - 1, t.holes_n);
	assert_int_equal(TILE_MOST + 1, t.n_holes);
	assert_int_equal(UINT64_MAX, t.holes[TILE_MOST].to);
	tile_fini(&t);
}

int main(void)
{
	static const struct CMUnitTest all[] = {
		cmocka_unit_test(ranges_tile_or_it_is_told),
		cmocka_unit_test(holes_are_explained_byte_by_byte),
		cmocka_unit_test(memory_is_bounded),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}
