#include "json.h"

/* Keys are short: one fixed-size copy and a correction is cheaper than a call.  Both sides have the room. */
static inline uint8_t *key_write(uint8_t *w, enum genlog_bson_type type, struct json_text key)
{
	*w++ = (uint8_t)type;
	if (key.n <= 32)
		memcpy(w, key.p, 32);
	else
		memcpy(w, key.p, key.n);
	w += key.n;
	*w++ = 0;
	return w;
}

static uint8_t *index_key(uint8_t *w, enum genlog_bson_type type, uint32_t i)
{
	char digits[12];
	int n = 0;

	do
		digits[n++] = (char)('0' + i % 10);
	while ((i /= 10) > 0);
	*w++ = (uint8_t)type;
	while (n)
		*w++ = (uint8_t)digits[--n];
	*w++ = 0;
	return w;
}

/* A key, or a place in an array. */
struct name {
	struct json_text key;
	int64_t index; /* -1: it is a key */
};

static inline uint8_t *name_write(uint8_t *w, enum genlog_bson_type type, const struct name *name)
{
	return name->index < 0 ? key_write(w, type, name->key) : index_key(w, type, (uint32_t)name->index);
}

static const char *element(struct json *js, const char *p, const struct name *name, int depth);

/* A later value of the same key takes the earlier one's place. */
void json_drop_twice(struct json *js, size_t start, struct json_text key)
{
	uint8_t *base = js->rec->context.p;
	const uint8_t *next;
	uint8_t *old = (uint8_t *)(uintptr_t)genlog_bson_find(base + start, js->w, key.p, key.n, &next);

	if (!old)
		return;
	memmove(old, next, (size_t)(js->w - next));
	js->w -= next - old;
	js->rec->flags |= GENLOG_REC_DUP_KEYS;
}

const char *json_members(struct json *js, const char *p, size_t start, int depth, uint64_t *seen)
{
	struct name name = {.index = -1};

	p = json_blank(p, js->end);
	if (p < js->end && *p == '}')
		return p + 1;
	for (unsigned n = 1;; n++) {
		p = json_blank(p, js->end);
		if (p >= js->end || *p != '"')
			return json_fail(js, p, "a key in quotes was expected");
		if (n > JSON_KEYS_MAX)
			return json_fail(js, p, JSON_TOO_MANY_KEYS);
		p = json_key(js, p + 1, &name.key);
		p = p ? json_blank(p, js->end) : NULL;
		if (!p)
			return NULL;
		if (p >= js->end || *p != ':')
			return json_fail(js, p, "a colon was expected");
		if (json_seen(seen, name.key))
			json_drop_twice(js, start, name.key);
		p = element(js, json_blank(p + 1, js->end), &name, depth);
		p = p ? json_blank(p, js->end) : NULL;
		if (!p)
			return NULL;
		if (p >= js->end || (*p != ',' && *p != '}'))
			return json_fail(js, p, "a comma or the object's end was expected");
		if (*p++ == '}')
			return p;
	}
}

static const char *items(struct json *js, const char *p, int depth)
{
	struct name name = {.index = 0};

	p = json_blank(p, js->end);
	if (p < js->end && *p == ']')
		return p + 1;
	for (;; name.index++) {
		p = element(js, json_blank(p, js->end), &name, depth);
		p = p ? json_blank(p, js->end) : NULL;
		if (!p)
			return NULL;
		if (p >= js->end || (*p != ',' && *p != ']'))
			return json_fail(js, p, "a comma or the array's end was expected");
		if (*p++ == ']')
			return p;
	}
}

const char *json_skip(struct json *js, const char *p)
{
	size_t open = 0;

	for (; p < js->end; p++) {
		if (*p == '"') {
			p = json_string_end(p + 1, js->end);
			if (!p)
				break;
		} else if (*p == '{' || *p == '[') {
			open++;
		} else if ((*p == '}' || *p == ']') && --open == 0) {
			return p + 1;
		}
	}
	return json_fail(js, js->end, "the text ends inside a value");
}

/* Beyond the depth that is allowed: kept, as the text it is. */
static const char *too_deep(struct json *js, const char *p, const struct name *name)
{
	const char *q = json_skip(js, p);

	if (!q)
		return NULL;
	js->rec->flags |= GENLOG_REC_TOO_DEEP;
	js->w = genlog_bson_text(name_write(js->w, GENLOG_BSON_STR, name), p, (size_t)(q - p));
	return q;
}

static const char *nested(struct json *js, const char *p, const struct name *name, int depth)
{
	bool object = *p == '{';
	uint64_t seen = 0;
	size_t start;

	if (depth >= js->depth_max)
		return too_deep(js, p, name);
	js->w = name_write(js->w, object ? GENLOG_BSON_DOC : GENLOG_BSON_ARRAY, name);
	start = (size_t)(js->w - js->rec->context.p);
	js->w = genlog_bson_begin(js->w);
	p = object ? json_members(js, p + 1, start + 4, depth + 1, &seen) : items(js, p + 1, depth + 1);
	if (p)
		js->w = genlog_bson_end(js->rec->context.p + start, js->w);
	return p;
}

static const char *word(struct json *js, const char *p, const struct name *name)
{
	size_t left = (size_t)(js->end - p);

	if (left >= 4 && memcmp(p, "true", 4) == 0) {
		js->w = name_write(js->w, GENLOG_BSON_BOOL, name);
		*js->w++ = 1;
		return p + 4;
	}
	if (left >= 5 && memcmp(p, "false", 5) == 0) {
		js->w = name_write(js->w, GENLOG_BSON_BOOL, name);
		*js->w++ = 0;
		return p + 5;
	}
	if (left >= 4 && memcmp(p, "null", 4) == 0) {
		js->w = name_write(js->w, GENLOG_BSON_NULL, name);
		return p + 4;
	}
	return json_fail(js, p, "a value was expected");
}

static const char *number(struct json *js, const char *p, const struct name *name)
{
	struct genlog_value v;

	p = json_number(js, p, &v);
	if (!p)
		return NULL;
	if (v.type == GENLOG_V_INT)
		js->w = genlog_bson_i64(name_write(js->w, GENLOG_BSON_INT64, name), v.u.i);
	else if (v.type == GENLOG_V_DOUBLE)
		js->w = genlog_bson_double(name_write(js->w, GENLOG_BSON_DOUBLE, name), v.u.d);
	else
		js->w = genlog_bson_text(name_write(js->w, GENLOG_BSON_STR, name), v.u.p, v.n);
	return p;
}

static const char *element(struct json *js, const char *p, const struct name *name, int depth)
{
	if (p >= js->end)
		return json_fail(js, p, "the text ends where a value was expected");
	switch (*p) {
	case '"': js->w = name_write(js->w, GENLOG_BSON_STR, name); return json_string_write(js, p + 1);
	case '{':
	case '[': return nested(js, p, name, depth);
	case 't':
	case 'f':
	case 'n': return word(js, p, name);
	default: return number(js, p, name);
	}
}

const char *json_element(struct json *js, const char *p, struct json_text key, int depth)
{
	struct name name = {.key = key, .index = -1};

	return element(js, p, &name, depth);
}
