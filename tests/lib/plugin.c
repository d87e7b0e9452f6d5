#include "lib/plugin.h"
#include "lib/json.h"

#include <bson/bson.h>
#include <inttypes.h>

#include "event/record.h"
#include "event/slots.h"
#include "lib/test.h"

void bench_open(struct bench *b, enum genlog_kind kind, const char *name, const char *settings)
{
	char text[4096];
	struct plug_ask ask = {.dir = TEST_PLUGIN_DIR, .kind = kind, .name = name};
	const struct conf_node *doc;

	snprintf(text, sizeof(text), CONFIG("samples: [{line: x, document: {\n%s}}]\n"), settings);
	config_load(&b->config, text);
	if (b->config.result < 0)
		fail_msg("%s", b->config.said);
	doc = b->config.conf.services[0].samples[0].document;
	ask.settings = doc;
	ask.pos = doc->pos;
	b->opened = plug_open(&b->plug, &b->config.conf, &ask);
	config_listen(&b->config);
}

void bench_close(struct bench *b)
{
	record_fini(&b->rec);
	plug_close(&b->plug);
	config_end(&b->config);
	memset(b, 0, sizeof(*b));
}

void bench_line(struct bench *b, const char *line)
{
	size_t n = strlen(line);
	char *at = b->line + sizeof(b->line) - GENLOG_PAD - n;

	assert_true(n + GENLOG_PAD < sizeof(b->line));
	memcpy(at, line, n);
	memset(at + n, 0x5a, GENLOG_PAD);
	assert_int_equal(record_begin(&b->rec, at, n), 0);
}

static size_t value_print(char *to, size_t size, const struct genlog_value *v)
{
	switch (v->type) {
	case GENLOG_V_STR: return (size_t)snprintf(to, size, "%.*s", (int)v->n, v->u.p);
	case GENLOG_V_INT:
	case GENLOG_V_BOOL: return (size_t)snprintf(to, size, "%" PRId64, v->u.i);
	case GENLOG_V_DOUBLE: return (size_t)snprintf(to, size, "%g", v->u.d);
	default: return (size_t)snprintf(to, size, "<type %d>", v->type);
	}
}

/* The context as JSON, by libbson, which also checks that it is BSON. */
static size_t context_print(const struct bench *b, char *to, size_t size)
{
	size_t n = b->rec.context.n + 5, used;
	uint8_t *doc = malloc(n);
	int32_t len = (int32_t)n;
	bson_t bson;
	char *json;

	assert_non_null(doc);
	memcpy(doc, &len, 4);
	if (b->rec.context.n)
		memcpy(doc + 4, b->rec.context.p, b->rec.context.n);
	doc[n - 1] = 0;
	assert_true(bson_init_static(&bson, doc, n));
	assert_true(bson_validate(&bson, BSON_VALIDATE_UTF8 | BSON_VALIDATE_EMPTY_KEYS, NULL));
	json = relaxed_json(&bson, NULL);
	assert_non_null(json);
	used = (size_t)snprintf(to, size, " | %s", json);
	bson_free(json);
	free(doc);
	return used;
}

const char *bench_fields(struct bench *b)
{
	static char out[1 << 19];
	size_t n = 0;

	*out = 0;
	for (int s = 0; s < GENLOG_SLOTS; s++) {
		if (!(b->rec.set & 1ULL << s))
			continue;
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s=", n ? " " : "", slot_infos[s].key);
		n += value_print(out + n, sizeof(out) - n, &b->rec.slot[s]);
		if (n >= sizeof(out))
			fail_msg("a record of more than %zu bytes", sizeof(out));
	}
	if (b->rec.context.n)
		context_print(b, out + n, sizeof(out) - n);
	return out;
}

void bench_parse(struct bench *b, const char *line, const char *fields)
{
	int r;

	bench_line(b, line);
	r = b->plug.code->parse(b->plug.state, &b->rec);
	assert_int_equal(r, fields ? GENLOG_PARSED : GENLOG_NO_MATCH);
	if (fields)
		assert_string_equal(bench_fields(b), fields);
}
