#include "pipe/sample.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <genlog/bson.h>

#include "base/buf.h"
#include "base/clock.h"
#include "event/record.h"
#include "pipe/join.h"

/* A value of the document as a person would write it in the sample. */
static void value_text(const uint8_t *at, const uint8_t *v, char *out, size_t cap)
{
	int32_t i32;
	int64_t i64;
	double d;

	switch (*at) {
	case GENLOG_BSON_STR: snprintf(out, cap, "%s", (const char *)v + 4); break;
	case GENLOG_BSON_BOOL: snprintf(out, cap, "%s", *v ? "true" : "false"); break;
	case GENLOG_BSON_NULL: snprintf(out, cap, "null"); break;
	case GENLOG_BSON_INT32:
		memcpy(&i32, v, sizeof(i32));
		snprintf(out, cap, "%d", i32);
		break;
	case GENLOG_BSON_INT64:
	case GENLOG_BSON_DATE:
		memcpy(&i64, v, sizeof(i64));
		snprintf(out, cap, "%lld", (long long)i64);
		break;
	case GENLOG_BSON_DOUBLE:
		memcpy(&d, v, sizeof(d));
		snprintf(out, cap, "%.15g", d);
		break;
	default: snprintf(out, cap, "(a value of another type)"); break;
	}
}

static bool same_number(const char *a, const char *b)
{
	char *end_a, *end_b;
	double x = strtod(a, &end_a), y = strtod(b, &end_b);

	return *a && *b && !*end_a && !*end_b && fabs(x - y) <= 1e-9 * fabs(x);
}

static bool same_time(const uint8_t *at, const uint8_t *v, const char *want)
{
	struct time_result t;
	int64_t ms;

	if (*at != GENLOG_BSON_DATE || time_parse(NULL, want, strlen(want), clock_wall_ms(), &t) < 0)
		return false;
	memcpy(&ms, v, sizeof(ms));
	return ms == t.ms;
}

static int compare(struct conf *c, const struct conf_node *want, const uint8_t *p, const uint8_t *end);

static int compare_one(struct conf *c, const struct conf_node *want, const uint8_t *p, const uint8_t *end)
{
	const uint8_t *next, *at = genlog_bson_find(p, end, want->key, strlen(want->key), &next), *v;
	char have[256];

	if (!at)
		return conf_error(c, want->key_pos, "the document has no \"%s\"", want->key);
	v = at + strlen(want->key) + 2;
	if (want->kind != CONF_SCALAR && (*at == GENLOG_BSON_DOC || *at == GENLOG_BSON_ARRAY))
		return compare(c, want, v + 4, next);
	value_text(at, v, have, sizeof(have));
	if (want->kind == CONF_SCALAR &&
		(strncmp(have, want->text, sizeof(have) - 1) == 0 || same_time(at, v, want->text) ||
			(*at != GENLOG_BSON_STR && same_number(have, want->text))))
		return 0;
	return conf_error(c, want->pos, "\"%s\" is \"%s\" in the document", want->key, have);
}

/* A list's items have their places as keys, as an array's elements have. */
static int compare(struct conf *c, const struct conf_node *want, const uint8_t *p, const uint8_t *end)
{
	int r = 0, place = 0;

	for (const struct conf_node *n = want->first; n; n = n->next, place++) {
		struct conf_node item = *n;
		char key[16];
		int e;

		if (want->kind == CONF_LIST) {
			snprintf(key, sizeof(key), "%d", place);
			item.key = key;
		}
		e = compare_one(c, &item, p, end);
		r = r < 0 ? r : e;
	}
	return r;
}

static const uint8_t *first_doc(const struct spool_batch *b, uint32_t *len)
{
	const uint8_t *p = b->docs.p, *bson;
	uint16_t name;
	uint8_t level;

	return b->doc_n && frame_next_doc(&p, b->docs.p + b->docs.n, &name, &level, &bson, len) ? bson : NULL;
}

static int check_one(struct genlog_input *in, struct conf *c, const struct conf_sample *s)
{
	struct genlog_source src = {.in = in};
	size_t n = strlen(s->line);
	char *line = mem_calloc(1, n + GENLOG_PAD);
	const uint8_t *doc = NULL;
	uint32_t len = 0;
	int r;

	join_forget(&src);
	r = line ? doc_source(&src.source, &(struct doc_origin){.type = "sample", .label = "path", .value = "sample"})
		 : -ENOMEM;

	if (r == 0) {
		memcpy(line, s->line, n);
		batch_clear(&in->reader->batch);
		r = genlog_lines(&src, line, n, 0, GENLOG_LINES_END) < 0 ? -ENOMEM : 0;
	}
	if (r == 0)
		doc = first_doc(&in->reader->batch, &len);
	if (r == 0 && !doc)
		r = conf_error(c, s->pos, "the line becomes no document: a filter drops it, or it is empty");
	if (doc)
		r = compare(c, s->document, doc + 4, doc + len);
	batch_clear(&in->reader->batch);
	buf_free(&src.source);
	buf_free(&src.held.text);
	free(src.memory);
	free(line);
	return r;
}

static struct genlog_input *first_input(struct pipes *ps, const struct conf_service *s)
{
	for (size_t i = 0; i < ps->n_inputs; i++)
		if (ps->inputs[i]->service == s)
			return ps->inputs[i];
	return NULL;
}

int samples_check(struct pipes *ps, struct conf *c)
{
	int r = 0;

	for (size_t i = 0; i < c->n_services; i++) {
		const struct conf_service *s = &c->services[i];
		struct genlog_input *in = s->aside ? NULL : first_input(ps, s);

		for (size_t k = 0; k < s->n_samples && in; k++) {
			int e = check_one(in, c, &s->samples[k]);

			r = r < 0 ? r : e;
		}
		if (s->n_samples && !in && !s->aside)
			r = conf_error(c, s->samples[0].pos, "samples need an input, whose parser they go through");
	}
	return r;
}
