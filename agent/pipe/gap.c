/* What was lost, told where the lines would have stood: a document of its own, a counter, a line in the log. */
#include <errno.h>
#include <stdio.h>
#include <sys/random.h>

#include <genlog/bson.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/log.h"
#include "event/record.h"
#include "pipe/pipe.h"

#define CUT_MESSAGE 4096

struct gap {
	uint64_t offset, bytes, events;
	const char *reason;
	char text[512];
};

static void words(struct gap *g)
{
	unsigned long long offset = g->offset;

	if (g->events)
		snprintf(g->text, sizeof(g->text), "gap: %llu events were lost: %s", (unsigned long long)g->events,
			g->reason);
	else if (g->bytes)
		snprintf(g->text, sizeof(g->text), "gap: %llu bytes from offset %llu were lost: %s",
			(unsigned long long)g->bytes, offset, g->reason);
	else
		snprintf(g->text, sizeof(g->text), "gap: lines after offset %llu may have been lost: %s", offset,
			g->reason);
}

static uint8_t *number(uint8_t *w, const char *key, uint64_t n)
{
	return genlog_bson_i64(genlog_bson_key(w, GENLOG_BSON_INT64, key, strlen(key)), (int64_t)n);
}

static int fill(struct genlog_record *rec, struct gap *g)
{
	const char *text = g->text, *reason = g->reason;
	uint8_t doc[512];
	uint8_t *w = genlog_bson_begin(doc);
	int r = record_begin(rec, text, 0);

	if (r < 0)
		return r;
	if (g->events) {
		w = number(w, "count", g->events);
	} else {
		w = number(w, "offset", g->offset);
		w = number(w, "bytes", g->bytes);
	}
	w = genlog_bson_text(genlog_bson_key(w, GENLOG_BSON_STR, "reason", 6), reason, strnlen(reason, 200));
	w = genlog_bson_end(doc, w);
	genlog_set_slot(rec, GENLOG_SLOT_MESSAGE, genlog_str(text, strlen(text)));
	genlog_set_slot(rec, GENLOG_SLOT_LEVEL, level_value(LEVEL_WARN));
	rec->raw = text;
	rec->raw_len = strlen(text);
	return genlog_context_put(rec, "gap", 3,
		(struct genlog_value){.type = GENLOG_V_DOC, .n = (uint32_t)(w - doc), .u.p = (const char *)doc});
}

static int add_doc(struct genlog_input *in, const struct doc_place *place, const struct doc_facts *facts)
{
	struct reader *rd = in->reader;
	size_t before = rd->batch.docs.n;
	int name = batch_name(&rd->batch, "system_logs", 11);
	int r = name < 0 ? name : batch_doc_begin(&rd->batch, (unsigned)name, LEVEL_WARN);

	if (r == 0)
		r = doc_append(&rd->batch.docs, &rd->rec, &in->defaults, place, facts);
	if (r == 0)
		batch_doc_done(&rd->batch);
	else
		batch_doc_undo(&rd->batch, before);
	return r;
}

static int tell(struct genlog_source *src, struct gap *g)
{
	struct genlog_input *in = src->in;
	struct reader *rd = in->reader;
	struct doc_place place = {&src->source, src->generation, src->salt, g->offset, 0, 0};
	struct doc_facts facts;
	int r;

	words(g);
	r = fill(&rd->rec, g);
	log_warn("%s: %s", in->plug.code->name, g->text);
	count_add(&in->events[PIPE_GAPS], 1);
	if (r == 0)
		r = doc_settle(&rd->rec, &in->defaults, clock_wall_ms(), &facts);
	if (r < 0)
		return r;
	return add_doc(in, &place, &facts);
}

int genlog_gap(struct genlog_source *src, uint64_t offset, uint64_t bytes, const char *reason)
{
	struct gap g = {.offset = offset, .bytes = bytes, .reason = reason};

	count_add(&src->in->events[PIPE_GAP_BYTES], bytes);
	return tell(src, &g);
}

/* No place in the source names it, so the source's own next one does. */
int genlog_lost(struct genlog_source *src, uint64_t n, const char *reason)
{
	struct gap g = {.offset = src->losses++, .events = n, .reason = reason};

	count_add(&src->in->counts[GENLOG_COUNT_LOST], n);
	return tell(src, &g);
}

/* What no source of an input stands for, but the input itself; such a document has a random place. */
static int own_source(struct genlog_input *in)
{
	if (in->own.n)
		return 0;
	if (getrandom(&in->own_salt, sizeof(in->own_salt), 0) != (ssize_t)sizeof(in->own_salt))
		return -errno;
	return doc_source(&in->own, &(struct doc_origin){.type = in->plug.code->name,
					    .label = "service",
					    .value = in->service->name ? in->service->name : ""});
}

static int fill_suppressed(
	struct genlog_record *rec, uint64_t n, const char *reason, const char *key, const char *message)
{
	uint8_t doc[1024];
	size_t key_len = key ? strnlen(key, 400) : 0;
	char *text = NULL;
	uint8_t *w = genlog_bson_begin(doc);
	int r = record_begin(rec, message, 0);

	if (r == 0)
		text = genlog_rec_alloc(rec, CUT_MESSAGE + GENLOG_PAD);
	if (!text)
		return -ENOMEM;
	snprintf(text, CUT_MESSAGE, "%s", message);
	while (key_len && (key[key_len] & 0xc0) == 0x80)
		key_len--;
	w = genlog_bson_i64(genlog_bson_key(w, GENLOG_BSON_INT64, "count", 5), (int64_t)n);
	w = genlog_bson_text(genlog_bson_key(w, GENLOG_BSON_STR, "reason", 6), reason, strnlen(reason, 200));
	if (key_len)
		w = genlog_bson_text(genlog_bson_key(w, GENLOG_BSON_STR, "key", 3), key, key_len);
	w = genlog_bson_end(doc, w);
	rec->raw = text;
	rec->raw_len = genlog_utf8_valid(text, strlen(text));
	genlog_set_slot(rec, GENLOG_SLOT_MESSAGE, genlog_str(text, rec->raw_len));
	genlog_set_slot(rec, GENLOG_SLOT_LEVEL, level_value(LEVEL_WARN));
	return genlog_context_put(rec, "suppressed", 10,
		(struct genlog_value){.type = GENLOG_V_DOC, .n = (uint32_t)(w - doc), .u.p = (const char *)doc});
}

/* Its texts come from events, so what takes something out of them has its say; it is not dropped, nor counted again. */
static void pass_filters(struct genlog_input *in, struct genlog_record *rec)
{
	for (size_t i = 0; i < in->n_filters; i++)
		if (!in->filters[i].code->tick)
			(void)in->filters[i].code->filter(in->filters[i].state, rec);
}

int genlog_suppressed(struct genlog_input *in, uint64_t n, const char *reason, const char *key, const char *message)
{
	struct reader *rd = in->reader;
	struct doc_place place = {.source = &in->own};
	struct doc_facts facts;
	int r = own_source(in);

	count_add(&in->events[PIPE_SUPPRESSED], n);
	if (r == 0)
		r = fill_suppressed(&rd->rec, n, reason, key, message);
	if (r == 0)
		pass_filters(in, &rd->rec);
	if (r == 0)
		r = doc_settle(&rd->rec, &in->defaults, clock_wall_ms(), &facts);
	place.salt = in->own_salt++;
	return r < 0 ? r : add_doc(in, &place, &facts);
}
