/* What was asked: bytes of somebody else, checked before they are read. */
#include <string.h>

#include <genlog/bson.h>

#include "admin/admin.h"

/* Every element has to be whole, and texts have to end where they say. */
bool request_read(const uint8_t *p, size_t n, struct request *r)
{
	const uint8_t *at = p + 4, *end = p + n - 1;

	if (p[n - 1])
		return false;
	*r = (struct request){at, end};
	while (at < end) {
		size_t key = strnlen((const char *)at + 1, (size_t)(end - at - 1));
		const uint8_t *v = at + key + 2;
		ssize_t size = v <= end ? genlog_bson_value_size(*at, v, end) : -1;

		if (size < 0 || (*at == GENLOG_BSON_STR && v[size - 1]))
			return false;
		at = v + size;
	}
	return true;
}

const char *request_text(const struct request *r, const char *key)
{
	size_t n = strlen(key);
	const uint8_t *next, *at = genlog_bson_find(r->p, r->end, key, n, &next);

	if (!at || *at != GENLOG_BSON_STR)
		return "";
	return (const char *)at + n + 2 + 4;
}

int64_t request_int(const struct request *r, const char *key, int64_t otherwise)
{
	size_t n = strlen(key);
	const uint8_t *next, *at = genlog_bson_find(r->p, r->end, key, n, &next);
	int64_t v = otherwise;
	int32_t small;

	if (at && *at == GENLOG_BSON_INT64) {
		memcpy(&v, at + n + 2, sizeof(v));
	} else if (at && *at == GENLOG_BSON_INT32) {
		memcpy(&small, at + n + 2, sizeof(small));
		v = small;
	}
	return v;
}
