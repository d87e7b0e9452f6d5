/* What the last run may leave, and what the next makes of it. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "lib/spooled.h"
#include "lib/test.h"
#include "spool/state.h"

/* Some frames, closed and kept; a small segment size makes several files. */
static void make(struct spooled *s, int64_t segment_size, int frames)
{
	char doc[16], position[16];

	spooled_make(s);
	s->conf.segment_size = segment_size;
	spooled_open(s);
	for (int i = 1; i <= frames; i++) {
		snprintf(doc, sizeof(doc), "d%d", i);
		snprintf(position, sizeof(position), "F=%d", i);
		spooled_add(s, doc, position);
	}
	spooled_close(s);
	spooled_keep(s);
}

static bool has(struct spooled *s, const char *name)
{
	return access(folder_path(&s->folder, name), F_OK) == 0;
}

TEST(a_spool_is_taken_up_where_it_was_left)
{
	struct spooled s;

	make(&s, 1 << 16, 3);
	spooled_open(&s);
	assert_string_equal(spooled_positions(&s), "F=3");
	assert_string_equal(spooled_take(&s, &s.take, 2), "d1 d2");
	assert_int_equal(spool_ack(s.spool, &s.take), 0);
	spooled_again(&s);
	assert_string_equal(spooled_all(&s), "d3");
	spooled_again(&s);
	assert_string_equal(spooled_all(&s), "");
	assert_string_equal(spooled_positions(&s), "F=3");
	spooled_end(&s);
}

/* The newest segment as a crash at its birth leaves it. */
TEST(a_stillborn_newest_segment_goes)
{
	static const size_t sizes[] = {0, 1, 63, 64, 65, 95, 96, 97, 127};
	struct spooled s;

	make(&s, 1 << 16, 2);
	for (size_t i = 0; i < ROWS(sizes); i++) {
		struct spooled_file f = *spooled_kept(&s, spooled_segment(1));

		memcpy(f.name, spooled_segment(2), 21);
		f.n = sizes[i];
		spooled_restore(&s);
		spooled_write(&s, &f);
		spooled_open(&s);
		assert_true(spooled_stats(&s).torn_bytes <= sizes[i]);
		assert_string_equal(spooled_positions(&s), "F=2");
		assert_string_equal(spooled_all(&s), "d1 d2");
		spooled_add(&s, "e", "");
		spooled_again(&s);
		assert_string_equal(spooled_all(&s), "e");
		assert_int_equal(spooled_stats(&s).damaged_bytes, 0);
		spooled_close(&s);
	}
	spooled_end(&s);
}

/* Renamed to its new name and not yet written: all it holds is of an earlier life. */
TEST(a_file_that_was_to_be_used_again_and_was_not_goes)
{
	struct spooled s;
	struct spooled_file f;

	make(&s, 600, 12);
	f = *spooled_kept(&s, spooled_segment(1));
	for (unsigned n = 9; n <= 20 && has(&s, spooled_segment(n - 1)); n++)
		memcpy(f.name, spooled_segment(n), 21);
	spooled_write(&s, &f);
	spooled_open(&s);
	assert_string_equal(spooled_positions(&s), "F=12");
	assert_string_equal(spooled_all(&s), "d1 d2 d3 d4 d5 d6 d7 d8 d9 d10 d11 d12");
	assert_int_equal(spooled_stats(&s).damaged_bytes, 0);
	assert_int_equal(spooled_stats(&s).torn_bytes, 0);
	spooled_end(&s);
}

enum { FIRST_SLOT = 1, SECOND_SLOT = 2, NO_CURSOR = 4 };

static void damage_cursor(struct spooled *s, unsigned what)
{
	struct spooled_file *f = spooled_kept(s, "cursor");

	if (what & NO_CURSOR)
		unlink(folder_path(&s->folder, "cursor"));
	f->p[100] ^= (uint8_t)(what & FIRST_SLOT);
	f->p[CURSOR_SLOT + 100] ^= (uint8_t)(what & SECOND_SLOT);
	if (!(what & NO_CURSOR))
		spooled_write(s, f);
	f->p[100] ^= (uint8_t)(what & FIRST_SLOT);
	f->p[CURSOR_SLOT + 100] ^= (uint8_t)(what & SECOND_SLOT);
}

TEST(without_a_cursor_all_is_sent_again)
{
	/* The cursor's turns: 1 at birth, 2 and 3 for the two takes; the last stands in the second slot. */
	static const struct {
		unsigned damage;
		const char *left;
	} rows[] = {{0, "d3"}, {FIRST_SLOT, "d3"}, {SECOND_SLOT, "d2 d3"}, {FIRST_SLOT | SECOND_SLOT, "d1 d2 d3"},
		{NO_CURSOR, "d1 d2 d3"}};
	struct spooled s;

	make(&s, 1 << 16, 3);
	spooled_open(&s);
	for (int i = 0; i < 2; i++) {
		assert_non_null(spooled_take(&s, &s.take, 1));
		assert_int_equal(spool_ack(s.spool, &s.take), 0);
	}
	spooled_close(&s);
	spooled_keep(&s);
	for (size_t i = 0; i < ROWS(rows); i++) {
		spooled_restore(&s);
		damage_cursor(&s, rows[i].damage);
		spooled_open(&s);
		assert_string_equal(spooled_positions(&s), "F=3");
		assert_string_equal(spooled_all(&s), rows[i].left);
		assert_int_equal(spooled_stats(&s).docs_waiting, 0);
		assert_int_equal(spooled_stats(&s).lost_docs, 0);
		spooled_close(&s);
	}
	spooled_end(&s);
}

/* A power cut took what was acknowledged already.  New documents must not fall behind the cursor. */
TEST(a_cursor_beyond_the_end_hides_nothing_that_comes_after)
{
	struct spooled s;
	struct stat st;

	make(&s, 1 << 16, 3);
	spooled_open(&s);
	assert_string_equal(spooled_all(&s), "d1 d2 d3");
	spooled_close(&s);
	stat(folder_path(&s.folder, spooled_segment(1)), &st);
	assert_int_equal(truncate(folder_path(&s.folder, spooled_segment(1)), st.st_size - 8), 0);
	spooled_open(&s);
	assert_string_equal(spooled_positions(&s), "F=2");
	spooled_add(&s, "again3", "F=3");
	spooled_add(&s, "d4", "F=4");
	spooled_again(&s);
	assert_string_equal(spooled_all(&s), "again3 d4");
	assert_int_equal(spooled_stats(&s).lost_docs, 0);
	spooled_end(&s);
}

TEST(a_cursor_in_a_segment_that_is_gone_hides_nothing_that_comes_after)
{
	struct spooled s;
	unsigned last = 1;

	make(&s, 600, 6);
	spooled_open(&s);
	assert_string_equal(spooled_all(&s), "d1 d2 d3 d4 d5 d6");
	spooled_close(&s);
	while (!has(&s, spooled_segment(last)) || has(&s, spooled_segment(last + 1)))
		last++;
	spooled_restore(&s);
	spooled_open(&s);
	spooled_all(&s);
	spooled_close(&s);
	unlink(folder_path(&s.folder, spooled_segment(last)));
	for (unsigned i = 1; i < last; i++)
		spooled_write(&s, spooled_kept(&s, spooled_segment(i)));
	spooled_open(&s);
	spooled_add(&s, "e1", "");
	spooled_again(&s);
	assert_string_equal(spooled_all(&s), "e1");
	spooled_end(&s);
}

TEST(a_missing_middle_segment_is_counted_as_lost)
{
	struct spooled s;

	make(&s, 600, 12);
	unlink(folder_path(&s.folder, spooled_segment(2)));
	spooled_open(&s);
	assert_string_equal(spooled_positions(&s), "F=12");
	assert_non_null(strstr(spooled_all(&s), "d12"));
	assert_true(spooled_stats(&s).lost_docs > 0);
	assert_int_equal(spooled_stats(&s).docs_out + spooled_stats(&s).lost_docs, 12);
	spooled_end(&s);
}

TEST(a_damaged_snapshot_of_the_newest_segment_costs_no_document)
{
	struct spooled s;
	struct spooled_file *f;
	unsigned last = 1;

	make(&s, 600, 12);
	while (has(&s, spooled_segment(last + 1)))
		last++;
	f = spooled_kept(&s, spooled_segment(last));
	f->p[SEGMENT_HEADER + 5] ^= 1;
	spooled_write(&s, f);
	spooled_open(&s);
	assert_non_null(strstr(spooled_positions(&s), "F="));
	assert_string_equal(spooled_all(&s), "d1 d2 d3 d4 d5 d6 d7 d8 d9 d10 d11 d12");
	assert_int_equal(spooled_stats(&s).lost_docs, 0);
	spooled_end(&s);
}

/* As if written before the machine went down; `durable` as its snapshot says of all before it. */
static void other_boot(struct spooled_file *f)
{
	struct segment_header h;

	assert_int_equal(segment_header_read(f->p, f->n, &h), 0);
	h.boot ^= 1;
	segment_header_write(f->p, &h);
}

static void set_durable(struct spooled_file *f, bool durable)
{
	struct segment_header g;
	struct frame_header h;
	uint32_t salt;

	segment_header_read(f->p, f->n, &g);
	salt = frame_salt(g.id, g.number);
	assert_int_equal(frame_header_read(f->p + SEGMENT_HEADER, f->n, &h, salt), 0);
	h.flags = durable ? FRAME_DURABLE_BEFORE : 0;
	frame_header_write(f->p + SEGMENT_HEADER, &h, salt);
}

TEST(after_a_power_cut_positions_fall_back_to_what_is_there)
{
	static const struct {
		bool other, durable, torn;
		const char *positions;
	} rows[] = {
		{false, false, true, "F=12"}, /* the same boot: nothing written was lost */
		{true, true, true, "F=12"},   /* all before the newest segment was durable */
		{true, false, false, "F=12"}, /* it was not, but it is all there */
		{true, false, true, "F=2"},   /* the first segment has lost its end */
	};
	struct spooled s;

	make(&s, 450, 12);
	for (size_t i = 0; i < ROWS(rows); i++) {
		spooled_restore(&s);
		for (unsigned n = 1; has(&s, spooled_segment(n)); n++) {
			struct spooled_file *f = spooled_kept(&s, spooled_segment(n)), copy = *f;

			copy.p = malloc(f->n);
			memcpy(copy.p, f->p, f->n);
			if (rows[i].other)
				other_boot(&copy);
			set_durable(&copy, rows[i].durable && n > 1);
			copy.n -= rows[i].torn && n == 1 ? FRAME_HEADER + 8 : 0;
			spooled_write(&s, &copy);
			free(copy.p);
		}
		spooled_open(&s);
		if (strcmp(spooled_positions(&s), rows[i].positions) != 0)
			fail_msg("row %zu: %s", i, spooled_positions(&s));
		spooled_close(&s);
	}
	spooled_end(&s);
}

TEST(another_format_is_refused_in_words)
{
	struct spooled s;
	struct spooled_file *f;
	uint16_t version = 7;
	struct segment_header h;

	make(&s, 1 << 16, 1);
	f = spooled_kept(&s, spooled_segment(1));
	segment_header_read(f->p, f->n, &h);
	h.version = version;
	segment_header_write(f->p, &h);
	spooled_write(&s, f);
	assert_int_equal(spooled_try_open(&s), -ENOTSUP);
	assert_non_null(strstr(s.err.text, "segment 0000000000000001 has format 7; this genlog reads format 1"));
	spooled_end(&s);
}

TEST(only_one_has_it_open)
{
	struct spooled s;
	struct spool *other = NULL;
	struct genlog_err err = {0};

	make(&s, 1 << 16, 1);
	spooled_open(&s);
	assert_int_equal(spool_open(&other, &s.conf, &err), -EBUSY);
	assert_non_null(strstr(err.text, "is in use by another genlogd"));
	assert_null(other);
	spooled_close(&s);
	assert_int_equal(spool_open(&other, &s.conf, &err), 0);
	spool_close(other);
	spooled_end(&s);
}

TEST(a_file_that_is_not_ours_is_left_alone)
{
	struct spooled s;

	make(&s, 1 << 16, 1);
	folder_write(&s.folder, "0000000000000002.SEG", "hello");
	folder_write(&s.folder, "2.seg", "hello");
	folder_write(&s.folder, "0000000000000009.seg/x", "a folder");
	spooled_open(&s);
	assert_string_equal(spooled_all(&s), "d1");
	assert_true(has(&s, "0000000000000002.SEG") && has(&s, "2.seg") && has(&s, "0000000000000009.seg/x"));
	spooled_end(&s);
}

/* Damage larger than what is searched at once, and the next frame begins just where a step ends. */
TEST(a_frame_behind_much_damage_is_found)
{
	enum { MIB = 1 << 20 };
	struct spooled s;
	struct spooled_file *f;
	uint8_t *big;

	make(&s, 1 << 16, 2);
	f = spooled_kept(&s, spooled_segment(1));
	for (size_t hole = MIB - 40; hole <= MIB + 8; hole += 8) {
		size_t at = SEGMENT_HEADER + FRAME_HEADER + FRAME_SECTIONS;
		struct spooled_file with = {.n = f->n + hole};

		spooled_restore(&s);
		big = calloc(1, with.n);
		memcpy(big, f->p, at);
		memcpy(big + at + hole, f->p + at, f->n - at);
		memcpy(with.name, f->name, sizeof(with.name));
		with.p = big;
		spooled_write(&s, &with);
		free(big);
		s.conf.max_size = 1 << 24;
		spooled_open(&s);
		if (strcmp(spooled_all(&s), "d1 d2") != 0)
			fail_msg("a hole of %zu bytes", hole);
		assert_int_equal(spooled_stats(&s).damaged_bytes, hole);
		spooled_close(&s);
	}
	spooled_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_spool_is_taken_up_where_it_was_left),
		cmocka_unit_test(a_stillborn_newest_segment_goes),
		cmocka_unit_test(a_file_that_was_to_be_used_again_and_was_not_goes),
		cmocka_unit_test(without_a_cursor_all_is_sent_again),
		cmocka_unit_test(a_cursor_beyond_the_end_hides_nothing_that_comes_after),
		cmocka_unit_test(a_cursor_in_a_segment_that_is_gone_hides_nothing_that_comes_after),
		cmocka_unit_test(a_missing_middle_segment_is_counted_as_lost),
		cmocka_unit_test(a_damaged_snapshot_of_the_newest_segment_costs_no_document),
		cmocka_unit_test(after_a_power_cut_positions_fall_back_to_what_is_there),
		cmocka_unit_test(another_format_is_refused_in_words),
		cmocka_unit_test(only_one_has_it_open),
		cmocka_unit_test(a_file_that_is_not_ours_is_left_alone),
		cmocka_unit_test(a_frame_behind_much_damage_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
