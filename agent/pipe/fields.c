/* Events that come as fields, and documents that come as they are. */
#include <errno.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/count.h"
#include "pipe/inner.h"
#include "pipe/traces.h"

struct genlog_record *genlog_event_begin(struct genlog_source *src, const char *text, size_t n)
{
	struct genlog_record *rec = &src->in->reader->rec;
	static const char none[GENLOG_PAD];
	struct event e = {.p = n ? text : none, .n = n, .first = n, .raw_len = n};

	if (src->in->reader->blocked)
		return NULL;
	if (n > src->in->host.max_line) {
		e.n = e.first = src->in->host.max_line;
		e.cut = true;
	}
	if (event_begin(rec, &e) < 0) {
		(void)reader_refused(src->in->reader, -ENOMEM);
		return NULL;
	}
	if (rec->len)
		genlog_set_slot(rec, GENLOG_SLOT_MESSAGE, genlog_str(rec->line, rec->len));
	return rec;
}

int genlog_event_put(struct genlog_source *src, uint64_t offset, uint64_t raw_len)
{
	struct genlog_record *rec = &src->in->reader->rec;
	struct event e = {.p = rec->line, .n = rec->len, .first = rec->len, .offset = offset, .raw_len = raw_len};
	int r;

	e.now_ms = clock_wall_ms();
	r = event_parsed(src, &e);
	return r < 0 ? (int)reader_refused(src->in->reader, r) : 0;
}

int genlog_event_end(struct genlog_source *src, uint64_t offset, uint64_t raw_len)
{
	int r = inner_parse(src, &src->in->reader->rec);

	return r < 0 ? (int)reader_refused(src->in->reader, r) : genlog_event_put(src, offset, raw_len);
}

int genlog_document(struct genlog_input *in, const char *collection, const uint8_t *bson, size_t n, int level)
{
	struct spool_batch *b = &in->reader->batch;
	size_t before = b->docs.n;
	int name, r;

	if (in->reader->blocked)
		return -EAGAIN;
	b->last_name = NULL; /* it goes by addresses, and this one's text may change */
	name = batch_name(b, collection, strlen(collection));
	if (name == -ENOSPC && reader_flush(in->reader) == 0)
		name = batch_name(b, collection, strlen(collection));
	r = name < 0 ? name : batch_doc_begin(b, (unsigned)name, (unsigned)level);
	if (r == 0)
		r = buf_append(&b->docs, bson, n);
	if (r < 0) {
		batch_doc_undo(b, before);
		return (int)reader_refused(in->reader, r);
	}
	batch_doc_done(b);
	count_add(&in->events[PIPE_EVENTS], 1);
	count_add(&in->events[PIPE_BYTES], n);
	return 0;
}

int genlog_durable(struct genlog_input *in)
{
	struct reader *rd = in->reader;
	int r = rd->blocked ? -EAGAIN : 0;

	if (r == 0 && !batch_is_empty(&rd->batch))
		r = reader_flush(rd);
	if (r < 0)
		return -EAGAIN;
	return rd->syncs ? spool_sync(rd->spool) : 0;
}
