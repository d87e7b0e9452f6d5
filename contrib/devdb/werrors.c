#include "werrors.h"

#include <stdio.h>
#include <string.h>

#include "errors.h"
#include "gate.h"
#include "keys.h"

struct merge {
	struct call *call;
	const struct batch *batch;
	bson_iter_t engine; /* its writeErrors */
	bool more;	    /* engine stands on one of them */
	bson_t out;
	uint32_t n;
};

static void begin_error(struct merge *m, bson_t *e, int64_t index, int code)
{
	char buf[16];
	const char *key;

	bson_uint32_to_string(m->n++, &key, buf, sizeof(buf));
	bson_append_document_begin(&m->out, key, -1, e);
	BSON_APPEND_INT32(e, "index", (int32_t)index);
	BSON_APPEND_INT32(e, "code", code);
	stat_add(&m->call->gate->stats, STAT_ERRORS, 1);
}

static void append_rejected(struct merge *m, int64_t index, int code)
{
	char name[ERROR_NAME_SIZE];
	bson_t e;

	begin_error(m, &e, index, code);
	BSON_APPEND_UTF8(&e, "errmsg", code == ERR_VALIDATION ? "Document failed validation" : error_name(code, name));
	bson_append_document_end(&m->out, &e);
	stat_add(&m->call->gate->stats, STAT_REJECTED, 1);
}

static int64_t engine_int(const struct merge *m, const char *key)
{
	bson_iter_t e, at;

	if (!m->more || !bson_iter_recurse(&m->engine, &e) || !bson_iter_find_descendant(&e, key, &at))
		return -1;
	return bson_iter_as_int64(&at);
}

static const char *engine_text(const struct merge *m)
{
	bson_iter_t e;

	if (bson_iter_recurse(&m->engine, &e) && bson_iter_find(&e, "errmsg") && BSON_ITER_HOLDS_UTF8(&e))
		return bson_iter_utf8(&e, NULL);
	return "";
}

static void append_engine(struct merge *m, int64_t index)
{
	int code = error_from_packed((int)engine_int(m, "code"));
	const struct batch *b = m->batch;
	bson_t e, doc;

	begin_error(m, &e, index, code);
	if (code != ERR_DUPLICATE_KEY) {
		BSON_APPEND_UTF8(&e, "errmsg", engine_text(m));
	} else {
		bool known = b && index >= 0 && (size_t)index < b->n &&
			     bson_init_static(&doc, b->doc[index].p, b->doc[index].n);

		keys_append(m->call, &e, engine_text(m), known ? &doc : NULL);
	}
	bson_append_document_end(&m->out, &e);
}

static void next_engine(struct merge *m)
{
	m->more = m->more && bson_iter_next(&m->engine) && BSON_ITER_HOLDS_DOCUMENT(&m->engine);
}

static void merge_plain(struct merge *m)
{
	for (; m->more; next_engine(m))
		append_engine(m, engine_int(m, "index"));
}

/* The engine counts the documents that it was sent. */
static void merge_batch(struct merge *m)
{
	int64_t sent = 0;

	for (size_t i = 0; i < m->batch->n; i++) {
		int code = m->batch->doc[i].code;

		if (code) {
			append_rejected(m, (int64_t)i, code);
		} else if (engine_int(m, "index") == sent++) {
			append_engine(m, (int64_t)i);
			next_engine(m);
		}
	}
}

static bool is_ordered_stop(const struct merge *m)
{
	bson_iter_t it;
	bool ordered = !call_find(m->call, &it, "ordered") || bson_iter_as_bool(&it);

	return ordered && m->more;
}

static void merge_all(struct merge *m, const bson_t *src)
{
	bson_iter_t it;

	if (bson_iter_init_find(&it, src, "writeErrors") && BSON_ITER_HOLDS_ARRAY(&it))
		m->more = bson_iter_recurse(&it, &m->engine);
	next_engine(m);
	if (m->batch && m->batch->rejected && !is_ordered_stop(m))
		merge_batch(m);
	else
		merge_plain(m);
}

void werrors_reply(struct call *c, const struct batch *batch, PGresult *row)
{
	static const char *const again[] = {"writeErrors", "ok", NULL};
	struct merge m = {.call = c, .batch = batch};
	bson_t src = BSON_INITIALIZER;
	bson_t *d;

	if (row)
		pg_view(row, 0, &src);
	else
		BSON_APPEND_INT32(&src, "n", 0);
	bson_init(&m.out);
	merge_all(&m, &src);
	d = reply_begin(&c->reply);
	doc_copy_without(d, &src, again);
	if (m.n)
		BSON_APPEND_ARRAY(d, "writeErrors", &m.out);
	BSON_APPEND_DOUBLE(d, "ok", 1);
	bson_destroy(&m.out);
	if (!row)
		bson_destroy(&src);
	PQclear(row);
}
