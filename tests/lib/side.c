#include "lib/side.h"

#include <bson/bson.h>

#include "lib/test.h"

static void no_timer(void *arg)
{
	(void)arg;
}

void side_open(struct side *s, const char *more)
{
	static const struct genlog_source_desc desc = {
		.type = "tail", .label = "path", .value = "/var/log/x", .generation = 7, .salt = 9};
	char config[1024];

	memset(s, 0, sizeof(*s));
	snprintf(config, sizeof(config),
		"output: {type: 'null'}\nplugin_dir: " TEST_PLUGIN_DIR
		"\nmax_line: 4KiB\nservice: MES\ninputs: [{type: tail, paths: [/none], %s}]\n",
		more);
	config_load(&s->c, config);
	assert_int_equal(s->c.result, 0);
	config_listen(&s->c);
	assert_int_equal(pipes_build(&s->ps, &s->c.conf, false), 0);
	s->in = &s->ps.store[0];
	spooled_make(&s->s);
	spooled_open(&s->s);
	s->in->reader->spool = s->s.spool;
	assert_int_equal(loop_open(&s->in->reader->loop), 0);
	s->in->reader->again = loop_timer(&s->in->reader->loop, no_timer, s);
	s->src = genlog_source_open(s->in, &desc);
	assert_non_null(s->src);
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

void side_collect(struct side *s)
{
	struct spool_batch *b = &s->in->reader->batch;
	const uint8_t *p = b->docs.p, *end = b->docs.p + b->docs.n, *bson;
	uint16_t name;
	uint8_t level;
	uint32_t len;

	for (uint32_t i = 0; i < b->doc_n; i++) {
		bson_t doc;
		bson_iter_t it;

		assert_true(frame_next_doc(&p, end, &name, &level, &bson, &len));
		assert_true(bson_init_static(&doc, bson, len));
		assert_true(bson_validate(&doc, BSON_VALIDATE_UTF8, NULL));
		if (bson_iter_init_find(&it, &doc, "log_id"))
			continue;
		if (s->n)
			s->text[s->n++] = '|';
		assert_true(bson_iter_init_find(&it, &doc, "message"));
		add_text(s, bson_iter_utf8(&it, NULL), strlen(bson_iter_utf8(&it, NULL)));
		if (bson_iter_init_find(&it, &doc, "stack_trace")) {
			s->text[s->n++] = '#';
			add_text(s, bson_iter_utf8(&it, NULL), strlen(bson_iter_utf8(&it, NULL)));
		}
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
	json = bson_as_relaxed_extended_json(&part, NULL);
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
