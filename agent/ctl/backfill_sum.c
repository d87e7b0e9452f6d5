#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/crc.h"
#include "base/io.h"
#include "ctl/backfill.h"

#define TOTALS "totals"
#define INTENT "intent"
#define INTENT_MOST (64 << 20) /* bytes: more than any batch has */

/* ── sets of _ids ── */

int ids_add(struct ids *s, const uint8_t *id, uint32_t at)
{
	if (s->n == s->room) {
		size_t room = s->room ? s->room * 2 : 1024;
		struct id_at *v = realloc(s->v, room * sizeof(*v));

		if (!v)
			return -ENOMEM;
		s->v = v;
		s->room = room;
	}
	memcpy(s->v[s->n].id, id, BACKFILL_ID);
	s->v[s->n++].at = at;
	s->sorted = false;
	return 0;
}

static int compare(const void *a, const void *b)
{
	return memcmp(((const struct id_at *)a)->id, ((const struct id_at *)b)->id, BACKFILL_ID);
}

struct id_at *ids_find(struct ids *s, const uint8_t *id)
{
	struct id_at key = {0};

	if (!s->n)
		return NULL;
	if (!s->sorted)
		qsort(s->v, s->n, sizeof(*s->v), compare);
	s->sorted = true;
	memcpy(key.id, id, BACKFILL_ID);
	return bsearch(&key, s->v, s->n, sizeof(*s->v), compare);
}

void ids_fini(struct ids *s)
{
	free(s->v);
	*s = (struct ids){0};
}

/* ── rows ── */

int sum_row(struct sum *s, const char *collection, struct sum_row **out)
{
	for (size_t i = 0; i < s->n_rows; i++)
		if (strcmp(s->rows[i].collection, collection) == 0) {
			*out = &s->rows[i];
			return 0;
		}
	if (s->n_rows == SUM_ROWS)
		return -ENOSPC;
	*out = &s->rows[s->n_rows++];
	memcpy((*out)->collection, collection, strlen(collection) + 1);
	return 0;
}

struct sum_row sum_all(const struct sum *s)
{
	struct sum_row all = {0};

	for (size_t i = 0; i < s->n_rows; i++) {
		all.there += s->rows[i].there;
		all.missing += s->rows[i].missing;
		all.inserted += s->rows[i].inserted;
		all.refused += s->rows[i].refused;
	}
	return all;
}

/* ── files: bytes, and their checksum behind them; the whole takes the place of the one before ── */

static int store(int dir, const char *name, const void *p, size_t n)
{
	uint32_t crc = crc32c(0, p, n);
	struct iovec v[2] = {{(void *)(uintptr_t)p, n}, {&crc, sizeof(crc)}};
	char temporary[32];
	int fd, r;

	snprintf(temporary, sizeof(temporary), ".%s", name);
	fd = io_open(dir, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fd;
	r = io_write_all(fd, v, 2, 0);
	if (r == 0)
		r = io_sync(fd);
	close(fd);
	if (r == 0)
		r = io_rename(dir, temporary, name);
	return r == 0 ? io_sync_dir(dir) : r;
}

/* -ENOENT: there is none. */
static int load(int dir, const char *name, uint8_t **out, size_t *n)
{
	int fd = io_open(dir, name, O_RDONLY | O_NOFOLLOW, 0), r = 0;
	uint32_t crc;
	struct stat st;

	*out = NULL;
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		r = -errno;
	else if (st.st_size < (off_t)sizeof(crc) || st.st_size > INTENT_MOST)
		r = -EBADMSG;
	*n = r == 0 ? (size_t)st.st_size : 0;
	*out = r == 0 ? malloc(*n) : NULL;
	if (r == 0 && !*out)
		r = -ENOMEM;
	if (r == 0 && io_read(fd, *out, *n, 0) != (ssize_t)*n)
		r = -EBADMSG;
	close(fd);
	if (r < 0 || !*out)
		return r;
	*n -= sizeof(crc);
	memcpy(&crc, *out + *n, sizeof(crc));
	return crc32c(0, *out, *n) == crc ? 0 : -EBADMSG;
}

int sum_store(const struct sum *s, int dir)
{
	return store(dir, TOTALS, s, sizeof(*s));
}

int sum_load(struct sum *s, int dir)
{
	uint8_t *p;
	size_t n;
	int r = load(dir, TOTALS, &p, &n);

	if (r == 0 && n != sizeof(*s))
		r = -EBADMSG;
	if (r == 0)
		memcpy(s, p, sizeof(*s));
	if (r == 0 && s->n_rows > SUM_ROWS)
		r = -EBADMSG;
	free(p);
	return r == -ENOENT ? 0 : r;
}

int intent_store(const struct ids *ids, int dir)
{
	size_t n = sizeof(ids->until) + ids->n * BACKFILL_ID;
	uint8_t *p = malloc(n);
	int r;

	if (!p)
		return -ENOMEM;
	memcpy(p, &ids->until, sizeof(ids->until));
	for (size_t i = 0; i < ids->n; i++)
		memcpy(p + sizeof(ids->until) + i * BACKFILL_ID, ids->v[i].id, BACKFILL_ID);
	r = store(dir, INTENT, p, n);
	free(p);
	return r;
}

int intent_load(struct ids *ids, int dir)
{
	uint8_t *p;
	size_t n, at = sizeof(ids->until);
	int r = load(dir, INTENT, &p, &n);

	if (r == 0 && (n < at || (n - at) % BACKFILL_ID))
		r = -EBADMSG;
	if (r == 0)
		memcpy(&ids->until, p, sizeof(ids->until));
	for (; r == 0 && at < n; at += BACKFILL_ID)
		r = ids_add(ids, p + at, 0);
	free(p);
	return r == -ENOENT ? 0 : r;
}
