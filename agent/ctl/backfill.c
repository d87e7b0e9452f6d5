/* Documents of files that the database lacks are inserted, and no others. */
#include "ctl/backfill.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/io.h"
#include "ctl/commands.h"

#define PATH 4096
#define QUIET_S 30 /* a file that was written to since then may go on */
#define EXPANDS 8  /* a compressed log, about */

struct options {
	struct db_options db;
	const char *as, *state;
	int64_t rate;
	bool dry_run;
};

struct run {
	struct backfill b;
	const struct options *o;
	uint64_t hash; /* of all that makes a run what it is */
	char state[PATH];
};

/* ── the files ── */

/* The name that it had: --as itself, or below it where that ends with '/'. */
static int name_as(const struct options *o, const char *path, char out[PATH])
{
	char joined[2 * PATH];
	size_t n = o->as ? strlen(o->as) : 0;

	if (!o->as)
		return replay_absolute(path, out, PATH);
	snprintf(joined, sizeof(joined), "%s%s", o->as, n && o->as[n - 1] == '/' ? strrchr(path, '/') + 1 : "");
	return replay_absolute(joined, out, PATH);
}

/* A file that somebody may still write to: without the number or the ending of a rotation. */
static bool may_grow(const char *path, const struct stat *st)
{
	char end = path[strlen(path) - 1];

	return time(NULL) - st->st_mtime < QUIET_S && !replay_is_compressed(path) && (end < '0' || end > '9');
}

static int check(const char *path, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY), r = 0;

	if (fd < 0 || fstat(fd, st) < 0)
		r = -errno;
	if (fd >= 0)
		close(fd);
	if (r == 0 && !S_ISREG(st->st_mode)) {
		ctl_error("backfill: %s is not a file", path);
		return -EINVAL;
	}
	if (r < 0)
		ctl_error("backfill: %s: %s", path, strerror(-r));
	return r;
}

static int add_file(struct run *run, const char *arg)
{
	char path[PATH], as[PATH];
	struct genlog_input *in = NULL;
	struct stat st = {0};
	int r = replay_absolute(arg, path, sizeof(path));

	if (r == 0)
		r = check(path, &st);
	else
		ctl_error("backfill: %s: %s", arg, strerror(-r));
	if (r == 0)
		r = name_as(run->o, path, as);
	if (r < 0)
		return r;
	r = replay_add(&run->b.replay, path, as, &in);
	if (r == -ENOENT)
		ctl_error(
			"backfill: no input of the configuration reads %s; --as says under which path it was read", as);
	else if (r < 0)
		ctl_error("backfill: %s: %s", path, strerror(-r));
	if (r < 0)
		return r;
	run->hash = hash64(path, strlen(path), hash64(as, strlen(as), run->hash));
	run->b.progress.total += (uint64_t)st.st_size * (replay_is_compressed(path) ? EXPANDS : 1);
	if (!run->b.c->json)
		printf("%s%s%s: %s of service %s\n", path, strcmp(path, as) == 0 ? "" : " as ",
			strcmp(path, as) == 0 ? "" : as, in->plug.code->name, in->service->name);
	if (may_grow(path, &st) && strcmp(path, as) == 0)
		ctl_error("%s was written to just now: it is read to where it ends, and what may go on is the agent's; "
			  "what "
			  "the agent has read and not delivered yet counts as missing, and will be the same document",
			path);
	return 0;
}

static int add_files(struct run *run, int argc, char **argv)
{
	int r = 0;

	if (run->o->as && !*run->o->as) {
		ctl_error("backfill: --as needs a path");
		return -EINVAL;
	}
	if (run->o->as && argc > 1 && run->o->as[strlen(run->o->as) - 1] != '/') {
		ctl_error("backfill: --as names one file; for several it ends with / and names their folder");
		return -EINVAL;
	}
	for (int i = 0; i < argc && r == 0; i++)
		r = add_file(run, argv[i]);
	return r;
}

/* ── the folder ── */

static void name_state(struct run *run)
{
	const struct mongo_uri *uri = &run->b.db.uri;
	const char *spool = run->b.replay.conf.agent.spool.path, *slash = strrchr(spool, '/');
	uint64_t h = hash64(run->b.db.hosts, strlen(run->b.db.hosts), run->hash + run->o->dry_run);

	h = hash64(uri->database, strlen(uri->database), h);
	if (run->o->state)
		snprintf(run->state, PATH, "%s", run->o->state);
	else
		snprintf(run->state, PATH, "%.*s/backfill/%016" PRIx64, slash ? (int)(slash - spool) : 1,
			slash ? spool : ".", h);
}

static void forget(struct run *run)
{
	(void)io_unlink(run->b.dir, "totals");
	(void)io_unlink(run->b.dir, "intent");
}

/* What an earlier run has left, which counts as long as its spool is there. */
static int load(struct run *run)
{
	struct backfill *b = &run->b;
	int r;

	b->dir = io_open(AT_FDCWD, run->state, O_RDONLY | O_DIRECTORY, 0);
	if (b->dir < 0)
		return 0; /* the spool makes it, or says why not */
	if (faccessat(b->dir, "spool", F_OK, 0) < 0) {
		forget(run);
		return 0;
	}
	r = sum_load(&b->sum, b->dir);
	if (r == 0)
		r = intent_load(&b->intent, b->dir);
	if (r < 0)
		ctl_error("backfill: what %s holds of an earlier run cannot be read (%s); remove it to begin again",
			run->state, strerror(-r));
	else if (b->sum.sequence)
		ctl_error("an earlier run of this command was interrupted; going on");
	return r;
}

/* The spool makes its folder and those above it, and locks it: two runs of one command do not meet. */
static int start(struct run *run)
{
	struct backfill *b = &run->b;
	struct genlog_err err = {0};
	char spool[PATH + 8];
	int r;

	name_state(run);
	snprintf(spool, sizeof(spool), "%s/spool", run->state);
	r = load(run);
	if (r < 0)
		return r;
	r = replay_start(&b->replay, spool, b->sum.sequence, NULL);
	if (r == 0 && b->dir < 0)
		b->dir = io_open(AT_FDCWD, run->state, O_RDONLY | O_DIRECTORY, 0);
	if (r == 0 && b->dir < 0)
		r = b->dir;
	if (r == 0 && !b->dry_run)
		r = dead_open(&b->dead, run->state, &err);
	if (r < 0 && b->replay.started)
		ctl_error("backfill: %s: %s", err.text[0] ? err.text : run->state, strerror(-r));
	return r;
}

/* ── the run ── */

static int all_batches(struct run *run)
{
	struct backfill *b = &run->b;
	int r;

	b->progress.what = b->dry_run ? "looking" : "backfill";
	b->began_ms = clock_ms();
	while ((r = replay_next(&b->replay)) == 1) {
		r = backfill_batch(b);
		if (r < 0)
			break;
	}
	ctl_progress_end(b->c, &b->progress);
	if (r == -EINTR)
		ctl_error("backfill: interrupted; what was done stays done, and the same command goes on");
	return r;
}

static void tell_row(const struct run *run, const char *name, const struct sum_row *row)
{
	if (run->o->dry_run)
		printf("%-24s %12" PRId64 " already there, %12" PRId64 " missing\n", name, row->there, row->missing);
	else
		printf("%-24s %12" PRId64 " already there, %12" PRId64 " inserted, %12" PRId64 " refused\n", name,
			row->there, row->inserted, row->refused);
}

static void tell(const struct run *run)
{
	const struct sum *s = &run->b.sum;
	struct sum_row all = sum_all(s);

	for (size_t i = 0; i < s->n_rows; i++)
		tell_row(run, s->rows[i].collection, &s->rows[i]);
	if (s->n_rows != 1)
		tell_row(run, "all", &all);
	if (s->by_place)
		printf("%" PRId64
		       " of them have no time of their own, or one without its year: looked for by their place "
		       "and text\n",
			s->by_place);
	if (s->gaps)
		printf("%" PRId64 " gap documents of this reading are not among them\n", s->gaps);
}

static void tell_json(const struct run *run)
{
	const struct sum *s = &run->b.sum;
	struct sum_row all = sum_all(s);
	bson_t doc = BSON_INITIALIZER, colls, one;

	BSON_APPEND_BOOL(&doc, "dry_run", run->o->dry_run);
	BSON_APPEND_INT64(&doc, "there", all.there);
	BSON_APPEND_INT64(&doc, "missing", all.missing);
	BSON_APPEND_INT64(&doc, "inserted", all.inserted);
	BSON_APPEND_INT64(&doc, "refused", all.refused);
	BSON_APPEND_INT64(&doc, "by_place", s->by_place);
	BSON_APPEND_INT64(&doc, "gaps", s->gaps);
	BSON_APPEND_DOCUMENT_BEGIN(&doc, "collections", &colls);
	for (size_t i = 0; i < s->n_rows; i++) {
		BSON_APPEND_DOCUMENT_BEGIN(&colls, s->rows[i].collection, &one);
		BSON_APPEND_INT64(&one, "there", s->rows[i].there);
		BSON_APPEND_INT64(&one, "missing", s->rows[i].missing);
		BSON_APPEND_INT64(&one, "inserted", s->rows[i].inserted);
		BSON_APPEND_INT64(&one, "refused", s->rows[i].refused);
		bson_append_document_end(&colls, &one);
	}
	bson_append_document_end(&doc, &colls);
	ctl_json(&doc);
	bson_destroy(&doc);
}

/* Without the spool what is kept beside it counts for nothing: its end is one step. */
static int clean_up(struct run *run, int64_t refused)
{
	char spool[PATH + 8], done[PATH + 8];
	int r;

	snprintf(spool, sizeof(spool), "%s/spool", run->state);
	snprintf(done, sizeof(done), "%s/.done", run->state);
	(void)replay_remove(done); /* of an earlier end that was killed */
	r = io_rename(AT_FDCWD, spool, done);
	if (r < 0)
		return r;
	forget(run);
	if (refused)
		ctl_error("backfill: what was refused lies with its reasons in %s/dead-letter", run->state);
	return replay_remove(refused || run->o->state ? done : run->state);
}

static int finish(struct run *run)
{
	struct backfill *b = &run->b;
	int64_t refused = sum_all(&b->sum).refused;
	bool whole = replay_judge(&b->replay);
	int r;

	if (b->c->json)
		tell_json(run);
	else
		tell(run);
	(void)fflush(stdout); /* the totals are told before they are forgotten; a failure is told at the end of the
				 program */
	r = clean_up(run, refused);
	if (r < 0)
		ctl_error("backfill: %s cannot be removed: %s", run->state, strerror(-r));
	return refused || !whole ? -EIO : 0;
}

static void close_all(struct run *run)
{
	struct backfill *b = &run->b;

	replay_close(&b->replay);
	dead_close(&b->dead);
	db_close(&b->db);
	ids_fini(&b->intent);
	ids_fini(&b->by_id);
	ids_fini(&b->untimed);
	free(b->verdict);
	if (b->dir >= 0)
		close(b->dir);
}

static int run(struct ctl *c, const void *options, int argc, char **argv)
{
	const struct options *o = options;
	struct run *run = calloc(1, sizeof(*run));
	int r;

	if (!run) {
		ctl_error("backfill: no memory");
		return CTL_FAILED;
	}
	run->o = o;
	run->b = (struct backfill){.c = c, .dir = -1, .dry_run = o->dry_run, .rate = o->rate};
	r = replay_load(&run->b.replay, c, "backfill");
	if (r == 0)
		r = add_files(run, argc, argv);
	if (r == 0)
		r = db_open(c, &run->b.db, &o->db);
	if (r == 0)
		r = start(run);
	if (r == 0)
		r = all_batches(run);
	if (r == 0)
		r = finish(run);
	close_all(run);
	free(run);
	return r < 0 ? CTL_FAILED : CTL_OK;
}

static const struct ctl_option rows[] = {
	DB_ROWS(struct options),
	{CTL_TEXT, "as", 0, offsetof(struct options, as), "PATH",
		"the path that it was read under; with a / at its end, the folder"},
	{CTL_FLAG, "dry-run", 'n', offsetof(struct options, dry_run), NULL, "count, and insert nothing"},
	{CTL_NUMBER, "rate", 0, offsetof(struct options, rate), "N", "so many documents a second at most"},
	{CTL_TEXT, "state", 0, offsetof(struct options, state), "DIR",
		"what is kept until the end (backfill/ beside the spool)"},
	{0},
};

const struct ctl_command ctl_backfill = {
	.name = "backfill",
	.args = "FILE…",
	.summary = "documents of old files that the database lacks",
	.text = "Files of any age, plain or compressed (.gz .zst .xz), go through the configuration's input that reads "
		"them,\n"
		"its parser, joins and filters; of the documents exactly those are inserted that are not there, by "
		"their\n"
		"_id.  Interrupted or killed at any point, the same command goes on where it was, with the same "
		"totals.\n"
		"\n"
		"  genlogctl backfill /var/log/mes/*.log.*.gz --dry-run\n"
		"  genlogctl backfill /srv/old/app.log.7.gz --as /var/log/mes/app.log.7.gz\n"
		"  genlogctl backfill /srv/old/*.gz --as /var/log/mes/ --rate 2000\n"
		"\n"
		"Events without a time of their own are known by place and text.  Filters that count (rate_limit, "
		"dedup,\n"
		"sample) decide anew; alert rules are silent.  What the server refuses is kept in DIR/dead-letter.\n"
		"Exit code 1 where something was refused or could not be read.\n",
	.least = 1,
	.most = -1,
	.size = sizeof(struct options),
	.options = rows,
	.run = run,
};
