/*
 * A day of a collection.  At whatever step it is killed, each document is in the database or in a finished part:
 *
 *	finished parts of the day are read and proven, their documents are known
 *	what is not among them is written to a temporary file, made durable, renamed
 *	that file is read back and proven; then its manifest is written, which makes it a finished part
 *	only then the _ids that were read back are deleted, and those of documents that finished parts had already
 */
#include <errno.h>
#include <string.h>

#include "ctl/archive.h"

struct day {
	struct archive *a;
	int64_t ms;
	struct cold_part part; /* the first that is not finished */
	struct cold_seen seen;
	struct archive_ids ids; /* to be deleted: of documents of finished parts */
	struct cold_writer w;
	bool writing;
};

static int seen_add(void *arg, const bson_t *doc)
{
	int r = cold_seen_add(arg, doc);

	return r < 0 ? r : 0;
}

static int failed(const struct day *d, const char *what, int r)
{
	ctl_error("%s: %s: %s; nothing of this day is deleted", d->part.name, what, strerror(-r));
	return r;
}

static int learn(struct day *d)
{
	struct cold_facts facts = {0};
	char why[200];
	int r = cold_manifest_read(&d->part, &facts);

	if (r < 0)
		return failed(d, "its manifest cannot be read", r);
	r = cold_read(&d->part, &facts, seen_add, &d->seen, why);
	if (r < 0)
		ctl_error("%s.bson.gz: %s; nothing of this day is touched while it lies there", d->part.name, why);
	return r;
}

/* Reads the finished parts and stays at the first that is none. */
static int learn_parts(struct day *d)
{
	int r = 0;

	for (d->part.number = 1; r == 0 && d->part.number < COLD_PARTS; d->part.number++) {
		r = cold_part_open(&d->part, false);
		if (r == -ENOENT)
			return 0;
		if (r < 0)
			return failed(d, "cannot be opened", r);
		if (!cold_part_is_finished(&d->part)) {
			cold_part_close(&d->part);
			return 0;
		}
		r = learn(d);
		cold_part_close(&d->part);
	}
	return r < 0 ? r : failed(d, "there are too many parts", -EMFILE);
}

static int begin(struct day *d)
{
	int r = cold_part_open(&d->part, true);

	if (r == 0)
		r = cold_write_begin(&d->w, &d->part);
	d->writing = true;
	return r < 0 ? failed(d, "cannot be written", r) : 0;
}

static int take(struct day *d, const bson_t *doc)
{
	int r = cold_seen_add(&d->seen, doc);

	if (r < 0)
		return failed(d, "too large", r);
	ctl_progress(d->a->c, &d->a->progress, ++d->a->passed);
	if (r == 1)
		return archive_ids_add(&d->ids, doc, d->a->o->batch);
	r = d->writing ? 0 : begin(d);
	if (r < 0)
		return r;
	r = cold_write_add(&d->w, doc);
	return r < 0 ? failed(d, "cannot be written", r) : 0;
}

static int take_all(struct day *d)
{
	mongoc_cursor_t *cursor = archive_day(d->a, d->ms);
	const bson_t *doc;
	bson_error_t error;
	int r = 0;

	while (r == 0 && mongoc_cursor_next(cursor, &doc))
		r = take(d, doc);
	if (r == 0 && mongoc_cursor_error(cursor, &error))
		r = db_failed(&d->a->db, d->a->name, &error);
	mongoc_cursor_destroy(cursor);
	return r;
}

static void append_id(bson_t *to, const char *key, const bson_t *kept)
{
	bson_iter_t it;

	if (kept && bson_iter_init_find(&it, kept, "_id"))
		bson_append_iter(to, key, -1, &it);
}

static int write_manifest(struct day *d)
{
	bson_t more = BSON_INITIALIZER;
	int r;

	BSON_APPEND_UTF8(&more, "field", d->a->time);
	BSON_APPEND_DATE_TIME(&more, "from", d->ms);
	BSON_APPEND_DATE_TIME(&more, "to", d->ms + COLD_DAY_MS);
	append_id(&more, "min_id", d->w.min);
	append_id(&more, "max_id", d->w.max);
	r = cold_manifest_write(&d->part, &d->w.sum.facts, &more);
	bson_destroy(&more);
	return r;
}

struct back {
	struct archive_ids ids;
	int64_t batch;
};

static int back_take(void *arg, const bson_t *doc)
{
	struct back *b = arg;

	return archive_ids_add(&b->ids, doc, b->batch);
}

static int delete_all(struct archive *a, const struct archive_ids *ids)
{
	int r = 0;

	for (size_t i = 0; i < ids->n && r == 0; i++)
		r = archive_delete(a, ids->groups[i]);
	return r;
}

/* From the temporary file to documents that are gone from the database. */
static int finish(struct day *d)
{
	struct back back = {.batch = d->a->o->batch};
	struct schema_live live;
	char why[200];
	int r;

	schema_live_init(&live);
	r = schema_live_read(&d->a->db, d->a->name, false, &live);
	if (r == 0 && (r = cold_write_end(&d->w, &live)) < 0)
		failed(d, "cannot be written", r);
	if (r == 0 && (r = cold_read(&d->part, &d->w.sum.facts, back_take, &back, why)) < 0)
		ctl_error("%s.bson.gz: what was written reads otherwise: %s; nothing is deleted", d->part.name, why);
	if (r == 0 && (r = write_manifest(d)) < 0)
		failed(d, "its manifest cannot be written", r);
	if (r == 0)
		d->a->archived += d->w.sum.facts.documents;
	if (r == 0 && !d->a->o->keep)
		r = delete_all(d->a, &back.ids);
	archive_ids_fini(&back.ids);
	schema_live_fini(&live);
	return r;
}

static void tell(const struct day *d)
{
	const struct archive *a = d->a;
	bson_t doc = BSON_INITIALIZER;

	ctl_progress_end(a->c, (struct ctl_progress *)&a->progress);
	if (a->c->json) {
		BSON_APPEND_UTF8(&doc, "collection", a->name);
		BSON_APPEND_UTF8(&doc, "day", d->part.day);
		BSON_APPEND_INT64(&doc, "archived", a->archived);
		BSON_APPEND_INT64(&doc, "deleted", a->deleted);
		if (d->writing)
			BSON_APPEND_UTF8(&doc, "file", d->part.name);
		ctl_json(&doc);
	} else if (a->archived || a->deleted) {
		printf("%s  %s: %lld archived%s%s, %lld deleted\n", d->part.day, a->name, (long long)a->archived,
			d->writing ? " in " : "", d->writing ? d->part.name : "", (long long)a->deleted);
	}
	bson_destroy(&doc);
}

int archive_one_day(struct archive *a, int64_t day_ms)
{
	struct day d = {.a = a, .ms = day_ms};
	int r;

	a->archived = a->deleted = 0;
	d.part = (struct cold_part){.dir = -1, .root = a->o->to, .database = a->db.uri.database, .collection = a->name};
	d.w.fd = -1;
	cold_day_name(day_ms, d.part.day);
	r = learn_parts(&d);
	if (r == 0)
		r = take_all(&d);
	if (r == 0 && d.writing)
		r = finish(&d);
	if (r == 0 && !a->o->keep)
		r = delete_all(a, &d.ids);
	if (a->archived || a->deleted)
		tell(&d);
	cold_write_fini(&d.w);
	cold_part_close(&d.part);
	cold_seen_fini(&d.seen);
	archive_ids_fini(&d.ids);
	return r;
}
