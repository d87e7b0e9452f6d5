/* The status again and again, on a terminal. */
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "ctl/commands.h"
#include "ctl/status.h"

#define EVERY_MS 2000

struct top_options {
	int64_t every, times;
	bool all;
};

static const struct ctl_option options[] = {
	{CTL_TIME, "every", 'd', offsetof(struct top_options, every), "TIME", "from one look to the next (default 2s)"},
	{CTL_NUMBER, "times", 'n', offsetof(struct top_options, times), "N", "end after so many looks"},
	{CTL_FLAG, "all", 'a', offsetof(struct top_options, all), NULL, "all sources"},
	{0},
};

/* true: a key was pressed, any but one that only asks for another look. */
static bool wait_for_key(int64_t ms)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
	char key;

	if (!isatty(STDIN_FILENO)) {
		(void)poll(NULL, 0, (int)ms);
		return false;
	}
	return poll(&p, 1, (int)ms) > 0 && read(STDIN_FILENO, &key, 1) == 1 && (key == 'q' || key == 'Q');
}

static int run(struct ctl *c, const void *opts, int argc, char **argv)
{
	const struct top_options *o = opts;
	int r = 0;
	bool enough = false;

	(void)argc;
	(void)argv;
	for (int64_t i = 0; r == 0 && !enough && (!o->times || i < o->times); i++) {
		bson_t reply;

		if (i)
			enough = wait_for_key(o->every ? o->every : EVERY_MS);
		r = status_ask(c, o->all ? INT32_MAX : 200, &reply);
		if (r == 0 && c->json)
			ctl_json(&reply);
		if (r == 0 && !c->json) {
			fputs(c->colours ? "\033[H\033[2J" : "", stdout);
			status_show(c, &reply, o->all);
		}
		(void)fflush(stdout);
		bson_destroy(&reply);
	}
	return r < 0 ? CTL_FAILED : CTL_OK;
}

const struct ctl_command ctl_top = {
	.name = "top",
	.summary = "the status, live",
	.text = "q and Enter end it.\n"
		"\n"
		"  genlogctl top --every 1s\n",
	.size = sizeof(struct top_options),
	.options = options,
	.run = run,
};
