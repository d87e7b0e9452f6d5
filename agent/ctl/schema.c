#include <errno.h>
#include <string.h>

#include "ctl/array.h"
#include "ctl/commands.h"
#include "ctl/schema.h"

struct options {
	struct db_options db;
	const char *dir;
	struct ctl_list only;
	bool shard, dry_run;
};

#define COLLECTION                                                                                                     \
	{                                                                                                              \
		CTL_LIST, "collection", 'C', offsetof(struct options, only), "NAME",                                   \
			"this one; may be given several times"                                                         \
	}
#define DIR_ROW                                                                                                        \
	{                                                                                                              \
		CTL_TEXT, "dir", 'd', offsetof(struct options, dir), "DIR", "definitions from here, and no others"     \
	}
#define SHARD_ROW                                                                                                      \
	{                                                                                                              \
		CTL_FLAG, "shard", 0, offsetof(struct options, shard), NULL, "also whether it is sharded as defined"   \
	}

static bool wanted(const struct options *o, const char *name)
{
	for (size_t i = 0; i < o->only.n; i++)
		if (strcmp(o->only.v[i], name) == 0)
			return true;
	return o->only.n == 0;
}

static int load(struct schema *s, const struct options *o)
{
	int r = schema_load(s, o->dir);

	for (size_t i = 0; i < o->only.n && r == 0; i++)
		if (!schema_find(s, o->only.v[i])) {
			ctl_error("there is no definition of \"%s\"", o->only.v[i]);
			r = -ENOENT;
		}
	return r;
}

/* ── commands of a definition ── */

void schema_create(const struct schema_coll *coll, bson_t *out)
{
	BSON_APPEND_UTF8(out, "create", coll->name);
}

void schema_validate(const struct schema_coll *coll, bson_t *out)
{
	BSON_APPEND_UTF8(out, "collMod", coll->name);
	BSON_APPEND_DOCUMENT(out, "validator", coll->validator);
	BSON_APPEND_UTF8(out, "validationLevel", "strict");
	BSON_APPEND_UTF8(out, "validationAction", schema_actions[coll->action]);
}

void schema_index_spec(const struct schema_index *x, bson_t *out)
{
	BSON_APPEND_DOCUMENT(out, "key", x->key);
	BSON_APPEND_UTF8(out, "name", x->name);
	if (x->unique)
		BSON_APPEND_BOOL(out, "unique", true);
	if (x->sparse)
		BSON_APPEND_BOOL(out, "sparse", true);
	if (x->ttl >= 0)
		BSON_APPEND_INT64(out, "expireAfterSeconds", x->ttl / 1000);
}

/* ── show ── */

static void show_json(const struct schema_coll *coll)
{
	bson_t doc = BSON_INITIALIZER, part, list;
	char key[24];

	BSON_APPEND_UTF8(&doc, "collection", coll->name);
	BSON_APPEND_UTF8(&doc, "summary", coll->summary);
	BSON_APPEND_DOCUMENT_BEGIN(&doc, "create", &part);
	schema_create(coll, &part);
	bson_append_document_end(&doc, &part);
	BSON_APPEND_DOCUMENT_BEGIN(&doc, "collMod", &part);
	schema_validate(coll, &part);
	bson_append_document_end(&doc, &part);
	BSON_APPEND_DOCUMENT_BEGIN(&doc, "createIndexes", &part);
	BSON_APPEND_UTF8(&part, "createIndexes", coll->name);
	array_begin(&list);
	for (size_t i = 0; i < coll->n_indexes; i++) {
		bson_t spec;

		snprintf(key, sizeof(key), "%zu", i);
		BSON_APPEND_DOCUMENT_BEGIN(&list, key, &spec);
		schema_index_spec(&coll->indexes[i], &spec);
		bson_append_document_end(&list, &spec);
	}
	array_end(&list, &part, "indexes");
	bson_append_document_end(&doc, &part);
	if (!bson_empty(coll->shard))
		BSON_APPEND_DOCUMENT(&doc, "shard", coll->shard);
	ctl_json(&doc);
	bson_destroy(&doc);
}

static void show_index(const struct schema_index *x)
{
	char *key = bson_as_relaxed_extended_json(x->key, NULL), span[CTL_SHORT];

	printf("  %-24s %s%s%s", x->name, key ? key : "?", x->unique ? "  unique" : "", x->sparse ? "  sparse" : "");
	if (x->ttl >= 0)
		printf("  expires after %s", ctl_span(span, x->ttl));
	putchar('\n');
	bson_free(key);
}

static void show_fields(const struct schema_coll *coll)
{
	bson_iter_t it, at;

	if (!bson_iter_init(&it, coll->validator) || !bson_iter_find_descendant(&it, "$jsonSchema.properties", &at) ||
		!bson_iter_recurse(&at, &it))
		return;
	while (bson_iter_next(&it)) {
		const uint8_t *p;
		uint32_t n;
		bson_t field;
		char *json;

		bson_iter_document(&it, &n, &p);
		if (!bson_init_static(&field, p, n))
			continue;
		json = bson_as_relaxed_extended_json(&field, NULL);
		printf("  %-24s %s\n", bson_iter_key(&it), json ? json : "?");
		bson_free(json);
	}
}

static void show_one(const struct schema_coll *coll)
{
	printf("%s  %s (%s:%d)\n", coll->name, coll->summary, coll->pos.file, coll->pos.line);
	printf("  required:");
	for (size_t i = 0; i < coll->required.n; i++)
		printf(" %s", coll->required.v[i]);
	putchar('\n');
	show_fields(coll);
	for (size_t i = 0; i < coll->n_indexes; i++)
		show_index(&coll->indexes[i]);
	putchar('\n');
}

static int run_show(struct ctl *c, const void *options, int argc, char **argv)
{
	const struct options *o = options;
	struct schema s = {0};
	int r = load(&s, o);

	(void)argc;
	(void)argv;
	for (size_t i = 0; i < s.n && r == 0; i++)
		if (wanted(o, s.colls[i]->name)) {
			if (c->json)
				show_json(s.colls[i]);
			else
				show_one(s.colls[i]);
		}
	schema_fini(&s);
	return r < 0 ? CTL_FAILED : CTL_OK;
}

/* ── diff and apply ── */

struct work {
	struct ctl *c;
	struct db db;
	const struct options *o;
	bool apply;
	unsigned differences, made, left;
};

static const char *const kinds[] = {[SCHEMA_MISSING] = "missing",
	[SCHEMA_CHANGED] = "differs",
	[SCHEMA_REFUSED] = "refused",
	[SCHEMA_EXTRA] = "extra"};

static void report(const struct work *w, const struct schema_diff *d, const char *outcome, const char *why)
{
	bson_t doc = BSON_INITIALIZER;

	if (!w->c->json) {
		why = why ? why : d->text;
		printf("%-8s %s  %s%s%s\n", outcome, d->coll->name, d->item, *why ? ": " : "", why);
		return;
	}
	BSON_APPEND_UTF8(&doc, "collection", d->coll->name);
	BSON_APPEND_UTF8(&doc, "item", d->item);
	BSON_APPEND_UTF8(&doc, "difference", kinds[d->kind]);
	BSON_APPEND_UTF8(&doc, "text", d->text);
	if (outcome != kinds[d->kind])
		BSON_APPEND_UTF8(&doc, "outcome", outcome);
	if (why && *why)
		BSON_APPEND_UTF8(&doc, "why", why);
	if (d->fix)
		BSON_APPEND_DOCUMENT(&doc, "command", d->fix);
	ctl_json(&doc);
	bson_destroy(&doc);
}

static void print_fix(const struct work *w, const struct schema_diff *d)
{
	char *json = w->c->json ? NULL : bson_as_relaxed_extended_json(d->fix, NULL);

	if (json)
		printf("         %s\n", json);
	bson_free(json);
}

static void make_good(struct work *w, const struct schema_diff *d)
{
	bson_error_t error = {0};
	bson_t reply;
	char why[640];

	if (mongoc_client_command_simple(
		    w->db.client, d->fix_for_admin ? "admin" : w->db.uri.database, d->fix, NULL, &reply, &error)) {
		w->made++;
		report(w, d, "made", d->kind == SCHEMA_CHANGED ? "as it is defined" : "");
	} else {
		w->left++;
		snprintf(why, sizeof(why), "the server refuses: %s (code %u)", error.message, error.code);
		report(w, d, "failed", why);
	}
	bson_destroy(&reply);
}

static void take(void *arg, const struct schema_diff *d)
{
	struct work *w = arg;

	if (d->kind == SCHEMA_EXTRA) {
		if (!w->apply)
			report(w, d, kinds[d->kind], NULL);
		return;
	}
	w->differences++;
	if (!w->apply || !d->fix) {
		w->left++;
		report(w, d, kinds[d->kind], NULL);
	} else if (w->o->dry_run) {
		report(w, d, "would", NULL);
		print_fix(w, d);
	} else {
		make_good(w, d);
	}
}

static int go_through(struct work *w, const struct schema *s)
{
	bool mongos = w->o->shard && db_is_mongos(&w->db);
	int r = 0;

	if (w->o->shard && !mongos) {
		ctl_error("%s is no mongos of a sharded cluster; nothing can be sharded there", w->db.hosts);
		return -EINVAL;
	}
	for (size_t i = 0; i < s->n && r == 0; i++) {
		struct schema_live live;

		if (!wanted(w->o, s->colls[i]->name))
			continue;
		schema_live_init(&live);
		r = schema_live_read(&w->db, s->colls[i]->name, mongos, &live);
		if (r == 0)
			schema_compare(s->colls[i], &live, w->db.uri.database, mongos, take, w);
		schema_live_fini(&live);
	}
	return r;
}

static void sum_up(const struct work *w)
{
	if (w->c->json)
		return;
	if (!w->differences)
		printf("%s has all that is defined\n", w->db.uri.database);
	else if (w->apply && !w->o->dry_run)
		printf("%u made, %u left\n", w->made, w->left);
	else
		printf("%u differences\n", w->differences);
}

static int run_either(struct ctl *c, const struct options *o, bool apply)
{
	struct work w = {.c = c, .o = o, .apply = apply};
	struct schema s = {0};
	int r = load(&s, o);

	if (r == 0)
		r = db_open(c, &w.db, &o->db);
	if (r == 0)
		r = go_through(&w, &s);
	if (r == 0)
		sum_up(&w);
	db_close(&w.db);
	schema_fini(&s);
	return r == 0 && w.left == 0 ? CTL_OK : CTL_FAILED;
}

static int run_diff(struct ctl *c, const void *options, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return run_either(c, options, false);
}

static int run_apply(struct ctl *c, const void *options, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return run_either(c, options, true);
}

static const struct ctl_option show_rows[] = {DIR_ROW, COLLECTION, {0}};
static const struct ctl_option diff_rows[] = {DB_ROWS(struct options), DIR_ROW, COLLECTION, SHARD_ROW, {0}};
static const struct ctl_option apply_rows[] = {DB_ROWS(struct options), DIR_ROW, COLLECTION,
	{CTL_FLAG, "shard", 0, offsetof(struct options, shard), NULL, "shard what is defined so; wants a mongos"},
	{CTL_FLAG, "dry-run", 'n', offsetof(struct options, dry_run), NULL,
		"say what would be done, with the commands"},
	{0}};

const struct ctl_command ctl_schema_show = {
	.name = "schema show",
	.summary = "the collections as they are defined",
	.text = "Definitions are the files *.yaml that came with genlog, and those of /etc/genlog/schema, which go "
		"before\n"
		"them by the name of the collection.\n"
		"\n"
		"  genlogctl schema show --collection system_logs\n"
		"  genlogctl --json schema show\n",
	.size = sizeof(struct options),
	.options = show_rows,
	.run = run_show,
};

const struct ctl_command ctl_schema_diff = {
	.name = "schema diff",
	.summary = "where the database differs from what is defined",
	.text = "Exit code 1 where anything differs.  Indexes that nobody defined are told and are no difference.\n"
		"\n"
		"  genlogctl schema diff\n"
		"  genlogctl schema diff --uri mongodb://db.example/ --database genims_production\n",
	.size = sizeof(struct options),
	.options = diff_rows,
	.run = run_diff,
};

const struct ctl_command ctl_schema_apply = {
	.name = "schema apply",
	.summary = "makes what is missing, changes what can be changed in place",
	.text = "Never drops anything: what cannot be changed in place is told, with what can be done about it, and "
		"is\n"
		"left.  Every item is done by itself: what a server does not know does not keep the others.  A second "
		"run\n"
		"changes nothing.  Exit code 1 where something was left.\n"
		"\n"
		"  genlogctl schema apply --dry-run\n"
		"  genlogctl schema apply --collection system_logs\n",
	.size = sizeof(struct options),
	.options = apply_rows,
	.run = run_apply,
};
