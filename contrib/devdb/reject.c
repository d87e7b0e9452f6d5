#include "reject.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void rejects_init(struct rejects *r)
{
	pthread_rwlock_init(&r->lock, NULL);
}

void rejects_fini(struct rejects *r)
{
	pthread_rwlock_destroy(&r->lock);
}

int rejects_add(struct rejects *r, const struct reject *rule)
{
	int n;

	pthread_rwlock_wrlock(&r->lock);
	n = atomic_load(&r->n);
	if (n < REJECT_MAX) {
		r->rule[n] = *rule;
		atomic_store(&r->n, n + 1);
	}
	pthread_rwlock_unlock(&r->lock);
	return n < REJECT_MAX ? 0 : -ENOSPC;
}

void rejects_clear(struct rejects *r)
{
	atomic_store(&r->n, 0);
}

static const char *as_text(const bson_iter_t *it, char buf[32])
{
	bson_oid_t oid;

	switch (bson_iter_type(it)) {
	case BSON_TYPE_UTF8: return bson_iter_utf8(it, NULL);
	case BSON_TYPE_INT32:
	case BSON_TYPE_INT64: snprintf(buf, 32, "%" PRId64, bson_iter_as_int64(it)); return buf;
	case BSON_TYPE_BOOL: return bson_iter_bool(it) ? "true" : "false";
	case BSON_TYPE_OID:
		bson_oid_copy(bson_iter_oid(it), &oid);
		bson_oid_to_string(&oid, buf);
		return buf;
	default: return "";
	}
}

static bool matches(const struct reject *rule, const bson_t *doc)
{
	bson_iter_t it, at;
	char buf[32];

	return bson_iter_init(&it, doc) && bson_iter_find_descendant(&it, rule->field, &at) &&
	       !strcmp(as_text(&at, buf), rule->value);
}

int rejects_code(struct rejects *r, const bson_t *doc)
{
	int code = 0;

	if (!atomic_load_explicit(&r->n, memory_order_relaxed))
		return 0;
	pthread_rwlock_rdlock(&r->lock);
	for (int i = 0, n = atomic_load(&r->n); i < n && !code; i++)
		if (matches(&r->rule[i], doc))
			code = r->rule[i].code;
	pthread_rwlock_unlock(&r->lock);
	return code;
}
