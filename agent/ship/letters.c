#include "ship/letters.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <genlog/bson.h>

#include "base/buf.h"
#include "base/crc.h"
#include "base/io.h"
#include "ship/dead.h"

#define LETTER_MAX (64u << 20)
#define NOTE 16
#define NOTE_NAME (DEAD_NAME + 8)

/* ── the folder ── */

static int by_number(const void *a, const void *b)
{
	const unsigned *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static int list(struct letters *l)
{
	int fd = io_open(l->dir, ".", O_RDONLY | O_DIRECTORY, 0);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	unsigned number;
	int r = 0;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return fd < 0 ? fd : -ENOMEM;
	}
	while (r == 0 && (e = readdir(d))) {
		unsigned *more =
			dead_number(e->d_name, &number) ? mem_realloc(l->file, (l->n + 1) * sizeof(*more)) : NULL;

		if (!more) {
			r = dead_number(e->d_name, &number) ? -ENOMEM : 0;
			continue;
		}
		l->file = more;
		l->file[l->n++] = number;
	}
	closedir(d);
	if (l->n)
		qsort(l->file, l->n, sizeof(*l->file), by_number);
	l->newest = l->n ? l->file[l->n - 1] : 0;
	return r;
}

int letters_open(struct letters *l, const char *spool_path, struct genlog_err *err)
{
	char path[4096];
	int r;

	*l = (struct letters){.dir = -1};
	if (snprintf(path, sizeof(path), "%s/dead-letter", spool_path) >= (int)sizeof(path))
		return genlog_fail(err, ENAMETOOLONG, "spool %s: its path is too long", spool_path);
	r = io_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
	if (r == -ENOENT && access(spool_path, F_OK) == 0)
		return 0;
	if (r >= 0) {
		l->dir = r;
		r = list(l);
	}
	return r < 0 ? genlog_fail(err, -r, "%s cannot be read: %s", path, strerror(-r)) : 0;
}

void letters_close(struct letters *l)
{
	if (l->dir >= 0)
		close(l->dir);
	free(l->file);
	*l = (struct letters){.dir = -1};
}

int letters_lock(struct letters *l)
{
	return l->dir >= 0 && flock(l->dir, LOCK_EX | LOCK_NB) < 0 ? -EBUSY : 0;
}

/* ── a file ── */

struct file {
	struct genlog_buf bytes, notes;
	unsigned number;
};

static int read_whole(int dir, const char *name, struct genlog_buf *out)
{
	int fd = io_open(dir, name, O_RDONLY | O_NOFOLLOW, 0);
	struct stat st;
	ssize_t n;

	out->n = 0;
	if (fd < 0)
		return fd;
	n = fstat(fd, &st) < 0 ? -errno : genlog_buf_reserve(out, (size_t)st.st_size + 1);
	if (n == 0)
		n = io_read(fd, out->p, (size_t)st.st_size, 0);
	close(fd);
	out->n = n > 0 ? (size_t)n : 0;
	return n < 0 ? (int)n : 0;
}

struct note {
	int64_t at;
	uint32_t crc, own;
};
_Static_assert(sizeof(struct note) == NOTE, "as it lies in the file");

static int by_place(const void *a, const void *b)
{
	int r = memcmp(a, b, NOTE);
	struct note x, y;

	memcpy(&x, a, NOTE);
	memcpy(&y, b, NOTE);
	return x.at != y.at ? (x.at < y.at ? -1 : 1) : r;
}

static void note_name(char out[NOTE_NAME], unsigned number)
{
	snprintf(out, NOTE_NAME, "%06u.bson.done", number);
}

static int read_file(struct letters *l, unsigned number, struct file *f)
{
	char name[DEAD_NAME], note[NOTE_NAME];
	int r;

	f->number = number;
	dead_name(name, number);
	note_name(note, number);
	r = read_whole(l->dir, name, &f->bytes);
	if (r == 0)
		r = read_whole(l->dir, note, &f->notes);
	else
		f->notes.n = 0;
	if (f->notes.n && f->notes.p)
		qsort(f->notes.p, f->notes.n / NOTE, NOTE, by_place);
	return r == -ENOENT ? 0 : r; /* the file itself: it has gone meanwhile, and so have its letters */
}

static bool is_done(const struct file *f, const struct letter *x)
{
	struct note n = {.at = x->at, .crc = x->crc};

	n.own = crc32c(0, &n, 12);
	return f->notes.n >= NOTE && bsearch(&n, f->notes.p, f->notes.n / NOTE, NOTE, by_place);
}

/* ── a letter ── */

static const uint8_t *value_of(const uint8_t *p, const uint8_t *end, const char *key, int type, ssize_t *n)
{
	const uint8_t *next, *e = genlog_bson_find(p, end, key, strlen(key), &next);
	const uint8_t *v = e ? e + 1 + strlen(key) + 1 : NULL;

	*n = e && *e == type ? genlog_bson_value_size((uint8_t)type, v, end) : -1;
	return *n < 0 ? NULL : v;
}

static const char *text_in(const uint8_t *p, const uint8_t *end, const char *key)
{
	ssize_t n;
	const uint8_t *v = value_of(p, end, key, GENLOG_BSON_STR, &n);

	return v && n > 4 && v[n - 1] == 0 ? (const char *)v + 4 : NULL;
}

/* What another program has put there, or a disk has made of it, is none. */
static bool read_letter(struct letter *x, const uint8_t *p)
{
	const uint8_t *end = p + x->len - 1, *v;
	ssize_t n, doc_n;

	x->collection = text_in(p + 4, end, "collection");
	x->reason = text_in(p + 4, end, "reason");
	x->doc = value_of(p + 4, end, "document", GENLOG_BSON_DOC, &doc_n);
	x->doc_len = x->doc ? (uint32_t)doc_n : 0;
	v = value_of(p + 4, end, "rejected_at", GENLOG_BSON_DATE, &n);
	if (!x->collection || !x->doc || doc_n < 5 || !v || *end)
		return false;
	memcpy(&x->rejected_ms, v, 8);
	v = value_of(p + 4, end, "code", GENLOG_BSON_INT32, &n);
	if (v)
		memcpy(&x->code, v, 4);
	x->reason = x->reason ? x->reason : "";
	return true;
}

/* The bytes of the letter at `at`; 0: there is no whole one. */
static uint32_t whole(const struct file *f, size_t at)
{
	int32_t n;

	if (f->bytes.n - at < 5)
		return 0;
	memcpy(&n, f->bytes.p + at, 4);
	return n >= 5 && (uint32_t)n <= LETTER_MAX && (size_t)n <= f->bytes.n - at ? (uint32_t)n : 0;
}

static int each_in(struct letters *l, struct file *f, int64_t *number, letters_fn *fn, letters_end_fn *torn, void *arg)
{
	size_t at = 0;
	int r = 0;

	for (uint32_t n; r == 0 && (n = whole(f, at)); at += n) {
		struct letter x = {.file = f->number, .at = (int64_t)at, .len = n};

		if (!read_letter(&x, f->bytes.p + at))
			break;
		x.number = ++*number;
		x.crc = crc32c(0, f->bytes.p + at, n);
		x.done = is_done(f, &x);
		r = fn(arg, &x);
	}
	if (r == 0 && at < f->bytes.n && torn)
		torn(arg, &(struct letters_end){
				  f->number, (int64_t)at, (int64_t)(f->bytes.n - at), f->number == l->newest});
	return r;
}

int letters_each(struct letters *l, letters_fn *fn, letters_end_fn *torn, void *arg)
{
	struct file f = {0};
	int64_t number = 0;
	int r = 0;

	for (unsigned i = 0; i < l->n && r == 0; i++) {
		r = read_file(l, l->file[i], &f);
		if (r == 0)
			r = each_in(l, &f, &number, fn, torn, arg);
	}
	buf_free(&f.bytes);
	buf_free(&f.notes);
	return r;
}

/* ── notes ── */

/* All of one file. */
static int note_in(struct letters *l, const struct letter *x, size_t n)
{
	uint8_t *bytes = mem_calloc(n, NOTE);
	struct iovec v = {bytes, n * NOTE};
	char name[NOTE_NAME];
	struct stat st;
	int fd, r;

	if (!bytes)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct note note = {.at = x[i].at, .crc = x[i].crc};

		note.own = crc32c(0, &note, 12);
		memcpy(bytes + i * NOTE, &note, NOTE);
	}
	note_name(name, x->file);
	r = fd = io_open(l->dir, name, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
	if (fd >= 0) {
		r = fstat(fd, &st) < 0 ? -errno : io_write_all(fd, &v, 1, st.st_size / NOTE * NOTE);
		if (r == 0)
			r = io_sync(fd);
		close(fd);
	}
	if (r == 0)
		r = io_sync_dir(l->dir);
	free(bytes);
	return r;
}

int letters_note(struct letters *l, const struct letter *x, size_t n)
{
	int r = 0;

	for (size_t i = 0, from = 0; i < n && r == 0; i++)
		if (i + 1 == n || x[i + 1].file != x[i].file) {
			r = note_in(l, x + from, i + 1 - from);
			from = i + 1;
		}
	return r;
}

static int undone(void *arg, const struct letter *x)
{
	(void)arg;
	return x->done ? 0 : 1;
}

static void undone_end(void *arg, const struct letters_end *e)
{
	bool *torn = arg;

	(void)e;
	*torn = true;
}

/* One that has bytes of which nothing is known stays. */
static int tidy_file(struct letters *l, unsigned number)
{
	char name[DEAD_NAME], note[NOTE_NAME];
	struct file f = {0};
	bool torn = false;
	int64_t n = 0;
	int r = read_file(l, number, &f);

	if (r == 0)
		r = each_in(l, &f, &n, undone, undone_end, &torn);
	buf_free(&f.bytes);
	buf_free(&f.notes);
	if (r != 0 || torn || !n)
		return r < 0 ? r : 0;
	note_name(note, number);
	dead_name(name, number);
	r = io_unlink(l->dir, note);
	return r < 0 ? r : io_unlink(l->dir, name);
}

int letters_tidy(struct letters *l)
{
	unsigned newest = l->newest;
	int r = l->dir < 0 ? 0 : dead_newest(l->dir, &newest);

	for (unsigned i = 0; i < l->n && r == 0; i++)
		if (l->file[i] < newest)
			r = tidy_file(l, l->file[i]);
	return r;
}
