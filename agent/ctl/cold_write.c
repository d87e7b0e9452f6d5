#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "ctl/array.h"
#include "ctl/cold.h"
#include "ctl/filter.h"

#define LEVEL "wb6"

static void names(const struct cold_part *p, const char *ending, char name[512], char tmp[512])
{
	snprintf(name, 512, "%s%s", p->collection, ending);
	snprintf(tmp, 512, ".%s%s.tmp", p->collection, ending);
}

/* A file under its temporary name: zlib has one descriptor, we have another, to make it durable. */
static int begin(const struct cold_part *p, const char *ending, gzFile *file, int *fd)
{
	char name[512], tmp[512];
	int copy;

	names(p, ending, name, tmp);
	*fd = io_open(p->dir, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0640);
	if (*fd < 0)
		return *fd;
	copy = fcntl(*fd, F_DUPFD_CLOEXEC, 0);
	*file = copy < 0 ? NULL : gzdopen(copy, LEVEL);
	if (*file)
		return 0;
	if (copy >= 0)
		close(copy);
	return -ENOMEM;
}

/* Durable under its own name; what the kernel has of it in memory is given up, so that it is read from the disk. */
static int finish(const struct cold_part *p, const char *ending, gzFile *file, int fd)
{
	char name[512], tmp[512];
	int r = gzclose_w(*file);

	*file = NULL;
	names(p, ending, name, tmp);
	if (r != Z_OK)
		return r == Z_ERRNO && errno ? -errno : -EIO;
	r = io_sync(fd);
	if (r < 0)
		return r;
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	r = io_rename(p->dir, tmp, name);
	return r < 0 ? r : io_sync_dir(p->dir);
}

static void discard(const struct cold_part *p, const char *ending)
{
	char name[512], tmp[512];

	names(p, ending, name, tmp);
	io_unlink(p->dir, tmp);
}

static int put(gzFile file, const void *p, size_t n)
{
	int code;

	errno = 0;
	if (gzwrite(file, p, (unsigned)n) == (int)n)
		return 0;
	gzerror(file, &code);
	return code == Z_ERRNO && errno ? -errno : -EIO;
}

int cold_write_begin(struct cold_writer *w, const struct cold_part *part)
{
	int r;

	*w = (struct cold_writer){.part = part, .fd = -1};
	r = begin(part, ".bson.gz", &w->file, &w->fd);
	return r < 0 ? r : cold_sum_begin(&w->sum);
}

/* `kept` becomes the _id of `doc` where that lies on the side of `sign`. */
static void keep_id(bson_t **kept, const bson_t *doc, int sign)
{
	bson_iter_t id, old;
	bool comparable;

	if (!bson_iter_init_find(&id, doc, "_id"))
		return;
	if (*kept && bson_iter_init_find(&old, *kept, "_id") && filter_compare(&id, &old, &comparable) * sign <= 0)
		return;
	if (*kept)
		bson_destroy(*kept);
	*kept = bson_new();
	bson_append_iter(*kept, "_id", 3, &id);
}

int cold_write_add(struct cold_writer *w, const bson_t *doc)
{
	int r = put(w->file, bson_get_data(doc), doc->len);

	if (r < 0)
		return r;
	cold_sum_add(&w->sum, doc);
	keep_id(&w->min, doc, -1);
	keep_id(&w->max, doc, 1);
	return 0;
}

/* What an index of ours has that no server takes back. */
static void append_index(bson_t *list, const char *key, const bson_iter_t *at)
{
	bson_t one;
	bson_iter_t it;

	if (!BSON_ITER_HOLDS_DOCUMENT(at) || !bson_iter_recurse(at, &it))
		return;
	BSON_APPEND_DOCUMENT_BEGIN(list, key, &one);
	while (bson_iter_next(&it))
		if (strcmp(bson_iter_key(&it), "storageEngine") != 0 && strcmp(bson_iter_key(&it), "ns") != 0)
			bson_append_iter(&one, bson_iter_key(&it), -1, &it);
	bson_append_document_end(list, &one);
}

static char *metadata(const struct cold_part *p, const struct schema_live *live)
{
	bson_t doc = BSON_INITIALIZER, list;
	bson_iter_t it;
	char *json;

	BSON_APPEND_DOCUMENT(&doc, "options", &live->options);
	array_begin(&list);
	for (bool ok = bson_iter_init(&it, &live->indexes); ok && bson_iter_next(&it);)
		append_index(&list, bson_iter_key(&it), &it);
	array_end(&list, &doc, "indexes");
	BSON_APPEND_UTF8(&doc, "collectionName", p->collection);
	BSON_APPEND_UTF8(&doc, "type", "collection");
	json = bson_as_canonical_extended_json(&doc, NULL);
	bson_destroy(&doc);
	return json;
}

static int write_metadata(const struct cold_part *p, const struct schema_live *live)
{
	char *json = metadata(p, live);
	gzFile file = NULL;
	int fd = -1, r = json ? begin(p, ".metadata.json.gz", &file, &fd) : -ENOMEM;

	if (r == 0)
		r = put(file, json, strlen(json));
	if (r == 0)
		r = finish(p, ".metadata.json.gz", &file, fd);
	if (file)
		gzclose_w(file);
	if (fd >= 0) {
		close(fd);
		if (r < 0)
			discard(p, ".metadata.json.gz");
	}
	bson_free(json);
	return r;
}

int cold_write_end(struct cold_writer *w, const struct schema_live *live)
{
	int r = write_metadata(w->part, live);

	if (r == 0)
		r = finish(w->part, ".bson.gz", &w->file, w->fd);
	w->ended = r == 0;
	if (w->ended)
		cold_sum_end(&w->sum);
	return r;
}

void cold_write_fini(struct cold_writer *w)
{
	if (w->file)
		gzclose_w(w->file);
	if (w->part && w->fd >= 0) {
		close(w->fd);
		if (!w->ended)
			discard(w->part, ".bson.gz");
	}
	if (w->min)
		bson_destroy(w->min);
	if (w->max)
		bson_destroy(w->max);
	cold_sum_fini(&w->sum);
	*w = (struct cold_writer){.fd = -1};
}
