#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>

#include "tail.h"

#define NAMES (IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
#define FILES (NAMES | IN_MODIFY | IN_ATTRIB)
#define DEPTH 64

struct entry {
	char *path;
	struct timespec mtime;
	bool wanted;
};

struct entries {
	struct entry *v;
	size_t n, cap;
};

static void poll_instead(struct tail *t, const char *path)
{
	if (!t->polling)
		genlog_say(t->in, GENLOG_SAY_WARN,
			"%s cannot be watched (%s); it and others like it are looked at every %lld ms instead", path,
			errno == ENOSPC ? "raise fs.inotify.max_user_watches" : strerror(errno),
			(long long)t->poll_interval);
	t->polling = true;
	genlog_timer_set(t->poll, t->poll_interval);
}

static void dir_free(struct tdir *d)
{
	free(d->path);
	free(d->real);
	free(d);
}

static void watch(struct tail *t, struct tdir *d)
{
	int wd = t->inotify < 0 ? -1 : inotify_add_watch(t->inotify, d->path, d->use == DIR_NAMES ? NAMES : FILES);

	dir_set_wd(t, d, wd);
	if (wd < 0)
		poll_instead(t, d->path);
}

static struct tdir *dir_new(const char *path, char *real, enum dir_use use)
{
	struct tdir *d = calloc(1, sizeof(*d));
	struct stat st;

	if (!d || stat(real, &st) < 0) {
		free(d);
		free(real);
		return NULL;
	}
	*d = (struct tdir){
		.path = strdup(path), .real = real, .wd = -1, .use = use, .dev = st.st_dev, .ino = st.st_ino};
	if (d->path)
		return d;
	dir_free(d);
	return NULL;
}

/* NULL: it is not there, it was there already for that use or a greater one, or there is no memory. */
struct tdir *dir_add(struct tail *t, const char *path, enum dir_use use)
{
	char *real = realpath(path, NULL);
	struct tdir *d = real ? dir_of_real(t, real) : NULL;

	if (!real || (d && d->use >= use)) {
		free(real);
		return NULL;
	}
	if (d) {
		free(real);
		d->use = use;
	} else {
		d = dir_new(path, real, use);
		if (!d)
			return NULL;
		dir_link(t, d);
	}
	watch(t, d);
	return d;
}

void dir_remove(struct tail *t, struct tdir *d)
{
	if (d->wd >= 0)
		inotify_rm_watch(t->inotify, d->wd);
	dir_unlink(t, d);
	dir_free(d);
}

bool dirs_check(struct tail *t)
{
	bool gone = false;

	for (struct tdir *d = t->dirs, *next; d; d = next) {
		struct stat st;

		next = d->next;
		if (stat(d->real, &st) == 0 && st.st_ino == d->ino && st.st_dev == d->dev)
			continue;
		dir_remove(t, d);
		gone = true;
	}
	return gone;
}

void dirs_free(struct tail *t)
{
	while (t->dirs)
		dir_remove(t, t->dirs);
}

/* A link's target lies in another folder, whose events are wanted too. */
static void watch_target(struct tail *t, const struct tfile *f)
{
	char folder[4096];
	const char *slash = strrchr(f->real, '/');
	size_t n = (size_t)(slash - f->real);

	if (n >= sizeof(folder))
		return;
	memcpy(folder, f->real, n);
	folder[n] = 0;
	(void)dir_add(t, n ? folder : "/", DIR_TARGETS);
}

static bool lies_elsewhere(const struct tfile *f)
{
	return strcmp(f->path, f->real) != 0;
}

void dir_entry(struct tail *t, const char *path)
{
	struct tfile *f = tail_wants(t, path) ? file_found(t, path) : NULL;

	if (!f)
		return;
	if (lies_elsewhere(f))
		watch_target(t, f);
	file_ready(t, f);
}

/* Files that were found through links, looked for anew under the names of the links. */
void links_again(struct tail *t)
{
	size_t n = 0;
	char **path = calloc(t->files + 1, sizeof(char *));

	t->links_stale = false;
	for (size_t i = 0; path && i < t->file_cap; i++)
		for (const struct tfile *f = t->file_by_path[i]; f; f = f->by_path)
			if (lies_elsewhere(f))
				path[n++] = strdup(f->path);
	for (size_t i = 0; i < n; i++) {
		if (path[i])
			dir_entry(t, path[i]);
		free(path[i]);
	}
	free(path);
}

static int add_entry(struct entries *es, const char *path, const struct stat *st, bool wanted)
{
	if (es->n == es->cap) {
		size_t cap = es->cap ? 2 * es->cap : 64;
		struct entry *v = realloc(es->v, cap * sizeof(*v));

		if (!v)
			return -ENOMEM;
		es->v = v;
		es->cap = cap;
	}
	es->v[es->n] = (struct entry){strdup(path), st->st_mtim, wanted};
	return es->v[es->n++].path ? 0 : -ENOMEM;
}

static int older_first(const void *a, const void *b)
{
	const struct timespec *x = &((const struct entry *)a)->mtime, *y = &((const struct entry *)b)->mtime;

	if (x->tv_sec != y->tv_sec)
		return x->tv_sec < y->tv_sec ? -1 : 1;
	return (x->tv_nsec > y->tv_nsec) - (x->tv_nsec < y->tv_nsec);
}

static void scan_tree(struct tail *t, struct tdir *d, int depth);

static void scan_below(struct tail *t, const char *path, int depth)
{
	struct tdir *d = tail_wants_below(t, path) && depth < DEPTH ? dir_add(t, path, DIR_READ) : NULL;

	if (d)
		scan_tree(t, d, depth + 1);
}

static void look_at(struct tail *t, const char *path, struct entries *es, int depth)
{
	bool wanted = tail_wants(t, path);
	struct stat st;

	if (!wanted && !tail_wants_below(t, path) && !tail_wants_sibling(t, path))
		return;
	if ((t->follow_links ? stat(path, &st) : lstat(path, &st)) < 0)
		return;
	if (S_ISDIR(st.st_mode))
		scan_below(t, path, depth);
	else if (S_ISREG(st.st_mode) && (wanted || tail_wants_sibling(t, path)) && add_entry(es, path, &st, wanted) < 0)
		genlog_say(t->in, GENLOG_SAY_ERROR, "no memory to look at %s; tried again with the next look", path);
}

/* An open file under its own name: nothing has to be asked about it. */
static bool is_open(struct tail *t, const struct tdir *d, const struct dirent *e)
{
	char real[4096 + 256];
	const struct tfile *f;

	if (e->d_type != DT_REG)
		return false;
	snprintf(real, sizeof(real), "%s/%s", d->real[1] ? d->real : "", e->d_name);
	f = file_by_real(t, real);
	return f && f->ino == e->d_ino && !f->rotated;
}

static void read_names(struct tail *t, const struct tdir *d, struct entries *es, int depth)
{
	DIR *dir = opendir(d->path);
	char path[4096 + 256];
	struct dirent *e;

	if (!dir) {
		genlog_say(t->in, GENLOG_SAY_WARN, "%s cannot be read: %s", d->path, strerror(errno));
		return;
	}
	while ((e = readdir(dir))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || is_open(t, d, e))
			continue;
		snprintf(path, sizeof(path), "%s/%s", d->path[1] ? d->path : "", e->d_name);
		look_at(t, path, es, depth);
	}
	closedir(dir);
}

/* Files that lie where they were read before: then copies of them, beside them, are known as such. */
static void identify_first(struct tail *t, const struct entries *es)
{
	for (size_t i = 0; t->knowns && i < es->n; i++) {
		struct tfile *f = es->v[i].wanted && es->v[i].path ? file_found(t, es->v[i].path) : NULL;

		if (f && !f->known && known_at_inode(t, f->dev, f->ino, NULL))
			(void)file_identify(t, f); /* what cannot be identified yet comes again with its turn */
	}
}

/* The oldest first, so that what was rotated away comes before what followed it. */
static void scan_tree(struct tail *t, struct tdir *d, int depth)
{
	struct entries es = {0};

	read_names(t, d, &es, depth);
	if (es.n)
		qsort(es.v, es.n, sizeof(*es.v), older_first);
	identify_first(t, &es);
	for (size_t i = 0; i < es.n; i++) {
		if (es.v[i].wanted && es.v[i].path)
			dir_entry(t, es.v[i].path);
		else if (es.v[i].path)
			siblings_adopt(t, es.v[i].path);
		free(es.v[i].path);
	}
	free(es.v);
}

void dir_scan(struct tail *t, struct tdir *d)
{
	scan_tree(t, d, 0);
}

/* The nearest folder above that is there is watched for the coming and going of this one. */
static void watch_above(struct tail *t, const char *path)
{
	char above[4096];
	struct stat st;
	size_t n = strlen(path);

	if (n >= sizeof(above))
		return;
	memcpy(above, path, n + 1);
	do {
		char *slash = strrchr(above, '/');

		if (!slash || !above[1])
			return;
		slash[slash == above] = 0;
	} while (stat(above, &st) < 0);
	(void)dir_add(t, above, DIR_NAMES);
}

static struct tdir *read_folder(struct tail *t, const char *path)
{
	struct tdir *d = dir_add(t, path, DIR_READ);
	char *real = d ? NULL : realpath(path, NULL);

	if (real)
		d = dir_of_real(t, real);
	free(real);
	return d;
}

/* Watched from above first: what comes after that look is told, and what came before is seen. */
static void discover_pattern(struct tail *t, const char *pattern)
{
	size_t n = glob_base(pattern);
	char base[4096];
	struct tdir *d;

	if (n >= sizeof(base))
		return;
	memcpy(base, pattern, n);
	base[n] = 0;
	watch_above(t, base);
	d = read_folder(t, base);
	if (d)
		dir_scan(t, d);
}

int dirs_discover(struct tail *t)
{
	for (size_t i = 0; i < t->patterns; i++)
		discover_pattern(t, t->pattern[i]);
	return 0;
}
