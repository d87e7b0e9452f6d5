#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tail.h"

#define TICK_MS 250
#define ACTIVE_MS 200

void file_rotated(struct tail *t, struct tfile *f)
{
	if (f->rotated)
		return;
	f->rotated = true;
	f->quiet_since = tail_now();
	if (!f->listed_rotated) {
		f->listed_rotated = true;
		f->next_rotated = t->rotated;
		t->rotated = f;
		genlog_count(t->in, GENLOG_COUNT_FILES_ROTATED, 1);
	}
	file_ready(t, f);
	genlog_timer_set(t->tick, TICK_MS);
}

static bool quiet_enough(struct tail *t, struct tfile *f)
{
	int64_t since = f->grown_ms > f->quiet_since ? f->grown_ms : f->quiet_since;

	return (f->stream && (f->given_up || stream_is_whole(f->stream))) || (!f->known && f->at_end) ||
	       tail_now() - since >= t->rotate_wait;
}

/* Writers keep writing to a renamed file until they open the new one: it is looked at until it has been quiet. */
void rotated_tick(struct tail *t)
{
	for (struct tfile *f = t->rotated, *next; f; f = next) {
		next = f->next_rotated;
		if (f->ready)
			continue;
		if (f->at_end && quiet_enough(t, f)) {
			file_close(t, f);
			continue;
		}
		if (quiet_enough(t, f))
			f->at_end = true; /* the next turn takes an unfinished last line too */
		file_ready(t, f);
	}
	if (t->rotated)
		genlog_timer_set(t->tick, TICK_MS);
}

/* Whether this is what the truncated file held: then it goes on in the copy's bytes, with the same ids. */
static bool is_copy(struct tfile *copy, const struct known *k)
{
	return copy && !copy->known && tail_matches(copy, k);
}

static bool same_base(const char *path, const char *of, size_t base)
{
	return strcmp(path, of) != 0 && base_len(path) == base && strncmp(path, of, base) == 0;
}

/* Calls `fn` for every file beside `path` that is a rotated form of it, until it says true. */
static bool each_sibling(struct tail *t, const char *path, bool (*fn)(struct tail *, const char *, void *), void *arg)
{
	const char *slash = strrchr(path, '/');
	size_t base = base_len(path), n = (size_t)(slash - path);
	char folder[4096], full[4096 + 256];
	struct dirent *e;
	bool found = false;
	DIR *d;

	if (n >= sizeof(folder))
		return false;
	memcpy(folder, path, n);
	folder[n] = 0;
	d = opendir(n ? folder : "/");
	while (d && !found && (e = readdir(d))) {
		snprintf(full, sizeof(full), "%s/%s", folder, e->d_name);
		if (e->d_name[0] != '.' && same_base(full, path, base))
			found = fn(t, full, arg);
	}
	if (d)
		closedir(d);
	return found;
}

static bool try_copy(struct tail *t, const char *path, void *arg)
{
	struct tfile *truncated = arg, *copy = file_found(t, path);
	struct known *k = truncated->known;
	struct genlog_source_desc d = {
		.type = "tail", .label = "path", .value = path, .generation = k->generation, .salt = k->salt};

	if (copy == truncated || !is_copy(copy, k)) {
		if (copy && copy != truncated && !copy->known)
			file_ready(t, copy);
		return false;
	}
	copy->source = genlog_source_open(t->in, &d);
	if (!copy->source)
		return false;
	genlog_source_mark(copy->source, copy);
	copy->sibling = true;
	copy->known = k;
	k->user = copy;
	copy->offset = copy->scanned = k->offset;
	genlog_source_from(copy->source, copy->offset);
	known_moved(t, k, copy);
	truncated->known = NULL;
	file_rotated(t, copy);
	return true;
}

/* What can be said of a truncation: how many bytes were seen and not read, or that there may have been some. */
static void tell_truncated(struct tfile *f, bool copied)
{
	uint64_t lost = f->old_size > f->offset ? f->old_size - f->offset : 0;

	if (!copied && lost)
		(void)genlog_gap(f->source, f->offset, lost, "the file was truncated before they were read");
	else if (tail_now() - f->grown_ms < ACTIVE_MS)
		(void)genlog_gap(f->source, f->offset, 0, "the file was truncated while it was being written");
}

void file_truncated(struct tail *t, struct tfile *f)
{
	file_cut(t, f, !t->replays && each_sibling(t, f->path, try_copy, f));
}

void file_cut(struct tail *t, struct tfile *f, bool copied)
{
	genlog_count(t->in, GENLOG_COUNT_FILES_TRUNCATED, 1);
	if (!copied && f->source)
		genlog_source_finish(f->source);
	tell_truncated(f, copied);
	if (f->known) {
		f->known->user = NULL;
		f->known->cut = !copied;
	}
	genlog_source_close(f->source);
	f->known = NULL;
	f->source = NULL;
	f->offset = f->scanned = f->size = f->old_size = 0;
	f->skipping = false;
	if (f->rotated)
		f->at_end = true;
	file_ready(t, f);
}

/* All of it was read, and nobody writes to it any more. */
static bool is_over(const struct tail *t, const struct tfile *f, const struct stat *st)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return !f->stream && f->offset == (uint64_t)st->st_size &&
	       ((int64_t)now.tv_sec - (int64_t)st->st_mtime) * 1000 > t->rotate_wait;
}

/* Rotated away while nobody looked: what is known and unfinished, or newer than the first that was read here. */
void siblings_adopt(struct tail *t, const char *path)
{
	int64_t since = known_path_since(t, path_hash(path));
	struct tfile *f = since ? file_found(t, path) : NULL;
	struct stat st;
	int r;

	if (!f || f->known)
		return;
	f->sibling = true;
	r = file_identify(t, f);
	if (r == 1 && (fstat(f->fd, &st) < 0 || is_over(t, f, &st) ||
			      (!f->known->offset && (int64_t)st.st_mtime * 1000 + 1000 < since)))
		r = 0; /* the last: it was there before us, and nobody asked for it */
	if (r != 1) {
		file_close(t, f);
		return;
	}
	file_rotated(t, f);
}
