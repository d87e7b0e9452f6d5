/* What was lost, told where the lines would have stood: a document of its own, a counter, a line in the log. */
#include <stdio.h>

#include <genlog/bson.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/log.h"
#include "event/record.h"
#include "pipe/pipe.h"

static int fill(struct genlog_record *rec, uint64_t offset, uint64_t bytes, const char *reason, char *text, size_t cap)
{
	uint8_t doc[512];
	uint8_t *w = genlog_bson_begin(doc);
	int r;

	if (bytes)
		snprintf(text, cap, "gap: %llu bytes from offset %llu were lost: %s", (unsigned long long)bytes,
			(unsigned long long)offset, reason);
	else
		snprintf(text, cap, "gap: lines after offset %llu may have been lost: %s", (unsigned long long)offset,
			reason);
	r = record_begin(rec, text, 0);
	if (r < 0)
		return r;
	w = genlog_bson_i64(genlog_bson_key(w, GENLOG_BSON_INT64, "offset", 6), (int64_t)offset);
	w = genlog_bson_i64(genlog_bson_key(w, GENLOG_BSON_INT64, "bytes", 5), (int64_t)bytes);
	w = genlog_bson_text(genlog_bson_key(w, GENLOG_BSON_STR, "reason", 6), reason, strnlen(reason, 200));
	w = genlog_bson_end(doc, w);
	genlog_set_slot(rec, GENLOG_SLOT_MESSAGE, genlog_str(text, strlen(text)));
	genlog_set_slot(rec, GENLOG_SLOT_LEVEL, level_value(LEVEL_WARN));
	rec->raw = text;
	rec->raw_len = strlen(text);
	return genlog_context_put(rec, "gap", 3,
		(struct genlog_value){.type = GENLOG_V_DOC, .n = (uint32_t)(w - doc), .u.p = (const char *)doc});
}

int genlog_gap(struct genlog_source *src, uint64_t offset, uint64_t bytes, const char *reason)
{
	struct genlog_input *in = src->in;
	struct reader *rd = in->reader;
	struct doc_place place = {&src->source, src->generation, src->salt, offset, 0};
	struct doc_facts facts;
	size_t before = rd->batch.docs.n;
	char text[512] = "";
	int name, r = fill(&rd->rec, offset, bytes, reason, text, sizeof(text));

	log_warn("%s: %s", in->plug.code->name, text);
	count_add(&in->events[PIPE_GAPS], 1);
	count_add(&in->events[PIPE_GAP_BYTES], bytes);
	if (r == 0)
		r = doc_settle(&rd->rec, &in->defaults, clock_wall_ms(), &facts);
	if (r < 0)
		return r;
	name = batch_name(&rd->batch, "system_logs", 11);
	r = name < 0 ? name : batch_doc_begin(&rd->batch, (unsigned)name, LEVEL_WARN);
	if (r == 0)
		r = doc_append(&rd->batch.docs, &rd->rec, &in->defaults, &place, &facts);
	if (r == 0)
		batch_doc_done(&rd->batch);
	else
		batch_doc_undo(&rd->batch, before);
	return r;
}
