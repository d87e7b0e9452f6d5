/* From an entry to an event of its unit's source. */
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "journald.h"

#define SUPPRESSED_ID "a596d6fe7bfa4994828e72309e95d61e"
#define COREDUMP_ID "fc2e22bc6ee647b6b90729ab34a250b1"
#define NAME_LEN 256
#define DAY_US (24 * 3600 * 1000000LL)

static uint32_t name_hash(const char *p, size_t n)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (uint8_t)p[i]) * 16777619u;
	return h;
}

static int64_t digits(const struct field *f)
{
	int64_t v = 0;

	if (!f->n || f->n > 18)
		return -1;
	for (size_t i = 0; i < f->n; i++) {
		if (f->value[i] < '0' || f->value[i] > '9')
			return -1;
		v = v * 10 + (f->value[i] - '0');
	}
	return v;
}

static void note(struct entry *e, const struct field *f)
{
	switch ((enum use)f->row->use) {
	case USE_MESSAGE: e->message = e->message ? e->message : f; break;
	case USE_PRIORITY: e->priority = f; break;
	case USE_CLASS: e->identifier = f; break;
	case USE_PID: e->pid = digits(f); break;
	case USE_TIME: e->source_time = digits(f); break;
	case USE_UNIT: e->unit = f->row->key && e->unit ? e->unit : f; break;
	case USE_OBJECT: e->object = f; break;
	case USE_DUMPED: e->dumped = f; break;
	case USE_ID: e->id = f; break;
	case USE_DROPPED: e->dropped = f; break;
	default: break;
	}
}

static bool get_field(struct wire_in *w, struct field *f)
{
	uint32_t len = wire_u32(w);
	uint64_t full = len & WIRE_CUT ? wire_u64(w) : len;
	size_t n = len & ~WIRE_CUT;
	const char *p = (const char *)wire_bytes(w, n);
	const char *eq = p && n ? memchr(p, '=', n) : NULL;

	if (!eq || eq == p || full < n || full > UINT32_MAX)
		return false;
	*f = (struct field){.name = p, .name_n = (uint32_t)(eq - p), .value = eq + 1};
	f->n = n - f->name_n - 1;
	f->full = (size_t)full - f->name_n - 1;
	f->row = name_find(p, f->name_n);
	f->hash = name_hash(p, f->name_n);
	return true;
}

int entry_get(struct journald *j, struct wire_in *w)
{
	struct entry *e = &j->entry;
	uint32_t file = wire_u32(w), n;
	uint8_t id[ID_SIZE];

	memset(e, 0, offsetof(struct entry, field));
	e->time = wire_u64(w);
	e->cursor = wire_str(w);
	e->flags = wire_u8(w);
	n = wire_u32(w);
	if (w->bad || file >= j->files || n > WIRE_FIELDS)
		return -EPROTO;
	e->file = j->file[file];
	e->size = (uint64_t)(w->end - w->p);
	if (!cursor_parse(e->cursor, strlen(e->cursor), id, &e->seqnum))
		e->seqnum = e->time;
	for (; e->n < n; e->n++) {
		if (!get_field(w, &e->field[e->n]))
			return -EPROTO;
		if (e->field[e->n].row)
			note(e, &e->field[e->n]);
	}
	return w->p == w->end ? 0 : -EPROTO;
}

/* Whose entry it is: of what the manager or the journal itself says, the unit that it speaks of. */
static const struct field *unit_of(const struct entry *e)
{
	if (e->dumped && field_is(e->id, COREDUMP_ID))
		return e->dumped;
	if (e->object && (!e->unit || field_is(e->unit, "init.scope") || field_is(e->unit, "systemd-journald.service")))
		return e->object;
	return e->unit;
}

static struct genlog_source *source_new(struct journald *j, const char *label, const char *value, uint64_t generation)
{
	struct genlog_source_desc desc = {.type = "journald", .label = label, .value = value, .generation = generation};

	if (getrandom(&desc.salt, sizeof(desc.salt), 0) != (ssize_t)sizeof(desc.salt))
		return NULL;
	return genlog_source_open(j->in, &desc);
}

static struct genlog_source *source_of(
	struct journald *j, const char *label, const char *p, size_t n, uint64_t generation)
{
	uint64_t hash = genlog_hash(p, n, generation ^ (uint64_t)(uint8_t)*label);
	struct source *s = genlog_lru_find(&j->sources, hash);
	char value[3 * NAME_LEN + 1];
	struct genlog_source *src;

	if (s)
		return s->src;
	value[text_repair(value, p, n)] = 0;
	src = source_new(j, label, value, generation);
	if (!src)
		return NULL;
	s = genlog_lru_victim(&j->sources);
	if (s)
		genlog_source_close(s->src);
	s = genlog_lru_add(&j->sources, hash);
	s->src = src;
	return src;
}

static struct genlog_source *entry_source(struct journald *j, const struct entry *e)
{
	const struct field *f = unit_of(e);
	const char *label = "unit";

	if (!f || !f->n) {
		f = e->identifier;
		label = "identifier";
	}
	if (!f || !f->n)
		return source_of(j, label, "unknown", 7, e->file->generation);
	return source_of(j, label, f->value, f->n < NAME_LEN ? f->n : NAME_LEN, e->file->generation);
}

void sources_free(struct journald *j)
{
	for (uint32_t i = 1; i <= j->sources.n; i++)
		genlog_source_close(((struct source *)(void *)genlog_lru_at(&j->sources, i))->src);
	genlog_lru_close(&j->sources);
}

/* The sender's own time, unless its clock is of another day. */
static int64_t time_of(const struct entry *e)
{
	int64_t t = e->source_time, at = e->time < INT64_MAX ? (int64_t)e->time : 0;

	return (t > at - DAY_US && t < at + DAY_US && t > 0 ? t : at) / 1000;
}

static const struct field *field_named(const struct entry *e, const char *name)
{
	for (size_t i = 0; i < e->n; i++)
		if (e->field[i].name_n == strlen(name) && memcmp(e->field[i].name, name, e->field[i].name_n) == 0)
			return &e->field[i];
	return NULL;
}

/*
 * The signal stands in a field of its own: it goes into the first line of the trace, where a reader of traces sees it;
 * the message is that line alone.
 */
static int put_coredump(const struct entry *e, struct genlog_record *rec)
{
	static const char with[] = " with signal ";
	const struct field *name = field_named(e, "COREDUMP_SIGNAL_NAME");
	const struct genlog_value *m = &rec->slot[GENLOG_SLOT_MESSAGE];
	bool any = rec->set >> GENLOG_SLOT_MESSAGE & 1 && m->type == GENLOG_V_STR && m->n;
	const char *nl = any ? memchr(m->u.p, '\n', m->n) : NULL;
	size_t first = nl ? (size_t)(nl - m->u.p) : any ? m->n : 0, said = first, n = 0;
	char *p;

	if (!first || !name || name->n > 16 || text_valid(name->value, name->n) != name->n)
		return 0;
	p = genlog_rec_alloc(rec, m->n + sizeof(with) + name->n + GENLOG_PAD);
	if (!p)
		return -ENOMEM;
	said -= m->u.p[first - 1] == '.';
	memcpy(p, m->u.p, said);
	memcpy(p + said, with, sizeof(with) - 1);
	n = said + sizeof(with) - 1;
	memcpy(p + n, name->value, name->n);
	n += name->n;
	memcpy(p + n, m->u.p + first, m->n - first);
	n += m->n - first;
	genlog_set_slot(rec, GENLOG_SLOT_STACK_TRACE, genlog_str(p, n));
	genlog_set_slot(rec, GENLOG_SLOT_MESSAGE, genlog_str(m->u.p, first));
	return 0;
}

static int fill(struct journald *j, struct genlog_record *rec)
{
	const struct entry *e = &j->entry;
	int r;

	rec->raw = e->cursor;
	rec->raw_len = strlen(e->cursor);
	genlog_set_slot(rec, GENLOG_SLOT_TIMESTAMP, (struct genlog_value){.type = GENLOG_V_DATE, .u.i = time_of(e)});
	r = fields_put(j, rec);
	if (r == 0 && field_is(e->id, COREDUMP_ID))
		r = put_coredump(e, rec);
	return r;
}

/* Of a line that is too long only the beginning is here, and only that is looked at. */
static int hand_over(struct journald *j, struct genlog_source *src)
{
	const struct entry *e = &j->entry;
	size_t n = e->message ? e->message->n : 0;
	struct genlog_record *rec;

	if (e->message && n >= j->host->max_line && e->message->full > n)
		n = e->message->full;
	genlog_source_pid(src, e->pid > 0 && e->pid <= INT32_MAX ? (int32_t)e->pid : 0);
	rec = genlog_event_begin(src, n ? e->message->value : "", n);
	if (!rec || fill(j, rec) < 0)
		return -EAGAIN;
	return genlog_event_end(src, e->seqnum, n ? n : 1);
}

int event_hand_over(struct journald *j)
{
	struct entry *e = &j->entry;
	struct genlog_source *src = entry_source(j, e);
	int64_t dropped = e->dropped ? digits(e->dropped) : 0;
	int r;

	if (!src)
		return -EAGAIN;
	if (dropped > 0 && field_is(e->id, SUPPRESSED_ID)) {
		(void)genlog_lost(src, (uint64_t)dropped, "journald suppressed messages of a unit that logs too much");
		return 0;
	}
	for (size_t i = 0; i < e->n; i++)
		e->field[i].taken = false; /* it may come a second time */
	r = hand_over(j, src);
	if (r < 0)
		return r;
	genlog_count(j->in, GENLOG_COUNT_RECEIVED, 1);
	genlog_count(j->in, GENLOG_COUNT_RECEIVED_BYTES, e->size);
	return 0;
}

int event_lost(struct journald *j, struct known *k, uint64_t n, const char *reason)
{
	const char *path = k && k->path ? k->path : j->a.path;
	struct genlog_source *src = source_new(j, "journal", path, k ? k->generation : 0);

	if (!src)
		return -ENOMEM;
	if (n)
		(void)genlog_lost(src, n, reason); /* told in the log and counted even without memory for a document */
	else
		(void)genlog_gap(src, 0, 0, reason);
	genlog_source_close(src);
	return 0;
}
