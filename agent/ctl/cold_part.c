#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/civil.h"
#include "base/io.h"
#include "ctl/cold.h"

#define FORMAT "genlog-archive-1"
#define MANIFEST_MAX 65536

void cold_day_name(int64_t ms, char out[16])
{
	struct civil_date d = civil_from_days(ms / COLD_DAY_MS - (ms % COLD_DAY_MS < 0));

	snprintf(out, 16, "%04u-%02u-%02u", (unsigned)d.year % 10000, (unsigned)d.month % 100, (unsigned)d.day % 100);
}

bool cold_is_day(const char *name)
{
	static const char form[] = "0000-00-00";

	for (size_t i = 0; i < sizeof(form) - 1; i++)
		if (form[i] == '0' ? name[i] < '0' || name[i] > '9' : name[i] != form[i])
			return false;
	name += sizeof(form) - 1;
	return !*name || (*name == '.' && name[1] && name[1 + strspn(name + 1, "0123456789")] == 0);
}

/* The folder `name` in `at`, which is closed. */
static int enter(int at, const char *name, bool make)
{
	int fd = -1, r = 0;

	if (at < 0)
		return at;
	if (make && mkdirat(at, name, 0750) == 0)
		r = io_sync_dir(at);
	else if (make && errno != EEXIST)
		r = -errno;
	if (r == 0) {
		fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		r = fd < 0 ? -errno : 0;
	}
	close(at);
	return r < 0 ? r : fd;
}

int cold_part_open(struct cold_part *p, bool make)
{
	char folder[32];
	int fd = open(p->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	p->dir = -1;
	snprintf(folder, sizeof(folder), p->number > 1 ? "%s.%d" : "%s", p->day, p->number);
	snprintf(p->name, sizeof(p->name), "%s/%s/%s/%s", p->root, folder, p->database, p->collection);
	fd = fd < 0 ? -errno : fd;
	fd = enter(fd, folder, make);
	fd = enter(fd, p->database, make);
	if (fd < 0)
		return fd;
	p->dir = fd;
	return 0;
}

void cold_part_close(struct cold_part *p)
{
	if (p->dir >= 0)
		close(p->dir);
	p->dir = -1;
}

int cold_part_file(const struct cold_part *p, const char *ending)
{
	char name[512];

	snprintf(name, sizeof(name), "%s%s", p->collection, ending);
	return io_open(p->dir, name, O_RDONLY | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0);
}

bool cold_part_is_finished(const struct cold_part *p)
{
	char name[512];
	struct stat st;

	snprintf(name, sizeof(name), "%s.manifest.json", p->collection);
	return fstatat(p->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* ── manifests ── */

static bool take_number(const bson_t *doc, const char *key, int64_t *out)
{
	bson_iter_t it;

	if (!bson_iter_init_find(&it, doc, key) || !BSON_ITER_HOLDS_INT(&it))
		return false;
	*out = bson_iter_as_int64(&it);
	return *out >= 0;
}

static bool take_text(const bson_t *doc, const char *key, char *out, size_t size)
{
	bson_iter_t it;

	if (!bson_iter_init_find(&it, doc, key) || !BSON_ITER_HOLDS_UTF8(&it))
		return false;
	return (size_t)snprintf(out, size, "%s", bson_iter_utf8(&it, NULL)) < size;
}

static int parse(const char *text, size_t n, struct cold_facts *facts)
{
	bson_error_t e;
	bson_t *doc = bson_new_from_json((const uint8_t *)text, (ssize_t)n, &e);
	char format[32] = "";
	bool ok;

	if (!doc)
		return -EBADMSG;
	ok = take_text(doc, "format", format, sizeof(format)) && strcmp(format, FORMAT) == 0 &&
	     take_number(doc, "documents", &facts->documents) && take_number(doc, "bytes", &facts->bytes) &&
	     take_text(doc, "sha256", facts->sha256, sizeof(facts->sha256));
	bson_destroy(doc);
	return ok ? 0 : -EBADMSG;
}

int cold_manifest_read(const struct cold_part *p, struct cold_facts *facts)
{
	char *text = malloc(MANIFEST_MAX);
	int fd = text ? cold_part_file(p, ".manifest.json") : -ENOMEM;
	ssize_t n = fd < 0 ? fd : io_read(fd, text, MANIFEST_MAX, 0);
	int r = n < 0 ? (int)n : n == MANIFEST_MAX ? -EBADMSG : parse(text, (size_t)n, facts);

	if (fd >= 0)
		close(fd);
	free(text);
	return r;
}

static int store(const struct cold_part *p, char *json)
{
	char name[512], tmp[512];
	size_t n = strlen(json);
	struct iovec v = {json, n};
	int fd, r;

	json[n++] = '\n'; /* in place of its NUL */
	v.iov_len = n;
	snprintf(name, sizeof(name), "%s.manifest.json", p->collection);
	snprintf(tmp, sizeof(tmp), ".%s.manifest.json.tmp", p->collection);
	fd = io_open(p->dir, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return fd;
	r = io_write_all(fd, &v, 1, 0);
	if (r >= 0)
		r = io_sync(fd);
	close(fd);
	if (r >= 0)
		r = io_rename(p->dir, tmp, name);
	if (r < 0)
		io_unlink(p->dir, tmp);
	return r < 0 ? r : io_sync_dir(p->dir);
}

int cold_manifest_write(const struct cold_part *p, const struct cold_facts *facts, const bson_t *more)
{
	bson_t doc = BSON_INITIALIZER;
	char *json;
	int r;

	BSON_APPEND_UTF8(&doc, "format", FORMAT);
	BSON_APPEND_UTF8(&doc, "database", p->database);
	BSON_APPEND_UTF8(&doc, "collection", p->collection);
	BSON_APPEND_UTF8(&doc, "day", p->day);
	BSON_APPEND_INT32(&doc, "part", p->number);
	BSON_APPEND_INT64(&doc, "documents", facts->documents);
	BSON_APPEND_INT64(&doc, "bytes", facts->bytes);
	BSON_APPEND_UTF8(&doc, "sha256", facts->sha256);
	bson_concat(&doc, more);
	json = bson_as_relaxed_extended_json(&doc, NULL);
	r = json ? store(p, json) : -ENOMEM;
	bson_free(json);
	bson_destroy(&doc);
	return r;
}
