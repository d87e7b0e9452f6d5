/*
 * Segments in files: PID-UUID.ring in a folder of memory.  Such a file outlives program and agent.  Its owner is who
 * wrote it; while the program lives, it has the file locked.
 */
#include "emit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SUFFIX ".ring"
#define MODE 03733 /* anybody may put files there, and sees only its own */
#define UNFINISHED_S 60
#define SCAN_SOON_MS 1000 /* where there was no memory */
#define EVENTS (IN_MOVED_TO | IN_CLOSE_WRITE)

static bool ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), k = strlen(end);

	return n > k && *name != '.' && strcmp(name + n - k, end) == 0;
}

static bool is_ours(const char *name)
{
	return ends_in(name, SUFFIX);
}

static struct segment *find_inode(struct emit *e, const struct stat *st)
{
	for (struct segment *s = e->segments; s; s = s->next)
		if (*s->path && s->inode == st->st_ino && s->device == st->st_dev)
			return s;
	return NULL;
}

static int32_t pid_of(const char *name)
{
	char *end;
	long pid = strtol(name, &end, 10);

	return *end == '-' && pid > 0 && pid <= INT32_MAX ? (int32_t)pid : 0;
}

/* What cannot be read is put aside, so that nobody stumbles over it again. */
static void put_aside(struct emit *e, const char *path, const char *why)
{
	char bad[PATH_ROOM + 8];

	snprintf(bad, sizeof(bad), "%s.bad", path);
	genlog_say(e->in, GENLOG_SAY_WARN, "%.200s is no segment (%s)", path, why);
	genlog_count(e->in, GENLOG_COUNT_CONNECTIONS_REFUSED, 1);
	(void)rename(path, bad);
}

static void scan_soon(struct emit *e)
{
	if (e->open)
		genlog_timer_set(e->tidy, SCAN_SOON_MS);
}

static int take(struct segment *s, const struct stat *st)
{
	const char *why = "it contradicts itself";
	int r = s->v.bytes > (uint64_t)s->owner->max_segment ? -EFBIG
							     : seg_check(&s->v, &s->l, (uint64_t)s->owner->max_segment);

	if (r == 0 && seg_find(s->owner, s->uid, s->l.uuid)) {
		why = "it is there already";
		r = -EEXIST;
	}
	s->inode = st->st_ino;
	s->device = st->st_dev;
	if (r == 0)
		r = seg_add(s, &why);
	if (r == -EFBIG)
		genlog_say(s->owner->in, GENLOG_SAY_WARN,
			"%.200s is larger than max_segment: it stays, and is not read", s->path);
	else if (r == -ENOMEM)
		scan_soon(s->owner);
	else if (r < 0 && r != -EDQUOT)
		put_aside(s->owner, s->path, why);
	return r;
}

static void open_file(struct emit *e, const struct folder *f, const char *name)
{
	struct segment *s;
	struct stat st;
	int fd = openat(f->fd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return; /* gone, or nobody's */
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1) {
		close(fd);
		return;
	}
	if (find_inode(e, &st)) {
		close(fd);
		return;
	}
	s = seg_new(e);
	if (!s) {
		close(fd);
		scan_soon(e);
		return;
	}
	s->v = (struct view){.fd = fd, .bytes = (uint64_t)st.st_size};
	s->uid = st.st_uid;
	s->pid = pid_of(name);
	if (snprintf(s->path, sizeof(s->path), "%s/%s", f->path, name) >= (int)sizeof(s->path) || take(s, &st) < 0)
		seg_free(s);
}

/* Of a program that was killed before its file had its name: nobody has it locked. */
static void remove_unfinished(const struct folder *f, const char *name)
{
	int fd = openat(f->fd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && time(NULL) - st.st_mtime > UNFINISHED_S &&
		flock(fd, LOCK_EX | LOCK_NB) == 0)
		(void)unlinkat(f->fd, name, 0); /* somebody else may have done it */
	close(fd);
}

static void scan(struct emit *e, struct folder *f)
{
	int fd = openat(f->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *x;

	while (d && (x = readdir(d)))
		if (is_ours(x->d_name))
			open_file(e, f, x->d_name);
		else if (ends_in(x->d_name, SUFFIX ".new"))
			remove_unfinished(f, x->d_name);
	if (d)
		closedir(d);
	else if (fd >= 0)
		close(fd);
}

void files_scan(struct emit *e)
{
	for (size_t i = 0; i < e->rings.n; i++)
		if (e->folders[i].fd >= 0)
			scan(e, &e->folders[i]);
}

/* Somebody has closed it: perhaps its program, by its end. */
static void look_again(struct emit *e, const struct folder *f, const char *name)
{
	size_t n = strlen(f->path);

	for (struct segment *s = e->segments; s; s = s->next)
		if (strncmp(s->path, f->path, n) == 0 && s->path[n] == '/' && strcmp(s->path + n + 1, name) == 0)
			s->lock_at = s->look_at = 0;
}

static void on_event(struct emit *e, const struct inotify_event *x)
{
	if (x->mask & IN_Q_OVERFLOW) {
		genlog_count(e->in, GENLOG_COUNT_OVERFLOWS, 1);
		files_scan(e);
	}
	for (size_t i = 0; i < e->rings.n; i++)
		if (e->folders[i].inotify_watch != x->wd || !x->len || !is_ours(x->name))
			continue;
		else if (x->mask & IN_MOVED_TO)
			open_file(e, &e->folders[i], x->name);
		else
			look_again(e, &e->folders[i], x->name);
}

static void on_inotify(void *arg, uint32_t events)
{
	_Alignas(struct inotify_event) char room[8192];
	struct emit *e = arg;
	ssize_t n;

	(void)events;
	while ((n = read(e->inotify, room, sizeof(room))) > 0)
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *x = (const void *)(room + at);

			on_event(e, x);
			at += (ssize_t)(sizeof(*x) + x->len);
		}
	poll_soon(e);
}

static int open_one(struct emit *e, struct folder *f, struct genlog_err *err)
{
	if (mkdir(f->path, 0700) == 0 && chmod(f->path, MODE) < 0)
		genlog_say(e->in, GENLOG_SAY_WARN,
			"%s cannot have mode %04o (%s): only programs of this user and root put their rings there; "
			"see contrib/systemd/genlog.tmpfiles",
			f->path, MODE, strerror(errno));
	f->fd = open(f->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (f->fd < 0)
		return genlog_fail_opt(err, "rings", errno, "%s: %s", f->path, strerror(errno));
	f->inotify_watch = inotify_add_watch(e->inotify, f->path, EVENTS);
	return f->inotify_watch < 0
		       ? genlog_fail_opt(err, "rings", errno, "%s: cannot be watched: %s", f->path, strerror(errno))
		       : 0;
}

int files_open(struct emit *e, struct genlog_err *err)
{
	int r = 0;

	if (!e->rings.n)
		return 0;
	e->folders = calloc(e->rings.n, sizeof(*e->folders));
	if (!e->folders)
		return genlog_fail(err, ENOMEM, "no memory");
	for (size_t i = 0; i < e->rings.n; i++)
		e->folders[i] = (struct folder){e->rings.v[i], -1, -1};
	e->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (e->inotify < 0)
		return genlog_fail(err, errno, "no inotify: %s", strerror(errno));
	for (size_t i = 0; i < e->rings.n && r == 0; i++)
		r = open_one(e, &e->folders[i], err);
	if (r < 0)
		return r;
	e->folder_watch = genlog_watch(e->in, e->inotify, EPOLLIN, on_inotify, e);
	files_scan(e);
	return e->folder_watch ? 0 : genlog_fail(err, errno, "%s", strerror(errno));
}

void files_close(struct emit *e)
{
	genlog_unwatch(e->folder_watch);
	if (e->inotify >= 0)
		close(e->inotify);
	for (size_t i = 0; e->folders && i < e->rings.n; i++)
		if (e->folders[i].fd >= 0)
			close(e->folders[i].fd);
	free(e->folders);
}

/* The kernel gives the lock back when the last of the program's descriptors and mappings is gone. */
bool files_is_dead(struct segment *s)
{
	return flock(s->v.fd, LOCK_EX | LOCK_NB) == 0;
}

/* It was read to its end; the name may be another file's by now. */
void files_remove(struct segment *s)
{
	struct stat st;

	if (lstat(s->path, &st) == 0 && st.st_ino == s->inode && st.st_dev == s->device) {
		if (s->bad)
			put_aside(s->owner, s->path, "its rings held what no record is");
		else
			(void)unlink(s->path); /* fails in a folder of others: found again, with nothing new in it */
	}
}
