#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "ctl/commands.h"
#include "ctl/dead.h"

struct options {
	struct dead_which which;
	bool yes;
};

static const struct ctl_option rows[] = {
	DEAD_OPTIONS,
	{CTL_FLAG, "yes", 0, offsetof(struct options, yes), NULL, "do not ask"},
	{0},
};

struct drop {
	const struct dead_pick *pick;
	struct letter *v;
	size_t n, cap;
};

static int collect(void *arg, const struct letter *x)
{
	struct drop *d = arg;

	if (!dead_picked(d->pick, x))
		return 0;
	if (d->n == d->cap) {
		size_t cap = d->cap ? 2 * d->cap : 64;
		struct letter *more = mem_realloc(d->v, cap * sizeof(*more));

		if (!more)
			return -ENOMEM;
		d->v = more;
		d->cap = cap;
	}
	d->v[d->n++] = *x;
	return 0;
}

/* The number itself has to be typed: what is dropped is nowhere else. */
static bool confirmed(const struct options *o, size_t n)
{
	char line[64], number[32];

	if (o->yes)
		return true;
	if (!isatty(STDIN_FILENO)) {
		ctl_error("%zu dead letters would be gone for good; say --yes", n);
		return false;
	}
	fprintf(stderr, "%zu dead letters will be gone for good.  Type their number to go on: ", n);
	snprintf(number, sizeof(number), "%zu\n", n);
	if (fgets(line, sizeof(line), stdin) && strcmp(line, number) == 0)
		return true;
	ctl_error("nothing was dropped");
	return false;
}

static void tell(const struct ctl *c, const struct drop *d)
{
	for (size_t i = 0; i < d->n; i++) {
		bson_t row = BSON_INITIALIZER;

		BSON_APPEND_INT64(&row, "dropped", d->v[i].number);
		BSON_APPEND_INT32(&row, "code", d->v[i].code);
		BSON_APPEND_DATE_TIME(&row, "rejected_at", d->v[i].rejected_ms);
		if (c->json)
			ctl_json(&row);
		bson_destroy(&row);
	}
	if (!c->json)
		printf("%zu dead letters dropped: their documents are gone\n", d->n);
}

static int drop_picked(const struct ctl *c, const struct options *o, struct letters *l, struct drop *d)
{
	int r = letters_lock(l);

	if (r < 0) {
		ctl_error("another genlogctl is at work on these dead letters");
		return CTL_FAILED;
	}
	r = letters_each(l, collect, NULL, d);
	if (r == 0 && d->n && !confirmed(o, d->n))
		return CTL_FAILED;
	if (r == 0 && d->n)
		r = letters_note(l, d->v, d->n);
	if (r == 0)
		r = letters_tidy(l);
	if (r < 0) {
		ctl_error("the dead letters cannot be dropped: %s", strerror(-r));
		return CTL_FAILED;
	}
	tell(c, d);
	return CTL_OK;
}

static int run(struct ctl *c, const void *options, int argc, char **argv)
{
	const struct options *o = options;
	struct letters l = {.dir = -1};
	struct conf conf = {0};
	struct dead_pick pick;
	struct drop d = {.pick = &pick};
	int r = dead_pick_read(&pick, &o->which, argc, argv);

	if (r == CTL_OK)
		r = dead_letters_open(c, o->which.spool, &conf, &l) < 0 ? CTL_FAILED : drop_picked(c, o, &l, &d);
	free(d.v);
	letters_close(&l);
	conf_fini(&conf);
	dead_pick_fini(&pick);
	return r;
}

const struct ctl_command ctl_dead_drop = {
	.name = "dead-letter drop",
	.args = "[N…]",
	.summary = "dead letters are thrown away",
	.text = "All that are picked, for good; on a terminal their number has to be typed, elsewhere it needs --yes.\n"
		"Exit codes: 0, 1 nothing was dropped.\n"
		"\n"
		"  genlogctl dead-letter drop --code 121 --yes\n",
	.most = -1,
	.size = sizeof(struct options),
	.options = rows,
	.run = run,
};
