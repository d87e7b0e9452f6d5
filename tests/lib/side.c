#include "lib/side.h"
#include "lib/json.h"

#include <bson/bson.h>

#include "lib/test.h"
#include "ship/sort.h"

static void no_timer(void *arg)
{
	(void)arg;
}

static void open_spool(struct side *s)
{
	static const struct genlog_source_desc desc = {
		.type = "tail", .label = "path", .value = "/var/log/x", .generation = 7, .salt = 9};

	s->in = s->ps.inputs[0];
	spooled_make(&s->s);
	spooled_open(&s->s);
	s->in->reader->spool = s->s.spool;
	assert_int_equal(loop_open(&s->in->reader->loop), 0);
	s->in->reader->again = loop_timer(&s->in->reader->loop, no_timer, s);
	s->src = genlog_source_open(s->in, &desc);
	assert_non_null(s->src);
}

static int build(struct side *s, const char *settings)
{
	char config[2048];

	snprintf(config, sizeof(config),
		"output: {type: 'null'}\nplugin_dir: " TEST_PLUGIN_DIR
		"\nmax_line: 4KiB\nservice: MES\ninputs: [{%s}]\n",
		settings);
	memset(s, 0, sizeof(*s));
	config_load(&s->c, config);
	assert_int_equal(s->c.result, 0);
	config_listen(&s->c);
	return pipes_build(&s->ps, &s->c.conf, false);
}

void side_open_input(struct side *s, const char *settings)
{
	assert_int_equal(build(s, settings), 0);
	open_spool(s);
}

int side_try_input(struct side *s, const char *settings)
{
	struct genlog_err err = {0};
	int r = build(s, settings);

	if (r < 0) {
		config_listen(&s->c);
		snprintf(s->text, sizeof(s->text), "%s", s->c.said);
		pipes_fini(&s->ps);
		config_end(&s->c);
		return r;
	}
	open_spool(s);
	r = s->in->plug.code->start(s->in->plug.state, s->in, &err);
	s->in->started = r == 0;
	if (r < 0) {
		side_close(s);
		snprintf(s->text, sizeof(s->text), "%s", err.text);
	}
	return r;
}

void side_open(struct side *s, const char *more)
{
	char settings[1024];

	snprintf(settings, sizeof(settings), "type: tail, paths: [/none], %s", more);
	side_open_input(s, settings);
}

void side_start(struct side *s)
{
	struct genlog_err err = {0};

	if (s->in->plug.code->start(s->in->plug.state, s->in, &err) < 0)
		fail_msg("%s", err.text);
	s->in->started = true;
}

struct waiting {
	struct side *s;
	struct loop_timer *timer;
	bool (*done)(struct side *s);
	bool is_done;
	int tries;
};

static void look(void *arg)
{
	struct waiting *w = arg;

	w->is_done = w->done(w->s);
	if (w->is_done || ++w->tries > 2500)
		loop_stop(&w->s->in->reader->loop);
	else
		loop_timer_set(w->timer, 2);
}

bool side_run(struct side *s, bool (*done)(struct side *s))
{
	struct waiting w = {.s = s, .done = done};

	w.timer = loop_timer(&s->in->reader->loop, look, &w);
	assert_non_null(w.timer);
	loop_timer_set(w.timer, 0);
	s->in->reader->loop.stopped = false;
	assert_int_equal(loop_run(&s->in->reader->loop), 0);
	loop_timer_free(w.timer);
	return w.is_done;
}

void side_close(struct side *s)
{
	genlog_source_close(s->src);
	spooled_end(&s->s);
	pipes_fini(&s->ps);
	config_end(&s->c);
}

static void add_text(struct side *s, const char *p, size_t n)
{
	assert_true(s->n + n + 2 < SIDE_TEXT_MAX);
	for (size_t i = 0; i < n; i++)
		s->text[s->n++] = p[i] == '\n' ? '~' : p[i];
}

static void collect_one(struct side *s, const uint8_t *bson, uint32_t len)
{
	bson_t doc;
	bson_iter_t it;

	assert_true(bson_init_static(&doc, bson, len));
	assert_true(bson_validate(&doc, BSON_VALIDATE_UTF8, NULL));
	if (bson_iter_init_find(&it, &doc, "log_id"))
		return;
	if (s->n)
		s->text[s->n++] = '|';
	assert_true(bson_iter_init_find(&it, &doc, "message"));
	add_text(s, bson_iter_utf8(&it, NULL), strlen(bson_iter_utf8(&it, NULL)));
	if (bson_iter_init_find(&it, &doc, "stack_trace")) {
		s->text[s->n++] = '#';
		add_text(s, bson_iter_utf8(&it, NULL), strlen(bson_iter_utf8(&it, NULL)));
	}
	s->text[s->n] = 0;
}

void side_collect_all(struct side *s)
{
	const struct take_limits l = {.docs = 1 << 20, .bytes = 64 << 20};
	struct sorted sorted = {0};

	if (!batch_is_empty(&s->in->reader->batch))
		assert_int_equal(reader_flush(s->in->reader), 0);
	while (spool_take(s->s.spool, &s->s.take, &l) == 1) {
		assert_int_equal(sort_take(&sorted, &s->s.take), 0);
		for (size_t i = 0; i < sorted.n; i++)
			collect_one(s, sorted.docs[i].bson, sorted.docs[i].len);
		assert_int_equal(spool_ack(s->s.spool, &s->s.take), 0);
	}
	sorted_fini(&sorted);
}

void side_collect(struct side *s)
{
	struct spool_batch *b = &s->in->reader->batch;
	const uint8_t *p = b->docs.p, *end = b->docs.p + b->docs.n, *bson;
	uint16_t name;
	uint8_t level;
	uint32_t len;

	for (uint32_t i = 0; i < b->doc_n; i++) {
		assert_true(frame_next_doc(&p, end, &name, &level, &bson, &len));
		collect_one(s, bson, len);
	}
	s->text[s->n] = 0;
	batch_clear(b);
}

/* A document up to createdAt, without its _id. */
static void add_json(struct side *s, const bson_t *doc)
{
	bson_t part = BSON_INITIALIZER;
	bson_iter_t it;
	char *json;

	assert_true(bson_iter_init(&it, doc));
	while (bson_iter_next(&it) && strcmp(bson_iter_key(&it), "createdAt") != 0)
		if (strcmp(bson_iter_key(&it), "_id") != 0)
			bson_append_iter(&part, NULL, -1, &it);
	json = relaxed_json(&part, NULL);
	add_text(s, json, strlen(json));
	s->text[s->n++] = '\n';
	bson_free(json);
	bson_destroy(&part);
}

void side_json(struct side *s)
{
	struct spool_batch *b = &s->in->reader->batch;
	const uint8_t *p = b->docs.p, *end = b->docs.p + b->docs.n, *bson;
	uint16_t name;
	uint8_t level;
	uint32_t len;

	s->n = 0;
	for (uint32_t i = 0; i < b->doc_n; i++) {
		bson_t doc;

		assert_true(frame_next_doc(&p, end, &name, &level, &bson, &len));
		assert_true(bson_init_static(&doc, bson, len));
		assert_true(bson_validate(&doc, BSON_VALIDATE_UTF8, NULL));
		add_json(s, &doc);
	}
	s->text[s->n] = 0;
	batch_clear(b);
}

void side_give(struct side *s, const char *all, size_t until, unsigned flags)
{
	size_t n = until - (size_t)s->offset;
	char *copy = malloc(n + GENLOG_PAD);
	ssize_t r;

	memcpy(copy, all + s->offset, n);
	memset(copy + n, 'x', GENLOG_PAD);
	r = genlog_lines(s->src, copy, n, s->offset, flags);
	free(copy);
	assert_true(r >= 0);
	s->offset += (uint64_t)r;
	side_collect(s);
}
