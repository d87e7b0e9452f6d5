#include "lib/folder.h"

#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/test.h"

void folder_make(struct folder *f)
{
	snprintf(f->path, sizeof(f->path), "/tmp/genlog-test-XXXXXX");
	assert_non_null(mkdtemp(f->path));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void folder_remove(struct folder *f)
{
	if (*f->path)
		nftw(f->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	*f->path = 0;
}

const char *folder_path(const struct folder *f, const char *name)
{
	static char paths[8][256];
	static unsigned turn;
	char *path = paths[turn++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", f->path, name);
	return path;
}

void folder_write_bytes(const struct folder *f, const char *name, const void *p, size_t n)
{
	const char *path = folder_path(f, name);
	char dir[256];
	FILE *file;

	snprintf(dir, sizeof(dir), "%s", path);
	for (char *slash = strchr(dir + strlen(f->path) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(dir, 0755);
		*slash = '/';
	}
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(p, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

void folder_write(const struct folder *f, const char *name, const char *text)
{
	folder_write_bytes(f, name, text, strlen(text));
}

void text_replace(char *text, const char *word, const char *with)
{
	size_t n = strlen(word), m = strlen(with);

	for (char *p = strstr(text, word); p; p = strstr(p + m, word)) {
		memcpy(p, with, m);
		memmove(p + m, p + n, strlen(p + n) + 1);
	}
}
