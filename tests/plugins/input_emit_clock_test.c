/* Ticks of the time stamp counter become times of day. */
#include "lib/test.h"

#include "emit_host.h"

#define RATE 3 /* ticks a nanosecond */
#define MS 1000000ULL
#define S (1000 * MS)
#define HOUR (3600 * S)
#define TICKS (1ULL << 50)
#define REAL MADE_TIME
#define REAL_MS ((int64_t)(REAL / MS))

static struct ticks_clock c;
static const struct gl_anchor nobody;

/* So many nanoseconds after TICKS and REAL. */
static void pair_is(uint64_t ticks, uint64_t real, uint64_t raw)
{
	const struct clock_pair p = {TICKS + RATE * ticks, REAL + real, HOUR + raw};

	clock_add(&c, &p);
}

static void pair(uint64_t ns)
{
	pair_is(ns, ns, ns);
}

static void begin(void)
{
	c = (struct ticks_clock){.rate = 0};
	pair(0);
	pair(CLOCK_LEAST_MS * MS);
	assert_true(clock_is_ready(&c));
}

/* A record of so many nanoseconds after (before) TICKS. */
static void expect(const struct gl_anchor *own, int64_t ns, enum clock_sure sure, int64_t ms)
{
	int64_t got = 0;

	assert_int_equal(clock_ms(&c, own, TICKS + (uint64_t)(RATE * ns), &got), sure);
	assert_int_equal(got - REAL_MS, ms);
}

TEST(nothing_is_known_before_two_pairs_lie_apart)
{
	c = (struct ticks_clock){.rate = 0};
	assert_false(clock_is_ready(&c));
	pair(0);
	pair(CLOCK_LEAST_MS * MS - 1);
	assert_false(clock_is_ready(&c));
	pair(CLOCK_LEAST_MS * MS);
	assert_true(clock_is_ready(&c));
	assert_true(c.rate > RATE * (1 - 1e-9) && c.rate < RATE * (1 + 1e-9));
}

TEST(records_around_the_pairs)
{
	begin();
	expect(&nobody, 0, CLOCK_EXACT, 0);
	expect(&nobody, 5 * MS, CLOCK_EXACT, 5);
	expect(&nobody, 6 * MS - 1000, CLOCK_EXACT, 5);
	expect(&nobody, 20 * MS, CLOCK_EXACT, 20);
	expect(&nobody, 20 * MS + 3 * S, CLOCK_EXACT, 3020);
}

TEST(a_clock_that_was_set_counts_from_then_on)
{
	begin();
	pair_is(30 * MS, 30 * MS + HOUR, 30 * MS);
	assert_true(clock_is_ready(&c));
	expect(&nobody, 25 * MS, CLOCK_EXACT, 3600025);
	pair_is(40 * MS, 40 * MS - HOUR, 40 * MS);
	expect(&nobody, 35 * MS, CLOCK_EXACT, 35 - 3600000);
}

/* Pairs of one error of measurement: the rate is wrong by 5 in a million, two hours are right all the same. */
TEST(old_records_lie_between_the_programs_pair_and_ours)
{
	const struct gl_anchor own = {TICKS - RATE * 2 * HOUR, REAL - 2 * HOUR, 0};

	c = (struct ticks_clock){.rate = 0};
	pair(0);
	pair_is(CLOCK_LEAST_MS * MS + 100, CLOCK_LEAST_MS * MS, CLOCK_LEAST_MS * MS);
	expect(&own, -(int64_t)(2 * HOUR) + 500000, CLOCK_EXACT, -7200000);
	expect(&own, -(int64_t)HOUR + 500000, CLOCK_EXACT, -3600000);
}

TEST(a_pair_that_contradicts_the_rate_is_not_believed)
{
	const struct gl_anchor rows[] = {{TICKS - RATE * HOUR, REAL - 2 * HOUR, 0}, {TICKS - RATE * HOUR, 0, 0},
		{TICKS - RATE * HOUR, REAL + HOUR, 0}, {TICKS + RATE * HOUR, REAL, 0}, {0, 0, 0}};

	begin();
	for (size_t i = 0; i < ROWS(rows); i++) {
		expect(&rows[i], -(int64_t)HOUR / 2, CLOCK_DOUBTED, -1800000);
		expect(&rows[i], 1 * MS, CLOCK_EXACT, 1);
	}
}

TEST(after_a_suspension_the_rate_is_found_again)
{
	begin();
	pair_is(21 * MS, HOUR, 30 * MS); /* the counter stood still while the clock went on */
	assert_false(clock_is_ready(&c));
	pair_is(41 * MS, HOUR + 20 * MS, 50 * MS);
	assert_true(clock_is_ready(&c));
	expect(&nobody, 31 * MS, CLOCK_EXACT, 3600010);
}

TEST(a_counter_that_began_anew)
{
	const struct gl_anchor own = {TICKS, REAL, 0};

	begin();
	for (uint64_t ns = 0; ns <= CLOCK_LEAST_MS * MS; ns += CLOCK_LEAST_MS * MS) {
		const struct clock_pair p = {RATE * ns, REAL + HOUR + ns, HOUR + S + ns};

		clock_add(&c, &p);
		assert_int_equal(clock_is_ready(&c), ns > 0);
	}
	expect(&own, S, CLOCK_DOUBTED, 1000);		     /* from before, which only the program's pair knows */
	expect(&own, 2 * HOUR, CLOCK_NONE, 3600000 + 20);    /* the future */
	expect(&nobody, S, CLOCK_NONE, 3600000 + 20);	     /* the time of reading */
	expect(&own, -(int64_t)S, CLOCK_NONE, 3600000 + 20); /* before the program began */
}

TEST(any_ticks_are_some_time)
{
	static const uint64_t edges[] = {0, 1, TICKS, 1ULL << 63, (1ULL << 63) - 1, UINT64_MAX};
	int64_t ms;

	begin();
	for (size_t i = 0; i < ROWS(edges); i++)
		for (size_t k = 0; k < ROWS(edges); k++)
			for (size_t l = 0; l < ROWS(edges); l++) {
				const struct gl_anchor own = {edges[k], edges[l], 0};

				(void)clock_ms(&c, &own, edges[i], &ms);
			}
}

TEST(pairs_of_this_machine)
{
	struct ticks_clock own = {.rate = 0};
	struct gl_anchor a;
	int64_t ms, wall;

	if (!CLOCK_HAS_TICKS)
		skip();
	clock_take(&own);
	a = (struct gl_anchor){own.last.ticks, own.last.real_ns, 0};
	clock_wait(&own);
	assert_true(clock_is_ready(&own));
	wall = emit_wall_ms();
	assert_int_equal(clock_ms(&own, &a, own.last.ticks, &ms), CLOCK_EXACT);
	assert_in_range(wall - ms, 0, 1000);
}

/* ── in a segment ── */

TEST(a_segment_is_not_read_before_and_then_has_its_own_times)
{
	struct host h;
	struct made m;
	struct segment *s;

	if (!CLOCK_HAS_TICKS)
		skip();
	host_open(&h);
	made_open(&m);
	made_head(&m)->clock = GL_CLOCK_TSC;
	s = host_segment(&h, &m);
	assert_non_null(s);
	h.emit.clock = (struct ticks_clock){.rate = 0};
	assert_false(seg_is_readable(s));
	begin();
	h.emit.clock = c;
	assert_true(seg_is_readable(s));
	assert_int_equal(seg_time_ms(s, TICKS - RATE * S), REAL_MS - 1000);
	assert_int_equal(s->sure, CLOCK_DOUBTED); /* told once */
	assert_int_equal(seg_time_ms(s, UINT64_MAX >> 2), REAL_MS + CLOCK_LEAST_MS);
	assert_int_equal(s->sure, CLOCK_NONE);
	host_forget(s);
	host_close(&h);
	made_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_known_before_two_pairs_lie_apart),
		cmocka_unit_test(records_around_the_pairs),
		cmocka_unit_test(a_clock_that_was_set_counts_from_then_on),
		cmocka_unit_test(old_records_lie_between_the_programs_pair_and_ours),
		cmocka_unit_test(a_pair_that_contradicts_the_rate_is_not_believed),
		cmocka_unit_test(after_a_suspension_the_rate_is_found_again),
		cmocka_unit_test(a_counter_that_began_anew),
		cmocka_unit_test(any_ticks_are_some_time),
		cmocka_unit_test(pairs_of_this_machine),
		cmocka_unit_test(a_segment_is_not_read_before_and_then_has_its_own_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
