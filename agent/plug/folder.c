#include "plug/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "conf/apply.h"
#include "plug/plug.h"

struct entry {
	enum genlog_kind kind;
	char name[65];
};

/* "parser_json.so"; false: another file. */
static bool entry_read(struct entry *e, const char *file)
{
	const char *dot = strrchr(file, '.');

	for (int k = 0; k < GENLOG_KINDS; k++) {
		const char *kind = plug_kind_name((enum genlog_kind)k);
		size_t n = strlen(kind), len;

		if (strncmp(file, kind, n) != 0 || file[n] != '_' || !dot || strcmp(dot, ".so") != 0)
			continue;
		len = dot > file + n ? (size_t)(dot - file) - n - 1 : 0;
		if (len == 0 || len >= sizeof(e->name))
			return false;
		e->kind = (enum genlog_kind)k;
		memcpy(e->name, file + n + 1, len);
		e->name[len] = 0;
		return true;
	}
	return false;
}

static int by_kind_and_name(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return x->kind != y->kind ? (int)x->kind - (int)y->kind : strcmp(x->name, y->name);
}

/* malloc'ed; the number of them, or -errno. */
static ssize_t entries(const char *dir, struct entry **out)
{
	struct entry *v = NULL, *more, e;
	size_t n = 0, cap = 0;
	DIR *d = opendir(dir);

	*out = NULL;
	if (!d)
		return -errno;
	for (struct dirent *f = readdir(d); f; f = readdir(d)) {
		if (!entry_read(&e, f->d_name))
			continue;
		if (n == cap) {
			cap = cap ? cap * 2 : 32;
			more = realloc(v, cap * sizeof(*v));
			if (!more)
				break;
			v = more;
		}
		v[n++] = e;
	}
	closedir(d);
	if (n)
		qsort(v, n, sizeof(*v), by_kind_and_name);
	*out = v;
	return (ssize_t)n;
}

void plug_folder_names(const char *dir, enum genlog_kind kind, const char *name, char *near, size_t near_size,
	char *all, size_t all_size)
{
	struct text_nearest nearest = {.word = name};
	struct entry *v = NULL;
	ssize_t n = entries(dir, &v);
	size_t used = 0;

	*all = 0;
	for (ssize_t i = 0; v && i < n; i++) {
		if (v[i].kind != kind)
			continue;
		text_nearest_try(&nearest, v[i].name);
		if (used < all_size)
			used += (size_t)snprintf(all + used, all_size - used, "%s%s", used ? ", " : "", v[i].name);
	}
	snprintf(near, near_size, "%s", nearest.best ? nearest.best : "");
	free(v);
}

int plug_each(const char *dir, plug_fn *fn, void *arg)
{
	struct entry *v = NULL;
	ssize_t n = entries(dir, &v);

	for (ssize_t i = 0; v && i < n; i++) {
		struct plug_ask ask = {.dir = dir, .kind = v[i].kind, .name = v[i].name};
		struct plug p = {0};

		if (plug_load(&p, &ask, NULL) == 0)
			fn(arg, p.code);
		plug_close(&p);
	}
	free(v);
	return n < 0 ? (int)n : 0;
}

static void help(void *arg, const struct genlog_plugin *code)
{
	FILE *f = arg;

	fprintf(f, "\n%s %s: %s\n\n", plug_kind_name(code->kind), code->name, code->summary ? code->summary : "");
	conf_help_rows(f, code->opts, 1);
}

int plug_help(const char *dir, FILE *f)
{
	return plug_each(dir, help, f);
}
