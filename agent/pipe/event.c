#include <errno.h>

#include "base/count.h"
#include "event/record.h"
#include "mine/mine.h"
#include "pipe/alerts.h"
#include "pipe/parse.h"
#include "pipe/traces.h"

#define CUT_TEXT 65536

/* Documents carry valid UTF-8; identity is made of the bytes as they were. */
static int make_valid(struct genlog_record *rec)
{
	size_t n = rec->len;
	char *fixed;

	if (genlog_utf8_valid(rec->line, n) == n)
		return 0;
	fixed = genlog_rec_alloc(rec, 3 * n + GENLOG_PAD);
	if (!fixed)
		return -ENOMEM;
	rec->len = genlog_utf8_repair(fixed, rec->line, n);
	rec->line = fixed;
	rec->flags |= GENLOG_REC_BAD_UTF8;
	return genlog_buf_reserve(&rec->context, GENLOG_ROOM(rec->len));
}

/* A line that was cut may end within a character. */
static void end_at_character(struct genlog_record *rec)
{
	size_t valid = genlog_utf8_valid(rec->line, rec->len);

	if (rec->len - valid < 4)
		rec->len = valid;
}

static bool keep(struct genlog_input *in, struct genlog_record *rec)
{
	struct pipe_watcher *w = in->reader->watcher;

	for (size_t i = 0; i < in->n_filters; i++) {
		enum genlog_verdict v = in->filters[i].code->filter(in->filters[i].state, rec);

		if (w)
			w->filtered(w, in->filters[i].code->name, v);
		if (v == GENLOG_DROP)
			return false;
	}
	return true;
}

static int write_doc(struct genlog_source *src, const struct event *e, const struct doc_facts *facts)
{
	struct genlog_input *in = src->in;
	struct reader *r = in->reader;
	const char *other = r->rec.collection;
	struct doc_place place = {&src->source, src->generation, src->salt, e->offset, (uint32_t)e->raw_len, src->pid};
	size_t before = r->batch.docs.n;
	int name = other ? batch_name(&r->batch, other, strlen(other))
			 : batch_name(&r->batch, in->collection, in->collection_len);
	int done = name < 0 ? name : batch_doc_begin(&r->batch, (unsigned)name, facts->level);

	if (done == 0)
		done = doc_append(&r->batch.docs, &r->rec, &in->defaults, &place, facts);
	if (done < 0) {
		batch_doc_undo(&r->batch, before);
		return done;
	}
	batch_doc_done(&r->batch);
	return 0;
}

/* Words that its program always prints, and holes: found where the event brings no template of its own. */
static int add_template(struct genlog_input *in, struct genlog_record *rec)
{
	static const char digits[] = "0123456789abcdef";
	const struct genlog_value *v = &rec->slot[GENLOG_SLOT_MESSAGE];
	struct mined m;
	char *id;
	int r;

	if (!in->mine || rec->set >> GENLOG_SLOT_MESSAGE_TEMPLATE & 1 || v->type != GENLOG_V_STR || !v->n)
		return 0;
	r = mine_line(in->mine, v->u.p, v->n, &m);
	id = r == 0 ? genlog_rec_alloc(rec, 16) : NULL;
	if (!id)
		return -ENOMEM;
	for (int i = 0; i < 16; i++)
		id[i] = digits[m.id >> (60 - 4 * i) & 15];
	genlog_set_slot(rec, GENLOG_SLOT_MESSAGE_TEMPLATE, genlog_str(m.text, m.n));
	genlog_set_slot(rec, GENLOG_SLOT_TEMPLATE_ID, genlog_str(id, 16));
	return 0;
}

static void count_flags(struct genlog_input *in, const struct genlog_record *rec, const struct doc_facts *facts)
{
	static const struct {
		uint32_t flag;
		enum pipe_count count;
	} rows[] = {{GENLOG_REC_TRUNCATED, PIPE_TRUNCATED}, {GENLOG_REC_BAD_UTF8, PIPE_BAD_UTF8},
		{GENLOG_REC_DUP_KEYS, PIPE_DUP_KEYS}, {GENLOG_REC_TOO_DEEP, PIPE_TOO_DEEP}};

	if (!facts->own_time)
		count_add(&in->events[PIPE_NO_TIME], 1);
	if (!rec->flags)
		return;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rec->flags & rows[i].flag)
			count_add(&in->events[rows[i].count], 1);
}

/* Larger than MongoDB takes: its text, cut. */
static int write_cut(struct genlog_source *src, const struct event *e)
{
	struct genlog_record *rec = &src->in->reader->rec;
	struct doc_facts facts;
	int r;

	count_add(&src->in->events[PIPE_TOO_LARGE], 1);
	parse_as_text(rec, "the document would be larger than MongoDB takes; cut");
	if (rec->len > CUT_TEXT) {
		rec->len = genlog_utf8_valid(rec->line, CUT_TEXT);
		parse_as_text(rec, rec->parse_error);
	}
	rec->flags |= GENLOG_REC_TRUNCATED;
	rec->full_len = (uint32_t)e->raw_len;
	r = doc_settle(rec, &src->in->defaults, e->now_ms, &facts);
	return r < 0 ? r : write_doc(src, e, &facts);
}

/* Both documents of an event, or none. */
static int write_docs(struct genlog_source *src, const struct event *e, const struct doc_facts *facts, bool traced)
{
	struct spool_batch *b = &src->in->reader->batch;
	size_t docs = b->docs.n;
	uint32_t n = b->doc_n;
	int r = write_doc(src, e, facts);

	if (r == -E2BIG)
		return write_cut(src, e);
	if (r == 0 && traced)
		r = traces_write(src, e, facts);
	if (r < 0) {
		batch_doc_undo(b, docs);
		b->doc_n = n;
	}
	return r;
}

static int finish(struct genlog_source *src, const struct event *e, bool traced)
{
	struct genlog_input *in = src->in;
	struct genlog_record *rec = &in->reader->rec;
	size_t docs = in->reader->batch.docs.n;
	struct doc_facts facts;
	int r;

	rec->origin = src->value;
	if (!keep(in, rec)) {
		count_add(&in->events[PIPE_FILTERED], 1);
		return 0;
	}
	r = doc_settle(rec, &in->defaults, e->now_ms, &facts);
	if (r == 0)
		r = add_template(in, rec);
	if (r == 0)
		r = write_docs(src, e, &facts, traced);
	if (r < 0)
		return r;
	if (in->alerts)
		alerts_see(src, &facts, docs, traced);
	if (in->reader->watcher)
		in->reader->watcher->written(in->reader->watcher, &facts);
	count_flags(in, rec, &facts);
	count_add(&in->events[PIPE_EVENTS], 1);
	count_add(&src->figures.events, 1);
	__atomic_store_n(&src->figures.event_ms, facts.time_ms, __ATOMIC_RELAXED);
	return 0;
}

/* Of several lines, the length of the first, which a repair may have changed. */
static size_t first_line(const struct genlog_record *rec, const struct event *e)
{
	const char *nl;

	if (e->first >= e->n)
		return rec->len;
	if (!(rec->flags & GENLOG_REC_BAD_UTF8))
		return e->first < rec->len ? e->first : rec->len;
	nl = memchr(rec->line, '\n', rec->len);
	return nl ? (size_t)(nl - rec->line) : rec->len;
}

int event_begin(struct genlog_record *rec, const struct event *e)
{
	int r = record_begin(rec, e->p, e->n);

	if (r < 0)
		return r;
	rec->raw_len = e->first;
	if (e->raw) {
		rec->raw = e->raw;
		rec->raw_len = e->raw_n;
	}
	if (e->cut) {
		end_at_character(rec);
		rec->flags |= GENLOG_REC_TRUNCATED;
		rec->full_len = (uint32_t)(e->raw_len < UINT32_MAX ? e->raw_len : UINT32_MAX);
	}
	return e->ascii ? 0 : make_valid(rec);
}

/* What the runtime has said of a line. */
static int add_stream(struct genlog_record *rec, const struct event *e)
{
	if (e->time.type != GENLOG_V_NONE && !(rec->set >> GENLOG_SLOT_TIMESTAMP & 1))
		genlog_set_slot(rec, GENLOG_SLOT_TIMESTAMP, e->time);
	return genlog_context_put(rec, "stream", 6, genlog_str(e->stream, strlen(e->stream)));
}

static void count_bytes(struct genlog_source *src, const struct event *e)
{
	count_add(&src->in->events[PIPE_BYTES], e->raw_len);
	count_add(&src->figures.bytes, e->raw_len);
	__atomic_store_n(&src->figures.end, e->offset + e->raw_len, __ATOMIC_RELAXED);
	__atomic_store_n(&src->figures.taken_ms, e->now_ms, __ATOMIC_RELAXED);
}

int event_parsed(struct genlog_source *src, const struct event *e)
{
	struct reader *rd = src->in->reader;
	int r = traces_find(src->in, &rd->rec);

	if (rd->watcher)
		rd->watcher->parsed(rd->watcher, src, e);
	if (r >= 0)
		r = finish(src, e, r);
	if (r == 0)
		count_bytes(src, e);
	return r;
}

static void header(struct genlog_source *src, const struct event *e)
{
	struct pipe_watcher *w = src->in->reader->watcher;

	count_add(&src->in->events[PIPE_HEADERS], 1);
	count_bytes(src, e);
	if (w && w->header)
		w->header(w, src, e);
}

int event_add(struct genlog_source *src, const struct event *e)
{
	struct genlog_record *rec = &src->in->reader->rec;
	int r = event_begin(rec, e);

	if (r == 0)
		r = parse(src, rec, first_line(rec, e));
	if (r == 0 && e->stream)
		r = add_stream(rec, e);
	if (r == GENLOG_HEADER)
		header(src, e);
	if (r != 0)
		return r < 0 ? r : 0;
	return event_parsed(src, e);
}
