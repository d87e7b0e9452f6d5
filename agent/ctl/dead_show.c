#include <stdio.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/dead.h"

static const struct ctl_option rows[] = {DEAD_OPTIONS, {0}};

struct show {
	const struct ctl *c;
	const struct dead_pick *pick;
	uint64_t n;
};

static int one(void *arg, const struct letter *x)
{
	struct show *s = arg;
	bson_t d = BSON_INITIALIZER;

	if (!dead_picked(s->pick, x))
		return 0;
	dead_letter_doc(&d, x, true);
	if (!s->c->json && s->n)
		putchar('\n');
	(s->c->json ? ctl_json : ctl_show)(&d);
	bson_destroy(&d);
	s->n++;
	return ferror(stdout) ? 1 : 0;
}

static int show(const struct ctl *c, const struct dead_pick *pick)
{
	struct show s = {.c = c, .pick = pick};
	struct letters l = {.dir = -1};
	struct conf conf = {0};
	int r = dead_letters_open(c, pick->which->spool, &conf, &l);

	if (r == 0) {
		r = letters_each(&l, one, NULL, &s);
		if (r < 0)
			ctl_error("the dead letters cannot be read: %s", strerror(-r));
	}
	if (r >= 0 && !s.n && pick->numbers) {
		ctl_error("there is no such letter, or it is done with");
		r = -1;
	}
	letters_close(&l);
	conf_fini(&conf);
	return r < 0 ? CTL_FAILED : CTL_OK;
}

static int run(struct ctl *c, const void *options, int argc, char **argv)
{
	struct dead_pick pick;
	int r = dead_pick_read(&pick, options, argc, argv);

	if (r == CTL_OK)
		r = show(c, &pick);
	dead_pick_fini(&pick);
	return r;
}

const struct ctl_command ctl_dead_show = {
	.name = "dead-letter show",
	.args = "[N…]",
	.summary = "dead letters whole, with their documents",
	.text = "Letters have numbers, from 1 on; they stay until a file of which all are done with goes.\n"
		"Exit codes: 0, 1 there is no such letter or they cannot be read.\n"
		"\n"
		"  genlogctl dead-letter show 1 2\n"
		"  genlogctl --json dead-letter show --code 121\n",
	.most = -1,
	.size = sizeof(struct dead_which),
	.options = rows,
	.run = run,
};
