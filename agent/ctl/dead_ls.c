#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/show.h"
#include "base/buf.h"
#include "ctl/commands.h"
#include "ctl/dead.h"

static const struct ctl_option rows[] = {DEAD_OPTIONS, {0}};

struct group {
	char *collection, *reason; /* of the first one */
	int32_t code;
	uint64_t n;
	int64_t first_ms, last_ms;
};

struct groups {
	const struct dead_pick *pick;
	struct group *v;
	size_t n;
	bool no_memory;
};

/* Digits in a reason are the document's, mostly: what is equal but for them is the same reason. */
static bool same_reason(const char *a, const char *b)
{
	for (; *a || *b; a++, b++) {
		while (*a >= '0' && *a <= '9')
			a++;
		while (*b >= '0' && *b <= '9')
			b++;
		if (*a != *b)
			return false;
		if (!*a)
			return true;
	}
	return true;
}

static struct group *find(struct groups *g, const struct letter *x)
{
	struct group *more;

	for (size_t i = 0; i < g->n; i++)
		if (g->v[i].code == x->code && strcmp(g->v[i].collection, x->collection) == 0 &&
			same_reason(g->v[i].reason, x->reason))
			return &g->v[i];
	more = mem_realloc(g->v, (g->n + 1) * sizeof(*more));
	if (!more)
		return NULL;
	g->v = more;
	more += g->n;
	*more = (struct group){mem_strdup(x->collection), mem_strdup(x->reason), x->code, 0, x->rejected_ms, 0};
	g->n++; /* also where a text is missing: it is freed with the others */
	return more->collection && more->reason ? more : NULL;
}

static int add(void *arg, const struct letter *x)
{
	struct groups *g = arg;
	struct group *to = dead_picked(g->pick, x) ? find(g, x) : NULL;

	if (to) {
		to->n++;
		to->first_ms = x->rejected_ms < to->first_ms ? x->rejected_ms : to->first_ms;
		to->last_ms = x->rejected_ms > to->last_ms ? x->rejected_ms : to->last_ms;
	} else if (dead_picked(g->pick, x)) {
		g->no_memory = true;
		return 1;
	}
	return 0;
}

static void show_json(const struct group *g)
{
	bson_t d = BSON_INITIALIZER;

	BSON_APPEND_UTF8(&d, "collection", g->collection);
	BSON_APPEND_INT32(&d, "code", g->code);
	BSON_APPEND_UTF8(&d, "reason", g->reason);
	BSON_APPEND_INT64(&d, "count", (int64_t)g->n);
	BSON_APPEND_DATE_TIME(&d, "first", g->first_ms);
	BSON_APPEND_DATE_TIME(&d, "last", g->last_ms);
	ctl_json(&d);
	bson_destroy(&d);
}

static void show(const struct group *g)
{
	printf("%8" PRIu64 "  %-24s %6d  ", g->n, g->collection, g->code);
	show_time(stdout, g->first_ms);
	fputs("  ", stdout);
	show_time(stdout, g->last_ms);
	printf("  %s\n", g->reason);
}

static void show_all(const struct ctl *c, const struct groups *g)
{
	if (!c->json && g->n)
		printf("%8s  %-24s %6s  %-24s  %-24s  %s\n", "COUNT", "COLLECTION", "CODE", "FIRST", "LAST", "REASON");
	for (size_t i = 0; i < g->n; i++)
		(c->json ? show_json : show)(&g->v[i]);
	if (!c->json && !g->n)
		puts("no dead letters");
}

static void groups_fini(struct groups *g)
{
	for (size_t i = 0; i < g->n; i++) {
		free(g->v[i].collection);
		free(g->v[i].reason);
	}
	free(g->v);
}

static int list(const struct ctl *c, const struct dead_pick *pick)
{
	struct groups g = {.pick = pick};
	struct letters l = {.dir = -1};
	struct conf conf = {0};
	int r = dead_letters_open(c, pick->which->spool, &conf, &l);

	if (r == 0) {
		r = letters_each(&l, add, NULL, &g);
		if (r < 0 || g.no_memory)
			ctl_error("the dead letters cannot be read: %s", r < 0 ? strerror(-r) : "no memory");
		else
			show_all(c, &g);
	}
	groups_fini(&g);
	letters_close(&l);
	conf_fini(&conf);
	return r < 0 || g.no_memory ? CTL_FAILED : CTL_OK;
}

static int run(struct ctl *c, const void *options, int argc, char **argv)
{
	struct dead_pick pick;
	int r = dead_pick_read(&pick, options, argc, argv);

	if (r == CTL_OK)
		r = list(c, &pick);
	dead_pick_fini(&pick);
	return r;
}

const struct ctl_command ctl_dead_ls = {
	.name = "dead-letter ls",
	.summary = "documents that the output refuses for good, by reason",
	.text = "By collection, code and reason, whose digits do not count.  Exit codes: 0, 1 they cannot be read.\n"
		"\n"
		"  genlogctl dead-letter ls\n",
	.size = sizeof(struct dead_which),
	.options = rows,
	.run = run,
};
