/*
 * What a filter tells from its tick(): the documents of genlog_suppressed(), read back from the batch of a reader that
 * has nothing else; and a clock that stands still until a test moves it.
 */
#ifndef FILTER_TOLD_H
#define FILTER_TOLD_H

#include <bson/bson.h>
#include <time.h>

#include "base/buf.h"
#include "event/record.h"
#include "lib/plugin.h"
#include "lib/test.h"
#include "pipe/pipe.h"
#include "spool/format.h"

static struct bench b;
static int64_t clock_at = 1000000; /* milliseconds */

/* Stands before the C library's for the plugin too. */
__attribute__((visibility("default"))) int clock_gettime(clockid_t id, struct timespec *t)
{
	(void)id;
	t->tv_sec = clock_at / 1000;
	t->tv_nsec = clock_at % 1000 * 1000000;
	return 0;
}

static void told_open(const char *filter, const char *settings)
{
	bench_open(&b, GENLOG_FILTER, filter, settings);
	if (b.opened < 0)
		fail_msg("%s", b.config.said);
}

static enum genlog_verdict told_event(const char *level, const char *message, const char *key)
{
	bench_line(&b, message);
	genlog_set_slot(&b.rec, GENLOG_SLOT_MESSAGE, genlog_str(b.rec.line, b.rec.len));
	if (level)
		genlog_set_slot(&b.rec, GENLOG_SLOT_LEVEL, genlog_str(level, strlen(level)));
	if (key)
		genlog_put(&b.rec, "key", 3, genlog_str(key, strlen(key)));
	return b.plug.code->filter(b.plug.state, &b.rec);
}

static void told_print(char *to, size_t size, const uint8_t *doc, uint32_t len)
{
	bson_iter_t it, in;
	bson_t bson;
	size_t n = strlen(to);

	assert_true(bson_init_static(&bson, doc, len));
	assert_true(bson_validate(&bson, BSON_VALIDATE_UTF8, NULL));
	assert_true(bson_iter_init(&it, &bson));
	assert_true(bson_iter_find_descendant(&it, "context.suppressed.count", &in));
	n += (size_t)snprintf(to + n, size - n, "%s%lld", n ? " | " : "", (long long)bson_iter_as_int64(&in));
	assert_true(bson_iter_init(&it, &bson));
	if (bson_iter_find_descendant(&it, "context.suppressed.key", &in))
		n += (size_t)snprintf(to + n, size - n, " %s", bson_iter_utf8(&in, NULL));
	assert_true(bson_iter_init_find(&it, &bson, "message"));
	snprintf(to + n, size - n, " \"%s\"", bson_iter_utf8(&it, NULL));
}

/* One tick, and what it told: COUNT [KEY] "MESSAGE" | … */
static const char *told_tick(bool last)
{
	static struct conf_service service = {.name = "TEST"};
	static struct reader reader;
	static struct genlog_input in;
	static char out[8192];
	const uint8_t *p, *end, *doc;
	uint16_t name;
	uint8_t level;
	uint32_t len;

	in.reader = &reader;
	in.service = &service;
	in.plug.code = b.plug.code;
	in.defaults.set = 1ULL << GENLOG_SLOT_MODULE;
	in.defaults.slot[GENLOG_SLOT_MODULE] = genlog_str("TEST", 4);
	batch_clear(&reader.batch);
	b.plug.code->tick(b.plug.state, &in, last);
	*out = 0;
	p = reader.batch.docs.p;
	end = p + reader.batch.docs.n;
	for (uint32_t i = 0; i < reader.batch.doc_n && frame_next_doc(&p, end, &name, &level, &doc, &len); i++)
		told_print(out, sizeof(out), doc, len);
	if (last) {
		batch_fini(&reader.batch);
		record_fini(&reader.rec);
		buf_free(&in.own);
		memset(&reader, 0, sizeof(reader));
		memset(&in, 0, sizeof(in));
	}
	return out;
}

static void told_close(void)
{
	told_tick(true);
	bench_close(&b);
}

#endif
