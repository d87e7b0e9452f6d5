/*
 * The record: what a parser makes of one event.
 *
 *	line ─► parser ─► record { slots: timestamp level module … ; context: BSON elements } ─► filters ─► document
 *
 * Well-known fields of the schema stand in slots, everything else in `context`, already encoded.  Texts are
 * slices: of the line itself, or of the record's own memory (genlog_rec_alloc).  Both live until the record has
 * become a document; nothing is freed.
 *
 * Owner: the host, one record a reader thread, used again for every event.
 * Text:  `line` is valid UTF-8 (the host has put U+FFFD where it was not) and GENLOG_PAD bytes behind its end may
 *        be read, whatever they hold.  Every text put into a slot or into the context has to be valid UTF-8.
 * Room:  when parse() is called, `context` has room for GENLOG_ROOM(len) bytes, which is more than any JSON of that
 *        length needs in BSON; a parser that can bound its output by that may write without asking.
 */
#ifndef GENLOG_RECORD_H
#define GENLOG_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define GENLOG_PAD 64
#define GENLOG_ROOM(len) (8 * (size_t)(len) + 1024)

/* Slots, in the order in which a document has them: X(name, key, kind). */
#define GENLOG_SLOT_LIST(X)                                                                                            \
	X(TIMESTAMP, "timestamp", DATE)                                                                                \
	X(LEVEL, "level", TEXT)                                                                                        \
	X(MODULE, "module", TEXT)                                                                                      \
	X(CLASS_NAME, "class_name", TEXT)                                                                              \
	X(METHOD_NAME, "method_name", TEXT)                                                                            \
	X(MESSAGE, "message", TEXT)                                                                                    \
	X(MESSAGE_TEMPLATE, "message_template", TEXT)                                                                  \
	X(TEMPLATE_ID, "template_id", TEXT)                                                                            \
	X(ERROR_CODE, "error_code", TEXT)                                                                              \
	X(ERROR_MESSAGE, "error_message", TEXT)                                                                        \
	X(STACK_TRACE, "stack_trace", TEXT)                                                                            \
	X(DURATION_MS, "duration_ms", NUMBER)                                                                          \
	X(DB_QUERIES, "db_queries", COUNT)                                                                             \
	X(EXTERNAL_API_CALLS, "external_api_calls", COUNT)                                                             \
	X(USER_ID, "user_id", TEXT)                                                                                    \
	X(IP_ADDRESS, "ip_address", TEXT)                                                                              \
	X(USER_AGENT, "user_agent", TEXT)                                                                              \
	X(ENVIRONMENT, "environment", TEXT)                                                                            \
	X(VERSION, "version", TEXT)                                                                                    \
	X(NODE_ID, "node_id", TEXT)                                                                                    \
	X(TAGS, "tags", TAGS)                                                                                          \
	X(CORRELATION_ID, "correlation_id", TEXT)

enum genlog_slot {
#define GENLOG_SLOT_ENUM(name, key, kind) GENLOG_SLOT_##name,
	GENLOG_SLOT_LIST(GENLOG_SLOT_ENUM)
#undef GENLOG_SLOT_ENUM
		GENLOG_SLOTS
};

enum genlog_vtype {
	GENLOG_V_NONE,
	GENLOG_V_STR,	 /* u.p, n bytes */
	GENLOG_V_INT,	 /* u.i */
	GENLOG_V_DOUBLE, /* u.d */
	GENLOG_V_BOOL,	 /* u.i: 0 or 1 */
	GENLOG_V_NULL,
	GENLOG_V_DATE,	/* u.i: milliseconds since 1970, UTC */
	GENLOG_V_DOC,	/* u.p: an encoded BSON document of n bytes */
	GENLOG_V_ARRAY, /* u.p: an encoded BSON array of n bytes */
};

struct genlog_value {
	uint8_t type; /* enum genlog_vtype */
	uint32_t n;
	union {
		const char *p;
		int64_t i;
		double d;
	} u;
};

/* Bytes that grow.  Zeroed is empty.  `p` is malloc'ed by the host; only genlog_buf_* change `cap`. */
struct genlog_buf {
	uint8_t *p;
	size_t n, cap;
};

/* Host: makes room for `more` bytes behind `n`.  -ENOMEM leaves the buffer as it was. */
int genlog_buf_grow(struct genlog_buf *b, size_t more);

static inline int genlog_buf_reserve(struct genlog_buf *b, size_t more)
{
	return b->cap - b->n >= more ? 0 : genlog_buf_grow(b, more);
}

enum genlog_rec_flag {
	GENLOG_REC_TRUNCATED = 1 << 0,	   /* the line was longer than max_line; `full_len` says how long */
	GENLOG_REC_BAD_UTF8 = 1 << 1,	   /* U+FFFD stands where bytes were invalid */
	GENLOG_REC_DUP_KEYS = 1 << 2,	   /* a key stood twice: the last value was kept */
	GENLOG_REC_TOO_DEEP = 1 << 3,	   /* nested beyond the limit: the rest is kept as text */
	GENLOG_REC_TIME_INFERRED = 1 << 4, /* year or zone was not in the text */
};

struct genlog_record {
	size_t size; /* of this struct, as the host knows it; fields are only added at the end */
	const char *line;
	size_t len;
	uint64_t set; /* bit s: slot s has a value */
	struct genlog_value slot[GENLOG_SLOTS];
	struct genlog_buf context; /* BSON elements, without the document's header and end */
	char *mem;		   /* scratch of the record; use genlog_rec_alloc() */
	size_t mem_n, mem_cap;
	uint32_t flags; /* enum genlog_rec_flag */
	uint32_t full_len;
	const char *parse_error; /* why the parser gave up, or NULL; ends up in context.parse_error */
	const char *raw; /* the bytes as they were in the source, before any repair; identity is made of these */
	size_t raw_len;
	void *source;		/* the running parser's memory of this source: see genlog_plugin.source_size */
	const char *collection; /* NULL: the input's; a filter may send the event elsewhere */
	const char *origin; /* for filters: what its source is, a path say: genlog_source_desc.value; NULL: not known */
};

/*
 * The length of the timestamp at the beginning of the text, 0: there is none.  All layouts that the automatic format
 * reads, with fraction and zone; `[` and the like before it are not passed over.
 */
size_t genlog_time_len(const char *p, size_t n);

/* Whether a word alone, without wrapping, is a level's name in one of its spellings. */
bool genlog_is_level(const char *p, size_t n);

/* Scratch that lives as long as the record's slices; NULL: no memory.  Not zeroed, not aligned. */
char *genlog_rec_more(struct genlog_record *rec, size_t n);

static inline char *genlog_rec_alloc(struct genlog_record *rec, size_t n)
{
	char *p = rec->mem + rec->mem_n;

	if (rec->mem_cap - rec->mem_n < n)
		return genlog_rec_more(rec, n);
	rec->mem_n += n;
	return p;
}

static inline void genlog_set_slot(struct genlog_record *rec, enum genlog_slot s, struct genlog_value v)
{
	rec->slot[s] = v;
	rec->set |= 1ULL << s;
}

static inline struct genlog_value genlog_str(const char *p, size_t n)
{
	return (struct genlog_value){.type = GENLOG_V_STR, .n = (uint32_t)n, .u.p = p};
}

/*
 * By name: a slot's key, one of its usual aliases (`msg`, `severity`, `@timestamp`, …), or any other name, which
 * goes into the context.  The text of name and value is copied.  0, or -ENOMEM.
 */
int genlog_put(struct genlog_record *rec, const char *name, size_t name_len, struct genlog_value v);

/* One element into the context, under this name; a key that is there already is replaced.  0, or -ENOMEM. */
int genlog_context_put(struct genlog_record *rec, const char *key, size_t key_len, struct genlog_value v);

/* A key as a document may have it: `.` and a leading `$` in their full-width forms, no NUL, not empty. */
#define GENLOG_KEY_ROOM(len) (3 * (size_t)(len) + 1)
size_t genlog_key_fit(char *to, const char *key, size_t len);

/* The value under a name: a slot's key, or a field of the context, `context.a.b` or `a.b`.  false: there is none. */
bool genlog_get(const struct genlog_record *rec, const char *name, struct genlog_value *out);

/*
 * The same as text: numbers and truth as they are written, the level as the document will have it.  false: there is
 * none, or it is a document, a list or null.
 */
#define GENLOG_TEXT_ROOM 40
bool genlog_get_text(
	const struct genlog_record *rec, const char *name, char room[GENLOG_TEXT_ROOM], struct genlog_value *out);

/*
 * The level that the document will have, from the text that stands in the slot now.  Names are the schema's;
 * find() also knows all usual spellings.  -1: no level, or one that nobody knows, which becomes INFO.
 */
enum { GENLOG_LEVEL_DEBUG, GENLOG_LEVEL_INFO, GENLOG_LEVEL_WARN, GENLOG_LEVEL_ERROR, GENLOG_LEVEL_CRITICAL };
int genlog_level(const struct genlog_record *rec);
int genlog_level_find(const char *p, size_t n);
struct genlog_value genlog_level_name(int level);

/*
 * Takes away what genlog_get() finds.  false: there was none.  Without a message a document would show the line
 * itself, so the message takes rec->line with it.
 */
bool genlog_remove(struct genlog_record *rec, const char *name);

/* How many bytes from the beginning are valid UTF-8; n: all. */
size_t genlog_utf8_valid(const char *p, size_t n);

/* Copies with U+FFFD for each longest invalid piece, as WHATWG has it; `to` needs 3 × n bytes.  Returns the length. */
size_t genlog_utf8_repair(char *to, const char *p, size_t n);

/* 64 bits of any bytes, today and for ever the same for the same seed. */
uint64_t genlog_hash(const void *p, size_t n, uint64_t seed);

/* A value's key, and the key of what it stands in; `up` is NULL for the record's own fields. */
struct genlog_place {
	const char *key;
	size_t len;
	const struct genlog_place *up;
};

/* What becomes of a value.  In an array, what is removed becomes null, so that the others keep their places. */
enum genlog_edit { GENLOG_LEAVE, GENLOG_REPLACE, GENLOG_REMOVE };
typedef enum genlog_edit genlog_edit_fn(
	void *arg, struct genlog_record *rec, const struct genlog_place *at, struct genlog_value *v);

/*
 * Shows all values of these types (bits 1 << enum genlog_vtype) that may leave the machine: slots, tags, and the
 * context at every depth, fields of the context without "context" above them.  With GENLOG_REPLACE `v` holds the new
 * value, whose text is the record's (genlog_rec_alloc) or constant.  A document or list is shown before what it holds,
 * which is shown only where it was left.  Keys are not shown.  rec->line is shown as a text without a key where the
 * host could still fall back on it: no message, or a record so large that its document might be too large.
 * `fn` may not change the record otherwise.  One pass; where nothing is replaced, nothing is copied.
 * 0; -ENOMEM, -EINVAL: something is unchanged, and the record is whole.
 */
int genlog_each(struct genlog_record *rec, unsigned types, genlog_edit_fn *fn, void *arg);

static inline int genlog_each_text(struct genlog_record *rec, genlog_edit_fn *fn, void *arg)
{
	return genlog_each(rec, 1U << GENLOG_V_STR, fn, arg);
}

/* Which slot a name means, by key or alias; GENLOG_SLOTS: none.  `rank` 0 is the key itself, more is less certain. */
enum genlog_slot genlog_slot_of(const char *name, size_t len, int *rank);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
