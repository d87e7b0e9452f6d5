#include "plug/plug.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/apply.h"
#include "plug/folder.h"

static const char *const kinds[] = {
	[GENLOG_INPUT] = "input", [GENLOG_PARSER] = "parser", [GENLOG_FILTER] = "filter", [GENLOG_OUTPUT] = "output"};
_Static_assert(sizeof(kinds) / sizeof(*kinds) == GENLOG_KINDS, "a kind has no name");

const char *plug_kind_name(enum genlog_kind kind)
{
	return kinds[kind];
}

/* What each kind cannot do without. */
static const char *missing(const struct genlog_plugin *code)
{
	switch (code->kind) {
	case GENLOG_INPUT: return code->start ? NULL : "start";
	case GENLOG_PARSER: return code->parse ? NULL : "parse";
	case GENLOG_FILTER: return code->filter ? NULL : "filter";
	case GENLOG_OUTPUT: return code->write ? NULL : "write";
	default: return "kind";
	}
}

int plug_check(const struct genlog_plugin *code, enum genlog_kind kind, const char *name, struct genlog_err *err)
{
	if (code->abi != GENLOG_ABI)
		return genlog_fail(err, ENOEXEC,
			"%s %s is built for plugin interface %u, this agent has %u; build it anew", kinds[kind], name,
			code->abi, GENLOG_ABI);
	if (code->size < sizeof(*code))
		return genlog_fail(err, ENOEXEC, "%s %s is %u bytes of an interface that has %zu; build it anew",
			kinds[kind], name, code->size, sizeof(*code));
	if (code->kind != kind || !code->name || strcmp(code->name, name) != 0)
		return genlog_fail(err, ENOEXEC, "the file of %s %s holds %s %s", kinds[kind], name,
			(unsigned)code->kind < GENLOG_KINDS ? kinds[code->kind] : "something else",
			code->name ? code->name : "without a name");
	if (missing(code))
		return genlog_fail(err, ENOEXEC, "%s %s has no %s function", kinds[kind], name, missing(code));
	return 0;
}

/* Code of somebody else would run with the agent's rights. */
static int trust(const char *path, const char *what, bool is_dir, struct genlog_err *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return genlog_fail(err, errno, "%s \"%s\": %s", what, path, strerror(errno));
	if (is_dir ? !S_ISDIR(st.st_mode) : !S_ISREG(st.st_mode))
		return genlog_fail(err, EINVAL, "%s \"%s\" is no %s", what, path, is_dir ? "folder" : "regular file");
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return genlog_fail(err, EPERM,
			"%s \"%s\" belongs to user %u, neither to root nor to the agent; not loaded", what, path,
			(unsigned)st.st_uid);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return genlog_fail(err, EPERM, "%s \"%s\" may be written by others; chmod go-w it", what, path);
	return 0;
}

static bool is_name(const char *name)
{
	return *name && strlen(name) <= 64 && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == 0;
}

static int path_make(char *path, const struct plug_ask *ask)
{
	int n = snprintf(path, PATH_MAX, "%s/%s_%s.so", ask->dir, kinds[ask->kind], ask->name);

	return n < 0 || n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

bool plug_exists(const char *dir, enum genlog_kind kind, const char *name)
{
	struct plug_ask ask = {.dir = dir, .kind = kind, .name = name};
	char path[PATH_MAX];

	return is_name(name) && path_make(path, &ask) == 0 && access(path, F_OK) == 0;
}

static int unknown(const struct plug_ask *ask, struct genlog_err *err)
{
	char near[80], all[256];

	plug_folder_names(ask->dir, ask->kind, ask->name, near, sizeof(near), all, sizeof(all));
	if (*near)
		return genlog_fail(err, ENOENT, "there is no %s \"%.64s\"; did you mean \"%s\"?", kinds[ask->kind],
			ask->name, near);
	if (*all)
		return genlog_fail(
			err, ENOENT, "there is no %s \"%.64s\"; there are: %s", kinds[ask->kind], ask->name, all);
	return genlog_fail(err, ENOENT, "there is no %s \"%.64s\", nor any other in \"%.128s\"", kinds[ask->kind],
		ask->name, ask->dir);
}

static int trusted_path(char *path, const struct plug_ask *ask, struct genlog_err *err)
{
	int r = path_make(path, ask);

	if (!is_name(ask->name) || r < 0 || access(path, F_OK) < 0)
		return unknown(ask, err);
	r = trust(ask->dir, "the plugin folder", true, err);
	return r < 0 ? r : trust(path, "the plugin", false, err);
}

int plug_load(struct plug *p, const struct plug_ask *ask, struct genlog_err *err)
{
	char path[PATH_MAX];
	int r = trusted_path(path, ask, err);

	if (r < 0)
		return r;
	p->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!p->handle)
		return genlog_fail(err, ENOEXEC, "%.300s", dlerror());
	p->code = dlsym(p->handle, "genlog_plugin");
	if (!p->code)
		return genlog_fail(err, ENOEXEC, "\"%s\" is no plugin of genlog: it has no genlog_plugin", path);
	r = plug_check(p->code, ask->kind, ask->name, err);
	if (r < 0)
		p->code = NULL;
	return r;
}

static int settle(struct plug *p, struct conf *c, const struct plug_ask *ask)
{
	char what[96];
	void *state;
	int r, u;

	snprintf(what, sizeof(what), "%s %s", kinds[ask->kind], ask->name);
	state = arena_alloc(&c->arena, p->code->state_size);
	if (!state)
		return -ENOMEM;
	r = conf_apply(c, p->code->opts, ask->settings, what, state);
	u = r == -ENOMEM ? r : conf_unknown(c, p->code->opts, ask->host_keys, ask->settings, what);
	r = u < 0 ? u : r;
	if (r == 0)
		p->state = state; /* else open() is not called, and neither is close() */
	return r;
}

/* The plugin names the setting at fault; only we know where that was written. */
static int start(struct plug *p, struct conf *c, const struct plug_ask *ask)
{
	struct genlog_err err = {.opt_item = -1};
	int r = p->code->open ? p->code->open(p->state, &err) : 0, told;

	if (r >= 0)
		return 0;
	if (!*err.text)
		genlog_fail(&err, -r, "%s %s: %s", kinds[ask->kind], ask->name, strerror(-r));
	if (!err.pos.line)
		err.pos = err.opt && ask->settings ? conf_where(ask->settings, err.opt, err.opt_item) : ask->pos;
	told = conf_error_take(c, &err);
	return told == -ENOMEM ? told : r;
}

int plug_open(struct plug *p, struct conf *c, const struct plug_ask *ask)
{
	struct genlog_err err = {0};
	int r;

	*p = (struct plug){0};
	r = plug_load(p, ask, &err);
	if (r < 0) {
		err.pos = ask->pos;
		r = conf_error_take(c, &err) == -ENOMEM ? -ENOMEM : r;
	} else {
		r = settle(p, c, ask);
	}
	if (r == 0)
		r = start(p, c, ask);
	if (r < 0)
		plug_close(p);
	return r;
}

void plug_close(struct plug *p)
{
	if (p->code && p->state && p->code->close)
		p->code->close(p->state);
	if (p->handle)
		dlclose(p->handle);
	*p = (struct plug){0};
}
