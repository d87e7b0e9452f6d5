/* Documents as the agent makes them, live. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/commands.h"
#include "ctl/filter.h"
#include "ctl/hits.h"

struct tail_options {
	const char *level, *collection;
	int64_t lines;
};

static const struct ctl_option options[] = {
	{CTL_TEXT, "level", 'l', offsetof(struct tail_options, level), "LEVEL", "this level and worse ones"},
	{CTL_TEXT, "collection", 'C', offsetof(struct tail_options, collection), "NAME",
		"of this collection (default all)"},
	{CTL_NUMBER, "lines", 'n', offsetof(struct tail_options, lines), "N", "end after so many"},
	{0},
};

struct tail {
	struct ctl *c;
	const struct tail_options *o;
	struct filter filter;
	int64_t shown;
};

static bool wanted(const struct tail *t, const bson_t *doc)
{
	return filter_match(&t->filter, doc);
}

static void show_one(struct tail *t, const bson_t *doc)
{
	if (t->c->json)
		ctl_json(doc);
	else
		hits_print(&(struct hits){.c = t->c, .when = "timestamp"}, doc);
	(void)fflush(stdout);
	t->shown++;
}

static bool take(void *arg, const bson_t *doc)
{
	struct tail *t = arg;
	int64_t missed = ctl_int(doc, "missed");
	const uint8_t *p;
	bson_iter_t i;
	bson_t inner;
	uint32_t n;

	if (missed)
		ctl_error("%" PRId64 " documents came faster than they can be shown, and were left out here", missed);
	if (!bson_iter_init_find(&i, doc, "document") || !BSON_ITER_HOLDS_DOCUMENT(&i))
		return true;
	bson_iter_document(&i, &n, &p);
	if (bson_init_static(&inner, p, n) && wanted(t, &inner))
		show_one(t, &inner);
	return !ferror(stdout) && (!t->o->lines || t->shown < t->o->lines);
}

static int follow(struct tail *t)
{
	bson_t request = BSON_INITIALIZER;
	int r;

	BSON_APPEND_UTF8(&request, "command", "tail");
	BSON_APPEND_UTF8(&request, "level", t->o->level ? t->o->level : "");
	BSON_APPEND_UTF8(&request, "collection", t->o->collection ? t->o->collection : "");
	r = ctl_follow(t->c, &request, take, t);
	bson_destroy(&request);
	return r;
}

static int run(struct ctl *c, const void *opts, int argc, char **argv)
{
	struct tail t = {.c = c, .o = opts};
	struct genlog_err err = {0};
	int r = filter_parse(&t.filter, argc, argv, clock_wall_ms(), &err);

	if (r == 0)
		r = filter_compile(&t.filter, &err);
	if (r < 0)
		ctl_error("tail: %s", err.text);
	else
		r = follow(&t);
	filter_fini(&t.filter);
	return *err.text ? CTL_USAGE : r < 0 ? CTL_FAILED : CTL_OK;
}

const struct ctl_command ctl_tail = {
	.name = "tail",
	.args = "[FILTER]...",
	.summary = "documents as the agent makes them, live",
	.text = "What goes into the spool from now on, also where the database is away.  FILTER is that of `query`.  "
		"Looking on\n"
		"never holds up the agent: what comes too fast is left out, and its number told.\n"
		"\n"
		"  genlogctl tail --level error\n"
		"  genlogctl tail module=MES 'message~timeout'\n",
	.most = -1,
	.size = sizeof(struct tail_options),
	.options = options,
	.run = run,
};
