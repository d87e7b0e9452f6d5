/* Parts of an archive back into a database: each is proven before any of it is inserted. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/cold.h"
#include "ctl/commands.h"

#define BATCH 1000
#define BATCH_BYTES (8 << 20)

struct options {
	struct db_options db;
	struct ctl_list only;
	bool dry_run;
};

struct restore {
	struct ctl *c;
	const struct options *o;
	struct db db;
	mongoc_collection_t *coll;
	bson_t *batch[BATCH];
	size_t n, bytes;
	int64_t inserted, there, refused;
	struct ctl_progress progress;
	uint64_t passed;
	unsigned parts, bad;
	const char *name;
};

/* ── inserting ── */

static void tell_refused(struct restore *r, const bson_iter_t *error)
{
	if (r->refused++)
		return;
	ctl_error("%s: a document is refused: %.300s; the others go on", r->name, db_error_text(error));
}

/* false: it was not the documents that were at fault. */
static bool judge(struct restore *r, const bson_t *reply)
{
	bson_iter_t it, each;
	int64_t n = 0;

	if (!bson_iter_init_find(&it, reply, "writeErrors") || !BSON_ITER_HOLDS_ARRAY(&it) ||
		!bson_iter_recurse(&it, &each) || bson_has_field(reply, "writeConcernErrors"))
		return false;
	for (; bson_iter_next(&each); n++) {
		if (db_is_same_id(&each))
			r->there++;
		else
			tell_refused(r, &each);
	}
	r->inserted += (int64_t)r->n - n;
	return n > 0;
}

static int flush(struct restore *r)
{
	bson_t opts = BSON_INITIALIZER, reply;
	bson_error_t error;
	int result = 0;

	if (!r->n)
		return 0;
	BSON_APPEND_BOOL(&opts, "ordered", false);
	BSON_APPEND_BOOL(&opts, "validate", false);
	if (mongoc_collection_insert_many(r->coll, (const bson_t **)r->batch, r->n, &opts, &reply, &error))
		r->inserted += (int64_t)r->n;
	else if (!judge(r, &reply))
		result = db_failed(&r->db, "restore", &error);
	bson_destroy(&reply);
	bson_destroy(&opts);
	for (size_t i = 0; i < r->n; i++)
		bson_destroy(r->batch[i]);
	r->passed += r->n;
	r->n = r->bytes = 0;
	ctl_progress(r->c, &r->progress, r->passed);
	return result;
}

static int take(void *arg, const bson_t *doc)
{
	struct restore *r = arg;

	r->batch[r->n++] = bson_copy(doc);
	r->bytes += doc->len;
	return r->n == BATCH || r->bytes >= BATCH_BYTES ? flush(r) : 0;
}

/* Restored into a collection with a TTL, old documents would be gone in a minute. */
static void warn_of_ttl(struct restore *r, const char *collection)
{
	struct schema_live live;
	bson_iter_t it, in;

	schema_live_init(&live);
	if (schema_live_read(&r->db, collection, false, &live) == 0)
		for (bool ok = bson_iter_init(&it, &live.indexes); ok && bson_iter_next(&it);)
			if (bson_iter_recurse(&it, &in) && bson_iter_find(&in, "expireAfterSeconds"))
				ctl_error(
					"%s: lets documents expire after %lld s: what is older will be deleted again; "
					"--database restores elsewhere",
					collection, (long long)bson_iter_as_int64(&in));
	schema_live_fini(&live);
}

static int insert_all(struct restore *r, const struct cold_part *p, const struct cold_facts *facts)
{
	const char *database = r->o->db.database ? r->o->db.database : p->database;
	char why[200];
	int result;

	free(r->db.uri.database);
	r->db.uri.database = strdup(database);
	if (!r->db.uri.database)
		return -ENOMEM;
	warn_of_ttl(r, p->collection);
	r->coll = mongoc_client_get_collection(r->db.client, database, p->collection);
	r->progress = (struct ctl_progress){.what = p->name, .total = (uint64_t)facts->documents};
	r->passed = 0;
	result = cold_read(p, facts, take, r, why);
	if (result == 0)
		result = flush(r);
	for (size_t i = 0; i < r->n; i++)
		bson_destroy(r->batch[i]);
	r->n = r->bytes = 0;
	ctl_progress_end(r->c, &r->progress);
	mongoc_collection_destroy(r->coll);
	return result;
}

/* ── parts ── */

static void tell(const struct restore *r, const struct cold_part *p, const struct cold_facts *facts, const char *why)
{
	bson_t doc = BSON_INITIALIZER;

	if (!r->c->json) {
		if (why)
			ctl_error("%s.bson.gz: %s; nothing of it is restored", p->name, why);
		else if (r->o->dry_run)
			printf("%s: %lld documents, whole\n", p->name, (long long)facts->documents);
		else
			printf("%s: %lld restored, %lld were there, %lld refused\n", p->name, (long long)r->inserted,
				(long long)r->there, (long long)r->refused);
		return;
	}
	BSON_APPEND_UTF8(&doc, "file", p->name);
	BSON_APPEND_INT64(&doc, "documents", facts->documents);
	BSON_APPEND_BOOL(&doc, "whole", why == NULL);
	if (why)
		BSON_APPEND_UTF8(&doc, "why", why);
	BSON_APPEND_INT64(&doc, "restored", r->inserted);
	BSON_APPEND_INT64(&doc, "there", r->there);
	BSON_APPEND_INT64(&doc, "refused", r->refused);
	ctl_json(&doc);
	bson_destroy(&doc);
}

static int one_part(struct restore *r, const struct cold_part *p)
{
	struct cold_facts facts = {0};
	char why[200] = "it has no manifest: it was never finished";
	int result = cold_manifest_read(p, &facts);

	r->name = p->name;
	r->inserted = r->there = r->refused = 0;
	r->parts++;
	if (result == -EBADMSG)
		snprintf(why, sizeof(why), "its manifest is damaged");
	if (result == 0)
		result = cold_read(p, &facts, NULL, NULL, why);
	if (result < 0) {
		r->bad++;
		tell(r, p, &facts, why);
		return 0;
	}
	if (!r->o->dry_run)
		result = insert_all(r, p, &facts);
	if (r->refused)
		r->bad++;
	if (result == 0)
		tell(r, p, &facts, NULL);
	return result;
}

static bool wanted(const struct options *o, const char *name)
{
	for (size_t i = 0; i < o->only.n; i++)
		if (strcmp(o->only.v[i], name) == 0)
			return true;
	return o->only.n == 0;
}

static int is_visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* Days in their order, and of each the latest part first: what was changed after it was archived is newer there. */
static int by_day(const struct dirent **a, const struct dirent **b)
{
	int r = strncmp((*a)->d_name, (*b)->d_name, 10);

	return r ? r : strverscmp((*b)->d_name, (*a)->d_name);
}

struct level {
	struct restore *r;
	const char *root, *day, *database;
};

/* Every name in a folder to `fn`. */
static int each(const struct level *l, const char *path, int (*fn)(const struct level *l, const char *name))
{
	struct dirent **names = NULL;
	int n = scandir(path, &names, is_visible, by_day), r = 0;

	if (n < 0 && errno != ENOTDIR) {
		ctl_error("%s: %s", path, strerror(errno));
		return -EIO;
	}
	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = fn(l, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return r;
}

static int file_found(const struct level *l, const char *name)
{
	static const char ending[] = ".bson.gz";
	struct cold_part p = {.dir = -1, .root = l->root, .database = l->database, .number = 1};
	size_t n = strlen(name);
	char collection[256], day[COLD_PATH];
	int r;

	if (n < sizeof(ending) || n >= sizeof(collection) || strcmp(name + n - sizeof(ending) + 1, ending) != 0)
		return 0;
	snprintf(collection, sizeof(collection), "%.*s", (int)(n - sizeof(ending) + 1), name);
	if (!wanted(l->r->o, collection))
		return 0;
	p.collection = collection;
	snprintf(day, sizeof(day), "%s", l->day);
	if (strlen(day) > 11) { /* "2026-01-02.3" */
		p.number = (int)strtol(day + 11, NULL, 10);
		day[10] = 0;
	}
	snprintf(p.day, sizeof(p.day), "%.15s", day);
	r = cold_part_open(&p, false);
	if (r < 0)
		ctl_error("%s: %s", p.name, strerror(-r));
	else
		r = one_part(l->r, &p);
	cold_part_close(&p);
	return r;
}

static int database_found(const struct level *l, const char *name)
{
	struct level in = *l;
	char path[COLD_PATH];

	in.database = name;
	snprintf(path, sizeof(path), "%s/%s/%s", l->root, l->day, name);
	return each(&in, path, file_found);
}

static int day_found(const struct level *l, const char *name)
{
	struct level in = *l;
	char path[COLD_PATH];

	if (!cold_is_day(name))
		return 0;
	in.day = name;
	snprintf(path, sizeof(path), "%s/%s", l->root, name);
	return each(&in, path, database_found);
}

/* The whole archive, or the folder of one day. */
static int all(struct restore *r, char *dir)
{
	struct level l = {.r = r, .root = dir};
	size_t n = strlen(dir);
	char *slash;

	while (n > 1 && dir[n - 1] == '/')
		dir[--n] = 0;
	slash = strrchr(dir, '/');
	if (!cold_is_day(slash ? slash + 1 : dir))
		return each(&l, dir, day_found);
	if (slash)
		*slash = 0;
	l.root = slash ? (slash == dir ? "/" : dir) : ".";
	return day_found(&l, slash ? slash + 1 : dir);
}

static int run(struct ctl *c, const void *options, int argc, char **argv)
{
	struct restore r = {.c = c, .o = options};
	int result = 0;

	(void)argc;
	if (!r.o->dry_run)
		result = db_open(c, &r.db, &r.o->db);
	if (result == 0)
		result = all(&r, argv[0]);
	if (result == 0 && !r.parts) {
		ctl_error("%s: there is nothing to restore in it", argv[0]);
		result = -ENOENT;
	}
	db_close(&r.db);
	return result < 0 || r.bad ? CTL_FAILED : CTL_OK;
}

static const struct ctl_option rows[] = {
	DB_ROWS(struct options),
	{CTL_LIST, "collection", 'C', offsetof(struct options, only), "NAME", "this one; may be given several times"},
	{CTL_FLAG, "dry-run", 'n', offsetof(struct options, dry_run), NULL, "prove the files, and insert nothing"},
	{0},
};

const struct ctl_command ctl_restore = {
	.name = "restore",
	.args = "DIR",
	.summary = "documents of an archive back into the database",
	.text = "DIR is what `archive` wrote, or the folder of a day in it.  Each file is proven by its manifest "
		"before any\n"
		"of it is inserted; documents that are in the database count as restored.  Into the database that they "
		"came\n"
		"from, or --database.\n"
		"\n"
		"  genlogctl restore /srv/cold/2026-01-02 --database investigation\n"
		"  genlogctl restore /srv/cold --collection system_logs --dry-run\n"
		"\n"
		"Exit code 1 where a file is damaged or a document was refused; the others are restored.\n",
	.least = 1,
	.most = 1,
	.size = sizeof(struct options),
	.options = rows,
	.run = run,
};
