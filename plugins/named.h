/*
 * Fields whose names come from the line or from its header: a name of the schema has its slot, by the host's table of
 * aliases, the others go into the context.  Of two names for one slot the surer has it and the other is kept in the
 * context; of one name twice the last value is.  So many names a line, and no line can hold up the reader.
 */
#ifndef PLUGINS_NAMED_H
#define PLUGINS_NAMED_H

#include <errno.h>

#include "scan.h"

#define NAMED_MAX 512

struct named {
	struct genlog_record *rec;
	unsigned n;
	uint64_t seen;
	struct {
		struct slice name;
		int rank;
	} taken[GENLOG_SLOTS]; /* of those that are set in the record */
};

static inline void named_begin(struct named *f, struct genlog_record *rec)
{
	f->rec = rec;
	f->n = 0;
	f->seen = 0;
}

/* Whether a name may stand in the context already: a bit by its ends. */
static inline bool named_seen(struct named *f, struct slice name)
{
	uint64_t a = 0, b = 0, bit;

	if (name.n >= 8) {
		memcpy(&a, name.p, 8);
		memcpy(&b, name.p + name.n - 8, 8);
	} else {
		memcpy(&a, name.p, name.n);
	}
	a = (a ^ b * 0x9e3779b97f4a7c15ULL ^ name.n) * 0xff51afd7ed558ccdULL;
	bit = 1ULL << (a >> 58);
	if (f->seen & bit)
		return true;
	f->seen |= bit;
	return false;
}

/* A key that is written as it is, and that no other key becomes when it is made fit: those hold U+FFxx. */
static inline bool named_is_plain(struct slice name)
{
	return name.n && *name.p != '$' && *name.p != '_' && !memchr(name.p, '.', name.n) &&
	       !memchr(name.p, 0, name.n) && !memchr(name.p, 0xef, name.n);
}

static inline int named_context(struct named *f, struct slice name, struct genlog_value v)
{
	struct genlog_record *rec = f->rec;

	if (named_seen(f, name) || !named_is_plain(name) ||
		genlog_buf_reserve(&rec->context, GENLOG_BSON_MAX(name.n, v.type == GENLOG_V_STR ? v.n : 8)) < 0)
		return genlog_context_put(rec, name.p, name.n, v);
	switch (v.type) {
	case GENLOG_V_INT: context_int(rec, name.p, name.n, v.u.i); break;
	case GENLOG_V_DOUBLE: context_double(rec, name.p, name.n, v.u.d); break;
	case GENLOG_V_BOOL: context_bool(rec, name.p, name.n, v.u.i); break;
	default: context_text(rec, name.p, name.n, (struct slice){v.u.p, v.n});
	}
	return 0;
}

/* A text is a slice that lives as long as the record, and goes into a slot of texts as it is. */
static inline bool named_slot(struct named *f, enum genlog_slot s, struct genlog_value v)
{
	static const uint64_t other = 1ULL << GENLOG_SLOT_DURATION_MS | 1ULL << GENLOG_SLOT_DB_QUERIES |
				      1ULL << GENLOG_SLOT_EXTERNAL_API_CALLS | 1ULL << GENLOG_SLOT_TAGS;
	bool number = v.type == GENLOG_V_INT || v.type == GENLOG_V_DOUBLE;

	if (other >> s & 1 ? s != GENLOG_SLOT_DURATION_MS || !number : v.type != GENLOG_V_STR)
		return false;
	genlog_set_slot(f->rec, s, v);
	return true;
}

/* `text` is the value as it was written: what a slot of texts wants of a number. */
static inline int named_put(struct named *f, struct slice name, struct genlog_value v, struct slice text)
{
	int rank = 0;
	enum genlog_slot s = genlog_slot_of(name.p, name.n, &rank);
	struct genlog_value old;
	bool set;

	f->n++;
	if (s == GENLOG_SLOTS)
		return named_context(f, name, v);
	set = f->rec->set >> s & 1;
	old = f->rec->slot[s];
	if (set && (rank > f->taken[s].rank || old.type != GENLOG_V_STR))
		return named_context(f, name, v);
	if (!named_slot(f, s, s == GENLOG_SLOT_DURATION_MS ? v : genlog_str(text.p, text.n))) {
		named_seen(f, name); /* it may end up in the context */
		return set ? genlog_context_put(f->rec, name.p, name.n, v) : genlog_put(f->rec, name.p, name.n, v);
	}
	if (set && rank < f->taken[s].rank && named_context(f, f->taken[s].name, old) < 0)
		return -ENOMEM;
	f->taken[s].name = name;
	f->taken[s].rank = rank;
	return 0;
}

#endif
