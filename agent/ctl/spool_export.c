/* What is in the spool as mongorestore reads it: DIR/<database>/<collection>.bson and .metadata.json. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "ctl/commands.h"
#include "ctl/spool.h"

#define FILES 256
#define NAME_MOST 240

struct options {
	const char *spool, *database;
	bool all;
};

static const struct ctl_option rows[] = {
	SPOOL_OPTION(struct options),
	{CTL_TEXT, "database", 0, offsetof(struct options, database), "NAME",
		"the folder's name (that of the output, else genlog)"},
	{CTL_FLAG, "all", 0, offsetof(struct options, all), NULL, "also what is delivered and still there"},
	{0},
};

struct out {
	char name[NAME_MOST + 1];
	FILE *f;
	uint64_t docs, bytes;
};

struct export
{
	struct ctl *c;
	int dir;
	struct out file[FILES];
	size_t n;
	int error;
};

static bool name_is_safe(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/') && strlen(name) <= NAME_MOST;
}

/* A file that is there already is somebody's. */
static FILE *make(const struct export *x, const char *name, const char *ending)
{
	char full[NAME_MOST + 32];
	int fd;

	snprintf(full, sizeof(full), "%s%s", name, ending);
	fd = io_open(x->dir, full, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0640);
	if (fd < 0) {
		errno = -fd;
		ctl_error("spool export: %s cannot be made: %s; nothing is written over", full, strerror(errno));
		return NULL;
	}
	return fdopen(fd, "w");
}

static int end(FILE *f)
{
	int r = fflush(f) != 0 || fsync(fileno(f)) < 0 ? -errno : 0;

	return fclose(f) != 0 && r == 0 ? -errno : r;
}

static int write_metadata(const struct export *x, const char *name)
{
	FILE *f = make(x, name, ".metadata.json");

	if (!f)
		return -EEXIST;
	fprintf(f,
		"{\"indexes\":[{\"v\":{\"$numberInt\":\"2\"},\"key\":{\"_id\":{\"$numberInt\":\"1\"}},\"name\":\"_id_"
		"\"}],"
		"\"collectionName\":\"%s\",\"type\":\"collection\"}",
		name);
	return end(f);
}

static struct out *find(struct export *x, const char *name)
{
	struct out *o = x->file;

	for (size_t i = 0; i < x->n; i++, o++)
		if (strcmp(o->name, name) == 0)
			return o;
	if (x->n == FILES || !name_is_safe(name)) {
		ctl_error("spool export: %s%s", x->n == FILES ? "more than 256 collections" : "no file can be named ",
			x->n == FILES ? "" : name);
		return NULL;
	}
	snprintf(o->name, sizeof(o->name), "%s", name);
	o->f = make(x, name, ".bson");
	if (!o->f)
		return NULL;
	x->n++;
	return write_metadata(x, name) == 0 ? o : NULL;
}

static int put(void *arg, const struct spool_doc *d)
{
	struct export *x = arg;
	struct out *o = find(x, d->collection);

	if (!o)
		x->error = -EINVAL;
	else if (fwrite(d->bson, 1, d->len, o->f) != d->len)
		x->error = -errno;
	else
		o->bytes += d->len;
	if (x->error)
		return 1;
	o->docs++;
	return 0;
}

static void tell(const struct export *x, const struct out *o)
{
	bson_t d = BSON_INITIALIZER;
	char bytes[CTL_SHORT];

	BSON_APPEND_UTF8(&d, "collection", o->name);
	BSON_APPEND_INT64(&d, "docs", (int64_t)o->docs);
	BSON_APPEND_INT64(&d, "bytes", (int64_t)o->bytes);
	if (x->c->json)
		ctl_json(&d);
	else
		printf("%-30s %10" PRIu64 " documents  %s\n", o->name, o->docs, ctl_bytes(bytes, (int64_t)o->bytes));
	bson_destroy(&d);
}

static int finish(struct export *x)
{
	int r = x->error;

	for (size_t i = 0; i < x->n; i++) {
		int e = end(x->file[i].f);

		r = r ? r : e;
	}
	if (r == 0)
		r = io_sync_dir(x->dir);
	for (size_t i = 0; i < x->n && r == 0; i++)
		tell(x, &x->file[i]);
	if (r == 0 && !x->n && !x->c->json)
		puts("nothing waits");
	return r;
}

static int make_folder(const char *dir, const char *database)
{
	char path[4200];
	int fd;

	if (!name_is_safe(database) || snprintf(path, sizeof(path), "%s/%s", dir, database) >= (int)sizeof(path)) {
		ctl_error("spool export: \"%s\" is no name for a database", database);
		return -EINVAL;
	}
	if ((mkdir(dir, 0750) < 0 && errno != EEXIST) || (mkdir(path, 0750) < 0 && errno != EEXIST)) {
		ctl_error("spool export: %s cannot be made: %s", path, strerror(errno));
		return -EINVAL;
	}
	fd = io_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		ctl_error("spool export: %s: %s", path, strerror(-fd));
	return fd;
}

static int export(struct ctl *c, const struct options *o, struct look *l, int dir)
{
	struct spool_which w = {.waiting = !o->all};
	struct export *x = calloc(1, sizeof(*x));
	int r;

	if (!x) {
		ctl_error("no memory");
		return CTL_FAILED;
	}
	x->c = c;
	x->dir = dir;
	r = spool_docs(l, &w, put, x);
	x->error = r < 0 ? r : x->error;
	r = finish(x);
	if (r < 0)
		ctl_error("spool export: %s; what was written is not whole", strerror(-r));
	else if (w.damaged)
		ctl_error("%" PRIu64 " damaged bytes were passed over; see genlogctl spool verify", w.damaged);
	free(x);
	return r < 0 ? CTL_FAILED : CTL_OK;
}

static int run(struct ctl *c, const void *options, int argc, char **argv)
{
	const struct options *o = options;
	const char *path, *database;
	struct genlog_err err = {0};
	struct conf conf = {0};
	struct look l = {0};
	int r = -1, dir = -1;

	(void)argc;
	path = ctl_spool_path(c, o->spool, &conf);
	database = conf.output.node ? conf_text(conf.output.node, "database") : NULL;
	database = o->database ? o->database : database ? database : "genlog";
	if (path && look_open(&l, path, &err) < 0)
		ctl_error("%s", err.text);
	else if (path)
		dir = make_folder(argv[0], database);
	r = dir < 0 ? CTL_FAILED : export(c, o, &l, dir);
	if (dir >= 0)
		close(dir);
	look_fini(&l);
	conf_fini(&conf);
	return r;
}

const struct ctl_command ctl_spool_export = {
	.name = "spool export",
	.args = "DIR",
	.summary = "what waits in the spool, as mongorestore reads it",
	.text = "Makes DIR/<database>/<collection>.bson and .metadata.json, and writes over nothing.  The spool stays "
		"as it\n"
		"is: what is restored from the export and delivered too is one document, by its _id.\n"
		"Exit codes: 0, 1 failed.\n"
		"\n"
		"  genlogctl spool export /root/waiting && mongorestore /root/waiting\n",
	.least = 1,
	.most = 1,
	.size = sizeof(struct options),
	.options = rows,
	.run = run,
};
