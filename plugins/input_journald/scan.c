/* Which files there are: two levels of folders at most, and each file by the id in its head. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reader.h"

#define HEAD_SIZE 208
#define WATCHED                                                                                                        \
	(IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF)

static uint64_t u64_at(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* As systemd's page on the format has it; little-endian. */
bool head_read(int fd, struct head *h)
{
	static const uint8_t none[ID_SIZE];
	uint8_t b[HEAD_SIZE];

	if (pread(fd, b, sizeof(b), 0) != (ssize_t)sizeof(b) || memcmp(b, "LPKSHHRH", 8) != 0)
		return false;
	h->archived = b[16] == 2;
	memcpy(h->id, b + 24, ID_SIZE);
	memcpy(h->seqnum_id, b + 72, ID_SIZE);
	h->entries = u64_at(b + 152);
	h->tail_seqnum = u64_at(b + 160);
	h->head_seqnum = u64_at(b + 168);
	h->head_time = u64_at(b + 184);
	h->tail_time = u64_at(b + 192);
	return memcmp(h->id, none, ID_SIZE) != 0;
}

static bool ends(const char *name, const char *with)
{
	size_t n = strlen(name), k = strlen(with);

	return n > k && memcmp(name + n - k, with, k) == 0;
}

static struct rfile *known_file(struct reader *r, const uint8_t id[ID_SIZE])
{
	for (struct rfile *f = r->files; f; f = f->next)
		if (memcmp(f->head.id, id, ID_SIZE) == 0)
			return f;
	return NULL;
}

/* By the time of its first entry; a file without one comes last. */
static void insert(struct reader *r, struct rfile *f)
{
	struct rfile **at = &r->files;

	while (*at && (*at)->head.head_time <= f->head.head_time && ((*at)->head.head_time || !f->head.head_time))
		at = &(*at)->next;
	f->next = *at;
	*at = f;
}

static void tell_file(struct reader *r, const struct rfile *f)
{
	put_begin(&r->out, WIRE_FILE);
	put_u32(&r->out, f->index);
	put_bytes(&r->out, f->head.id, ID_SIZE);
	put_bytes(&r->out, f->head.seqnum_id, ID_SIZE);
	put_u8(&r->out, f->runtime ? WIRE_FILE_RUNTIME : 0);
	put_u64(&r->out, f->folder);
	put_u64(&r->out, f->head.head_time);
	put_text(&r->out, f->path);
	put_end(&r->out);
}

/* A time alone is a place too: told at once, it holds after a restart, when `since: 2h` would mean another one. */
static void place_since(struct reader *r, struct rfile *f)
{
	char at[32];

	snprintf(at, sizeof(at), "t=%llx", (unsigned long long)r->a.since - 1);
	f->cursor = strdup(at);
	f->begin = f->cursor ? BEGIN_CURSOR : BEGIN_HEAD;
	f->time = r->a.since - 1;
	file_tell(r, f, f->head.archived && f->head.tail_time < r->a.since);
}

/* Where to begin: as it was left, or as it was asked for. */
static void place(struct reader *r, struct rfile *f)
{
	for (size_t i = 0; i < r->n_known; i++) {
		const struct resume *k = &r->known[i];

		if (memcmp(k->id, f->head.id, ID_SIZE) != 0)
			continue;
		f->done = k->flags & WIRE_FILE_DONE && f->head.archived;
		f->left = k->flags & WIRE_FILE_LEFT;
		f->cursor = *k->cursor ? strdup(k->cursor) : NULL;
		f->begin = f->cursor ? BEGIN_CURSOR : BEGIN_HEAD;
		f->time = f->cursor ? cursor_time(f->cursor, strlen(f->cursor)) : 0;
		return;
	}
	if (r->started)
		return;
	if (r->a.since)
		place_since(r, f);
	else if (r->a.start == START_END && f->head.archived)
		file_tell(r, f, true);
	else if (r->a.start == START_END)
		f->begin = BEGIN_END;
}

static void found(struct reader *r, const char *path, struct head *h)
{
	struct rfile *f = known_file(r, h->id);

	h->archived = h->archived || ends(path, "~");
	if (f) {
		f->present = true;
		if (strcmp(f->path, path) != 0) {
			char *copy = strdup(path);

			if (copy) {
				free(f->path);
				f->path = copy;
			}
		}
		return;
	}
	if (r->n_files >= MANY_FILES || !(f = calloc(1, sizeof(*f))))
		return;
	f->path = strdup(path);
	if (!f->path) {
		free(f);
		return;
	}
	f->head = *h;
	f->fd = -1;
	f->index = r->n_files++;
	f->present = true;
	f->runtime = r->in_runtime;
	f->folder = r->folder;
	f->told_ms = reader_now();
	insert(r, f);
	tell_file(r, f);
	place(r, f);
}

static void look(struct reader *r, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct head h;
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		if (head_read(fd, &h))
			found(r, path, &h);
		else
			r->unfinished = true;
	}
	close(fd);
}

static bool is_machine(const char *name)
{
	return strspn(name, "0123456789abcdef") == 32 && (!name[32] || name[32] == '.');
}

/* Journals of a namespace lie in <machine id>.<namespace>. */
static bool folder_wanted(const struct reader *r, const char *name)
{
	const char *ns = r->a.namespace_, *is = is_machine(name) && name[32] ? name + 33 : "";

	if (strcmp(ns, "*") == 0)
		return true;
	if (*ns == '+')
		return !*is || strcmp(is, ns + 1) == 0;
	return strcmp(is, ns) == 0;
}

static bool scan_folder(struct reader *r, const char *path, int depth)
{
	bool own = depth > 0 || !*r->a.namespace_ || strchr("*+", *r->a.namespace_) || *r->a.path;
	DIR *d = opendir(path);
	struct dirent *e;
	char sub[PATH_MAX];

	if (!d)
		return false;
	if (r->inotify >= 0)
		(void)inotify_add_watch(r->inotify, path, WATCHED); /* without it they are looked at every second */
	while ((e = readdir(d))) {
		int n = snprintf(sub, sizeof(sub), "%s/%s", path, e->d_name);

		if (n < 0 || n >= (int)sizeof(sub) || *e->d_name == '.')
			continue;
		if (ends(e->d_name, ".journal") || ends(e->d_name, ".journal~")) {
			if (own)
				look(r, sub);
		} else if (depth == 0 && folder_wanted(r, e->d_name)) {
			r->folder = *r->a.path ? 0 : genlog_hash(e->d_name, strlen(e->d_name), 1);
			(void)scan_folder(r, sub, 1);
			r->folder = 0;
		}
	}
	closedir(d);
	return true;
}

static bool scan_path(struct reader *r)
{
	struct stat st;
	char folder[PATH_MAX];
	const char *slash = strrchr(r->a.path, '/');

	if (stat(r->a.path, &st) < 0)
		return false;
	if (S_ISDIR(st.st_mode))
		return scan_folder(r, r->a.path, 0);
	look(r, r->a.path);
	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - r->a.path) + 1 : 1, slash ? r->a.path : ".");
	if (r->inotify >= 0)
		(void)inotify_add_watch(r->inotify, folder, WATCHED);
	return true;
}

static bool scan_host(struct reader *r)
{
	static const char *const roots[] = {"/run/log/journal", "/var/log/journal"};
	char path[PATH_MAX];
	bool any = false;

	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s%s", r->a.match_root, roots[i]);
		r->in_runtime = i == 0;
		any = scan_folder(r, path, 0) || any;
	}
	r->in_runtime = false;
	return any;
}

/* A file that was deleted is read to its end where it is open, and lost with what is in it where it is not. */
static void drop_gone(struct reader *r)
{
	for (struct rfile **at = &r->files; *at;) {
		struct rfile *f = *at;

		if (f->present || f->j) {
			at = &f->next;
			continue;
		}
		if (!f->done && !f->left && !f->broken && f->head.entries)
			reader_lost(
				r, f, f->cursor ? 0 : f->head.entries, "a journal file was deleted before it was read");
		if (f->runtime && f->cursor) { /* it tells what has been read */
			f->done = true;
			at = &f->next;
			continue;
		}
		*at = f->next;
		file_close(f);
		free(f->path);
		free(f->cursor);
		free(f);
	}
}

/* Of what was read before, the newest number of this series; 0: nothing was. */
static uint64_t newest_known(const struct reader *r, const uint8_t id[ID_SIZE])
{
	uint64_t newest = 0, n;
	uint8_t of[ID_SIZE];

	for (size_t i = 0; i < r->n_known; i++)
		if (cursor_parse(r->known[i].cursor, strlen(r->known[i].cursor), of, &n) &&
			memcmp(of, id, ID_SIZE) == 0 && n > newest)
			newest = n;
	return newest;
}

/* Deleted while nobody was there to read it: the numbers do not go on where they were left. */
static void tell_vacuumed(struct reader *r)
{
	for (struct rfile *f = r->files; f; f = f->next) {
		uint64_t newest = newest_known(r, f->head.seqnum_id);
		bool first = newest && f->head.head_seqnum > newest + 1;

		for (const struct rfile *o = r->files; o && first; o = o->next)
			if (memcmp(o->head.seqnum_id, f->head.seqnum_id, ID_SIZE) == 0 && o->head.entries &&
				o->head.tail_seqnum > newest && o->head.head_seqnum < f->head.head_seqnum)
				first = false;
		if (first)
			reader_lost(r, f, f->head.head_seqnum - newest - 1, "they were vacuumed before they were read");
	}
}

void scan(struct reader *r)
{
	bool any, first = !r->files;

	for (struct rfile *f = r->files; f; f = f->next)
		f->present = false;
	r->unfinished = false;
	any = *r->a.path ? scan_path(r) : scan_host(r);
	if (!any && !r->no_folder)
		reader_say(r, GENLOG_SAY_INFO, "there is no %s yet; what comes there is read",
			*r->a.path ? r->a.path : "/var/log/journal nor /run/log/journal");
	r->no_folder = !any;
	drop_gone(r);
	if (first)
		tell_vacuumed(r);
}

void scan_end(struct reader *r)
{
	while (r->files) {
		struct rfile *f = r->files;

		r->files = f->next;
		file_close(f);
		free(f->path);
		free(f->cursor);
		free(f);
	}
}
