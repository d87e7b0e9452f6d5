/*
 * parser json: one JSON object a line.
 *
 * The keys of the event's own object are looked up among the schema's fields and their aliases; what has no place
 * there goes into the context, as do the members of an object called `context`.  Programs write the same keys in the
 * same order line after line, so each place remembers which key stood there last and what it meant: mostly one
 * comparison a key.
 */
#include <stdio.h>

#include "json.h"

#define MEMO 64
#define MEMO_KEY 32

struct memo {
	char key[MEMO_KEY];
	uint8_t len;
	uint8_t slot;
	uint8_t rank;
};

struct parser_json {
	int64_t depth;
	struct memo memo[MEMO];
};

static const struct genlog_opt opts[] = {
	GENLOG_INT(struct parser_json, depth, .def = "32", .min = 1, .max = JSON_DEPTH_MAX,
		.help = "how deep objects and arrays may be nested; what lies deeper is kept as text"),
	{0},
};

/* The event's own object while it is read. */
struct top {
	struct parser_json *self;
	struct json *js;
	uint64_t seen;		    /* as in json_seen(), for the context */
	uint8_t rank[GENLOG_SLOTS]; /* of the names that the slots have now */
	struct json_text name[GENLOG_SLOTS];
};

/*
 * Both have 32 bytes to read: the memo by its size, the key by what lies behind it in the line (GENLOG_PAD).  A memo of
 * no length is of a key that was too long for it, or of none yet.
 */
static inline bool same_key(const struct memo *m, struct json_text key)
{
#if defined(__SSE2__)
	const __m128i *a = (const void *)m->key, *b = (const void *)key.p;
	unsigned low = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(a), _mm_loadu_si128(b)));
	unsigned high = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(a + 1), _mm_loadu_si128(b + 1)));
	uint64_t equal = (uint64_t)high << 16 | low, want = (1ULL << m->len) - 1;

	return m->len == key.n && want && (equal & want) == want;
#else
	return m->len == key.n && key.n && memcmp(m->key, key.p, key.n) == 0;
#endif
}

static void memo_learn(struct memo *m, struct json_text key)
{
	int rank = 0;

	m->slot = (uint8_t)genlog_slot_of(key.p, key.n, &rank);
	m->rank = (uint8_t)rank;
	m->len = key.n <= MEMO_KEY ? (uint8_t)key.n : 0;
	memcpy(m->key, key.p, m->len);
}

/* Writing by way of the host, which may move the context. */
static const char *context_put(struct json *js, const char *p, struct json_text key, struct genlog_value v)
{
	struct genlog_record *rec = js->rec;

	rec->context.n = (size_t)(js->w - rec->context.p);
	if (genlog_context_put(rec, key.p, key.n, v) < 0)
		return json_fail(js, p, "out of memory");
	js->w = rec->context.p + rec->context.n;
	return p;
}

static void seen_in_context(struct top *t, struct json_text key)
{
	if (json_seen(&t->seen, key))
		json_drop_twice(t->js, 0, key);
}

/*
 * A value has come for a slot that has one.  Of two names the more certain one keeps the slot, the other goes to the
 * context; the same name twice: the last value stands.  NULL: out of memory; `*stays`: the old one keeps the slot.
 */
static const char *slot_contest(
	struct top *t, const char *p, const struct memo *m, struct json_text key, struct genlog_value v, bool *stays)
{
	struct genlog_record *rec = t->js->rec;
	enum genlog_slot s = (enum genlog_slot)m->slot;

	*stays = m->rank > t->rank[s];
	if (*stays) {
		seen_in_context(t, key);
		return context_put(t->js, p, key, v);
	}
	if (m->rank == t->rank[s]) {
		rec->flags |= GENLOG_REC_DUP_KEYS;
		return p;
	}
	seen_in_context(t, t->name[s]);
	return context_put(t->js, p, t->name[s], rec->slot[s]);
}

static inline const char *slot_take(
	struct top *t, const char *p, const struct memo *m, struct json_text key, struct genlog_value v)
{
	struct genlog_record *rec = t->js->rec;
	enum genlog_slot s = (enum genlog_slot)m->slot;
	bool stays = false;

	if (rec->set >> s & 1)
		p = slot_contest(t, p, m, key, v, &stays);
	if (stays)
		return p;
	t->rank[s] = m->rank;
	t->name[s] = key;
	genlog_set_slot(rec, s, v);
	return p;
}

/* Numbers and words as the text they are: `user_id: 17` reads as "17". */
static const char *plain_text(struct json *js, const char *p, struct genlog_value *v)
{
	const char *from = p;

	if (*p == 't' || *p == 'f') {
		size_t n = *p == 't' ? 4 : 5;

		if ((size_t)(js->end - p) < n || memcmp(p, *p == 't' ? "true" : "false", n) != 0)
			return json_fail(js, p, "a value was expected");
		p += n;
	} else {
		p = json_number(js, p, v);
	}
	if (p)
		*v = genlog_str(from, (size_t)(p - from));
	return p;
}

static const char *text_value(struct json *js, const char *p, struct genlog_value *v)
{
	struct json_text text;

	if (*p != '"')
		return plain_text(js, p, v);
	p = json_string(js, p + 1, &text);
	if (p)
		*v = genlog_str(text.p, text.n);
	return p;
}

/* A number, or a text that is one from end to end. */
static const char *number_value(struct json *js, const char *p, struct genlog_value *v)
{
	struct json_text text;
	struct json inner = *js;
	const char *after;

	if (*p != '"') {
		after = json_number(js, p, v);
		if (v->type == GENLOG_V_STR) /* no number of ours holds it */
			v->type = GENLOG_V_NONE;
		return after;
	}
	after = json_string(js, p + 1, &text);
	if (!after || !text.n)
		return after;
	inner.end = text.p + text.n;
	if (json_number(&inner, text.p, v) != inner.end || v->type == GENLOG_V_STR)
		v->type = GENLOG_V_NONE;
	return after;
}

static bool all_texts(const uint8_t *p, const uint8_t *end)
{
	while (p < end && *p) {
		const uint8_t *v = p + strlen((const char *)p) + 1;
		ssize_t n = genlog_bson_value_size(*p, v, end);

		if (*p != GENLOG_BSON_STR || n < 0)
			return false;
		p = v + n;
	}
	return true;
}

/* Encoded behind the context first; moved from there only if every item is a text. */
static const char *tags_value(struct json *js, const char *p, struct genlog_value *v)
{
	static const char no_key[32]; /* as many as a key's copy takes */
	size_t start = (size_t)(js->w - js->rec->context.p);
	const char *after = json_element(js, p, (struct json_text){no_key, 0}, 0);
	uint8_t *array = js->rec->context.p + start + 2;
	size_t n = after ? (size_t)(js->w - array) : 0;
	char *copy;

	js->w = js->rec->context.p + start;
	if (!after || !all_texts(array + 4, array + n))
		return after;
	copy = genlog_rec_alloc(js->rec, n);
	if (!copy)
		return json_fail(js, p, "out of memory");
	memcpy(copy, array, n);
	*v = (struct genlog_value){.type = GENLOG_V_ARRAY, .n = (uint32_t)n, .u.p = copy};
	return after;
}

static bool is_text_slot(enum genlog_slot s)
{
	return s != GENLOG_SLOT_TIMESTAMP && s != GENLOG_SLOT_DURATION_MS && s != GENLOG_SLOT_DB_QUERIES &&
	       s != GENLOG_SLOT_EXTERNAL_API_CALLS;
}

/* By its first byte: may the value have its place in the slot? */
static bool may_take(enum genlog_slot s, char first)
{
	if (s == GENLOG_SLOT_TAGS || first == '[')
		return s == GENLOG_SLOT_TAGS && first == '[';
	return first != '{' && (is_text_slot(s) || (first != 't' && first != 'f'));
}

/* What kind of value a slot takes decides how it is read; `v` stays NONE where the value is of another kind. */
static const char *slot_value(struct json *js, const char *p, enum genlog_slot s, struct genlog_value *v)
{
	if (!may_take(s, *p))
		return p;
	switch (s) {
	case GENLOG_SLOT_TAGS: return tags_value(js, p, v);
	case GENLOG_SLOT_DURATION_MS: return number_value(js, p, v);
	case GENLOG_SLOT_DB_QUERIES:
	case GENLOG_SLOT_EXTERNAL_API_CALLS:
		p = number_value(js, p, v);
		if (v->type == GENLOG_V_INT && (v->u.i < INT32_MIN || v->u.i > INT32_MAX))
			v->type = GENLOG_V_NONE;
		if (v->type == GENLOG_V_DOUBLE)
			v->type = GENLOG_V_NONE;
		return p;
	case GENLOG_SLOT_TIMESTAMP: return *p == '"' ? text_value(js, p, v) : json_number(js, p, v);
	default: return text_value(js, p, v);
	}
}

static bool is_null(const struct json *js, const char *p)
{
	return js->end - p >= 4 && memcmp(p, "null", 4) == 0;
}

static bool nullable(enum genlog_slot s)
{
	return s == GENLOG_SLOT_ERROR_CODE || s == GENLOG_SLOT_ERROR_MESSAGE || s == GENLOG_SLOT_STACK_TRACE;
}

static const char *other_member(struct top *t, const char *p, struct json_text key)
{
	char *fit;

	if (key.n == 7 && memcmp(key.p, "context", 7) == 0 && *p == '{') /* its members are the context's own */
		return json_members(t->js, p + 1, 0, 1, &t->seen);
	if (!key.n || *key.p == '$' || memchr(key.p, '.', key.n) || memchr(key.p, 0, key.n)) {
		fit = genlog_rec_alloc(t->js->rec, GENLOG_KEY_ROOM(key.n) + GENLOG_PAD);
		if (!fit)
			return json_fail(t->js, p, "out of memory");
		key.n = genlog_key_fit(fit, key.p, key.n);
		key.p = fit;
	}
	seen_in_context(t, key);
	return json_element(t->js, p, key, 1);
}

static const char *slot_member(struct top *t, const char *p, const struct memo *m, struct json_text key)
{
	struct genlog_value v = {0};
	const char *after;

	if (is_null(t->js, p)) { /* says nothing, but for the fields where `none` is an answer */
		v.type = GENLOG_V_NULL;
		return nullable((enum genlog_slot)m->slot) ? slot_take(t, p + 4, m, key, v) : p + 4;
	}
	after = slot_value(t->js, p, (enum genlog_slot)m->slot, &v);
	if (!after || v.type != GENLOG_V_NONE)
		return after ? slot_take(t, after, m, key, v) : NULL;
	return other_member(t, p, key);
}

static const char *member(struct top *t, const char *p, unsigned place)
{
	struct memo *m = &t->self->memo[place % MEMO];
	struct json_text key;

	p = json_string(t->js, p, &key);
	p = p ? json_blank(p, t->js->end) : NULL;
	if (!p || p >= t->js->end || *p != ':')
		return p ? json_fail(t->js, p, "a colon was expected") : NULL;
	p = json_blank(p + 1, t->js->end);
	if (p >= t->js->end)
		return json_fail(t->js, p, "the text ends where a value was expected");
	if (!same_key(m, key))
		memo_learn(m, key);
	if (m->slot == GENLOG_SLOTS)
		return other_member(t, p, key);
	return slot_member(t, p, m, key);
}

static const char *members(struct top *t, const char *p)
{
	struct json *js = t->js;

	p = json_blank(p, js->end);
	if (p < js->end && *p == '}')
		return p + 1;
	for (unsigned place = 0;; place++) {
		p = json_blank(p, js->end);
		if (p >= js->end || *p != '"')
			return json_fail(js, p, "a key in quotes was expected");
		if (place == JSON_KEYS_MAX)
			return json_fail(js, p, JSON_TOO_MANY_KEYS);
		p = member(t, p + 1, place);
		p = p ? json_blank(p, js->end) : NULL;
		if (!p)
			return NULL;
		if (p >= js->end || (*p != ',' && *p != '}'))
			return json_fail(js, p, "a comma or the object's end was expected");
		if (*p++ == '}')
			return p;
	}
}

static const char *whole(struct top *t)
{
	struct json *js = t->js;
	const char *p = json_blank(js->rec->line, js->end);

	if (p >= js->end || *p != '{')
		return json_fail(js, p, "not a JSON object");
	p = members(t, p + 1);
	p = p ? json_blank(p, js->end) : NULL;
	return p && p < js->end ? json_fail(js, p, "there is text behind the object") : p;
}

static int no_match(struct json *js)
{
	char *said = genlog_rec_alloc(js->rec, 96);

	js->rec->parse_error = js->why;
	if (said) {
		snprintf(said, 96, "json: %s, at byte %td", js->why, js->at - js->rec->line + 1);
		js->rec->parse_error = said;
	}
	return GENLOG_NO_MATCH;
}

static int json_parse(void *state, struct genlog_record *rec)
{
	struct parser_json *self = state;
	struct json js = {.end = rec->line + rec->len, .w = rec->context.p, .rec = rec, .depth_max = (int)self->depth};
	struct top t = {.self = self, .js = &js};

	if (!whole(&t))
		return no_match(&js);
	rec->context.n = (size_t)(js.w - rec->context.p);
	return json_is_mongodb(rec) ? json_mongodb(rec) : GENLOG_PARSED;
}

static int json_looks(void *self, const char *p, size_t n)
{
	const char *end = p + n;

	(void)self;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	if (p == end || *p++ != '{')
		return 0;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p < end && (*p == '"' || *p == '}') ? 90 : 50;
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_PARSER,
	.name = "json",
	.summary = "one JSON object a line, mapped to the schema by its keys",
	.state_size = sizeof(struct parser_json),
	.opts = opts,
	.flags = GENLOG_PARSER_LINES,
	.parse = json_parse,
	.looks = json_looks,
};
