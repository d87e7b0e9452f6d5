#include "pipe/traces.h"

#include <errno.h>

#include <genlog/bson.h>

#include "base/buf.h"
#include "base/count.h"

static const struct genlog_value *text_of(const struct genlog_record *rec, enum genlog_slot s)
{
	const struct genlog_value *v = &rec->slot[s];

	return rec->set >> s & 1 && v->type == GENLOG_V_STR && v->n ? v : NULL;
}

static int read_trace(struct reader *r, const char *p, size_t n)
{
	if (!trace_maybe(p, n))
		return 0;
	if (!r->trace) {
		r->trace = mem_calloc(1, sizeof(*r->trace));
		if (!r->trace)
			return -ENOMEM;
	}
	return trace_parse(r->trace, p, n);
}

static void set_text(struct genlog_record *rec, enum genlog_slot s, struct trace_text t)
{
	if (t.n && !text_of(rec, s))
		genlog_set_slot(rec, s, genlog_str(t.p, t.n));
}

static size_t trimmed(const char *p, size_t n)
{
	while (n && (p[n - 1] == '\n' || p[n - 1] == '\r' || p[n - 1] == ' ' || p[n - 1] == '\t'))
		n--;
	return n;
}

/* "ValueError: no such order", for a trace that no line of the log stands before. */
static int summary(struct genlog_record *rec, const struct trace *t)
{
	size_t type = t->exception_type.n, said = t->error_message.n;
	char *made = genlog_rec_alloc(rec, type + said + 2 + GENLOG_PAD);
	const char *p = made;
	size_t n = 0;

	if (!made)
		return -ENOMEM;
	if (type)
		memcpy(made, t->exception_type.p, type);
	n = type;
	if (type && said) {
		memcpy(made + n, ": ", 2);
		n += 2;
	}
	if (said)
		memcpy(made + n, t->error_message.p, said);
	n += said;
	if (!n) { /* a piece of one: its first line */
		const char *nl = memchr(t->text.p, '\n', t->text.n);

		p = t->text.p;
		n = trimmed(p, nl ? (size_t)(nl - p) : t->text.n);
	}
	genlog_set_slot(rec, GENLOG_SLOT_MESSAGE, genlog_str(p, n));
	return 0;
}

/* The message is what stands before the trace; the rest of a line that the trace begins in stays with it. */
static int cut_message(struct genlog_record *rec, const struct trace *t)
{
	struct genlog_value *v = &rec->slot[GENLOG_SLOT_MESSAGE];
	const char *nl = memchr(v->u.p, '\n', v->n);
	size_t first = nl ? (size_t)(nl - v->u.p) : v->n, at = t->at;

	if (t->at == 0)
		return summary(rec, t);
	if (at < first)
		at = first;
	v->n = (uint32_t)trimmed(v->u.p, at);
	return v->n ? 0 : summary(rec, t);
}

static int settle(struct genlog_record *rec, const struct trace *t, bool in_message)
{
	int r = 0;

	set_text(rec, GENLOG_SLOT_STACK_TRACE, t->text);
	if (in_message)
		r = cut_message(rec, t);
	else if (!text_of(rec, GENLOG_SLOT_MESSAGE))
		r = summary(rec, t);
	set_text(rec, GENLOG_SLOT_ERROR_MESSAGE, t->error_message);
	set_text(rec, GENLOG_SLOT_ERROR_CODE, t->error_code);
	if (!(rec->set >> GENLOG_SLOT_LEVEL & 1))
		genlog_set_slot(rec, GENLOG_SLOT_LEVEL, level_value(LEVEL_ERROR));
	return r < 0 ? r : 1;
}

/* A single line tells of a fault, as Perl's do, only where its level is an error's or not said. */
static bool is_calm(const struct genlog_record *rec)
{
	return rec->set >> GENLOG_SLOT_LEVEL & 1 && level_of(&rec->slot[GENLOG_SLOT_LEVEL]) < LEVEL_ERROR;
}

static bool is_one_of(const char *const *names, const char *key)
{
	while (*names && strcmp(*names, key) != 0)
		names++;
	return *names != NULL;
}

/* The first text of an error's document that is a stack by its name. */
static struct genlog_value stack_in(const uint8_t *doc, size_t n)
{
	static const char *const names[] = {"stack", "stack_trace", "stacktrace", "extendedStackTrace", NULL};
	const uint8_t *p = doc + 4, *end = doc + n;

	while (p < end && *p) {
		const char *key = (const char *)p + 1;
		const uint8_t *v = p + strlen(key) + 2;
		ssize_t size = genlog_bson_value_size(*p, v, end);

		if (size < 0)
			break;
		if (*p == GENLOG_BSON_STR && size > 5 && is_one_of(names, key))
			return genlog_str((const char *)v + 4, (size_t)size - 5);
		p = v + size;
	}
	return (struct genlog_value){.type = GENLOG_V_NONE};
}

/* Where loggers of JSON put the error: pino, bunyan, winston, ECS, OpenTelemetry, log4j.  One pass over the context. */
static struct genlog_value nested_stack(const struct genlog_record *rec)
{
	static const char *const errors[] = {"err", "error", "exception", "thrown", "fields", NULL};
	const uint8_t *p = rec->context.p, *end = p + rec->context.n;
	struct genlog_value v = {.type = GENLOG_V_NONE};

	while (p < end && v.type == GENLOG_V_NONE) {
		const char *key = (const char *)p + 1;
		const uint8_t *at = p + strlen(key) + 2;
		ssize_t size = genlog_bson_value_size(*p, at, end);

		if (size < 0)
			break;
		if (*p == GENLOG_BSON_DOC && is_one_of(errors, key))
			v = stack_in(at, (size_t)size);
		p = at + size;
	}
	return v;
}

static int find_nested(struct reader *r, struct genlog_record *rec)
{
	struct genlog_value v;
	char *copy;

	if (!rec->context.n || !(rec->set >> GENLOG_SLOT_LEVEL & 1))
		return 0;
	v = nested_stack(rec);
	if (v.type == GENLOG_V_NONE)
		return 0;
	copy = genlog_rec_alloc(rec, v.n + GENLOG_PAD); /* the context's bytes may move */
	if (!copy)
		return -ENOMEM;
	memcpy(copy, v.u.p, v.n);
	return read_trace(r, copy, v.n);
}

int traces_find(struct genlog_input *in, struct genlog_record *rec)
{
	const struct genlog_value *v = text_of(rec, GENLOG_SLOT_STACK_TRACE);
	bool in_message = !v, calm = in_message && is_calm(rec);
	int r = 0;

	if (!v)
		v = text_of(rec, GENLOG_SLOT_MESSAGE);
	if (v && (!calm || memchr(v->u.p, '\n', v->n)))
		r = read_trace(in->reader, v->u.p, v->n);
	if (r == 0 && in_message && !calm) {
		r = find_nested(in->reader, rec);
		in_message = r <= 0;
	}
	return r <= 0 ? r : settle(rec, in->reader->trace, in_message);
}

static int append(struct genlog_source *src, const struct event *e, const struct doc_facts *facts)
{
	struct genlog_input *in = src->in;
	struct reader *r = in->reader;
	struct doc_place place = {&src->source, src->generation, src->salt, e->offset, (uint32_t)e->raw_len, src->pid};
	size_t before = r->batch.docs.n;
	int name = batch_name(&r->batch, TRACES_COLLECTION, sizeof(TRACES_COLLECTION) - 1);
	int done = name < 0 ? name : batch_doc_begin(&r->batch, (unsigned)name, facts->level);

	if (done == 0)
		done = doc_trace_append(&r->batch.docs, &r->rec, &in->defaults, &place, facts, &r->elements);
	if (done < 0) {
		batch_doc_undo(&r->batch, before);
		return done;
	}
	batch_doc_done(&r->batch);
	count_add(&in->events[PIPE_TRACES], 1);
	return 0;
}

/* A filter may have taken something out of it, or all of it. */
int traces_write(struct genlog_source *src, const struct event *e, const struct doc_facts *facts)
{
	struct reader *r = src->in->reader;
	const struct genlog_value *v = text_of(&r->rec, GENLOG_SLOT_STACK_TRACE);
	int done = v ? 1 : 0;

	if (v && src->in->n_filters)
		done = read_trace(r, v->u.p, v->n);
	if (done <= 0)
		return done;
	r->elements.n = 0;
	done = trace_elements(&r->elements, r->trace);
	if (done == 0)
		done = append(src, e, facts);
	if (done != -E2BIG)
		return done;
	count_add(&src->in->events[PIPE_TOO_LARGE], 1); /* the log's document has the text of the trace */
	return 0;
}
