#include <errno.h>

#include "base/count.h"
#include "event/record.h"
#include "event/utf8.h"
#include "pipe/pipe.h"

#define CUT_TEXT 65536

/* Documents carry valid UTF-8; identity is made of the bytes as they were. */
static int make_valid(struct genlog_record *rec)
{
	size_t n = rec->len;
	char *fixed;

	if (utf8_valid(rec->line, n) == n)
		return 0;
	fixed = genlog_rec_alloc(rec, 3 * n + GENLOG_PAD);
	if (!fixed)
		return -ENOMEM;
	rec->len = utf8_repair(fixed, rec->line, n);
	rec->line = fixed;
	rec->flags |= GENLOG_REC_BAD_UTF8;
	return genlog_buf_reserve(&rec->context, GENLOG_ROOM(rec->len));
}

/* A line that was cut may end within a character. */
static void end_at_character(struct genlog_record *rec)
{
	size_t valid = utf8_valid(rec->line, rec->len);

	if (rec->len - valid < 4)
		rec->len = valid;
}

/* What no parser knows is shipped as it is.  The scratch stays: the line may lie in it. */
static void as_text(struct genlog_record *rec, const char *why)
{
	rec->set = 0;
	rec->context.n = 0;
	rec->parse_error = why;
	genlog_set_slot(rec, GENLOG_SLOT_MESSAGE, genlog_str(rec->line, rec->len));
}

static bool looks_like_json(const struct genlog_record *rec)
{
	size_t i = 0;

	while (i < rec->len && (rec->line[i] == ' ' || rec->line[i] == '\t'))
		i++;
	return i < rec->len && rec->line[i] == '{';
}

static int parse(struct genlog_input *in, struct genlog_record *rec)
{
	int r;

	if (in->automatic && !looks_like_json(rec)) {
		as_text(rec, NULL);
		return 0;
	}
	r = in->parser.code->parse(in->parser.state, rec);
	if (r < 0)
		return r;
	if (r == GENLOG_NO_MATCH) {
		as_text(rec, rec->parse_error ? rec->parse_error : "the line does not match the parser");
		count_add(&in->events[PIPE_UNPARSED], 1);
	}
	return 0;
}

static bool keep(struct genlog_input *in, struct genlog_record *rec)
{
	for (size_t i = 0; i < in->n_filters; i++)
		if (in->filters[i].code->filter(in->filters[i].state, rec) == GENLOG_DROP)
			return false;
	return true;
}

static int write_doc(struct genlog_source *src, const struct event *e, const struct doc_facts *facts)
{
	struct genlog_input *in = src->in;
	struct reader *r = in->reader;
	struct doc_place place = {&src->source, src->generation, src->salt, e->offset, (uint32_t)e->raw_len};
	size_t before = r->batch.docs.n;
	int name = batch_name(&r->batch, in->collection, in->collection_len);
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
	as_text(rec, "the document would be larger than MongoDB takes; cut");
	if (rec->len > CUT_TEXT) {
		rec->len = utf8_valid(rec->line, CUT_TEXT);
		as_text(rec, rec->parse_error);
	}
	rec->flags |= GENLOG_REC_TRUNCATED;
	rec->full_len = (uint32_t)e->raw_len;
	r = doc_settle(rec, &src->in->defaults, e->now_ms, &facts);
	return r < 0 ? r : write_doc(src, e, &facts);
}

static int finish(struct genlog_source *src, const struct event *e)
{
	struct genlog_input *in = src->in;
	struct genlog_record *rec = &in->reader->rec;
	struct doc_facts facts;
	int r;

	if (!keep(in, rec)) {
		count_add(&in->events[PIPE_FILTERED], 1);
		return 0;
	}
	r = doc_settle(rec, &in->defaults, e->now_ms, &facts);
	if (r == 0)
		r = write_doc(src, e, &facts);
	if (r == -E2BIG)
		r = write_cut(src, e);
	if (r < 0)
		return r;
	count_flags(in, rec, &facts);
	count_add(&in->events[PIPE_EVENTS], 1);
	return 0;
}

int event_add(struct genlog_source *src, const struct event *e)
{
	struct genlog_record *rec = &src->in->reader->rec;
	int r = record_begin(rec, e->p, e->n);

	if (r == 0 && e->cut)
		end_at_character(rec);
	if (r == 0 && !e->ascii)
		r = make_valid(rec);
	if (r < 0)
		return r;
	if (e->cut) {
		rec->flags |= GENLOG_REC_TRUNCATED;
		rec->full_len = (uint32_t)(e->raw_len < UINT32_MAX ? e->raw_len : UINT32_MAX);
	}
	r = parse(src->in, rec);
	if (r == 0)
		r = finish(src, e);
	if (r == 0)
		count_add(&src->in->events[PIPE_BYTES], e->raw_len);
	return r;
}
