#include "ctl/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "ctl/commands.h"

static int days(struct archive *a)
{
	int64_t day, from = INT64_MIN / 2;
	int r;

	while ((r = archive_next_day(a, from, &day)) == 1) {
		r = archive_one_day(a, day);
		if (r < 0)
			return r;
		from = day + COLD_DAY_MS;
	}
	return r;
}

static int one_collection(struct archive *a, const char *name, const char *time)
{
	int r;

	if (strchr(name, '/') || *name == '.' || strlen(name) > 200) {
		ctl_error("archive: \"%s\" cannot be the name of a file", name);
		return -EINVAL;
	}
	a->name = name;
	a->time = time;
	a->coll = mongoc_client_get_collection(a->db.client, a->db.uri.database, name);
	a->progress = (struct ctl_progress){.what = name, .total = a->c->progress ? archive_count(a) : 0};
	a->passed = 0;
	r = days(a);
	ctl_progress_end(a->c, &a->progress);
	mongoc_collection_destroy(a->coll);
	return r;
}

static int collections(struct archive *a, const struct schema *s)
{
	int r = 0;

	for (size_t i = 0; i < a->o->only.n && r == 0; i++) {
		const struct schema_coll *coll = schema_find(s, a->o->only.v[i]);

		r = one_collection(a, a->o->only.v[i], coll ? coll->time : SCHEMA_TIME);
	}
	for (size_t i = 0; i < s->n && r == 0 && !a->o->only.n; i++)
		if (s->colls[i]->archive)
			r = one_collection(a, s->colls[i]->name, s->colls[i]->time);
	return r;
}

/* Two at once would write one part. */
static int lock(const char *dir)
{
	int fd = -1, at = -1, r = 0;

	if (mkdir(dir, 0750) < 0 && errno != EEXIST)
		r = -errno;
	if (r == 0 && (at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		r = -errno;
	if (r == 0)
		r = fd = io_open(at, ".lock", O_RDWR | O_CREAT | O_NOFOLLOW, 0640);
	if (r >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0)
		r = -errno;
	if (r == -EWOULDBLOCK)
		ctl_error("%s is in use by another genlogctl", dir);
	else if (r < 0)
		ctl_error("%s: %s", dir, strerror(-r));
	if (at >= 0)
		close(at);
	if (r < 0 && fd >= 0)
		close(fd);
	return r < 0 ? r : fd;
}

static int run_with(struct ctl *c, const struct archive_options *o)
{
	struct archive a = {.c = c, .o = o};
	struct schema s = {0};
	int64_t limit = clock_wall_ms() - o->older_than;
	int fd, r = schema_load(&s, NULL);

	a.limit_ms = limit - limit % COLD_DAY_MS;
	fd = r < 0 ? r : lock(o->to);
	if (fd >= 0)
		r = db_open(c, &a.db, &o->db);
	if (fd >= 0 && r == 0)
		r = collections(&a, &s);
	if (fd >= 0)
		close(fd);
	db_close(&a.db);
	schema_fini(&s);
	return fd < 0 || r < 0 ? CTL_FAILED : CTL_OK;
}

static int run(struct ctl *c, const void *options, int argc, char **argv)
{
	struct archive_options o = *(const struct archive_options *)options;

	(void)argc;
	(void)argv;
	if (!o.to || !o.older_than) {
		ctl_error("archive: --to DIR and --older-than TIME are needed; try genlogctl archive --help");
		return CTL_USAGE;
	}
	o.batch = o.batch ? o.batch : ARCHIVE_BATCH;
	return run_with(c, &o);
}

#define AT(member) offsetof(struct archive_options, member)
static const struct ctl_option rows[] = {
	DB_ROWS(struct archive_options),
	{CTL_TIME, "older-than", 'o', AT(older_than), "TIME", "30d: whole days (UTC) that ended before that"},
	{CTL_TEXT, "to", 't', AT(to), "DIR", "where to; made where it is missing"},
	{CTL_LIST, "collection", 'C', AT(only), "NAME", "this one, may be given several times; else those defined so"},
	{CTL_FLAG, "keep", 'k', AT(keep), NULL, "delete nothing"},
	{CTL_NUMBER, "batch", 0, AT(batch), "N", "documents deleted by one command (1000)"},
	{0},
};

const struct ctl_command ctl_archive = {
	.name = "archive",
	.summary = "moves old documents to compressed files, and proves them before they go",
	.text = "DIR/2026-01-02/<database>/<collection>.bson.gz, by the day of the documents, as mongorestore --gzip "
		"takes\n"
		"the folder of a day; a manifest beside it has number, bytes and SHA-256.  Documents are deleted by "
		"_id after\n"
		"the file was made durable and read back.  It may be killed at any time: the next run goes on, loses "
		"nothing\n"
		"and archives nothing twice.  What comes late for a day goes to a part of its own, DIR/2026-01-02.2.\n"
		"\n"
		"  genlogctl archive --older-than 25d --to /srv/cold\n"
		"  genlogctl archive --older-than 1d --to /srv/cold --collection system_logs --keep\n"
		"\n"
		"An index with a TTL deletes by itself: archive some days before it does.\n",
	.size = sizeof(struct archive_options),
	.options = rows,
	.run = run,
};
