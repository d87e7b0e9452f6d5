/* Two that append, two that take and one that syncs, on one spool of small segments: each document comes out once. */
#include <pthread.h>
#include <stdatomic.h>

#include <genlog/bson.h>

#include "base/buf.h"
#include "lib/spooled.h"
#include "lib/test.h"

#define FRAMES 2000
#define WRITERS 2

struct arena_of_threads {
	struct spool *spool;
	_Atomic int seen[WRITERS * FRAMES];
	_Atomic int left;
	_Atomic bool done;
};

struct worker {
	struct arena_of_threads *all;
	int number;
	pthread_t thread;
};

static void fill(struct spool_batch *b, int32_t n)
{
	uint8_t doc[32], *w = genlog_bson_begin(doc);

	batch_clear(b);
	w = genlog_bson_i32(genlog_bson_key(w, GENLOG_BSON_INT32, "n", 1), n);
	w = genlog_bson_end(doc, w);
	(void)batch_doc_begin(b, (unsigned)batch_name(b, "logs", 4), 1);
	(void)buf_append(&b->docs, doc, (size_t)(w - doc));
	batch_doc_done(b);
	(void)batch_position(b, n < FRAMES ? "F" : "G", 1, &n, sizeof(n));
}

static void *append(void *arg)
{
	struct worker *w = arg;
	struct spool_batch b = {.doc_n = 0};

	for (int i = 0; i < FRAMES; i++) {
		fill(&b, w->number * FRAMES + i);
		while ((i % 4 ? spool_give : spool_append)(w->all->spool, &b) < 0)
			sched_yield();
	}
	batch_fini(&b);
	return NULL;
}

static void see(struct arena_of_threads *all, const struct spool_frame *f)
{
	const struct frame_body *b = &f->body;
	const uint8_t *p, *bson;
	uint16_t name;
	uint8_t level;
	uint32_t len;
	int32_t n;

	if (f->contradicts)
		abort();
	for (p = b->doc_p; frame_next_doc(&p, b->doc_p + b->doc_len, &name, &level, &bson, &len); all->left--) {
		memcpy(&n, bson + 7, sizeof(n));
		if (n < 0 || n >= WRITERS * FRAMES)
			abort();
		all->seen[n]++;
	}
}

static void *take(void *arg)
{
	struct worker *w = arg;
	struct spool_take t = {.frames = 0};
	struct take_limits l = {.docs = 7, .bytes = 1 << 16, .wait_ms = 20};

	while (w->all->left > 0) {
		int r = spool_take(w->all->spool, &t, &l);

		for (unsigned i = 0; r == 1 && i < t.frames; i++)
			see(w->all, &t.frame[i]);
		if (r < 0 || (r == 1 && spool_ack(w->all->spool, &t) < 0))
			abort();
	}
	spool_take_fini(&t);
	return NULL;
}

static void *sync_all(void *arg)
{
	struct worker *w = arg;

	while (!w->all->done) {
		struct spool_stats s;

		if (spool_sync(w->all->spool) < 0)
			abort();
		spool_stats_get(w->all->spool, &s);
		(void)spool_is_empty(w->all->spool);
		spool_flush(w->all->spool);
		sched_yield();
	}
	return NULL;
}

TEST(each_document_of_many_threads_comes_out_once)
{
	static struct arena_of_threads all;
	void *(*const works[])(void *) = {append, append, take, take, sync_all};
	struct worker w[ROWS(works)];
	struct spooled s;

	spooled_make(&s);
	s.conf.sync_ms = 1000;
	s.conf.segment_size = 8000;
	s.conf.max_size = 64000;
	spooled_open(&s);
	all.spool = s.spool;
	all.left = WRITERS * FRAMES;
	for (size_t i = 0; i < ROWS(works); i++) {
		w[i] = (struct worker){.all = &all, .number = (int)i};
		assert_int_equal(pthread_create(&w[i].thread, NULL, works[i], &w[i]), 0);
	}
	for (size_t i = 0; i + 1 < ROWS(works); i++)
		pthread_join(w[i].thread, NULL);
	all.done = true;
	pthread_join(w[ROWS(works) - 1].thread, NULL);
	for (int i = 0; i < WRITERS * FRAMES; i++)
		assert_int_equal(all.seen[i], 1);
	assert_true(spool_is_empty(s.spool));
	assert_int_equal(spooled_stats(&s).lost_docs, 0);
	spooled_again(&s);
	assert_string_equal(spooled_all(&s), "");
	spooled_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_document_of_many_threads_comes_out_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
