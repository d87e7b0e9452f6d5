/* A batch, from the spool to the totals; the steps are those of backfill.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "ctl/backfill.h"

static int failed(const struct backfill *b, const char *what, int r)
{
	ctl_error("%s: %s: %s; what was done stays done, the same command goes on", b->replay.what, what, strerror(-r));
	return r;
}

static int room(struct backfill *b)
{
	size_t n = b->replay.docs.n + 1;
	uint8_t *v = n > b->verdicts ? realloc(b->verdict, n) : b->verdict;

	if (!v)
		return failed(b, "no memory", -ENOMEM);
	b->verdict = v;
	b->verdicts = n > b->verdicts ? n : b->verdicts;
	return 0;
}

typedef int group_fn(struct backfill *b, mongoc_collection_t *coll, const struct sorted_group *g, struct sum_row *row);

static int each_group(struct backfill *b, group_fn *fn)
{
	int r = 0;

	for (size_t i = 0; i < b->replay.docs.groups && r == 0; i++) {
		const struct sorted_group *g = &b->replay.docs.group[i];
		mongoc_collection_t *coll;
		struct sum_row *row;

		if (sum_row(&b->sum, g->name, &row) < 0)
			return failed(b, "documents of more collections than it can count", -ENOSPC);
		coll = mongoc_client_get_collection(b->db.client, b->db.uri.database, g->name);
		r = fn(b, coll, g, row);
		mongoc_collection_destroy(coll);
	}
	return r;
}

/* What is there and was about to be inserted by a run that was killed was inserted by it. */
static int count(struct backfill *b, mongoc_collection_t *coll, const struct sorted_group *g, struct sum_row *row)
{
	int r = backfill_find(b, coll, g);

	for (size_t i = g->from; i < g->from + g->n && r == 0; i++) {
		const struct genlog_doc *d = &b->replay.docs.docs[i];
		struct id_at *intended = NULL;
		const uint8_t *id;
		bson_t doc;

		if (b->verdict[i] == THERE && b->intent.n && bson_init_static(&doc, d->bson, d->len)) {
			id = backfill_id(&doc, "_id");
			intended = id ? ids_find(&b->intent, id) : NULL;
		}
		if (intended && !intended->at) {
			intended->at = 1;
			b->verdict[i] = OURS;
		}
		row->there += b->verdict[i] == THERE;
		row->missing += b->verdict[i] == MISSING || b->verdict[i] == OURS;
		row->inserted += b->verdict[i] == OURS;
	}
	return r;
}

/* The _ids that the killed run wrote down stay until its batch has been passed. */
static int intend(struct backfill *b)
{
	size_t before;
	int r = 0;

	if (b->sum.sequence >= b->intent.until)
		b->intent.n = 0;
	before = b->intent.n;
	for (size_t i = 0; i < b->replay.docs.n && r == 0; i++) {
		const struct genlog_doc *d = &b->replay.docs.docs[i];
		const uint8_t *id;
		bson_t doc;

		if (b->verdict[i] != MISSING || !bson_init_static(&doc, d->bson, d->len))
			continue;
		id = backfill_id(&doc, "_id");
		r = id ? ids_add(&b->intent, id, 1) : 0;
	}
	if (r == 0 && b->intent.n > before) {
		if (b->intent.until < b->replay.take.sequence_end)
			b->intent.until = b->replay.take.sequence_end;
		r = intent_store(&b->intent, b->dir);
	}
	return r < 0 ? failed(b, "what is about to be inserted cannot be written down", r) : 0;
}

static void keep_pace(struct backfill *b)
{
	int64_t due = b->rate ? b->began_ms + b->passed * 1000 / b->rate : 0;

	while (due > clock_ms() && !replay_interrupted()) {
		int64_t left = due - clock_ms();
		struct timespec t = {.tv_nsec = (left < 100 ? left : 100) * 1000000};

		nanosleep(&t, NULL);
	}
}

int backfill_batch(struct backfill *b)
{
	int r = room(b);

	if (r == 0)
		r = backfill_look(b);
	if (r == 0)
		r = each_group(b, count);
	if (r == 0 && !b->dry_run)
		r = intend(b);
	if (r == 0 && !b->dry_run)
		r = each_group(b, backfill_put);
	if (r < 0)
		return r;
	b->sum.sequence = b->replay.take.sequence_end;
	r = sum_store(&b->sum, b->dir);
	if (r < 0)
		return failed(b, "the totals cannot be written", r);
	b->passed += (int64_t)b->replay.docs.n;
	ctl_progress(b->c, &b->progress, (uint64_t)b->sum.bytes);
	keep_pace(b);
	return replay_ack(&b->replay);
}
