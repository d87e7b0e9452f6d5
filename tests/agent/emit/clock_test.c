/* Times of records, and the pair of a segment, by each clock. */
#define GENLOG_INLINE
#include "left.h"

#include <time.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#define HAS_TICKS 1
#define TICKS() __rdtsc()
#else
#define HAS_TICKS 0
#define TICKS() 0ULL
#endif

#define NS 1000000000ULL
#define COARSE_NS 20000000 /* a clock that steps */

static enum genlog_clock asked;

static uint64_t real_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * NS + (uint64_t)t.tv_nsec;
}

static uint64_t now(enum gl_clock clock)
{
	return clock == GL_CLOCK_TSC ? TICKS() : real_ns();
}

/* Of the last record of the first ring. */
static uint64_t last_time(void)
{
	const struct gl_ring *x = ring_of(&r, 0);
	const uint8_t *base = (const uint8_t *)r.s + r.s->rings_at;
	struct gl_record h = {.len = 0};

	for (uint64_t at = 0; at < x->head; at += h.len)
		memcpy(&h, base + at, sizeof(h));
	return h.time;
}

static void by_clock(void)
{
	struct genlog_options o = {.size = sizeof(o), .clock = asked};
	static const enum gl_clock clocks[] = {[GENLOG_CLOCK_REALTIME] = GL_CLOCK_REALTIME,
		[GENLOG_CLOCK_TSC] = HAS_TICKS ? GL_CLOCK_TSC : GL_CLOCK_REALTIME,
		[GENLOG_CLOCK_COARSE] = GL_CLOCK_COARSE};
	enum gl_clock clock = clocks[asked];
	uint64_t slack = clock == GL_CLOCK_COARSE ? COARSE_NS : 0, real = real_ns(), before = now(clock), after;

	MUST(genlog_init(&o) == 0);
	rings_peek(&r, place.path);
	MUST(r.s->clock == clock);
	MUST(r.s->anchor.real_ns >= real && r.s->anchor.real_ns <= real_ns());
	MUST(r.s->anchor.ticks + slack >= before && r.s->anchor.ticks <= now(clock));
	before = now(clock);
	GENLOG_INFO("first");
	after = now(clock);
	MUST(last_time() + slack >= before && last_time() <= after);
}

static void by(enum genlog_clock clock)
{
	int status;

	asked = clock;
	(void)left_by(by_clock, &status);
	assert_int_equal(status, 0);
	end();
}

TEST(records_and_pairs_have_the_time_of_their_clock)
{
	by(GENLOG_CLOCK_REALTIME);
	by(GENLOG_CLOCK_COARSE);
	by(GENLOG_CLOCK_TSC);
}

/* A record of the emergency slots has the time of the segment's clock, also where its call began before that. */
static void in_slots(void)
{
	static struct gl_site site = {
		0, __LINE__, GENLOG_SEV_INFO, 0, 0, {GL_NONE}, "nested", "", __FILE__, "in_slots", ""};
	struct genlog_options o = {.size = sizeof(o), .clock = GENLOG_CLOCK_TSC};
	const struct gl_slot *x;
	struct gl_record h;
	uint64_t before;

	MUST(genlog_init(&o) == 0);
	gl_emit_site(&site, NULL);
	rings_peek(&r, place.path);
	before = now((enum gl_clock)r.s->clock);
	gl_nested(&site, NULL, 1);
	MUST(r.s->slot_position == 1);
	x = (const void *)((const uint8_t *)r.s + r.s->slots_at);
	memcpy(&h, x->record, sizeof(h));
	MUST(h.time >= before && h.time <= now((enum gl_clock)r.s->clock));
}

TEST(records_in_the_slots_as_well)
{
	int status;

	(void)left_by(in_slots, &status);
	assert_int_equal(status, 0);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_and_pairs_have_the_time_of_their_clock),
		cmocka_unit_test(records_in_the_slots_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
