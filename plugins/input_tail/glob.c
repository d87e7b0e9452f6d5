#include <fnmatch.h>

#include "tail.h"

#define COMPONENT 256

/* The next component of a path, copied; the rest behind it.  false: none is left. */
static bool component(const char **p, char out[COMPONENT])
{
	size_t n;

	while (**p == '/')
		(*p)++;
	if (!**p)
		return false;
	n = strcspn(*p, "/");
	if (n >= COMPONENT)
		n = COMPONENT - 1;
	memcpy(out, *p, n);
	out[n] = 0;
	*p += strcspn(*p, "/");
	return true;
}

static bool one_matches(const char *pattern, const char *name)
{
	return fnmatch(pattern, name, FNM_PERIOD) == 0;
}

bool glob_match(const char *pattern, const char *path)
{
	char want[COMPONENT], have[COMPONENT];
	const char *rest = path;

	if (!component(&pattern, want))
		return !component(&path, have);
	if (strcmp(want, "**") == 0) {
		do {
			if (glob_match(pattern, rest))
				return true;
		} while (component(&rest, have));
		return false;
	}
	return component(&path, have) && one_matches(want, have) && glob_match(pattern, path);
}

bool glob_below(const char *pattern, const char *dir)
{
	char want[COMPONENT], have[COMPONENT];

	for (;;) {
		if (!component(&dir, have))
			return component(&pattern, want);
		if (!component(&pattern, want))
			return false;
		if (strcmp(want, "**") == 0)
			return true;
		if (!one_matches(want, have))
			return false;
	}
}

size_t glob_base(const char *pattern)
{
	size_t wild = strcspn(pattern, "*?["), n = wild;

	while (n > 0 && pattern[n - 1] != '/')
		n--;
	return n > 1 ? n - 1 : 1;
}

static bool excluded(const struct tail *t, const char *path)
{
	const char *name = strrchr(path, '/');

	name = name ? name + 1 : path;
	for (size_t i = 0; i < t->exclude.n; i++) {
		const char *e = t->exclude.v[i];

		if (strchr(e, '/') ? glob_match(e, path) : fnmatch(e, name, 0) == 0)
			return true;
	}
	return false;
}

bool tail_wants(const struct tail *t, const char *path)
{
	for (size_t i = 0; i < t->patterns; i++)
		if (glob_match(t->pattern[i], path))
			return !excluded(t, path);
	return false;
}

bool tail_wants_below(const struct tail *t, const char *dir)
{
	for (size_t i = 0; i < t->patterns; i++)
		if (glob_below(t->pattern[i], dir))
			return true;
	return false;
}

bool tail_wants_sibling(const struct tail *t, const char *path)
{
	size_t base = base_len(path);
	char live[4096];

	if (!path[base] || base >= sizeof(live))
		return false;
	memcpy(live, path, base);
	live[base] = 0;
	return tail_wants(t, live);
}
