#include "site.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <genlog/bson.h>
#include <genlog/genlog.h>
#include <genlog/record.h>

#include "plan.h"
#include "text.h"

#define TEXTS 5
#define TEXT_MAX 4096 /* of an entry */
#define VALUE_ROOM 40 /* of an element: its type, and a value that is no text */

enum text_of { TEMPLATE, NAMES, FILE_NAME, FUNCTION, COLLECTION };

/* All of a site is one block; this is how much of it is used. */
struct block {
	char *p, *end;
};

struct texts {
	const char *p[TEXTS];
	size_t n[TEXTS];
};

static const struct {
	const char *name;
	uint8_t slot;
} slots[] = {
	{"class_name", GENLOG_SLOT_CLASS_NAME},
	{"correlation_id", GENLOG_SLOT_CORRELATION_ID},
	{"db_queries", GENLOG_SLOT_DB_QUERIES},
	{"duration_ms", GENLOG_SLOT_DURATION_MS},
	{"environment", GENLOG_SLOT_ENVIRONMENT},
	{"error_code", GENLOG_SLOT_ERROR_CODE},
	{"error_message", GENLOG_SLOT_ERROR_MESSAGE},
	{"external_api_calls", GENLOG_SLOT_EXTERNAL_API_CALLS},
	{"ip_address", GENLOG_SLOT_IP_ADDRESS},
	{"module", GENLOG_SLOT_MODULE},
	{"timestamp", GENLOG_SLOT_TIMESTAMP},
	{"user_agent", GENLOG_SLOT_USER_AGENT},
	{"user_id", GENLOG_SLOT_USER_ID},
	{"version", GENLOG_SLOT_VERSION},
};

static int level_of(unsigned severity)
{
	static const unsigned from[] = {GENLOG_SEV_INFO, GENLOG_SEV_WARN, GENLOG_SEV_ERROR, GENLOG_SEV_CRITICAL};
	int level = GENLOG_LEVEL_DEBUG;

	while (level < GENLOG_LEVEL_CRITICAL && severity >= from[level])
		level++;
	return level;
}

static const char *keep(struct block *b, const char *p, size_t n)
{
	char *to = b->p;

	b->p += genlog_utf8_repair(to, p, n);
	return to;
}

/* ── names ── */

static uint8_t slot_of(const struct site_key *k, uint8_t type)
{
	bool is_text = type == GL_TEXT, is_count = type == GL_INT || type == GL_UINT;

	for (size_t i = 0; i < sizeof(slots) / sizeof(*slots); i++) {
		if (strcmp(k->p, slots[i].name) != 0)
			continue;
		if (slots[i].slot == GENLOG_SLOT_TIMESTAMP)
			return type == GL_TIME ? slots[i].slot : GENLOG_SLOTS;
		if (slots[i].slot == GENLOG_SLOT_DURATION_MS)
			return is_count || type == GL_DOUBLE ? slots[i].slot : GENLOG_SLOTS;
		if (slots[i].slot == GENLOG_SLOT_DB_QUERIES || slots[i].slot == GENLOG_SLOT_EXTERNAL_API_CALLS)
			return is_count ? slots[i].slot : GENLOG_SLOTS;
		return is_text ? slots[i].slot : GENLOG_SLOTS;
	}
	return GENLOG_SLOTS;
}

static void set_key(struct block *b, struct site *t, unsigned i, const char *p, size_t n, bool is_hole)
{
	struct site_key *k = &t->keys[i];
	char number[16];

	if (!n) {
		n = (size_t)snprintf(number, sizeof(number), "arg%u", i);
		p = number;
	}
	k->p = b->p;
	k->n = (uint16_t)genlog_key_fit(b->p, p, n);
	b->p[k->n] = 0;
	b->p += k->n + 1;
	k->slot = slot_of(k, t->types[i]);
	k->in_context = t->types[i] < GL_TRACE && (is_hole || k->slot == GENLOG_SLOTS);
	t->has_slots |= k->slot != GENLOG_SLOTS;
}

/* The name alone: "@order:000" and "total,10" are holes too. */
static void hole_name(const char **p, size_t *n)
{
	if (*n && (**p == '@' || **p == '$')) {
		++*p;
		--*n;
	}
	for (size_t i = 0; i < *n; i++)
		if ((*p)[i] == ':' || (*p)[i] == ',')
			*n = i;
}

static void end_piece(struct block *b, struct site *t, const char *start, unsigned arg)
{
	struct site_piece *x = &t->pieces[t->n_pieces++];

	x->p = start;
	x->n = (uint16_t)(b->p - start);
	x->arg = (uint8_t)arg;
	t->literal += x->n;
}

/* A hole without an argument stays as it is written. */
static unsigned compile_template(struct block *b, struct site *t)
{
	const char *p = t->template, *end = p + t->template_n, *close, *start = b->p;
	char *names = b->p + t->template_n + 1; /* they come behind the pieces */
	struct block keys = {names, b->end};
	unsigned arg = 0;

	while (p < end) {
		bool twice = p + 1 < end && p[1] == *p && (*p == '{' || *p == '}');

		close = *p == '{' && !twice && arg < t->n_args ? memchr(p, '}', (size_t)(end - p)) : NULL;
		if (close) {
			const char *name = p + 1;
			size_t n = (size_t)(close - name);

			hole_name(&name, &n);
			set_key(&keys, t, arg, name, n, true);
			end_piece(b, t, start, arg++);
			start = b->p;
			p = close + 1;
			continue;
		}
		*b->p++ = *p;
		p += 1 + twice;
	}
	end_piece(b, t, start, UINT8_MAX);
	b->p = keys.p;
	return arg;
}

static void name_others(struct block *b, struct site *t, const char *p, size_t n, unsigned arg)
{
	const char *end = p + n, *comma;

	for (; arg < t->n_args; arg++) {
		while (p < end && *p == ' ')
			p++;
		comma = p < end ? memchr(p, ',', (size_t)(end - p)) : NULL;
		set_key(b, t, arg, p, (size_t)((comma ? comma : end) - p), false);
		p = comma ? comma + 1 : end;
	}
}

/* A key stands once in a context: the last argument of that name has it. */
static void settle_keys(struct site *t)
{
	static const char *const others[] = {"app", "thread", "tid", "file", "line", "flight_recorder", NULL};

	for (unsigned i = 0; i < t->n_args; i++) {
		for (unsigned k = i + 1; k < t->n_args; k++)
			if (t->keys[k].in_context && strcmp(t->keys[i].p, t->keys[k].p) == 0)
				t->keys[i].in_context = false;
		for (const char *const *o = others; *o; o++)
			t->clashes |= strcmp(t->keys[i].p, *o) == 0;
		t->room += t->keys[i].n + VALUE_ROOM;
		t->n_texts += t->types[i] >= GL_TEXT;
		t->has_trace |= t->types[i] == GL_TRACE || t->types[i] == GL_REGISTERS;
	}
}

static bool has_key(const struct site *t, const char *name)
{
	for (unsigned i = 0; i < t->n_args; i++)
		if (strcmp(t->keys[i].p, name) == 0)
			return true;
	return false;
}

static void make_own(struct block *b, struct site *t, const char *file, size_t n, uint32_t line)
{
	uint8_t *start = (uint8_t *)b->p, *w = start;
	char *text = b->end - 3 * n - 1;
	size_t len = genlog_utf8_repair(text, file, n);

	if (len && !has_key(t, "file"))
		w = genlog_bson_text(genlog_bson_key(w, GENLOG_BSON_STR, "file", 4), text, len);
	if (line && !has_key(t, "line"))
		w = genlog_bson_i32(genlog_bson_key(w, GENLOG_BSON_INT32, "line", 4), (int32_t)(line & INT32_MAX));
	t->own = start;
	t->own_n = (uint32_t)(w - start);
	t->room += t->own_n;
	b->p = (char *)w;
}

/* ── checks ── */

static int read_texts(const uint8_t *p, size_t n, const struct gl_site_entry *e, struct texts *t)
{
	const uint16_t len[TEXTS] = {e->template_len, e->names_len, e->file_len, e->function_len, e->collection_len};
	size_t left = n - sizeof(*e);

	p += sizeof(*e);
	for (int i = 0; i < TEXTS; i++) {
		if (len[i] > left || len[i] > TEXT_MAX)
			return -EBADMSG;
		t->p[i] = (const char *)p;
		t->n[i] = len[i];
		p += len[i];
		left -= len[i];
	}
	return 0;
}

static bool types_good(const struct gl_site_entry *e)
{
	if (e->n_args > GL_ARGS_MAX)
		return false;
	for (unsigned i = 0; i < e->n_args; i++)
		if (e->types[i] == GL_NONE || e->types[i] >= GL_TYPES ||
			(e->types[i] > GL_TIME && e->types[i] < GL_TEXT))
			return false;
	return true;
}

static void fill(struct site *t, struct block *b, const struct gl_site_entry *e, const struct texts *x)
{
	const char *names;
	size_t names_n;

	t->level = (uint8_t)level_of(e->level);
	t->n_args = e->n_args;
	memcpy(t->types, e->types, sizeof(t->types));
	t->template = keep(b, x->p[TEMPLATE], x->n[TEMPLATE]);
	t->template_n = (uint32_t)(b->p - t->template);
	t->function = keep(b, x->p[FUNCTION], x->n[FUNCTION]);
	t->function_n = (uint32_t)(b->p - t->function);
	t->collection = keep(b, x->p[COLLECTION], x->n[COLLECTION]);
	*b->p++ = 0;
	names = keep(b, x->p[NAMES], x->n[NAMES]);
	names_n = (size_t)(b->p - names);
	name_others(b, t, names, names_n, compile_template(b, t));
	settle_keys(t);
	if (t->n_args && t->template_n == 9 &&
		memcmp(t->template, "{message}", 9) == 0) { /* a text that somebody else has made */
		t->keys[0].in_context = false;
		t->template_n = 0;
	}
	make_own(b, t, x->p[FILE_NAME], x->n[FILE_NAME], e->line);
	if (e->flags & GL_SITE_DOCUMENT)
		t->plan = plan_new(t, names, names_n, &t->error);
}

/* Repair makes three bytes of one; keys are fitted, three times again; what is built is the texts once more. */
static size_t block_room(const struct texts *x)
{
	size_t n = 4096;

	for (int i = 0; i < TEXTS; i++)
		n += 16 * x->n[i];
	return n;
}

struct site *site_new(const uint8_t *p, size_t n, uint32_t id)
{
	struct gl_site_entry e;
	struct texts x;
	struct block b;
	struct site *t;
	size_t room;

	errno = EBADMSG;
	if (n < sizeof(e))
		return NULL;
	memcpy(&e, p, sizeof(e));
	if (e.len != n || e.id != id || !types_good(&e) || read_texts(p, n, &e, &x) < 0)
		return NULL;
	room = block_room(&x);
	t = calloc(1, sizeof(*t) + (GL_ARGS_MAX + 1) * sizeof(*t->pieces) + room);
	if (!t)
		return NULL; /* errno is ENOMEM now */
	t->pieces = (struct site_piece *)(t + 1);
	b.p = (char *)(t->pieces + GL_ARGS_MAX + 1);
	b.end = b.p + room;
	fill(t, &b, &e, &x);
	if (e.flags & GL_SITE_DOCUMENT && !t->plan && !t->error) {
		site_free(t);
		errno = ENOMEM;
		return NULL;
	}
	return t;
}

void site_free(struct site *t)
{
	if (!t)
		return;
	plan_free(t->plan);
	free(t);
}
