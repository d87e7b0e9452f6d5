/*
 * One segment of five frames, damaged in every way: every cut and every bit.  What comes out is what was not touched,
 * in order, and what is missing is counted.
 */
#include <unistd.h>

#include "lib/spooled.h"
#include "lib/test.h"
#include "spool/state.h"

#define FRAMES 5

static const struct {
	const char *docs, *position;
	unsigned n;
} frames[FRAMES] = {
	{"a1 a2", "F=1", 2}, {"b1", "F=2", 1}, {"c1 c2 c3", "F=3 G=7", 3}, {"d1", "F=4", 1}, {"e1 e2", "F=5", 2}};

static const char *const position_after[FRAMES + 1] = {"", "F=1", "F=2", "F=3 G=7", "F=4 G=7", "F=5 G=7"};

/* Where each frame begins, and the end; before the first one stand header and snapshot. */
struct scene {
	struct spooled s;
	size_t at[FRAMES + 1], padding[FRAMES];
	struct spooled_file *file;
};

static void measure(struct scene *c)
{
	uint32_t salt;
	struct segment_header head;
	struct frame_header h;

	assert_int_equal(segment_header_read(c->file->p, c->file->n, &head), 0);
	salt = frame_salt(head.id, head.number);
	for (int i = 0; i < FRAMES; i++) {
		assert_int_equal(frame_header_read(c->file->p + c->at[i], FRAME_HEADER, &h, salt), 0);
		c->padding[i] = frame_size(&h) - FRAME_HEADER - h.payload_len;
	}
}

static void make(struct scene *c)
{
	spooled_make(&c->s);
	spooled_open(&c->s);
	for (int i = 0; i < FRAMES; i++) {
		c->at[i] = (size_t)spooled_stats(&c->s).bytes;
		spooled_add(&c->s, frames[i].docs, frames[i].position);
	}
	c->at[FRAMES] = (size_t)spooled_stats(&c->s).bytes;
	spooled_close(&c->s);
	spooled_keep(&c->s);
	c->file = spooled_kept(&c->s, spooled_segment(1));
	assert_int_equal(c->file->n, c->at[FRAMES]);
	measure(c);
}

/* The documents of all frames but one, of the first `n`. */
static const char *docs_without(int n, int missing)
{
	static char out[256];

	*out = 0;
	for (int i = 0; i < n; i++)
		if (i != missing)
			snprintf(out + strlen(out), sizeof(out) - strlen(out), "%s%s", *out ? " " : "", frames[i].docs);
	return out;
}

static void check_text(const char *what, size_t at, const char *is, const char *want)
{
	if (strcmp(is, want) != 0)
		fail_msg("%s, byte %zu: \"%s\" and not \"%s\"", what, at, is, want);
}

/* Whatever was damaged, the spool goes on from there. */
static void check_goes_on(struct scene *c, const char *what, size_t at)
{
	spooled_again(&c->s);
	check_text(what, at, spooled_all(&c->s), "");
	spooled_add(&c->s, "z1", "F=9");
	spooled_again(&c->s);
	check_text(what, at, spooled_all(&c->s), "z1");
	if (!strstr(spooled_positions(&c->s), "F=9"))
		fail_msg("%s, byte %zu: the new position is lost", what, at);
	spooled_close(&c->s);
}

TEST(every_cut_leaves_the_frames_before_it)
{
	struct scene c = {0};

	make(&c);
	for (size_t n = 0; n < c.file->n; n++) {
		int whole = 0;
		size_t good;

		while (whole < FRAMES && c.at[whole + 1] <= n)
			whole++;
		spooled_restore(&c.s);
		assert_int_equal(truncate(folder_path(&c.s.folder, spooled_segment(1)), (off_t)n), 0);
		spooled_open(&c.s);
		check_text("positions of the cut", n, spooled_positions(&c.s), position_after[whole]);
		good = n < c.at[0] ? 0 : c.at[whole];
		if (n >= c.at[0])
			assert_int_equal(spooled_stats(&c.s).torn_bytes, n - good);
		assert_true(spooled_stats(&c.s).torn_bytes <= n);
		check_text("the cut", n, spooled_all(&c.s), docs_without(whole, -1));
		assert_int_equal(spooled_stats(&c.s).damaged_bytes, 0);
		assert_int_equal(spooled_stats(&c.s).lost_docs, 0);
		check_goes_on(&c, "the cut", n);
	}
	spooled_end(&c.s);
}

/* Which frame a byte belongs to; -1: header or snapshot; FRAMES: padding, which nothing depends on. */
static int owner(const struct scene *c, size_t at)
{
	int i = -1;

	while (i + 1 < FRAMES && c->at[i + 1] <= at)
		i++;
	return i >= 0 && at >= c->at[i + 1] - c->padding[i] ? FRAMES : i;
}

/* Positions are those of the frames before the damage: what follows it is read again rather than lost. */
static void check_flip(struct scene *c, size_t at, int hit)
{
	struct spool_stats s;
	const char *positions = spooled_positions(&c->s);
	const char *want = hit < 0 ? "" : position_after[hit];

	if (hit >= 0 || *positions)
		check_text("positions of the flip", at, positions, want);
	check_text("the flip", at, spooled_all(&c->s), docs_without(FRAMES, hit));
	s = spooled_stats(&c->s);
	if (hit == FRAMES - 1)
		assert_true(s.torn_bytes > 0 && !s.lost_docs);
	else if (hit >= 0 && hit < FRAMES && (s.lost_docs != frames[hit].n || !s.damaged_bytes))
		fail_msg("byte %zu: %llu documents lost, %llu bytes damaged", at, (unsigned long long)s.lost_docs,
			(unsigned long long)s.damaged_bytes);
	else if (hit < 0 || hit == FRAMES)
		assert_int_equal(s.lost_docs, 0);
}

TEST(every_flipped_bit_costs_its_own_frame_at_most)
{
	struct scene c = {0};

	make(&c);
	for (size_t bit = 0; bit < 8 * c.file->n; bit++) {
		spooled_restore(&c.s);
		c.file->p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		spooled_write(&c.s, c.file);
		c.file->p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		spooled_open(&c.s);
		check_flip(&c, bit / 8, owner(&c, bit / 8));
		if (bit % 8 == 0)
			check_goes_on(&c, "the flip", bit / 8);
		spooled_close(&c.s);
	}
	spooled_end(&c.s);
}

/* The same in the middle of a life: two segments, the cursor gone, the older one damaged. */
TEST(every_flipped_bit_of_an_older_segment_costs_its_own_frame_at_most)
{
	struct scene c = {0};

	make(&c);
	spooled_restore(&c.s);
	c.s.conf.segment_size = 4096;
	spooled_open(&c.s);
	for (int i = 0; i < 40; i++)
		spooled_add(&c.s, "x", "F=6");
	assert_int_equal(spooled_stats(&c.s).lost_docs, 0);
	spooled_close(&c.s);
	spooled_keep(&c.s);
	c.file = spooled_kept(&c.s, spooled_segment(1));
	assert_non_null(spooled_kept(&c.s, spooled_segment(2)));
	for (size_t at = c.at[0]; at < c.at[FRAMES]; at++) {
		int hit = owner(&c, at);

		spooled_restore(&c.s);
		c.file->p[at] ^= 0x10;
		spooled_write(&c.s, c.file);
		c.file->p[at] ^= 0x10;
		spooled_open(&c.s);
		check_text("positions", at, spooled_positions(&c.s), "F=6 G=7");
		if (strncmp(spooled_all(&c.s), docs_without(FRAMES, hit), strlen(docs_without(FRAMES, hit))) != 0)
			fail_msg("byte %zu", at);
		assert_int_equal(spooled_stats(&c.s).lost_docs, hit < FRAMES ? frames[hit].n : 0);
		spooled_close(&c.s);
	}
	spooled_end(&c.s);
}

TEST(the_last_frame_of_a_sealed_segment_is_counted_when_it_is_lost)
{
	struct spooled s;
	struct spooled_file *f;
	size_t at = 0;

	spooled_make(&s);
	s.conf.segment_size = 600;
	spooled_open(&s);
	for (int i = 0; i < 9; i++)
		spooled_add(&s, "x1 x2", "F=1");
	spooled_close(&s);
	spooled_keep(&s);
	f = spooled_kept(&s, spooled_segment(1));
	at = f->n - FRAME_HEADER - 40; /* inside the frame before the seal */
	f->p[at] ^= 1;
	spooled_write(&s, f);
	spooled_open(&s);
	spooled_all(&s);
	assert_int_equal(spooled_stats(&s).lost_docs, 2);
	spooled_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cut_leaves_the_frames_before_it),
		cmocka_unit_test(every_flipped_bit_costs_its_own_frame_at_most),
		cmocka_unit_test(every_flipped_bit_of_an_older_segment_costs_its_own_frame_at_most),
		cmocka_unit_test(the_last_frame_of_a_sealed_segment_is_counted_when_it_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
