/* Frames that are shipped from the memory they were written from. */
#include "spool/fresh.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/buf.h"
#include "lib/spooled.h"
#include "lib/test.h"

/* What lies on the disk makes no sense from here on: who reads it there notices. */
static void spoil(struct spooled *s)
{
	int fd = open(folder_path(&s->folder, spooled_segment(1)), O_WRONLY);
	char noise[4096];

	memset(noise, 0x55, sizeof(noise));
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, noise, sizeof(noise), SEGMENT_HEADER), sizeof(noise));
	close(fd);
}

static void begin(struct spooled *s)
{
	spooled_make(s);
	spooled_open(s);
	spooled_add(s, "first", ""); /* behind the segment's snapshot, which only the file has */
	assert_string_equal(spooled_all(s), "first");
}

static void expect(struct spooled *s, const char *docs)
{
	const char *is = spooled_all(s);

	if (strcmp(is, docs) != 0)
		fail_msg("\"%s\", not \"%s\"", is, docs);
}

TEST(what_was_given_is_not_read_back)
{
	struct spooled s;

	begin(&s);
	spooled_give(&s, "a b");
	spooled_give(&s, "c");
	spoil(&s);
	expect(&s, "a b c");
	assert_int_equal(spooled_stats(&s).damaged_bytes, 0);
	spooled_add(&s, "d", "");
	spoil(&s);
	expect(&s, "");
	assert_true(spooled_stats(&s).damaged_bytes); /* that one was read on the disk */
	spooled_end(&s);
}

/* More than are kept, and some that were not given between them. */
TEST(memory_and_disk_are_one_order)
{
	struct spooled s;
	char all[512] = "";

	begin(&s);
	for (int round = 0; round < 3; round++) {
		*all = 0;
		for (int i = 0; i < 3 * FRESH_FRAMES; i++) {
			char word[8];

			snprintf(word, sizeof(word), "%d.%d", round, i);
			if (i % 5 == round)
				spooled_add(&s, word, "F=1");
			else
				spooled_give(&s, word);
			snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", *all ? " " : "", word);
		}
		expect(&s, all);
	}
	assert_int_equal(spooled_stats(&s).docs_waiting, 0);
	spooled_end(&s);
}

/* Its bytes stay what they were, however many come after them. */
TEST(a_take_holds_its_frames)
{
	struct spool_take held = {.frames = 0};
	struct spooled s;

	begin(&s);
	spooled_give(&s, "a b");
	assert_string_equal(spooled_take(&s, &held, 100), "a b");
	for (int i = 0; i < 4 * FRESH_FRAMES; i++) {
		spooled_give(&s, "x");
		expect(&s, "x");
	}
	assert_int_equal(held.frames, 1);
	assert_memory_equal(held.frame[0].body.doc_p + BATCH_DOC_HEAD + 11, "a", 2);
	assert_int_equal(spool_ack(s.spool, &held), 0);
	assert_int_equal(held.n_held, 0);
	spool_take_fini(&held);
	spooled_end(&s);
}

TEST(what_was_not_acknowledged_is_taken_again)
{
	struct spool_take held = {.frames = 0};
	struct spooled s;

	begin(&s);
	spooled_give(&s, "a");
	spooled_give(&s, "b");
	assert_string_equal(spooled_take(&s, &held, 1), "a");
	spool_stop(s.spool);
	spool_go_on(s.spool);
	expect(&s, "a b");
	spool_take_fini(&held);
	spooled_end(&s);
}

TEST(a_take_has_its_limits)
{
	struct spool_take t = {.frames = 0};
	struct spooled s;

	begin(&s);
	spooled_give(&s, "a b");
	spooled_give(&s, "c d");
	spooled_give(&s, "e");
	assert_string_equal(spooled_take(&s, &t, 3), "a b c d");
	assert_int_equal(spool_ack(s.spool, &t), 0);
	assert_string_equal(spooled_take(&s, &t, 3), "e");
	assert_int_equal(spool_ack(s.spool, &t), 0);
	spool_take_fini(&t);
	spooled_end(&s);
}

TEST(after_a_restart_the_disk_has_all)
{
	struct spooled s;

	begin(&s);
	spooled_give(&s, "a b");
	spooled_give(&s, "c");
	spooled_again(&s);
	expect(&s, "a b c");
	spooled_end(&s);
}

static bool always(void *arg)
{
	(*(int *)arg)++;
	return true;
}

/* Then it is read back. */
TEST(without_memory_it_is_not_kept)
{
	struct spooled s;
	int failed = 0;

	begin(&s);
	mem_hook_set(&(struct mem_hook){always, &failed});
	spooled_give(&s, "a");
	mem_hook_set(NULL);
	assert_int_equal(failed, 1);
	expect(&s, "a");
	spooled_end(&s);
}

/* It is the caller's still, whole. */
TEST(what_is_refused_is_not_taken)
{
	struct spool_batch b = {.doc_n = 0};
	struct spooled s;

	begin(&s);
	assert_true(batch_name(&b, "logs", 4) >= 0);
	assert_int_equal(batch_doc_begin(&b, 0, 1), 0);
	assert_int_equal(genlog_buf_reserve(&b.docs, FRAME_PAYLOAD_MAX), 0);
	b.docs.n += FRAME_PAYLOAD_MAX;
	batch_doc_done(&b);
	assert_int_equal(spool_give(s.spool, &b), -E2BIG);
	assert_int_equal(b.doc_n, 1);
	assert_true(b.docs.n > FRAME_PAYLOAD_MAX);
	assert_null(spooled_take(&s, &s.take, 1));
	batch_fini(&b);
	spooled_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_given_is_not_read_back),
		cmocka_unit_test(memory_and_disk_are_one_order),
		cmocka_unit_test(a_take_holds_its_frames),
		cmocka_unit_test(what_was_not_acknowledged_is_taken_again),
		cmocka_unit_test(a_take_has_its_limits),
		cmocka_unit_test(after_a_restart_the_disk_has_all),
		cmocka_unit_test(without_memory_it_is_not_kept),
		cmocka_unit_test(what_is_refused_is_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
