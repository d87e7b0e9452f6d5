#include <errno.h>
#include <unistd.h>

#include "archive.h"

#define SLOT 4096
#define MAGIC "GENLOGAR"
#define VERSION 1

/* As it lies in the file. */
struct slot {
	char magic[8];
	uint32_t version, files;
	uint64_t turn;
	struct genlog_mark mark;
	struct {
		char name[ARCHIVE_NAME];
		int64_t size;
	} file[ARCHIVE_FILES];
	uint64_t sum;
};
_Static_assert(sizeof(struct slot) <= SLOT, "a slot holds it all");

/* FNV-1a: it has to tell a torn slot from a whole one, no more. */
static uint64_t sum_of(const struct slot *s)
{
	const uint8_t *p = (const uint8_t *)s;
	uint64_t h = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < offsetof(struct slot, sum); i++)
		h = (h ^ p[i]) * 0x100000001b3ULL;
	return h;
}

static bool good(const struct slot *s)
{
	if (memcmp(s->magic, MAGIC, 8) != 0 || s->version != VERSION || s->files > ARCHIVE_FILES || s->sum != sum_of(s))
		return false;
	for (uint32_t i = 0; i < s->files; i++)
		if (!memchr(s->file[i].name, 0, ARCHIVE_NAME) || s->file[i].size < 0)
			return false;
	return true;
}

static void take(struct archive *a, const struct slot *s)
{
	a->turn = s->turn;
	a->mark = s->mark;
	a->n = s->files;
	a->has_mark = true;
	for (uint32_t i = 0; i < s->files; i++) {
		a->files[i] = (struct archive_file){.size = s->file[i].size, .kept = s->file[i].size, .fd = -1};
		memcpy(a->files[i].name, s->file[i].name, ARCHIVE_NAME);
	}
}

int mark_load(struct archive *a)
{
	struct slot s;

	for (int i = 0; i < 2; i++) {
		ssize_t n = pread(a->state_fd, &s, sizeof(s), (off_t)i * SLOT);

		if (n < 0)
			return -errno;
		if (n == (ssize_t)sizeof(s) && good(&s) && (!a->has_mark || s.turn > a->turn))
			take(a, &s);
	}
	return a->has_mark;
}

int mark_store(struct archive *a)
{
	struct slot s;

	memset(&s, 0, sizeof(s));
	memcpy(s.magic, MAGIC, 8);
	s.version = VERSION;
	s.files = (uint32_t)a->n;
	s.turn = a->turn + 1;
	s.mark = a->mark;
	for (size_t i = 0; i < a->n; i++) {
		memcpy(s.file[i].name, a->files[i].name, ARCHIVE_NAME);
		s.file[i].size = a->files[i].kept;
	}
	s.sum = sum_of(&s);
	if (pwrite(a->state_fd, &s, sizeof(s), (off_t)(s.turn & 1) * SLOT) != (ssize_t)sizeof(s))
		return errno ? -errno : -ENOSPC;
	a->turn = s.turn;
	return a->sync && fdatasync(a->state_fd) < 0 ? -errno : 0;
}
