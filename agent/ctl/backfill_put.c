/* What is missing is inserted, unordered; what the server will not take is written down with its reason. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/backfill.h"

#define BATCH 1000

struct put {
	struct backfill *b;
	const struct sorted_group *g;
	struct sum_row *row;
	bson_t docs[BATCH];
	const bson_t *list[BATCH];
	size_t at[BATCH]; /* of the replay's documents */
	size_t n;
	bool refused;
};

static int64_t number(const bson_iter_t *error, const char *key)
{
	bson_iter_t it;

	return bson_iter_recurse(error, &it) && bson_iter_find(&it, key) ? bson_iter_as_int64(&it) : -1;
}

static int refuse(struct put *p, size_t i, const bson_iter_t *error)
{
	struct genlog_doc *d = &p->b->replay.docs.docs[p->at[i]];

	d->outcome = GENLOG_REJECTED;
	d->code = (int32_t)number(error, "code");
	d->reason = strdup(db_error_text(error));
	p->row->refused++;
	p->refused = true;
	if (!p->b->told_refused)
		ctl_error("%s: %s: a document is refused: %.300s; it goes to the dead letters, the others go on",
			p->b->replay.what, p->g->name, db_error_text(error));
	p->b->told_refused = true;
	return d->reason ? 0 : -ENOMEM;
}

/* 1: each error was a document's own; 0: it was not the documents that were at fault. */
static int judge(struct put *p, const bson_t *reply)
{
	bson_iter_t it, each;
	int64_t n = 0;
	int r = 0;

	if (!bson_iter_init_find(&it, reply, "writeErrors") || !BSON_ITER_HOLDS_ARRAY(&it) ||
		!bson_iter_recurse(&it, &each) || bson_has_field(reply, "writeConcernErrors"))
		return 0;
	for (; r == 0 && bson_iter_next(&each); n++) {
		int64_t i = number(&each, "index");

		if (db_is_same_id(&each)) {
			p->row->there++;
			p->row->missing--;
		} else if (i < 0 || (size_t)i >= p->n) {
			return 0;
		} else {
			r = refuse(p, (size_t)i, &each);
		}
	}
	p->row->inserted += (int64_t)p->n - n;
	return r < 0 ? r : n > 0;
}

static int bury(struct put *p)
{
	const struct sorted_group *g = p->g;
	struct genlog_doc *docs = p->b->replay.docs.docs + g->from;
	int r = p->refused ? dead_put(&p->b->dead, g->name, docs, g->n) : 0;

	for (size_t i = 0; p->refused && i < g->n; i++) {
		free(docs[i].reason);
		docs[i].reason = NULL;
		docs[i].outcome = GENLOG_DELIVERED;
	}
	p->refused = false;
	if (r < 0)
		ctl_error("%s: the dead letters cannot be written: %s", p->b->replay.what, strerror(-r));
	return r;
}

static int flush(struct put *p, mongoc_collection_t *coll)
{
	bson_t opts = BSON_INITIALIZER, reply;
	bson_error_t error = {0};
	int r = 0;

	if (!p->n)
		return 0;
	BSON_APPEND_BOOL(&opts, "ordered", false);
	BSON_APPEND_BOOL(&opts, "validate", false);
	if (mongoc_collection_insert_many(coll, p->list, p->n, &opts, &reply, &error))
		p->row->inserted += (int64_t)p->n;
	else
		r = judge(p, &reply);
	if (r == 0 && error.code)
		r = db_failed(&p->b->db, p->b->replay.what, &error);
	bson_destroy(&reply);
	bson_destroy(&opts);
	p->n = 0;
	return r < 0 ? r : bury(p);
}

int backfill_put(struct backfill *b, mongoc_collection_t *coll, const struct sorted_group *g, struct sum_row *row)
{
	struct put *p = calloc(1, sizeof(*p));
	int r = 0;

	if (!p) {
		ctl_error("%s: no memory", b->replay.what);
		return -ENOMEM;
	}
	p->b = b;
	p->g = g;
	p->row = row;
	for (size_t i = g->from; i < g->from + g->n && r == 0; i++) {
		const struct genlog_doc *d = &b->replay.docs.docs[i];

		if (b->verdict[i] != MISSING || !bson_init_static(&p->docs[p->n], d->bson, d->len))
			continue;
		p->list[p->n] = &p->docs[p->n];
		p->at[p->n++] = i;
		if (p->n == BATCH)
			r = flush(p, coll);
	}
	if (r == 0)
		r = flush(p, coll);
	free(p);
	return r;
}
