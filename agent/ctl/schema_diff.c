/*
 * A definition held against what is there.  Each difference comes with the command that makes it good, if there is one
 * that loses nothing: nothing is ever dropped here.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ctl/schema.h"

struct compare {
	const struct schema_coll *coll;
	const struct schema_live *live;
	schema_diff_fn *tell;
	void *arg;
};

static void tell(const struct compare *c, enum schema_kind kind, const char *item, const bson_t *fix, const char *fmt,
	...) __attribute__((format(printf, 5, 6)));

static void tell(
	const struct compare *c, enum schema_kind kind, const char *item, const bson_t *fix, const char *fmt, ...)
{
	struct schema_diff d = {.coll = c->coll, .kind = kind, .item = item, .fix = fix};
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	d.text = text;
	d.fix_for_admin = fix && bson_has_field(fix, "shardCollection");
	c->tell(c->arg, &d);
}

/* ── values ── */

static bool same_value(const bson_iter_t *a, const bson_iter_t *b);

static bool same_array(const bson_iter_t *a, const bson_iter_t *b)
{
	bson_iter_t x, y;
	bool more_x, more_y;

	if (!bson_iter_recurse(a, &x) || !bson_iter_recurse(b, &y))
		return false;
	for (;;) {
		more_x = bson_iter_next(&x);
		more_y = bson_iter_next(&y);
		if (!more_x || !more_y)
			return more_x == more_y;
		if (!same_value(&x, &y))
			return false;
	}
}

static unsigned fields_of(bson_iter_t it)
{
	unsigned n = 0;

	while (bson_iter_next(&it))
		n++;
	return n;
}

/* The order of fields says nothing in a validator. */
static bool same_fields(bson_iter_t x, bson_iter_t y)
{
	if (fields_of(x) != fields_of(y))
		return false;
	while (bson_iter_next(&x)) {
		bson_iter_t in = y;

		if (!bson_iter_find(&in, bson_iter_key(&x)) || !same_value(&x, &in))
			return false;
	}
	return true;
}

/* A server may give numbers back in another type than they came in. */
static bool same_value(const bson_iter_t *a, const bson_iter_t *b)
{
	bson_iter_t x, y;

	if (BSON_ITER_HOLDS_NUMBER(a) && BSON_ITER_HOLDS_NUMBER(b))
		return bson_iter_as_double(a) == bson_iter_as_double(b);
	if (bson_iter_type(a) != bson_iter_type(b))
		return false;
	if (BSON_ITER_HOLDS_ARRAY(a))
		return same_array(a, b);
	if (BSON_ITER_HOLDS_DOCUMENT(a))
		return bson_iter_recurse(a, &x) && bson_iter_recurse(b, &y) && same_fields(x, y);
	if (BSON_ITER_HOLDS_UTF8(a))
		return strcmp(bson_iter_utf8(a, NULL), bson_iter_utf8(b, NULL)) == 0;
	return !BSON_ITER_HOLDS_BOOL(a) || bson_iter_bool(a) == bson_iter_bool(b);
}

/* Keys: in order. */
static bool same_key(const bson_t *a, const bson_t *b)
{
	bson_iter_t x, y;
	bool more;

	if (bson_count_keys(a) != bson_count_keys(b) || !bson_iter_init(&x, a) || !bson_iter_init(&y, b))
		return false;
	while ((more = bson_iter_next(&x)) && bson_iter_next(&y))
		if (strcmp(bson_iter_key(&x), bson_iter_key(&y)) != 0 || !same_value(&x, &y))
			return false;
	return !more;
}

/* ── indexes ── */

struct index {
	const char *name;
	bson_t key, weights;
	int64_t ttl; /* seconds; -1: none */
	bool unique, sparse;
};

static bool view_of(const bson_iter_t *it, bson_t *out)
{
	const uint8_t *p;
	uint32_t n;

	if (!BSON_ITER_HOLDS_DOCUMENT(it))
		return false;
	bson_iter_document(it, &n, &p);
	return bson_init_static(out, p, n);
}

static bool index_of(const bson_iter_t *at, struct index *x)
{
	bson_iter_t it;
	bool key = false;

	*x = (struct index){.name = "", .ttl = -1};
	bson_init(&x->key);
	bson_init(&x->weights);
	if (!BSON_ITER_HOLDS_DOCUMENT(at) || !bson_iter_recurse(at, &it))
		return false;
	while (bson_iter_next(&it)) {
		const char *k = bson_iter_key(&it);

		if (strcmp(k, "name") == 0 && BSON_ITER_HOLDS_UTF8(&it))
			x->name = bson_iter_utf8(&it, NULL);
		else if (strcmp(k, "key") == 0)
			key = view_of(&it, &x->key);
		else if (strcmp(k, "weights") == 0)
			view_of(&it, &x->weights);
		else if (strcmp(k, "expireAfterSeconds") == 0)
			x->ttl = bson_iter_as_int64(&it);
		else if (strcmp(k, "unique") == 0)
			x->unique = bson_iter_as_bool(&it);
		else if (strcmp(k, "sparse") == 0)
			x->sparse = bson_iter_as_bool(&it);
	}
	return key;
}

/* {a: "text", b: "text", c: 1} is kept as {_fts: "text", _ftsx: 1, c: 1} with the weights {a: 1, b: 1}. */
static void as_kept(const bson_t *key, bson_t *kept, bson_t *weights)
{
	bool text = false;
	bson_iter_t it;

	bson_init(kept);
	bson_init(weights);
	for (bool ok = bson_iter_init(&it, key); ok && bson_iter_next(&it);) {
		if (!BSON_ITER_HOLDS_UTF8(&it) || strcmp(bson_iter_utf8(&it, NULL), "text") != 0) {
			bson_append_iter(kept, bson_iter_key(&it), -1, &it);
			continue;
		}
		if (!text) {
			BSON_APPEND_UTF8(kept, "_fts", "text");
			BSON_APPEND_INT32(kept, "_ftsx", 1);
		}
		text = true;
		BSON_APPEND_INT32(weights, bson_iter_key(&it), 1);
	}
}

static bool key_is(const struct schema_index *want, const struct index *have)
{
	bson_t kept, weights;
	bson_iter_t x, y;
	bool same;

	as_kept(want->key, &kept, &weights);
	same = same_key(&kept, &have->key) && bson_iter_init(&x, &weights) && bson_iter_init(&y, &have->weights) &&
	       same_fields(x, y);
	bson_destroy(&kept);
	bson_destroy(&weights);
	return same;
}

static void set_ttl(
	const struct compare *c, const char *item, const struct schema_index *want, const struct index *have)
{
	bson_t *fix = BCON_NEW("collMod", BCON_UTF8(c->coll->name), "index", "{", "name", BCON_UTF8(have->name),
		"expireAfterSeconds", BCON_INT64(want->ttl / 1000), "}");

	if (have->ttl < 0)
		tell(c, SCHEMA_CHANGED, item, fix, "documents do not expire; they shall %lld s after that time",
			(long long)want->ttl / 1000);
	else
		tell(c, SCHEMA_CHANGED, item, fix, "documents expire after %lld s; defined are %lld s",
			(long long)have->ttl, (long long)want->ttl / 1000);
	bson_destroy(fix);
}

static void compare_options(
	const struct compare *c, const char *item, const struct schema_index *want, const struct index *have)
{
	const char *drop = "MongoDB cannot change that in place: drop the index when it suits you, and apply again";

	if (want->unique != have->unique)
		tell(c, SCHEMA_REFUSED, item, NULL, "it is %sunique there; %s", have->unique ? "" : "not ", drop);
	if (want->sparse != have->sparse)
		tell(c, SCHEMA_REFUSED, item, NULL, "it is %ssparse there; %s", have->sparse ? "" : "not ", drop);
	if (want->ttl >= 0 && want->ttl / 1000 != have->ttl)
		set_ttl(c, item, want, have);
	if (want->ttl < 0 && have->ttl >= 0)
		tell(c, SCHEMA_REFUSED, item, NULL,
			"it lets documents expire after %lld s, which is not defined; drop the index when it suits "
			"you, and "
			"apply again",
			(long long)have->ttl);
}

static void create_index(const struct compare *c, const char *item, const struct schema_index *want)
{
	bson_t spec = BSON_INITIALIZER, *fix;
	char *key = bson_as_relaxed_extended_json(want->key, NULL);

	schema_index_spec(want, &spec);
	fix = BCON_NEW("createIndexes", BCON_UTF8(c->coll->name), "indexes", "[", BCON_DOCUMENT(&spec), "]");
	tell(c, SCHEMA_MISSING, item, fix, "on %s", key ? key : "?");
	bson_free(key);
	bson_destroy(fix);
	bson_destroy(&spec);
}

static void compare_index(const struct compare *c, const struct schema_index *want)
{
	char item[200];
	bson_iter_t it;
	struct index have;

	snprintf(item, sizeof(item), "index %.180s", want->name);
	for (bool ok = bson_iter_init(&it, &c->live->indexes); ok && bson_iter_next(&it);) {
		bool named, keyed;

		if (!index_of(&it, &have))
			continue;
		named = strcmp(have.name, want->name) == 0;
		keyed = key_is(want, &have);
		if (named && !keyed) {
			char *key = bson_as_relaxed_extended_json(&have.key, NULL);

			tell(c, SCHEMA_REFUSED, item, NULL,
				"it is on %s there; drop it when it suits you, and apply again", key ? key : "?");
			bson_free(key);
			return;
		}
		if (keyed && !named)
			tell(c, SCHEMA_REFUSED, item, NULL,
				"the index \"%s\" has the same key; MongoDB takes one of them: drop it, or define this "
				"name",
				have.name);
		if (keyed) {
			compare_options(c, item, want, &have);
			return;
		}
	}
	create_index(c, item, want);
}

static bool is_defined(const struct schema_coll *coll, const struct index *have)
{
	for (size_t i = 0; i < coll->n_indexes; i++)
		if (strcmp(coll->indexes[i].name, have->name) == 0 || key_is(&coll->indexes[i], have))
			return true;
	return strcmp(have->name, "_id_") == 0;
}

static void find_extra(const struct compare *c)
{
	bson_iter_t it;
	struct index have;
	char item[200];

	for (bool ok = bson_iter_init(&it, &c->live->indexes); ok && bson_iter_next(&it);) {
		if (!index_of(&it, &have) || is_defined(c->coll, &have))
			continue;
		snprintf(item, sizeof(item), "index %.180s", have.name);
		tell(c, SCHEMA_EXTRA, item, NULL, "is not defined; it stays");
	}
}

/* ── the collection ── */

static const char *option(const bson_t *options, const char *key, const char *usual)
{
	bson_iter_t it;

	return bson_iter_init_find(&it, options, key) && BSON_ITER_HOLDS_UTF8(&it) ? bson_iter_utf8(&it, NULL) : usual;
}

static void compare_validator(const struct compare *c)
{
	bson_iter_t it, x, y;
	bool has = bson_iter_init_find(&it, &c->live->options, "validator") && BSON_ITER_HOLDS_DOCUMENT(&it) &&
		   bson_iter_recurse(&it, &y) && fields_of(y) > 0;
	bool same = has && bson_iter_init(&x, c->coll->validator) && same_fields(x, y);
	const char *action = option(&c->live->options, "validationAction", "error");
	const char *level = option(&c->live->options, "validationLevel", "strict");
	bson_t fix = BSON_INITIALIZER;

	schema_validate(c->coll, &fix);
	if (!has)
		tell(c, SCHEMA_MISSING, "validator", &fix, "documents are not checked");
	else if (!same)
		tell(c, SCHEMA_CHANGED, "validator", &fix, "it is another one there");
	else if (strcmp(action, schema_actions[c->coll->action]) != 0 || strcmp(level, "strict") != 0)
		tell(c, SCHEMA_CHANGED, "validator", &fix, "it is applied as %s and %s; defined are strict and %s",
			level, action, schema_actions[c->coll->action]);
	bson_destroy(&fix);
}

static void compare_shard(const struct compare *c, const char *database)
{
	char full[512];
	bson_t *fix;

	if (bson_empty(c->coll->shard) || (c->live->there && same_key(c->coll->shard, &c->live->shard)))
		return;
	if (!bson_empty(&c->live->shard)) {
		char *key = bson_as_relaxed_extended_json(&c->live->shard, NULL);

		tell(c, SCHEMA_REFUSED, "sharding", NULL,
			"it is sharded on %s; reshardCollection moves all of its data", key ? key : "?");
		bson_free(key);
		return;
	}
	snprintf(full, sizeof(full), "%s.%s", database, c->coll->name);
	fix = BCON_NEW("shardCollection", BCON_UTF8(full), "key", BCON_DOCUMENT(c->coll->shard));
	tell(c, SCHEMA_MISSING, "sharding", fix, "it is not sharded");
	bson_destroy(fix);
}

void schema_compare(const struct schema_coll *coll, const struct schema_live *live, const char *database, bool shard,
	schema_diff_fn *fn, void *arg)
{
	struct compare c = {coll, live, fn, arg};

	if (live->is_view) {
		tell(&c, SCHEMA_REFUSED, "collection", NULL,
			"there is a view or a time-series collection of that name");
		return;
	}
	if (!live->there) {
		bson_t fix = BSON_INITIALIZER;

		schema_create(coll, &fix);
		tell(&c, SCHEMA_MISSING, "collection", &fix, "is not there");
		bson_destroy(&fix);
	}
	compare_validator(&c);
	if (shard)
		compare_shard(&c, database);
	for (size_t i = 0; i < coll->n_indexes; i++)
		compare_index(&c, &coll->indexes[i]);
	find_extra(&c);
}
