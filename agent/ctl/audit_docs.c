#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "ctl/audit.h"

struct one {
	mongoc_collection_t *coll;
	mongoc_cursor_t *cursor;
	const bson_t *doc; /* NULL: none is left */
	const char *name;  /* of its generation */
	int64_t offset;
};

struct audit_docs {
	struct audit *a;
	struct one one[AUDIT_COLLECTIONS];
	size_t n, last; /* last: the one whose document was given out; n: none */
};

uint64_t audit_says(const bson_t *doc)
{
	bool trace = bson_has_field(doc, "log_id"), timed;
	const char *text = ctl_text(doc, trace ? "stack_trace" : "message");
	bson_iter_t it, at;

	timed = !trace && strcmp(ctl_text(doc, "context.timestamp_source"), "arrival") != 0 &&
		!(bson_iter_init(&it, doc) && bson_iter_find_descendant(&it, "context.timestamp", &at));
	return hash64(text, strlen(text), timed ? (uint64_t)ctl_int(doc, "timestamp") : 0);
}

static bson_t *options(void)
{
	static const char *const fields[] = {"source", "message", "timestamp", "log_id", "stack_trace", "context.gap",
		"context.timestamp", "context.timestamp_source"};
	bson_t *opts = BCON_NEW("sort", "{", "source.file", BCON_INT32(1), "source.offset", BCON_INT32(1), "}",
		"allowDiskUse", BCON_BOOL(true));
	bson_t projection;

	BSON_APPEND_DOCUMENT_BEGIN(opts, "projection", &projection);
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		BSON_APPEND_INT32(&projection, fields[i], 1);
	bson_append_document_end(opts, &projection);
	return opts;
}

static void open_one(struct audit_docs *s, const char *collection, const bson_t *names)
{
	struct one *o = &s->one[s->n++];
	bson_t *opts = options(), filter = BSON_INITIALIZER, in;

	BSON_APPEND_UTF8(&filter, "source.type", "tail");
	if (names) {
		BSON_APPEND_DOCUMENT_BEGIN(&filter, "source.file", &in);
		BSON_APPEND_ARRAY(&in, "$in", names);
		bson_append_document_end(&filter, &in);
	}
	o->coll = mongoc_client_get_collection(s->a->db.client, s->a->db.uri.database, collection);
	o->cursor = mongoc_collection_find_with_opts(o->coll, &filter, opts, NULL);
	bson_destroy(&filter);
	bson_destroy(opts);
}

static int advance(struct audit_docs *s, struct one *o)
{
	bson_error_t error;

	if (!mongoc_cursor_next(o->cursor, &o->doc))
		o->doc = NULL;
	if (!o->doc)
		return mongoc_cursor_error(o->cursor, &error) ? db_failed(&s->a->db, "audit", &error) : 0;
	o->name = ctl_text(o->doc, "source.file");
	o->offset = ctl_int(o->doc, "source.offset");
	return 0;
}

struct audit_docs *audit_docs_open(struct audit *a, const bson_t *names)
{
	struct audit_docs *s = calloc(1, sizeof(*s));
	int r = 0;

	if (!s) {
		ctl_error("audit: no memory");
		return NULL;
	}
	s->a = a;
	for (size_t i = 0; i < a->n_collections; i++)
		open_one(s, a->collections[i], names);
	for (size_t i = 0; i < s->n && r == 0; i++)
		r = advance(s, &s->one[i]);
	s->last = s->n;
	if (r == 0)
		return s;
	audit_docs_close(s);
	return NULL;
}

void audit_docs_close(struct audit_docs *s)
{
	for (size_t i = 0; s && i < s->n; i++) {
		mongoc_cursor_destroy(s->one[i].cursor);
		mongoc_collection_destroy(s->one[i].coll);
	}
	free(s);
}

static bool comes_before(const struct one *a, const struct one *b)
{
	int r = strcmp(a->name, b->name);

	return r ? r < 0 : a->offset < b->offset;
}

static void fill(const bson_t *doc, struct audit_doc *out)
{
	bson_iter_t it, at;
	int64_t offset = ctl_int(doc, "source.offset"), length = ctl_int(doc, "source.length");

	*out = (struct audit_doc){.name = ctl_text(doc, "source.file"),
		.path = ctl_text(doc, "source.path"),
		.trace = bson_has_field(doc, "log_id"),
		.gap_bytes = (uint64_t)ctl_int(doc, "context.gap.bytes"),
		.reason = ctl_text(doc, "context.gap.reason")};
	out->gap = bson_iter_init(&it, doc) && bson_iter_find_descendant(&it, "context.gap", &at);
	out->d = (struct tile_doc){.offset = offset < 0 ? 0 : (uint64_t)offset,
		.length = length < 0 ? 0 : (uint64_t)length,
		.says = audit_says(doc),
		.timeless = strcmp(ctl_text(doc, "context.timestamp_source"), "arrival") == 0};
	if (bson_iter_init_find(&it, doc, "_id") && BSON_ITER_HOLDS_OID(&it))
		memcpy(out->d.id, bson_iter_oid(&it)->bytes, TILE_ID);
}

int audit_docs_next(struct audit_docs *s, struct audit_doc *out)
{
	size_t best = s->n;
	int r = s->last < s->n ? advance(s, &s->one[s->last]) : 0;

	for (size_t i = 0; i < s->n; i++)
		if (s->one[i].doc && (best == s->n || comes_before(&s->one[i], &s->one[best])))
			best = i;
	s->last = best;
	if (r < 0 || best == s->n)
		return r;
	fill(s->one[best].doc, out);
	return 1;
}
