#include "pipe/inner.h"

#include <errno.h>

#include <genlog/bson.h>

#include "base/buf.h"
#include "base/count.h"
#include "event/record.h"
#include "event/slots.h"

#define SURE 60
#define LEVEL_WORD 10

/* What was said of the message, while it is read. */
struct outer {
	uint64_t set;
	struct genlog_value slot[GENLOG_SLOTS];
	const char *line;
	size_t len;
	struct genlog_value message;
};

static bool has(uint64_t set, enum genlog_slot s)
{
	return set >> s & 1;
}

/* "[WARN] x", "ERROR: x", "INFO  x", "INFO Pool: x": in capitals, and no word of a sentence: "WARNING signs…" */
static bool level_ahead(const char *p, size_t n)
{
	size_t from = n && *p == '[', to = from;

	while (to < n && to < from + LEVEL_WORD && p[to] >= 'A' && p[to] <= 'Z')
		to++;
	if (to - from < 4 || to == n || !genlog_is_level(p + from, to - from))
		return false;
	if (from || p[to] != ' ')
		return p[to] == (from ? ']' : ':');
	return to + 1 < n && !(p[to + 1] >= 'a' && p[to + 1] <= 'z');
}

/* Text is only a line of its own if it begins as programs begin theirs. */
static bool begins_a_line(const char *p, size_t n)
{
	char c = *p == '[' && n > 1 ? p[1] : *p;

	if (c >= '0' && c <= '9')
		return genlog_time_len(p + (*p == '['), n - (*p == '[')) >= 8;
	return level_ahead(p, n);
}

static const struct plug *surest(const struct genlog_input *in, const char *p, size_t n)
{
	const struct plug *best = NULL;
	int score = SURE - 1;

	if (in->inner_named)
		return &in->inner[0];
	for (size_t i = 0; i < in->n_lookers; i++) {
		const struct plug *x = in->lookers[i];
		int s = x->code->looks(x->state, p, n);

		if (s > 0 && s < SURE && best == NULL && begins_a_line(p, n))
			s = SURE;
		if (s > score) {
			score = s;
			best = x;
		}
	}
	return best;
}

/* "@cee: {…}", the mark of JSON in syslog */
static size_t cookie(const char *p, size_t n)
{
	size_t at = 0;

	while (at < n && p[at] == ' ')
		at++;
	if (n - at < 6 || memcmp(p + at, "@cee:", 5) != 0)
		return 0;
	for (at += 5; at < n && p[at] == ' '; at++)
		;
	return at;
}

/* Parsers may read GENLOG_PAD bytes behind a line's end. */
static int make_line(struct genlog_record *rec, const struct outer *o)
{
	const struct genlog_value *v = &o->message;
	size_t skip = cookie(v->u.p, v->n);
	char *p;

	rec->len = v->n - skip;
	if (v->u.p >= o->line && v->u.p + v->n <= o->line + o->len) {
		rec->line = v->u.p + skip;
		return 0;
	}
	p = genlog_rec_alloc(rec, v->n + GENLOG_PAD);
	if (!p)
		return -ENOMEM;
	memcpy(p, v->u.p + skip, rec->len);
	rec->line = p;
	return 0;
}

static void swap_context(struct genlog_record *rec, struct genlog_buf *aside)
{
	struct genlog_buf b = rec->context;

	rec->context = *aside;
	*aside = b;
}

static void set_back(struct genlog_record *rec, const struct outer *o)
{
	rec->set = o->set;
	memcpy(rec->slot, o->slot, sizeof(rec->slot));
}

/* What the message itself says otherwise stays known. */
static int keep_value(struct genlog_record *rec, enum genlog_slot s, struct genlog_value v)
{
	const char *name = slot_info(s)->key;
	char key[40];
	int n;

	if (s == GENLOG_SLOT_LEVEL ||
		s == GENLOG_SLOT_MESSAGE) /* severity or priority tell the one, the other is read */
		return 0;
	if (s == GENLOG_SLOT_CLASS_NAME)
		return genlog_context_put(rec, "program", 7, v);
	n = snprintf(key, sizeof(key), "header_%s", name);
	return genlog_context_put(rec, key, (size_t)n, v);
}

static int merge_slots(struct genlog_record *rec, const struct outer *o)
{
	int r = 0;

	for (uint64_t set = o->set; set && r == 0; set &= set - 1) {
		enum genlog_slot s = (enum genlog_slot)__builtin_ctzll(set);

		if (has(rec->set, s))
			r = keep_value(rec, s, o->slot[s]);
		else
			genlog_set_slot(rec, s, o->slot[s]);
	}
	return r;
}

/* Under a name that nothing else has: what stood there before gives way. */
static int put_renamed(struct genlog_record *rec, const uint8_t *element, size_t key_len, size_t size)
{
	char *key = genlog_rec_alloc(rec, key_len + 7);

	if (!key)
		return -ENOMEM;
	memcpy(key, "header_", 7);
	memcpy(key + 7, element + 1, key_len);
	return genlog_context_put(
		rec, key, key_len + 7, value_read(*element, element + key_len + 2, size - key_len - 2));
}

/* The outer elements behind the message's own; where a key stands in both, under another name. */
static int merge_context(struct genlog_record *rec, struct genlog_buf *outer)
{
	const uint8_t *p = outer->p, *end = p + outer->n, *next;
	int r = genlog_buf_reserve(&rec->context, 2 * outer->n + 64);

	while (r == 0 && p < end) {
		const char *key = (const char *)p + 1;
		size_t n = strlen(key), size = n + 2;
		const uint8_t *c = rec->context.p;
		bool twice = genlog_bson_find(c, c + rec->context.n, key, n, &next) != NULL;

		size += (size_t)genlog_bson_value_size(*p, p + size, end);
		r = twice ? put_renamed(rec, p, n, size) : buf_append(&rec->context, p, size);
		p += size;
	}
	return r;
}

static int finish(struct genlog_record *rec, struct outer *o, struct genlog_buf *aside, int parsed)
{
	int r = 0;

	if (parsed != GENLOG_PARSED) {
		swap_context(rec, aside);
		set_back(rec, o);
	} else {
		if (!has(rec->set, GENLOG_SLOT_MESSAGE))
			genlog_set_slot(rec, GENLOG_SLOT_MESSAGE, genlog_str(rec->line, rec->len));
		r = merge_slots(rec, o);
		if (r == 0)
			r = merge_context(rec, aside);
	}
	rec->line = o->line;
	rec->len = o->len;
	return r;
}

static int read_as(const struct plug *p, struct genlog_source *src, struct genlog_record *rec, struct outer *o)
{
	struct genlog_buf *aside = &src->in->reader->aside;
	int r = make_line(rec, o), e;

	if (r < 0)
		return r;
	aside->n = 0;
	swap_context(rec, aside);
	rec->set = 0;
	r = genlog_buf_reserve(&rec->context, GENLOG_ROOM(rec->len));
	if (r == 0)
		r = p->code->parse(p->state, rec);
	rec->parse_error = NULL;
	e = finish(rec, o, aside, r);
	if (r == GENLOG_NO_MATCH && src->in->inner_named) {
		rec->parse_error = "the message does not match the parser";
		count_unparsed(src);
	}
	return r < 0 ? r : e;
}

int inner_parse(struct genlog_source *src, struct genlog_record *rec)
{
	const struct genlog_value *v = &rec->slot[GENLOG_SLOT_MESSAGE];
	const struct plug *p;
	struct outer o;
	size_t skip;

	if (!src->in->n_inner || !has(rec->set, GENLOG_SLOT_MESSAGE) || v->type != GENLOG_V_STR || v->n < 4)
		return 0;
	skip = cookie(v->u.p, v->n);
	p = surest(src->in, v->u.p + skip, v->n - skip);
	if (!p)
		return 0;
	o = (struct outer){.set = rec->set, .line = rec->line, .len = rec->len, .message = *v};
	memcpy(o.slot, rec->slot, sizeof(o.slot));
	return read_as(p, src, rec, &o);
}

void inner_fini(struct reader *r)
{
	buf_free(&r->aside);
}
