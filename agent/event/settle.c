/* What the schema requires of every document: a time, one of five levels, a module, a message. */
#include <errno.h>

#include "event/doc.h"
#include "event/slots.h"

static int note(struct genlog_record *rec, const char *key, struct genlog_value v)
{
	return genlog_context_put(rec, key, strlen(key), v);
}

/* Every line of a raw file gets this one: nothing stands in its context that the key could be there already. */
static int note_arrival(struct genlog_record *rec)
{
	static const char element[] = "\x02timestamp_source\0\x08\0\0\0arrival";

	if (rec->context.n)
		return note(rec, "timestamp_source", genlog_str("arrival", 7));
	if (genlog_buf_reserve(&rec->context, sizeof(element)) < 0)
		return -ENOMEM;
	memcpy(rec->context.p, element, sizeof(element));
	rec->context.n = sizeof(element);
	return 0;
}

static bool text_time(const struct genlog_value *v, const struct doc_defaults *d, int64_t now_ms, struct time_result *t)
{
	for (size_t i = 0; i < d->n_formats; i++)
		if (time_parse(&d->formats[i], v->u.p, v->n, now_ms, t) == 0)
			return true;
	return time_parse(&d->automatic, v->u.p, v->n, now_ms, t) == 0;
}

static bool time_of(const struct genlog_value *v, const struct doc_defaults *d, int64_t now_ms, struct time_result *t)
{
	t->flags = 0;
	switch ((enum genlog_vtype)v->type) {
	case GENLOG_V_DATE: t->ms = v->u.i; return true;
	case GENLOG_V_STR: return text_time(v, d, now_ms, t);
	case GENLOG_V_INT: return time_from_int(v->u.i, &t->ms) == 0;
	case GENLOG_V_DOUBLE: return time_from_double(v->u.d, &t->ms) == 0;
	default: return false;
	}
}

/* A time that had to be completed keeps its text, and so does one that could not be read. */
static int settle_time(struct genlog_record *rec, const struct doc_defaults *d, int64_t now_ms, struct doc_facts *facts)
{
	const unsigned inferred = TIME_YEAR_INFERRED | TIME_FOLD | TIME_GAP;
	struct genlog_value said = rec->slot[GENLOG_SLOT_TIMESTAMP];
	bool has = rec->set >> GENLOG_SLOT_TIMESTAMP & 1;
	struct time_result t;
	int r = 0;

	facts->own_time = has && time_of(&said, d, now_ms, &t);
	facts->time_ms = facts->own_time ? t.ms : now_ms;
	if (facts->own_time && t.flags & inferred)
		rec->flags |= GENLOG_REC_TIME_INFERRED;
	if (has && (!facts->own_time || t.flags & inferred))
		r = note(rec, "timestamp", said);
	if (!facts->own_time && r == 0)
		r = note_arrival(rec);
	genlog_set_slot(
		rec, GENLOG_SLOT_TIMESTAMP, (struct genlog_value){.type = GENLOG_V_DATE, .u.i = facts->time_ms});
	return r;
}

static int settle_level(struct genlog_record *rec, struct doc_facts *facts)
{
	struct genlog_value said = rec->slot[GENLOG_SLOT_LEVEL];
	bool has = rec->set >> GENLOG_SLOT_LEVEL & 1;
	int l = has ? level_of(&said) : -1;
	int r = has && l < 0 ? note(rec, "level", said) : 0;

	facts->level = l < 0 ? LEVEL_INFO : (enum level)l;
	genlog_set_slot(rec, GENLOG_SLOT_LEVEL, level_value(facts->level));
	return r;
}

/* Where structured loggers put what others have at the top: {"fields": {"message": …}} */
static const char *const nested_messages[] = {"fields.message", "fields.msg", "@fields.message", "@fields.msg",
	"attributes.message", "data.message", "record.message", NULL};

static bool nested(struct genlog_record *rec, enum genlog_slot s, const char *const *names)
{
	struct genlog_value v;

	for (; rec->context.n && *names; names++)
		if (genlog_get(rec, *names, &v) && v.type == GENLOG_V_STR && v.n) {
			char *copy = genlog_rec_alloc(rec, v.n + GENLOG_PAD); /* the context's bytes may move */

			if (!copy)
				return false;
			memcpy(copy, v.u.p, v.n);
			genlog_set_slot(rec, s, genlog_str(copy, v.n));
			return true;
		}
	return false;
}

static void settle_message(struct genlog_record *rec)
{
	static const enum genlog_slot instead[] = {GENLOG_SLOT_ERROR_MESSAGE, GENLOG_SLOT_MESSAGE_TEMPLATE};

	if (rec->set >> GENLOG_SLOT_MESSAGE & 1 || nested(rec, GENLOG_SLOT_MESSAGE, nested_messages))
		return;
	for (size_t i = 0; i < sizeof(instead) / sizeof(*instead); i++)
		if (rec->set >> instead[i] & 1 && rec->slot[instead[i]].type == GENLOG_V_STR) {
			genlog_set_slot(rec, GENLOG_SLOT_MESSAGE, rec->slot[instead[i]]);
			return;
		}
	genlog_set_slot(rec, GENLOG_SLOT_MESSAGE, genlog_str(rec->line, rec->len));
}

static void take_defaults(struct genlog_record *rec, const struct doc_defaults *d)
{
	for (uint64_t set = d->set & ~rec->set; set; set &= set - 1) {
		int s = __builtin_ctzll(set);

		rec->slot[s] = d->slot[s];
	}
	rec->set |= d->set;
}

static int settle_flags(struct genlog_record *rec)
{
	int r = 0;

	if (rec->parse_error)
		r = note(rec, "parse_error", genlog_str(rec->parse_error, strlen(rec->parse_error)));
	if (r == 0 && rec->flags & GENLOG_REC_TRUNCATED) {
		r = note(rec, "truncated", (struct genlog_value){.type = GENLOG_V_BOOL, .u.i = 1});
		if (r == 0)
			r = note(rec, "original_length",
				(struct genlog_value){.type = GENLOG_V_INT, .u.i = rec->full_len});
	}
	return r;
}

int doc_settle(struct genlog_record *rec, const struct doc_defaults *d, int64_t now_ms, struct doc_facts *facts)
{
	int r = settle_time(rec, d, now_ms, facts);

	if (r == 0)
		r = settle_level(rec, facts);
	if (r == 0 && (rec->parse_error || rec->flags & GENLOG_REC_TRUNCATED))
		r = settle_flags(rec);
	settle_message(rec);
	take_defaults(rec, d);
	return r;
}
