/*
 * A life of a spool (appends, rolls, takes, acknowledgements, reuse of files) in which the n-th allocation or system
 * call fails, for every n; and in which the agent dies before the n-th.  Whatever was promised is there afterwards.
 */
#include <errno.h>

#include "base/buf.h"
#include "base/io.h"
#include "lib/spooled.h"
#include "lib/test.h"

enum how { ONCE, EVERY, SHORT };

struct fault {
	long calls, at; /* the call that fails; -1: none */
	enum how how;
	unsigned ops; /* which of enum io_op, as bits */
};

static bool hits(struct fault *f)
{
	long n = f->calls++;

	return f->at >= 0 && (f->how == EVERY ? n >= f->at : n == f->at);
}

static bool no_memory(void *arg)
{
	return hits(arg);
}

static int no_disk(void *arg, enum io_op op, size_t *len)
{
	struct fault *f = arg;

	if (!(f->ops >> op & 1) || !hits(f))
		return 0;
	if (op == IO_WRITE && f->how == SHORT)
		*len = *len > 9 ? *len - 9 : *len / 2;
	return op == IO_OPEN ? EMFILE : EIO;
}

/* What was promised: documents by number. */
#define DOCS 24
struct life {
	bool appended[DOCS], refused[DOCS], delivered[DOCS];
	int position; /* of the last append that succeeded */
};

static void live_append(struct spooled *s, struct life *l, int i)
{
	char doc[80], position[16];
	int r;

	snprintf(doc, sizeof(doc), "d%d-0123456789012345678901234567890123456789", i);
	snprintf(position, sizeof(position), "F=%d", i);
	r = spooled_append(s, doc, position);
	l->appended[i] = r == 0;
	l->refused[i] = r < 0;
	if (r == 0)
		l->position = i;
}

static void mark(bool *set, const char *docs)
{
	for (const char *p = strchr(docs, 'd'); p; p = strchr(p + 1, 'd')) {
		long i = strtol(p + 1, NULL, 10);

		assert_true(i >= 0 && i < DOCS);
		set[i] = true;
	}
}

static void live_take(struct spooled *s, struct life *l)
{
	struct take_limits limits = {.docs = 2, .bytes = 1 << 20};
	bool taken[DOCS] = {0};
	int r = spool_take(s->spool, &s->take, &limits);

	if (r <= 0)
		return;
	for (unsigned i = 0; i < s->take.frames; i++)
		if (memmem(s->take.frame[i].body.doc_p, s->take.frame[i].body.doc_len, "d", 1))
			mark(taken, memmem(s->take.frame[i].body.doc_p, s->take.frame[i].body.doc_len, "\0d", 2) + 1);
	(void)spool_ack(s->spool, &s->take); /* delivered they are; where it failed they may come again */
	for (int i = 0; i < DOCS; i++)
		l->delivered[i] |= taken[i];
}

static void live(struct spooled *s, struct life *l)
{
	for (int i = 0; i < DOCS; i++) {
		live_append(s, l, i);
		if (i % 3 == 2)
			live_take(s, l);
		if (i % 6 == 5)
			(void)spool_sync(s->spool);
	}
	live_take(s, l);
}

static void check(struct spooled *s, const struct life *l, const struct fault *f)
{
	bool there[DOCS] = {0};
	long position;

	spooled_open(s);
	position = strtol(spooled_positions(s) + (strlen(spooled_positions(s)) ? 2 : 0), NULL, 10);
	mark(there, spooled_all(s));
	for (int i = 0; i < DOCS; i++) {
		if (l->appended[i] && !there[i] && !l->delivered[i])
			fail_msg("fault %ld (%d): document %d is lost", f->at, f->how, i);
		if (l->refused[i] && there[i] && position < i)
			fail_msg("fault %ld (%d): document %d is there, its position is not", f->at, f->how, i);
		if (!l->appended[i] && !there[i] && position == i && i)
			fail_msg("fault %ld (%d): the position of %d is there, it is not", f->at, f->how, i);
	}
	if (position < l->position)
		fail_msg("fault %ld (%d): position %ld, not %d", f->at, f->how, position, l->position);
	assert_int_equal(spooled_stats(s).lost_docs, 0);
	spooled_add(s, "z", "");
	assert_string_equal(spooled_all(s), "z");
	spooled_close(s);
}

/* One life with the fault; false: it was not reached any more. */
static bool one_life(struct fault *f, const struct spool_conf *conf, bool memory)
{
	struct io_hook io = {no_disk, f};
	struct mem_hook mem = {no_memory, f};
	struct spooled s;
	struct life l = {.position = 0};

	spooled_make(&s);
	s.conf.sync_ms = conf->sync_ms;
	s.conf.segment_size = conf->segment_size;
	s.conf.max_size = conf->max_size;
	f->calls = 0;
	if (memory)
		mem_hook_set(&mem);
	else
		io_hook_set(&io);
	if (spooled_try_open(&s) == 0)
		live(&s, &l);
	spooled_close(&s);
	mem_hook_set(NULL);
	io_hook_set(NULL);
	check(&s, &l, f);
	spooled_end(&s);
	return f->calls > f->at;
}

static void every(struct fault *f, bool memory)
{
	static const struct spool_conf confs[] = {
		{.sync_ms = SPOOL_SYNC_ALWAYS, .segment_size = 700, .max_size = 1 << 20},
		{.sync_ms = 1000, .segment_size = 700, .max_size = 1 << 20},
		{.sync_ms = SPOOL_SYNC_NEVER, .segment_size = 1 << 16, .max_size = 1 << 20},
		{.sync_ms = 1000, .segment_size = 700, .max_size = 2000},
	};

	for (size_t i = 0; i < ROWS(confs); i++) {
		for (f->at = 0; one_life(f, &confs[i], memory); f->at++)
			;
		assert_true(f->at > 1);
	}
}

TEST(every_allocation_may_fail)
{
	struct fault f = {.how = ONCE};

	every(&f, true);
}

TEST(every_allocation_may_fail_from_some_on)
{
	struct fault f = {.how = EVERY};

	every(&f, true);
}

TEST(every_call_of_the_disk_may_fail)
{
	struct fault f = {.how = ONCE, .ops = ~0u};

	every(&f, false);
}

/* As the disk leaves it when the agent dies: nothing after the n-th call was done. */
TEST(the_disk_may_go_away_at_every_call)
{
	struct fault f = {.how = EVERY, .ops = ~0u};

	every(&f, false);
}

TEST(every_write_may_be_short)
{
	struct fault f = {.how = SHORT, .ops = 1u << IO_WRITE};

	every(&f, false);
}

TEST(every_open_unlink_and_rename_may_fail_from_some_on)
{
	struct fault f = {.how = EVERY, .ops = 1u << IO_OPEN | 1u << IO_UNLINK | 1u << IO_RENAME};

	every(&f, false);
}

/* After the disk has come back the same spool goes on, without a new start. */
static void go_on(struct fault *f)
{
	struct io_hook io = {no_disk, f};
	struct spooled s;
	struct life l = {.position = 0};
	char doc[8];

	spooled_make(&s);
	s.conf.segment_size = 700;
	spooled_open(&s);
	f->calls = 0;
	io_hook_set(&io);
	live(&s, &l);
	io_hook_set(NULL);
	for (int i = 0; i < 30; i++) {
		snprintf(doc, sizeof(doc), "z%d", i);
		if (spooled_append(&s, doc, "") < 0)
			fail_msg("fault %ld: append %d fails for good", f->at, i);
	}
	assert_non_null(strstr(spooled_all(&s), "z29"));
	assert_int_equal(spooled_stats(&s).lost_docs, 0);
	spooled_end(&s);
}

TEST(a_spool_whose_disk_has_come_back_goes_on)
{
	for (int how = ONCE; how <= SHORT; how++) {
		struct fault f = {.how = (enum how)how, .ops = ~0u};

		do
			go_on(&f);
		while (f.calls > f.at++);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_allocation_may_fail),
		cmocka_unit_test(every_allocation_may_fail_from_some_on),
		cmocka_unit_test(every_call_of_the_disk_may_fail),
		cmocka_unit_test(the_disk_may_go_away_at_every_call),
		cmocka_unit_test(every_write_may_be_short),
		cmocka_unit_test(every_open_unlink_and_rename_may_fail_from_some_on),
		cmocka_unit_test(a_spool_whose_disk_has_come_back_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
