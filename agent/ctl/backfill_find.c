/*
 * Which documents the database has: by _id; and those whose _id cannot be known again, by their place.
 *
 * An event without a time of its own has a random number of the agent's spool in its _id, and one whose time was
 * completed from the clock may be told another year now.  They are there where a document of the same generation, at
 * the same offset, says the same.  There is no index for that: a batch with such events costs a walk.
 */
#include <errno.h>
#include <string.h>

#include "base/hash.h"
#include "ctl/backfill.h"

#define ASK 1000

const uint8_t *backfill_id(const bson_t *doc, const char *key)
{
	bson_iter_t it;

	if (!bson_iter_init_find(&it, doc, key) || !BSON_ITER_HOLDS_OID(&it))
		return NULL;
	return bson_iter_oid(&it)->bytes;
}

/* A view of the document's bytes; of damaged ones an empty document. */
static void view(const struct backfill *b, size_t i, bson_t *doc)
{
	const struct genlog_doc *d = &b->replay.docs.docs[i];

	if (!bson_init_static(doc, d->bson, d->len))
		bson_init(doc);
}

/* ── by _id ── */

static int ask_ids(struct backfill *b, mongoc_collection_t *coll, const bson_t *list)
{
	bson_t filter = BSON_INITIALIZER, opts = BSON_INITIALIZER, in, fields;
	mongoc_cursor_t *cursor;
	const bson_t *doc;
	bson_error_t error;
	int r = 0;

	BSON_APPEND_DOCUMENT_BEGIN(&filter, "_id", &in);
	BSON_APPEND_ARRAY(&in, "$in", list);
	bson_append_document_end(&filter, &in);
	BSON_APPEND_DOCUMENT_BEGIN(&opts, "projection", &fields);
	BSON_APPEND_INT32(&fields, "_id", 1);
	bson_append_document_end(&opts, &fields);
	cursor = mongoc_collection_find_with_opts(coll, &filter, &opts, NULL);
	while (mongoc_cursor_next(cursor, &doc)) {
		const uint8_t *id = backfill_id(doc, "_id");
		struct id_at *found = id ? ids_find(&b->by_id, id) : NULL;

		for (size_t i = found ? (size_t)(found - b->by_id.v) : 0; found && i < b->by_id.n; i++) {
			if (memcmp(b->by_id.v[i].id, id, BACKFILL_ID) != 0)
				break;
			b->verdict[b->by_id.v[i].at] = THERE;
		}
	}
	if (mongoc_cursor_error(cursor, &error))
		r = db_failed(&b->db, b->replay.what, &error);
	mongoc_cursor_destroy(cursor);
	bson_destroy(&filter);
	bson_destroy(&opts);
	return r;
}

static int find_by_id(struct backfill *b, mongoc_collection_t *coll, const struct sorted_group *g)
{
	int r = 0;

	for (size_t from = g->from, end = g->from + g->n; from < end && r == 0; from += ASK) {
		bson_t list = BSON_INITIALIZER;
		uint32_t n = 0;

		b->by_id.n = 0;
		for (size_t i = from; i < end && i < from + ASK && r == 0; i++) {
			const uint8_t *id;
			bson_oid_t oid;
			char key[16];
			bson_t doc;

			view(b, i, &doc);
			id = backfill_id(&doc, "_id");
			if (!id)
				continue;
			bson_oid_init_from_data(&oid, id);
			snprintf(key, sizeof(key), "%u", n++);
			BSON_APPEND_OID(&list, key, &oid);
			r = ids_add(&b->by_id, id, (uint32_t)i);
		}
		if (r == 0 && n)
			r = ask_ids(b, coll, &list);
		bson_destroy(&list);
	}
	return r;
}

/* ── by place ── */

/* What tells two events at one place apart. */
static uint64_t says(const bson_t *doc)
{
	const char *text = ctl_text(doc, "message");

	if (!*text)
		text = ctl_text(doc, "stack_trace");
	return hash64(text, strlen(text), 0);
}

/* A trace has its event's time, and is written in the same batch. */
static bool has_no_certain_id(struct backfill *b, const bson_t *doc)
{
	const uint8_t *log = backfill_id(doc, "log_id");
	bson_iter_t it, at;

	if (log)
		return ids_find(&b->untimed, log) != NULL;
	return strcmp(ctl_text(doc, "context.timestamp_source"), "arrival") == 0 ||
	       (bson_iter_init(&it, doc) && bson_iter_find_descendant(&it, "context.timestamp", &at));
}

/* What is asked for at once: offsets in one generation. */
struct places {
	char file[20];
	bson_t offsets;
	size_t n;
	struct place {
		int64_t offset;
		size_t at; /* of the replay's documents */
	} v[ASK];
};

static void compare(struct backfill *b, const struct places *p, const bson_t *there)
{
	int64_t offset = ctl_int(there, "source.offset");

	for (size_t i = 0; i < p->n; i++) {
		bson_t doc;

		if (p->v[i].offset != offset || b->verdict[p->v[i].at] != MISSING)
			continue;
		view(b, p->v[i].at, &doc);
		if (says(&doc) == says(there))
			b->verdict[p->v[i].at] = THERE;
	}
}

static int ask_places(struct backfill *b, mongoc_collection_t *coll, const struct places *p)
{
	bson_t *filter =
		BCON_NEW("source.file", BCON_UTF8(p->file), "source.offset", "{", "$in", BCON_ARRAY(&p->offsets), "}");
	bson_t *opts = BCON_NEW("projection", "{", "source.offset", BCON_INT32(1), "message", BCON_INT32(1),
		"stack_trace", BCON_INT32(1), "}");
	mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(coll, filter, opts, NULL);
	const bson_t *there;
	bson_error_t error;
	int r = 0;

	while (mongoc_cursor_next(cursor, &there))
		compare(b, p, there);
	if (mongoc_cursor_error(cursor, &error))
		r = db_failed(&b->db, b->replay.what, &error);
	mongoc_cursor_destroy(cursor);
	bson_destroy(filter);
	bson_destroy(opts);
	return r;
}

/* Of one generation, as many as are asked for at once.  Where the next ones begin. */
static size_t gather(struct backfill *b, const struct sorted_group *g, size_t from, struct places *p)
{
	size_t i = from;

	for (p->n = 0; i < g->from + g->n && p->n < ASK; i++) {
		const char *file;
		char key[16];
		bson_t doc;

		view(b, i, &doc);
		if (b->verdict[i] != MISSING || !has_no_certain_id(b, &doc))
			continue;
		file = ctl_text(&doc, "source.file");
		if (p->n && strcmp(file, p->file) != 0)
			break;
		if (!p->n)
			snprintf(p->file, sizeof(p->file), "%s", file);
		snprintf(key, sizeof(key), "%zu", p->n);
		p->v[p->n] = (struct place){ctl_int(&doc, "source.offset"), i};
		BSON_APPEND_INT64(&p->offsets, key, p->v[p->n++].offset);
	}
	return i;
}

static int find_by_place(struct backfill *b, mongoc_collection_t *coll, const struct sorted_group *g)
{
	size_t at = g->from;
	struct places p;
	int r = 0;

	while (at < g->from + g->n && r == 0) {
		bson_init(&p.offsets);
		at = gather(b, g, at, &p);
		b->sum.by_place += (int64_t)p.n;
		if (p.n)
			r = ask_places(b, coll, &p);
		bson_destroy(&p.offsets);
	}
	return r;
}

/* Gap documents, and those of filters that count, tell of a run and not of a line. */
static bool is_note(const bson_t *doc)
{
	bson_iter_t it, at;

	return ctl_int(doc, "source.length") == 0 &&
	       ((bson_iter_init(&it, doc) && bson_iter_find_descendant(&it, "context.gap", &at)) ||
		       (bson_iter_init(&it, doc) && bson_iter_find_descendant(&it, "context.suppressed", &at)));
}

static void note(struct backfill *b, size_t i, const bson_t *doc)
{
	b->verdict[i] = NOTE;
	b->sum.gaps++;
	if (!b->told_gap)
		ctl_error("%s: %s; not inserted: it tells of this reading", b->replay.what, ctl_text(doc, "message"));
	b->told_gap = true;
}

int backfill_look(struct backfill *b)
{
	int r = 0;

	b->untimed.n = 0;
	for (size_t i = 0; i < b->replay.docs.n && r == 0; i++) {
		const uint8_t *id;
		bson_t doc;

		view(b, i, &doc);
		id = backfill_id(&doc, "_id");
		b->verdict[i] = MISSING;
		if (bson_has_field(&doc, "log_id"))
			continue;
		if (is_note(&doc)) {
			note(b, i, &doc);
			continue;
		}
		b->sum.bytes += ctl_int(&doc, "source.length");
		if (id && has_no_certain_id(b, &doc))
			r = ids_add(&b->untimed, id, 0);
	}
	if (r < 0)
		ctl_error("%s: no memory", b->replay.what);
	return r;
}

int backfill_find(struct backfill *b, mongoc_collection_t *coll, const struct sorted_group *g)
{
	int r = find_by_id(b, coll, g);

	return r < 0 ? r : find_by_place(b, coll, g);
}
