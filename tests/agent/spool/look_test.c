#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "lib/spooled.h"
#include "lib/test.h"
#include "spool/look.h"

static struct spooled box;
static struct look look;
static struct genlog_err err;

static int make(void **state)
{
	(void)state;
	spooled_make(&box);
	return 0;
}

static int end(void **state)
{
	(void)state;
	look_fini(&look);
	spooled_end(&box);
	return 0;
}

struct counted {
	unsigned good, bad;
	uint64_t docs, at, size, end;
};

static int count(void *arg, const struct look_frame *f)
{
	struct counted *c = arg;

	c->good += f->good;
	c->bad += !f->good;
	c->docs += f->good ? f->header.docs : 0;
	c->end = f->good ? f->at + f->size : c->end;
	if (!f->good) {
		c->at = c->size ? c->at : f->at;
		c->size += f->size;
	}
	return 0;
}

static struct counted count_last(void)
{
	struct counted c = {0};

	assert_int_equal(look_open(&look, box.folder.path, &err), 0);
	assert_int_equal(look_frames(&look, look.n - 1, SEGMENT_HEADER, count, &c), 0);
	return c;
}

static void flip(unsigned segment, uint64_t at)
{
	int fd = open(folder_path(&box.folder, spooled_segment(segment)), O_RDWR);
	uint8_t b = 0;

	assert_true(fd >= 0 && pread(fd, &b, 1, (off_t)at) == 1);
	b ^= 0x55;
	assert_true(pwrite(fd, &b, 1, (off_t)at) == 1);
	close(fd);
}

TEST(it_sees_what_a_running_agent_writes_and_that_one_runs)
{
	struct counted c;

	spooled_open(&box);
	spooled_add(&box, "a b", "F=1");
	c = count_last();
	assert_int_equal(c.docs, 2);
	assert_int_equal(c.good, 2); /* the snapshot too */
	assert_int_equal(c.bad, 0);
	assert_true(look.in_use);
	assert_true(look.has_cursor);
	assert_int_equal(look.segment[0].head, LOOK_WHOLE);
	assert_true(look.segment[look.n - 1].last);
	look_fini(&look);
	assert_int_equal(look_open_locked(&look, box.folder.path, &err), -EBUSY);
	spooled_close(&box);
	assert_int_equal(look_open_locked(&look, box.folder.path, &err), 0);
	assert_false(look.in_use);
}

TEST(a_segment_that_is_given_back_meanwhile_is_gone)
{
	struct counted c = {0};

	spooled_open(&box);
	spooled_add(&box, "a", "");
	assert_int_equal(look_open(&look, box.folder.path, &err), 0);
	assert_true(look_is_there(&look, 0));
	assert_int_equal(unlink(folder_path(&box.folder, spooled_segment(1))), 0);
	assert_false(look_is_there(&look, 0));
	assert_int_equal(look_frames(&look, 0, SEGMENT_HEADER, count, &c), -ENOENT);
	spooled_close(&box);
}

TEST(a_newer_format_is_refused_in_words)
{
	uint8_t bytes[SEGMENT_HEADER];
	struct segment_header h = {.version = SPOOL_VERSION + 1, .number = 7};

	segment_header_write(bytes, &h);
	folder_write_bytes(&box.folder, spooled_segment(7), bytes, sizeof(bytes));
	assert_int_equal(look_open(&look, box.folder.path, &err), -ENOTSUP);
	assert_non_null(strstr(err.text, "newer genlog"));
}

TEST(no_spool_is_an_error_and_nothing_is_made)
{
	assert_int_equal(look_open(&look, folder_path(&box.folder, "none"), &err), -ENOENT);
	assert_int_not_equal(access(folder_path(&box.folder, "none"), F_OK), 0);
}

static void fill(void)
{
	spooled_open(&box);
	spooled_add(&box, "a b", "F=1");
	spooled_add(&box, "c", "F=2");
	spooled_add(&box, "d e", "F=3 G=1");
	spooled_close(&box);
}

/* What the agent makes of a damaged spool, and of the same one mended, is the same. */
TEST(mending_changes_nothing_of_what_is_good)
{
	struct look_span d;
	struct counted c;
	unsigned mended = 0;
	uint64_t size;

	fill();
	c = count_last();
	size = c.end;
	look_fini(&look);
	spooled_keep(&box);
	for (uint64_t at = SEGMENT_HEADER; at < size; at += 5) {
		char docs[256], positions[256];

		spooled_restore(&box);
		flip(1, at);
		c = count_last();
		d = (struct look_span){look.n - 1, c.at, c.size, 0};
		look_fini(&look);
		if (!c.bad || c.at + c.size >= size) /* padding; or the end, which is cut and not mended */
			continue;
		spooled_open(&box);
		snprintf(positions, sizeof(positions), "%s", spooled_positions(&box));
		snprintf(docs, sizeof(docs), "%s", spooled_all(&box));
		spooled_close(&box);

		spooled_restore(&box);
		flip(1, at);
		assert_int_equal(look_open_locked(&look, box.folder.path, &err), 0);
		assert_int_equal(look_put_aside(&look, &d), 0);
		look_fini(&look);
		assert_int_equal(count_last().bad, 0);
		look_fini(&look);
		spooled_open(&box);
		assert_string_equal(spooled_positions(&box), positions);
		assert_string_equal(spooled_all(&box), docs);
		spooled_close(&box);
		mended++;
	}
	assert_true(mended > 20);
}

TEST(a_header_is_written_anew)
{
	fill();
	flip(1, 20);
	assert_int_equal(look_open_locked(&look, box.folder.path, &err), 0);
	assert_int_equal(look.segment[0].head, LOOK_DAMAGED);
	assert_int_equal(look_write_head(&look, 0), 0);
	look_fini(&look);
	assert_int_equal(look_open(&look, box.folder.path, &err), 0);
	assert_int_equal(look.segment[0].head, LOOK_WHOLE);
	assert_int_equal(access(folder_path(&box.folder, "quarantine/0000000000000001-0"), F_OK), 0);
	spooled_open(&box);
	assert_string_equal(spooled_all(&box), "a b c d e");
	spooled_close(&box);
}

TEST(an_end_is_cut_and_kept)
{
	struct look_span d = {.size = 24};
	struct counted c;
	int fd;

	fill();
	fd = open(folder_path(&box.folder, spooled_segment(1)), O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "unfinished bytes of this", 24), 24);
	close(fd);
	c = count_last();
	assert_int_equal(c.bad, 1);
	assert_int_equal(c.size, 24);
	d.at = c.at;
	look_fini(&look);
	assert_int_equal(look_open_locked(&look, box.folder.path, &err), 0);
	assert_int_equal(look_cut(&look, &d), 0);
	look_fini(&look);
	c = count_last();
	assert_int_equal(c.bad, 0);
	assert_int_equal(c.docs, 5);
}

#define T(test) cmocka_unit_test_setup_teardown(test, make, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(it_sees_what_a_running_agent_writes_and_that_one_runs),
		T(a_segment_that_is_given_back_meanwhile_is_gone),
		T(a_newer_format_is_refused_in_words),
		T(no_spool_is_an_error_and_nothing_is_made),
		T(mending_changes_nothing_of_what_is_good),
		T(a_header_is_written_anew),
		T(an_end_is_cut_and_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
