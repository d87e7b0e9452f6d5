#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ctl/array.h"
#include "ctl/audit.h"

#define SHOWN 10 /* of a source, for people */

static void id_text(const uint8_t id[TILE_ID], char out[25])
{
	for (int i = 0; i < TILE_ID; i++)
		snprintf(out + 2 * (ptrdiff_t)i, 3, "%02x", id[i]);
}

/* ── the agent's word ── */

struct open_source {
	const char *name;
	int64_t position;
	bool is;
};

static void is_open(void *arg, const bson_t *src)
{
	struct open_source *s = arg;

	if (strcmp(ctl_text(src, "source.file"), s->name) != 0)
		return;
	s->is = true;
	s->position = ctl_int(src, "position") > s->position ? ctl_int(src, "position") : s->position;
}

/*
 * What lies behind the last document is still to come: the agent reads the file and is not farther, or has put it into
 * its spool since that was looked at.  An agent that has taken nothing of it since it started says 0.
 */
static bool will_come(const struct audit *a, uint64_t from)
{
	struct open_source s = {.name = a->source.name};
	bool reads;

	ctl_each(&a->status, "sources", is_open, &s);
	reads = s.position ? s.position <= (int64_t)from : !from;
	return s.is && (reads || ctl_int(&a->status, "spool.docs_waiting"));
}

/* ── what it comes to ── */

static void judge_hole(const struct audit *a, const struct tile_hole *h, struct audit_verdict *v)
{
	uint64_t rest = tile_rest(h);
	bool waits = h->to == UINT64_MAX && h->events[TILE_MISSING] && will_come(a, h->from);

	*(waits ? &v->waiting_bytes : &v->missing_bytes) += h->bytes[TILE_MISSING];
	*(waits ? &v->waiting_events : &v->missing_events) += h->events[TILE_MISSING];
	v->waiting_bytes += h->bytes[TILE_WAITING];
	v->waiting_events += h->events[TILE_WAITING];
	v->gap_bytes += h->bytes[TILE_GAP];
	v->filtered_bytes += h->bytes[TILE_FILTERED];
	v->filtered_events += h->events[TILE_FILTERED];
	v->headers += h->events[TILE_HEADER];
	if (h->known || rest <= 1) { /* one byte is a line without a text */
		v->blank_bytes += rest;
		return;
	}
	v->unproven++;
	v->unproven_bytes += rest;
}

static struct audit_verdict judge(const struct audit *a)
{
	const struct tile *t = &a->source.logs;
	struct audit_verdict v = {.doubles = t->doubles_n + a->source.traces.doubles_n};

	for (size_t i = 0; i < t->n_holes; i++)
		judge_hole(a, &t->holes[i], &v);
	if (t->holes_n > TILE_MOST)
		v.unproven += t->holes_n - TILE_MOST;
	return v;
}

static bool is_bad(const struct audit_verdict *v)
{
	return v->missing_events || v->doubles || v->unproven;
}

/* ── for people ── */

static void show_hole(const struct audit *a, const struct tile_hole *h, int *shown)
{
	const char *file = h->known ? a->source.looked_in[h->known - 1] : a->source.path;

	if (h->reason[0]) {
		printf("  lost     %" PRIu64 " bytes from %" PRIu64 ", told by a gap document: ", h->bytes[TILE_GAP],
			h->from);
		ctl_put_text(h->reason);
		putchar('\n');
	}
	if (h->events[TILE_MISSING] && !(h->to == UINT64_MAX && will_come(a, h->from)) && (*shown)++ < SHOWN)
		printf("  MISSING  %" PRIu64 " bytes from %" PRIu64 ", %" PRIu64 " events%s -> genlogctl backfill %s\n",
			h->bytes[TILE_MISSING], h->missing_at, h->events[TILE_MISSING],
			h->to != UINT64_MAX		   ? ""
			: bson_count_keys(&a->status) == 0 ? ", behind the last document; the agent does not answer, "
							     "it reads them when it runs"
							   : ", behind the last document",
			file);
	if (!h->known && tile_rest(h) > 1 && (*shown)++ < SHOWN)
		printf("  UNPROVEN %" PRIu64 " bytes from %" PRIu64
		       " are in no document, and no file of this host that an input reads holds them\n",
			tile_rest(h), h->from);
}

static void show_doubles(const struct tile *t, const char *what, int *shown)
{
	for (size_t i = 0; i < t->n_doubles && *shown < SHOWN; i++, (*shown)++) {
		const struct tile_double *d = &t->doubles[i];
		char a[25], b[25];

		id_text(d->id[0], a);
		id_text(d->id[1], b);
		printf("  TWICE    %s: bytes %" PRIu64 " to %" PRIu64 "%s: _id %s and %s\n", what, d->from, d->to,
			d->same ? "" : " overlap", a, b);
	}
}

static void show_quiet(const struct audit_source *s, const struct audit_verdict *v)
{
	char n[CTL_SHORT];

	if (v->filtered_events)
		printf("  dropped by filters: %" PRIu64 " events, %s\n", v->filtered_events,
			ctl_bytes(n, (int64_t)v->filtered_bytes));
	if (v->waiting_events)
		printf("  on their way: %" PRIu64 " events, %s, which the agent reads or has in its spool\n",
			v->waiting_events, ctl_bytes(n, (int64_t)v->waiting_bytes));
	if (tile_lives(&s->logs) > 1)
		printf("  %u files of this name began with the same line; each was held against itself\n",
			tile_lives(&s->logs));
	if (!s->at_end && s->logs.documents)
		printf("  its end was not looked at: the file is not on this host, or no input reads it\n");
}

static void show(const struct audit *a, const struct audit_verdict *v)
{
	const struct audit_source *s = &a->source;
	char docs[CTL_SHORT], bytes[CTL_SHORT];
	int shown = 0;

	ctl_put_text(s->path);
	printf(" (%s): %s documents, %s; %s\n", s->name, ctl_number(docs, (int64_t)s->logs.documents),
		ctl_bytes(bytes, (int64_t)s->logs.bytes),
		is_bad(v)	    ? "NOT all of it"
		: v->waiting_events ? "all of it so far"
		: s->logs.documents ? "all of it"
				    : "nothing to ship");
	for (size_t i = 0; i < s->logs.n_holes; i++)
		show_hole(a, &s->logs.holes[i], &shown);
	show_doubles(&s->logs, "logs", &shown);
	show_doubles(&s->traces, "stack traces", &shown);
	if (shown > SHOWN || (size_t)shown < v->doubles)
		printf("  …and more; --json tells all that are kept\n");
	show_quiet(s, v);
}

/* ── for programs ── */

static void number(bson_t *doc, const char *key, uint64_t n)
{
	BSON_APPEND_INT64(doc, key, (int64_t)n);
}

static void append_verdict(bson_t *doc, const struct audit_verdict *v)
{
	number(doc, "missing_events", v->missing_events);
	number(doc, "missing_bytes", v->missing_bytes);
	number(doc, "doubles", v->doubles);
	number(doc, "unproven_holes", v->unproven);
	number(doc, "unproven_bytes", v->unproven_bytes);
	number(doc, "waiting_events", v->waiting_events);
	number(doc, "waiting_bytes", v->waiting_bytes);
	number(doc, "gap_bytes", v->gap_bytes);
	number(doc, "filtered_events", v->filtered_events);
	number(doc, "filtered_bytes", v->filtered_bytes);
	number(doc, "headers", v->headers);
	number(doc, "blank_bytes", v->blank_bytes);
}

static void append_item(bson_t *list, bson_t *item)
{
	char key[24];

	snprintf(key, sizeof(key), "%u", bson_count_keys(list));
	BSON_APPEND_DOCUMENT(list, key, item);
	bson_destroy(item);
}

static void append_holes(bson_t *doc, const struct audit_source *s)
{
	static const char *const names[] = {[TILE_GAP] = "gap_bytes",
		[TILE_BLANK] = "blank_bytes",
		[TILE_FILTERED] = "filtered_bytes",
		[TILE_HEADER] = "header_bytes",
		[TILE_WAITING] = "waiting_bytes",
		[TILE_MISSING] = "missing_bytes"};
	bson_t list;

	array_begin(&list);
	for (size_t i = 0; i < s->logs.n_holes; i++) {
		const struct tile_hole *h = &s->logs.holes[i];
		bson_t one = BSON_INITIALIZER;

		number(&one, "offset", h->from);
		if (h->to != UINT64_MAX)
			number(&one, "bytes", h->to - h->from);
		BSON_APPEND_BOOL(&one, "looked_at", h->known > 0);
		for (int k = 0; k < TILE_WHYS; k++)
			if (h->bytes[k])
				number(&one, names[k], h->bytes[k]);
		if (h->events[TILE_MISSING]) {
			number(&one, "missing_from", h->missing_at);
			number(&one, "missing_events", h->events[TILE_MISSING]);
		}
		if (h->filter[0])
			BSON_APPEND_UTF8(&one, "filter", h->filter);
		if (h->reason[0])
			BSON_APPEND_UTF8(&one, "reason", h->reason);
		append_item(&list, &one);
	}
	array_end(&list, doc, "holes");
}

static void append_doubles(bson_t *list, const struct tile *t, const char *what)
{
	for (size_t i = 0; i < t->n_doubles; i++) {
		const struct tile_double *d = &t->doubles[i];
		bson_t one = BSON_INITIALIZER;
		bson_oid_t oid;

		BSON_APPEND_UTF8(&one, "of", what);
		number(&one, "offset", d->from);
		number(&one, "bytes", d->to - d->from);
		BSON_APPEND_BOOL(&one, "same", d->same);
		bson_oid_init_from_data(&oid, d->id[0]);
		BSON_APPEND_OID(&one, "first", &oid);
		bson_oid_init_from_data(&oid, d->id[1]);
		BSON_APPEND_OID(&one, "second", &oid);
		append_item(list, &one);
	}
}

static void show_json(const struct audit *a, const struct audit_verdict *v)
{
	const struct audit_source *s = &a->source;
	bson_t doc = BSON_INITIALIZER, list;

	BSON_APPEND_UTF8(&doc, "path", s->path);
	BSON_APPEND_UTF8(&doc, "file", s->name);
	BSON_APPEND_BOOL(&doc, "whole", !is_bad(v));
	number(&doc, "documents", s->logs.documents);
	number(&doc, "stack_traces", s->traces.documents);
	number(&doc, "bytes", s->logs.bytes);
	number(&doc, "lives", tile_lives(&s->logs));
	BSON_APPEND_BOOL(&doc, "end_looked_at", s->at_end);
	array_begin(&list);
	for (unsigned i = 0; i < s->looked_at; i++)
		array_add_text(&list, s->looked_in[i]);
	array_end(&list, &doc, "looked_in");
	append_verdict(&doc, v);
	append_holes(&doc, s);
	array_begin(&list);
	append_doubles(&list, &s->logs, "logs");
	append_doubles(&list, &s->traces, "stack_traces");
	array_end(&list, &doc, "twice");
	ctl_json(&doc);
	bson_destroy(&doc);
}

/* ── all of them ── */

static void add_up(struct audit_verdict *to, const struct audit_verdict *v)
{
	to->missing_bytes += v->missing_bytes;
	to->missing_events += v->missing_events;
	to->waiting_bytes += v->waiting_bytes;
	to->waiting_events += v->waiting_events;
	to->unproven_bytes += v->unproven_bytes;
	to->unproven += v->unproven;
	to->gap_bytes += v->gap_bytes;
	to->blank_bytes += v->blank_bytes;
	to->filtered_events += v->filtered_events;
	to->filtered_bytes += v->filtered_bytes;
	to->headers += v->headers;
	to->doubles += v->doubles;
}

void audit_tell(struct audit *a)
{
	struct audit_verdict v = judge(a);

	a->sources++;
	a->documents += a->source.logs.documents;
	a->bad += is_bad(&v);
	add_up(&a->all, &v);
	if (a->c->json)
		show_json(a, &v);
	else
		show(a, &v);
}

void audit_tell_end(struct audit *a)
{
	const struct audit_verdict *v = &a->all;
	char n[CTL_SHORT], m[CTL_SHORT];
	bson_t doc = BSON_INITIALIZER;

	if (!a->c->json) {
		printf("%s files, %s documents: %" PRIu64 " events missing, %" PRIu64 " twice, %" PRIu64
		       " holes unproven; %" PRIu64 " bytes told as lost, %" PRIu64 " events dropped by filters\n",
			ctl_number(n, (int64_t)a->sources), ctl_number(m, (int64_t)a->documents), v->missing_events,
			v->doubles, v->unproven, v->gap_bytes, v->filtered_events);
		return;
	}
	number(&doc, "sources", a->sources);
	number(&doc, "sources_not_whole", a->bad);
	number(&doc, "documents", a->documents);
	append_verdict(&doc, v);
	ctl_json(&doc);
	bson_destroy(&doc);
}

/* ── what has no bytes ── */

static const char *words_for(const char *type)
{
	static const struct {
		const char *type, *words;
	} rows[] = {
		{"journald",
			"the cursor in the agent's spool says where it goes on; the journal is not held against them"},
		{"forward", "a chunk is acknowledged when it is durable; its sender alone knows what it has sent"},
		{"syslog", "nothing in the protocol says what was sent"},
		{"emit", "drops are told by gap documents; the rings are not held against them"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (strcmp(rows[i].type, type) == 0)
			return rows[i].words;
	return "they say no place in a file";
}

static void tell_other(const struct audit *a, const char *type, int64_t n)
{
	bson_t doc = BSON_INITIALIZER;

	if (!a->c->json) {
		printf("not checked: %" PRId64 " documents of ", n);
		ctl_put_text(*type ? type : "no input");
		printf(": %s\n", words_for(type));
		return;
	}
	BSON_APPEND_UTF8(&doc, "not_checked", type);
	BSON_APPEND_INT64(&doc, "documents", n);
	BSON_APPEND_UTF8(&doc, "why", words_for(type));
	ctl_json(&doc);
	bson_destroy(&doc);
}

static void other(void *arg, const bson_t *doc)
{
	if (strcmp(ctl_text(doc, "_id"), "tail") != 0)
		tell_other(arg, ctl_text(doc, "_id"), ctl_int(doc, "n"));
}

int audit_tell_others(struct audit *a)
{
	bson_t *pipeline = BCON_NEW("pipeline", "[", "{", "$group", "{", "_id", BCON_UTF8("$source.type"), "n", "{",
		"$sum", BCON_INT32(1), "}", "}", "}", "]");
	int r = 0;

	for (size_t i = 0; i < a->n_collections && r == 0; i++)
		r = db_aggregate(&a->db, a->collections[i], pipeline, "audit", other, a);
	bson_destroy(pipeline);
	return r;
}
