/* Reading what the writer wrote, and what a spool or a filter hands back: every length is checked before it is used. */
#include <genlog/bson.h>
#include <genlog/record.h>

#include "event/record.h"

static int32_t read_i32(const uint8_t *p)
{
	int32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static ssize_t sized(const uint8_t *v, size_t left, int32_t extra, int32_t least)
{
	int32_t n;

	if (left < 4)
		return -1;
	n = read_i32(v);
	return n < least || (size_t)n + (size_t)extra > left ? -1 : (ssize_t)n + extra;
}

ssize_t genlog_bson_value_size(uint8_t type, const uint8_t *v, const uint8_t *end)
{
	size_t left = (size_t)(end - v), need;

	switch (type) {
	case GENLOG_BSON_STR: return sized(v, left, 4, 1);
	case GENLOG_BSON_DOC:
	case GENLOG_BSON_ARRAY: return sized(v, left, 0, 5);
	case GENLOG_BSON_OID: need = 12; break;
	case GENLOG_BSON_BOOL: need = 1; break;
	case GENLOG_BSON_INT32: need = 4; break;
	case GENLOG_BSON_DOUBLE:
	case GENLOG_BSON_DATE:
	case GENLOG_BSON_INT64: need = 8; break;
	case GENLOG_BSON_NULL: need = 0; break;
	default: return -1;
	}
	return need <= left ? (ssize_t)need : -1;
}

const uint8_t *genlog_bson_find(
	const uint8_t *p, const uint8_t *end, const char *key, size_t key_len, const uint8_t **next)
{
	while (p && p < end && *p) {
		const uint8_t *nul = memchr(p + 1, 0, (size_t)(end - p) - 1);
		ssize_t n = nul ? genlog_bson_value_size(*p, nul + 1, end) : -1;

		if (n < 0)
			return NULL;
		*next = nul + 1 + n;
		if ((size_t)(nul - p) - 1 == key_len && memcmp(p + 1, key, key_len) == 0)
			return p;
		p = *next;
	}
	return NULL;
}

struct genlog_value value_read(uint8_t type, const uint8_t *v, size_t size)
{
	struct genlog_value out = {.type = GENLOG_V_NULL};

	switch (type) {
	case GENLOG_BSON_STR: return genlog_str((const char *)v + 4, size - 5);
	case GENLOG_BSON_DOC:
	case GENLOG_BSON_ARRAY:
		return (struct genlog_value){.type = type == GENLOG_BSON_DOC ? GENLOG_V_DOC : GENLOG_V_ARRAY,
			.n = (uint32_t)size,
			.u.p = (const char *)v};
	case GENLOG_BSON_BOOL: return (struct genlog_value){.type = GENLOG_V_BOOL, .u.i = *v};
	case GENLOG_BSON_INT32: return (struct genlog_value){.type = GENLOG_V_INT, .u.i = read_i32(v)};
	case GENLOG_BSON_INT64: out.type = GENLOG_V_INT; break;
	case GENLOG_BSON_DATE: out.type = GENLOG_V_DATE; break;
	case GENLOG_BSON_DOUBLE: out.type = GENLOG_V_DOUBLE; break;
	default: return out;
	}
	memcpy(&out.u, v, 8);
	return out;
}

/* a.b.c: one step a part; each but the last has to be a document. */
static bool path_get(const uint8_t *p, const uint8_t *end, const char *path, struct genlog_value *out)
{
	for (;;) {
		size_t n = strcspn(path, ".");
		const uint8_t *next, *at = genlog_bson_find(p, end, path, n, &next);
		const uint8_t *v = at ? at + n + 2 : NULL;

		if (!at)
			return false;
		if (!path[n]) {
			*out = value_read(*at, v, (size_t)(next - v));
			return true;
		}
		if (*at != GENLOG_BSON_DOC)
			return false;
		p = v + 4;
		end = next;
		path += n + 1;
	}
}

bool genlog_get(const struct genlog_record *rec, const char *name, struct genlog_value *out)
{
	int rank;
	enum genlog_slot s = genlog_slot_of(name, strlen(name), &rank);
	const char *path = strncmp(name, "context.", 8) == 0 ? name + 8 : name;

	if (s != GENLOG_SLOTS && rec->set >> s & 1) {
		*out = rec->slot[s];
		return true;
	}
	return rec->context.n && path_get(rec->context.p, rec->context.p + rec->context.n, path, out);
}
