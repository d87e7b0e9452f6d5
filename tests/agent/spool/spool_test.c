/* A spool in its daily life. */
#include "spool/spool.h"

#include <errno.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "lib/spooled.h"
#include "lib/test.h"
#include "spool/state.h"

static void make(struct spooled *s)
{
	spooled_make(s);
	spooled_open(s);
}

TEST(what_goes_in_comes_out_in_order_and_once)
{
	struct spooled s;

	make(&s);
	spooled_add(&s, "a b", "F=1");
	spooled_add(&s, "c", "F=2 G=1");
	assert_false(spool_is_empty(s.spool));
	assert_string_equal(spooled_positions(&s), "F=2 G=1");
	assert_int_equal(spooled_stats(&s).docs_waiting, 3);
	assert_string_equal(spooled_all(&s), "a b c");
	assert_string_equal(spooled_all(&s), "");
	assert_true(spool_is_empty(s.spool));
	assert_int_equal(spooled_stats(&s).docs_in, 3);
	assert_int_equal(spooled_stats(&s).docs_out, 3);
	assert_int_equal(spooled_stats(&s).docs_waiting, 0);
	spooled_end(&s);
}

TEST(a_position_of_no_bytes_is_forgotten)
{
	struct spooled s;

	make(&s);
	spooled_add(&s, "a", "F=1 G=2");
	spooled_add(&s, "", "F=");
	assert_string_equal(spooled_positions(&s), "G=2");
	spooled_again(&s);
	assert_string_equal(spooled_positions(&s), "G=2");
	assert_string_equal(spooled_all(&s), "a");
	assert_true(spool_is_empty(s.spool));
	spooled_end(&s);
}

/* What was taken out of order stays, until all before it is acknowledged. */
TEST(the_cursor_follows_the_oldest_that_is_not_acknowledged)
{
	struct spooled s;
	struct spool_take t[3] = {{.frames = 0}};

	make(&s);
	spooled_add(&s, "a", "");
	spooled_add(&s, "b", "");
	spooled_add(&s, "c", "");
	spooled_add(&s, "d", "");
	assert_string_equal(spooled_take(&s, &t[0], 1), "a");
	assert_string_equal(spooled_take(&s, &t[1], 1), "b");
	assert_string_equal(spooled_take(&s, &t[2], 1), "c");
	assert_int_equal(spool_ack(s.spool, &t[2]), 0);
	assert_int_equal(spooled_stats(&s).docs_waiting, 4);
	spooled_again(&s);
	assert_string_equal(spooled_take(&s, &t[0], 1), "a");
	assert_string_equal(spooled_take(&s, &t[1], 1), "b");
	assert_string_equal(spooled_take(&s, &t[2], 1), "c");
	assert_int_equal(spool_ack(s.spool, &t[1]), 0);
	assert_int_equal(spool_ack(s.spool, &t[0]), 0);
	assert_int_equal(spooled_stats(&s).docs_waiting, 2);
	spooled_again(&s);
	assert_string_equal(spooled_all(&s), "c d");
	for (int i = 0; i < 3; i++)
		spool_take_fini(&t[i]);
	spooled_end(&s);
}

TEST(what_was_taken_before_a_stop_is_taken_again)
{
	struct spooled s;
	struct take_limits l = {.docs = 1, .bytes = 100, .wait_ms = 100000};

	make(&s);
	spooled_add(&s, "a", "");
	spooled_add(&s, "b", "");
	assert_string_equal(spooled_take(&s, &s.take, 1), "a");
	spool_stop(s.spool);
	assert_int_equal(spool_take(s.spool, &s.take, &l), -ESHUTDOWN);
	spool_go_on(s.spool);
	assert_string_equal(spooled_all(&s), "a b");
	spooled_end(&s);
}

TEST(nothing_below_an_outputs_mark_is_taken)
{
	struct spooled s;

	make(&s);
	spooled_add(&s, "a b", "");
	spooled_add(&s, "c", "");
	spooled_add(&s, "d", "");
	spool_skip_to(s.spool, 3);
	assert_string_equal(spooled_all(&s), "d");
	assert_int_equal(spooled_stats(&s).lost_docs, 0);
	spooled_end(&s);
}

/* A power cut took documents that the output has made durable: what comes now is something else. */
TEST(a_mark_beyond_the_end_hides_nothing_that_comes_after)
{
	struct spooled s;

	make(&s);
	spooled_add(&s, "a b", "");
	spool_skip_to(s.spool, 10);
	spooled_add(&s, "c", "");
	assert_string_equal(spooled_all(&s), "c");
	assert_int_equal(spooled_stats(&s).lost_docs, 0);
	spooled_again(&s);
	spool_skip_to(s.spool, 11);
	spooled_add(&s, "d", "");
	assert_string_equal(spooled_all(&s), "d");
	spooled_end(&s);
}

TEST(it_is_full_at_max_size_and_has_room_again_when_read)
{
	struct spooled s;
	int n = 0;
	char doc[16];

	spooled_make(&s);
	s.conf.max_size = 8000;
	s.conf.segment_size = 1000;
	spooled_open(&s);
	do
		snprintf(doc, sizeof(doc), "d%d", n);
	while (spooled_append(&s, doc, "F=1") == 0 && ++n < 1000);
	assert_in_range(n, 30, 100);
	assert_int_equal(spooled_append(&s, doc, "F=1"), -EAGAIN);
	assert_true(spooled_stats(&s).full);
	assert_true(spooled_stats(&s).bytes <= 8000);
	assert_non_null(strstr(spooled_all(&s), "d29"));
	spooled_add(&s, "x", "");
	assert_false(spooled_stats(&s).full);
	assert_string_equal(spooled_all(&s), "x");
	assert_int_equal(spooled_stats(&s).docs_in, n + 1);
	spooled_end(&s);
}

static int no_unlink(void *arg, enum io_op op, size_t *len)
{
	(void)arg;
	(void)len;
	return op == IO_UNLINK || op == IO_RENAME ? EIO : 0;
}

/* Read to its end, and killed before its files were dropped. */
TEST(a_full_spool_that_is_read_does_not_stay_full)
{
	static const struct io_hook hook = {no_unlink, NULL};
	struct spooled s;

	spooled_make(&s);
	s.conf.max_size = 4000;
	s.conf.segment_size = 1000;
	spooled_open(&s);
	while (spooled_append(&s, "d", "") == 0)
		;
	io_hook_set(&hook);
	spooled_all(&s);
	spooled_close(&s);
	io_hook_set(NULL);
	spooled_open(&s);
	assert_string_equal(spooled_all(&s), "");
	spooled_add(&s, "e", "");
	assert_string_equal(spooled_all(&s), "e");
	spooled_end(&s);
}

/* The least that may be configured, and batches as readers make them. */
TEST(a_spool_smaller_than_a_batch_takes_one_at_a_time)
{
	struct spooled s;
	struct spool_batch b = {.doc_n = 0};

	spooled_make(&s);
	s.conf.segment_size = 0;
	s.conf.max_size = 1 << 16;
	spooled_open(&s);
	assert_int_equal(batch_name(&b, "logs", 4), 0);
	assert_int_equal(genlog_buf_reserve(&b.docs, 300000), 0);
	memset(b.docs.p, 0, 300000);
	memcpy(b.docs.p + 4, &(uint32_t){299996}, 4);
	b.docs.n = 300000;
	b.doc_n = 1;
	for (int i = 0; i < 5; i++) {
		assert_int_equal(spool_append(s.spool, &b), 0);
		assert_int_equal(spool_append(s.spool, &b), -EAGAIN);
		assert_non_null(spooled_all(&s));
	}
	batch_fini(&b);
	for (int i = 0; i < 5000; i++) {
		spooled_add(&s, "a", "F=1");
		assert_string_equal(spooled_all(&s), "a");
	}
	assert_true(spooled_stats(&s).bytes < 1 << 16);
	spooled_end(&s);
}

TEST(it_leaves_the_disk_what_is_to_be_free)
{
	struct spooled s;
	struct statvfs v;

	spooled_make(&s);
	statvfs(s.folder.path, &v);
	s.conf.min_free = (int64_t)(v.f_blocks * v.f_frsize) + 1;
	spooled_open(&s);
	assert_int_equal(spooled_append(&s, "a", ""), -EAGAIN);
	assert_true(spooled_stats(&s).full);
	spooled_close(&s);
	s.conf.min_free = -1;
	spooled_open(&s);
	spooled_add(&s, "a", "");
	spooled_close(&s);
	s.conf.min_free = -100;
	spooled_open(&s);
	assert_int_equal(spooled_append(&s, "b", ""), -EAGAIN);
	assert_string_equal(spooled_all(&s), "a");
	spooled_end(&s);
}

/* Read segments are written again; what they held before never comes out, wherever a crash ends the new life. */
TEST(what_a_file_held_in_an_earlier_life_never_comes_out)
{
	struct spooled s;
	struct spooled_file *f;

	spooled_make(&s);
	s.conf.segment_size = 2000;
	spooled_open(&s);
	for (int i = 0; i < 60; i++) {
		spooled_add(&s, "old", "F=1");
		spooled_all(&s);
	}
	assert_int_equal(access(folder_path(&s.folder, SPARE_NAME), F_OK), 0);
	for (int i = 0; i < 18; i++)
		spooled_add(&s, "new", "F=2");
	spooled_keep(&s); /* as a crash leaves it: not closed, the newest file not cut */
	spooled_close(&s);
	for (int i = 0; i < SPOOLED_FILES && s.kept[i].p; i++) {
		f = &s.kept[i];
		if (strcmp(f->name, "cursor") == 0 || strcmp(f->name, SPARE_NAME) == 0)
			continue;
		assert_int_equal(f->n % 8, 0);
	}
	spooled_restore(&s);
	spooled_open(&s);
	assert_string_equal(spooled_positions(&s), "F=2");
	assert_string_equal(spooled_all(&s), "new new new new new new new new new new new new new new new new new new");
	assert_int_equal(spooled_stats(&s).damaged_bytes, 0);
	spooled_end(&s);
}

TEST(a_take_is_bounded_by_documents_and_bytes)
{
	struct spooled s;
	struct take_limits l = {.docs = 1000, .bytes = 1};

	make(&s);
	for (int i = 0; i < 600; i++)
		spooled_add(&s, "a b", "");
	assert_string_equal(spooled_take(&s, &s.take, 3), "a b a b");
	assert_int_equal(spool_take(s.spool, &s.take, &l), 1);
	assert_int_equal(s.take.docs, 2);
	l.bytes = 1 << 20;
	l.docs = 10000;
	assert_int_equal(spool_take(s.spool, &s.take, &l), 1);
	assert_int_equal(s.take.frames, TAKE_FRAMES);
	spooled_end(&s);
}

/* Lingering, without waiting for it: nothing is taken in no time, unless enough is there or a flush was asked for. */
TEST(a_take_lingers_for_more_unless_it_is_enough_or_flushed)
{
	struct spooled s;
	struct take_limits l = {.docs = 3, .bytes = 1 << 20, .linger_ms = 1000000};

	make(&s);
	spooled_all(&s);
	spooled_add(&s, "a", "");
	assert_int_equal(spool_take(s.spool, &s.take, &l), 0);
	spooled_add(&s, "b c", "");
	assert_int_equal(spool_take(s.spool, &s.take, &l), 1);
	assert_int_equal(s.take.docs, 3);
	spooled_add(&s, "d", "");
	assert_int_equal(spool_take(s.spool, &s.take, &l), 0);
	spool_flush(s.spool);
	assert_int_equal(spool_take(s.spool, &s.take, &l), 1);
	spooled_add(&s, "e", "");
	assert_int_equal(spool_take(s.spool, &s.take, &l), 0);
	l.bytes = 10;
	assert_int_equal(spool_take(s.spool, &s.take, &l), 1);
	spooled_add(&s, "", "F=1"); /* positions alone are passed over at once */
	assert_int_equal(spool_take(s.spool, &s.take, &l), 1);
	assert_int_equal(s.take.docs, 0);
	assert_int_equal(spool_take(s.spool, &s.take, &l), 0);
	spooled_end(&s);
}

TEST(a_frame_that_is_too_large_is_refused)
{
	struct spooled s;
	struct spool_batch b = {.doc_n = 1};

	make(&s);
	assert_int_equal(genlog_buf_reserve(&b.docs, FRAME_PAYLOAD_MAX), 0);
	b.docs.n = FRAME_PAYLOAD_MAX;
	assert_int_equal(spool_append(s.spool, &b), -E2BIG);
	batch_fini(&b);
	assert_string_equal(spooled_all(&s), "");
	spooled_end(&s);
}

TEST(a_sync_makes_all_durable)
{
	struct spooled s;

	spooled_make(&s);
	s.conf.segment_size = 600;
	s.conf.sync_ms = 1000;
	spooled_open(&s);
	for (int i = 0; i < 20; i++)
		spooled_add(&s, "a", "F=1");
	assert_int_equal(spool_sync(s.spool), 0);
	for (struct segment *g = s.spool->first; g; g = g->next)
		assert_true(g->durable);
	spooled_add(&s, "a", "F=1");
	assert_false(s.spool->last->durable);
	spooled_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_in_comes_out_in_order_and_once),
		cmocka_unit_test(a_position_of_no_bytes_is_forgotten),
		cmocka_unit_test(the_cursor_follows_the_oldest_that_is_not_acknowledged),
		cmocka_unit_test(what_was_taken_before_a_stop_is_taken_again),
		cmocka_unit_test(nothing_below_an_outputs_mark_is_taken),
		cmocka_unit_test(a_mark_beyond_the_end_hides_nothing_that_comes_after),
		cmocka_unit_test(it_is_full_at_max_size_and_has_room_again_when_read),
		cmocka_unit_test(a_full_spool_that_is_read_does_not_stay_full),
		cmocka_unit_test(a_spool_smaller_than_a_batch_takes_one_at_a_time),
		cmocka_unit_test(it_leaves_the_disk_what_is_to_be_free),
		cmocka_unit_test(what_a_file_held_in_an_earlier_life_never_comes_out),
		cmocka_unit_test(a_take_is_bounded_by_documents_and_bytes),
		cmocka_unit_test(a_take_lingers_for_more_unless_it_is_enough_or_flushed),
		cmocka_unit_test(a_frame_that_is_too_large_is_refused),
		cmocka_unit_test(a_sync_makes_all_durable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
