/*
 * BSON that a program has made: every length within its bounds, every text valid, names that a document may have.  What
 * is let through is copied as it is.
 */
#include "emit.h"

#define DEPTH 8
#define NAMES_MAX 128

static bool key_is_good(const char *p, size_t n)
{
	return n && n < 256 && *p != '$' && !memchr(p, '.', n) && genlog_utf8_valid(p, n) == n;
}

/* Those that the agent gives a document itself, and those that the site has. */
static bool key_is_taken(const struct plan *plan, const char *key)
{
	static const char *const ours[] = {
		"_id", "node_id", "environment", "version", "createdAt", "source", "timestamp"};
	unsigned depth = 0;

	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		if (strcmp(key, ours[i]) == 0)
			return true;
	for (unsigned i = 0; i < plan->n; i++) {
		const struct plan_step *s = &plan->steps[i];

		if (!depth && s->op != PLAN_CLOSE && strcmp(s->p, key) == 0)
			return true;
		depth += s->op == PLAN_DOC || s->op == PLAN_ARRAY;
		depth -= s->op == PLAN_CLOSE;
	}
	return false;
}

static bool text_is_good(const uint8_t *v, ssize_t n)
{
	return n >= 5 && v[n - 1] == 0 && genlog_utf8_valid((const char *)v + 4, (size_t)n - 5) == (size_t)n - 5;
}

static bool walk(const struct plan *plan, const uint8_t *p, const uint8_t *end, unsigned depth);

static bool value_is_good(uint8_t type, const uint8_t *v, ssize_t n, unsigned depth)
{
	switch (type) {
	case GENLOG_BSON_DOUBLE:
	case GENLOG_BSON_DATE:
	case GENLOG_BSON_OID:
	case GENLOG_BSON_NULL:
	case GENLOG_BSON_INT32:
	case GENLOG_BSON_INT64: return true;
	case GENLOG_BSON_BOOL: return *v <= 1;
	case GENLOG_BSON_STR: return text_is_good(v, n);
	case GENLOG_BSON_DOC:
	case GENLOG_BSON_ARRAY: return n >= 5 && v[n - 1] == 0 && walk(NULL, v + 4, v + n - 1, depth + 1);
	default: return false;
	}
}

static bool seen(const char *const *keys, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

static bool walk(const struct plan *plan, const uint8_t *p, const uint8_t *end, unsigned depth)
{
	const char *keys[NAMES_MAX];
	size_t n_keys = 0;

	while (p < end) {
		const char *key = (const char *)p + 1;
		const uint8_t *nul = memchr(key, 0, (size_t)(end - p) - 1);
		ssize_t n = nul ? genlog_bson_value_size(*p, nul + 1, end) : -1;

		if (n < 0 || depth > DEPTH || n_keys == NAMES_MAX || !key_is_good(key, strlen(key)) ||
			(plan && key_is_taken(plan, key)) || seen(keys, n_keys, key) ||
			!value_is_good(*p, nul + 1, n, depth))
			return false;
		keys[n_keys++] = key;
		p = nul + 1 + n;
	}
	return true;
}

const char *elements_check(const struct plan *plan, const uint8_t *p, size_t n)
{
	if (n && !p)
		return "there are none";
	return walk(plan, p, p + n, 0) ? NULL : "they are no BSON elements that this document could have";
}
