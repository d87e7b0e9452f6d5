/*
 * From record to document: the one encoding on the whole path.  The bytes made here are the bytes on disk and on the
 * wire.
 *
 *	{ _id, timestamp, level, module, …, context: {…}, …, createdAt, source: {type, path, file, offset, length} }
 *
 * _id: 4 bytes, seconds of the event's own time; 8 bytes, hash of (generation, offset, length and bytes of its first
 * line, collection): how many lines were joined to it depends on when they came, and has no part in who it is.
 * An event without a time of its own mixes in the source's salt, so that equal lines of two lives of a file differ.
 */
#ifndef EVENT_DOC_H
#define EVENT_DOC_H

#include <genlog/record.h>

#include "event/level.h"
#include "event/time.h"

#define DOC_ID_SIZE 12
#define DOC_SIZE_MAX (15 << 20)

/* What every document of one input has unless the event says otherwise.  Borrowed by all its sources. */
struct doc_defaults {
	uint64_t set;
	struct genlog_value slot[GENLOG_SLOTS];
	struct genlog_buf context;	   /* BSON elements */
	uint64_t id_seed, trace_seed;	   /* of the collection, and of that of stack traces */
	const struct time_format *formats; /* tried in this order; none: automatic, in `zone` */
	size_t n_formats;
	struct time_format automatic;
};

/* Where the event stood.  `source` is a whole element, made by doc_source(); offset and length are patched into it. */
struct doc_place {
	const struct genlog_buf *source;
	uint64_t generation, salt, offset;
	uint32_t length;
	int32_t pid; /* 0: not known */
};

struct doc_facts {
	int64_t time_ms;
	bool own_time;
	enum level level;
};

/* The element `source` of a generation: with type, the label's value and the generation's name. */
struct doc_origin {
	const char *type, *label, *value;
	const char *const *more; /* names and values in turns, NULL-ended; NULL: none */
	uint64_t generation;
};
int doc_source(struct genlog_buf *out, const struct doc_origin *o);

/* Timestamp, level, message and module get a value, from the event or from the defaults. */
int doc_settle(struct genlog_record *rec, const struct doc_defaults *d, int64_t now_ms, struct doc_facts *facts);

/* Appends the document.  0; -ENOMEM; -E2BIG: larger than MongoDB takes, nothing was written. */
int doc_append(struct genlog_buf *out, const struct genlog_record *rec, const struct doc_defaults *d,
	const struct doc_place *place, const struct doc_facts *facts);

/*
 * The document of a stack trace that this event carried, for another collection: the slots that both have, `log_id`,
 * which is the event's own _id, and the elements given.
 */
int doc_trace_append(struct genlog_buf *out, const struct genlog_record *rec, const struct doc_defaults *d,
	const struct doc_place *place, const struct doc_facts *facts, const struct genlog_buf *elements);

uint64_t doc_seed(const char *collection);

#endif
