#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/commands.h"
#include "ctl/docs.h"
#include "ctl/filter.h"
#include "ctl/hits.h"
#include "ctl/schema.h"

#define LIMIT 100

struct options {
	struct db_options db;
	const char *archive, *sort, *fields;
	int64_t limit, since;
	bool all, count;
};

struct query {
	struct ctl *c;
	const struct options *o;
	const char *collection;
	struct filter filter;
	struct hits hits;
	struct db db;
};

/* ── the database ── */

static bson_t *options_of(const struct query *q)
{
	bson_t *opts = bson_new(), sort;

	if (q->hits.sort) {
		BSON_APPEND_DOCUMENT_BEGIN(opts, "sort", &sort);
		BSON_APPEND_INT32(&sort, q->hits.sort, q->hits.down ? -1 : 1);
		bson_append_document_end(opts, &sort);
	}
	if (q->hits.limit < INT64_MAX)
		BSON_APPEND_INT64(opts, "limit", q->hits.limit + 1);
	return opts;
}

static int ask_database(struct query *q)
{
	mongoc_collection_t *coll = mongoc_client_get_collection(q->db.client, q->db.uri.database, q->collection);
	bson_t *opts = options_of(q);
	mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(coll, filter_query(&q->filter), opts, NULL);
	const bson_t *doc;
	bson_error_t error;
	int r = 0;

	q->hits.sort = NULL; /* it comes sorted */
	while (mongoc_cursor_next(cursor, &doc) && hits_take(&q->hits, doc))
		;
	if (mongoc_cursor_error(cursor, &error))
		r = db_failed(&q->db, "query", &error);
	mongoc_cursor_destroy(cursor);
	bson_destroy(opts);
	mongoc_collection_destroy(coll);
	return r;
}

static int count_in_database(struct query *q)
{
	mongoc_collection_t *coll = mongoc_client_get_collection(q->db.client, q->db.uri.database, q->collection);
	bson_error_t error;
	int64_t n = mongoc_collection_count_documents(coll, filter_query(&q->filter), NULL, NULL, NULL, &error);

	mongoc_collection_destroy(coll);
	q->hits.n = n;
	return n < 0 ? db_failed(&q->db, "query", &error) : 0;
}

static int from_database(struct query *q)
{
	int r = db_open(q->c, &q->db, &q->o->db);

	if (r < 0)
		return r;
	return q->o->count ? count_in_database(q) : ask_database(q);
}

/* ── files ── */

static int open_file(const char *dir, const char *database, const char *collection, char path[4096])
{
	static const char *const endings[] = {".bson", ".bson.gz"};
	int fd = -1;

	for (size_t i = 0; i < 2 && fd < 0; i++) {
		snprintf(path, 4096, "%s/%s/%s%s", dir, database, collection, endings[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (fd < 0 && errno != ENOENT)
			break;
	}
	if (fd < 0)
		ctl_error("%s: %s", path, strerror(errno));
	return fd;
}

static int from_file(struct query *q, const char *dir, const char *database)
{
	struct docs docs = {0};
	struct genlog_err err = {0};
	char path[4096];
	bson_t doc;
	int fd, r = filter_compile(&q->filter, &err);

	if (r < 0) {
		ctl_error("query: %s", err.text);
		return r;
	}
	fd = open_file(dir, database, q->collection, path);
	r = fd < 0 ? -errno : docs_open(&docs, fd);
	if (fd < 0)
		return -ENOENT;
	while (r >= 0 && (r = docs_next(&docs, &doc)) == 1)
		if (filter_match(&q->filter, &doc) && !hits_take(&q->hits, &doc))
			break;
	hits_end(&q->hits);
	if (r < 0)
		ctl_error("%s: %s", path, docs.why[0] ? docs.why : strerror(-r));
	docs_close(&docs);
	return r < 0 ? r : 0;
}

/* The output of the configuration is an archive: its folder and the database's name. */
static int from_output(struct query *q)
{
	const struct conf_node *node;
	const char *database;
	int r = q->o->db.uri ? -ENOENT : db_configure(q->c, &q->db);

	if (r == 0 && strcmp(q->db.conf.output.type, "archive") == 0) {
		node = q->db.conf.output.node;
		database = conf_text(node, "database");
		database = q->o->db.database ? q->o->db.database : database ? database : "genims_production";
		return from_file(q, conf_text(node, "path"), database);
	}
	if (r < 0 && r != -ENOENT)
		return r;
	db_close(&q->db);
	return from_database(q);
}

static int find(struct query *q)
{
	const char *database = q->o->db.database;

	if (q->o->archive)
		return from_file(q, q->o->archive, database ? database : "genims_production");
	return from_output(q);
}

/* ── the words ── */

static int split_fields(struct query *q)
{
	char *copy, *at, *one;
	size_t n = 1, i = 0;

	if (!q->o->fields)
		return 0;
	for (const char *p = q->o->fields; *p; p++)
		n += *p == ',';
	copy = at = strdup(q->o->fields);
	q->hits.fields = calloc(n + 1, sizeof(*q->hits.fields));
	if (!copy || !q->hits.fields) {
		free(copy);
		return -ENOMEM;
	}
	while ((one = strsep(&at, ",")))
		q->hits.fields[i++] = strdup(one);
	free(copy);
	return 0;
}

static void free_fields(struct query *q)
{
	for (char **f = q->hits.fields; f && *f; f++)
		free(*f);
	free(q->hits.fields);
}

/* The field that says when is the definition's, where there is one. */
static int prepare(struct query *q, const struct schema *s, int argc, char **argv)
{
	const struct schema_coll *coll = schema_find(s, q->collection);
	const struct options *o = q->o;
	struct genlog_err err = {0};
	int64_t now = clock_wall_ms();
	int r = filter_parse(&q->filter, argc - 1, argv + 1, now, &err);

	q->hits = (struct hits){.c = q->c, .count = o->count, .limit = o->limit ? o->limit : LIMIT};
	q->hits.when = coll ? coll->time : SCHEMA_TIME;
	if (o->all)
		q->hits.limit = INT64_MAX;
	if (o->sort) {
		q->hits.down = *o->sort == '-';
		q->hits.sort = o->sort + q->hits.down;
	}
	if (r < 0)
		ctl_error("query: %s", err.text);
	else if (o->since)
		r = filter_between(&q->filter, q->hits.when, now - o->since, INT64_MAX);
	return r < 0 ? r : split_fields(q);
}

static void tell_count(const struct query *q)
{
	bson_t doc = BSON_INITIALIZER;

	BSON_APPEND_INT64(&doc, "count", q->hits.n);
	if (q->c->json)
		ctl_json(&doc);
	else
		printf("%lld\n", (long long)q->hits.n);
	bson_destroy(&doc);
}

static int run(struct ctl *c, const void *options, int argc, char **argv)
{
	struct query q = {.c = c, .o = options, .collection = argv[0]};
	struct schema s = {0};
	int r = 0;

	if (strchr(argv[0], '/') || argv[0][0] == '.' || !argv[0][0]) {
		ctl_error("query: \"%s\" is not a collection's name", argv[0]);
		return CTL_USAGE;
	}
	schema_load(&s, NULL); /* what is wrong in them is told, and no reason not to look */
	r = prepare(&q, &s, argc, argv);
	if (r == 0)
		r = find(&q);
	if (r == 0 && q.o->count)
		tell_count(&q);
	if (r == 0 && q.hits.more)
		ctl_error("these are the first %lld; --limit N shows more, --all shows all", (long long)q.hits.limit);
	hits_fini(&q.hits);
	free_fields(&q);
	db_close(&q.db);
	filter_fini(&q.filter);
	schema_fini(&s);
	return r < 0 ? CTL_FAILED : CTL_OK;
}

static const struct ctl_option rows[] = {
	DB_ROWS(struct options),
	{CTL_TEXT, "archive", 'a', offsetof(struct options, archive), "DIR",
		"in the files of output archive, or of a day"},
	{CTL_NUMBER, "limit", 'n', offsetof(struct options, limit), "N", "so many at most (100)"},
	{CTL_FLAG, "all", 0, offsetof(struct options, all), NULL, "without a limit"},
	{CTL_TEXT, "sort", 'o', offsetof(struct options, sort), "FIELD", "smallest first; -FIELD: largest first"},
	{CTL_TIME, "since", 0, offsetof(struct options, since), "TIME", "of the last 2h, 30d"},
	{CTL_TEXT, "fields", 'f', offsetof(struct options, fields), "A,B", "these alone"},
	{CTL_FLAG, "count", 0, offsetof(struct options, count), NULL, "how many there are"},
	{0},
};

const struct ctl_command ctl_query = {
	.name = "query",
	.args = "COLLECTION [FILTER]",
	.summary = "documents of the database, or of an archive",
	.text = "FILTER is words, joined by AND, or MongoDB's own as JSON:\n"
		"  level=ERROR,WARN  user_id!=null  duration_ms>=100  timestamp>-2h  timestamp<2026-01-02\n"
		"  message~'disk.*full'  (a pattern, in any case; !~ without it)  timeout  (in the message, as it "
		"stands)\n"
		"\n"
		"  genlogctl query system_logs level=ERROR module=MES --since 2h --sort -timestamp\n"
		"  genlogctl --json query error_stack_traces '{\"frames.function\": \"main\"}' --limit 5\n"
		"  genlogctl query system_logs timeout --archive /var/lib/genlog/cold/2026-01-02 --count\n"
		"\n"
		"Exit code 0 also where nothing was found.\n",
	.least = 1,
	.most = -1,
	.size = sizeof(struct options),
	.options = rows,
	.run = run,
};
