#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>

#include "base/clock.h"
#include "ctl/commands.h"

#define LOOK_MS 100

struct flush_options {
	int64_t wait;
	bool no_wait;
};

static const struct ctl_option options[] = {
	{CTL_TIME, "wait", 'w', offsetof(struct flush_options, wait), "TIME", "give up after this time (default 30s)"},
	{CTL_FLAG, "no-wait", 0, offsetof(struct flush_options, no_wait), NULL, "do not wait for the delivery"},
	{0},
};

/* Until as much has gone out as was in it; what comes meanwhile does not count. */
static int wait_for(struct ctl *c, const bson_t *first, int64_t limit, int64_t *left)
{
	int64_t until = clock_ms() + limit, goal = ctl_int(first, "docs_out") + ctl_int(first, "docs_waiting");
	struct ctl_progress p = {.what = "delivering", .total = (uint64_t)ctl_int(first, "docs_waiting")};
	int r = 0;

	*left = ctl_int(first, "docs_waiting");
	while (r == 0 && *left > 0 && clock_ms() < until) {
		bson_t now;

		(void)poll(NULL, 0, LOOK_MS);
		r = ctl_ask_for(c, "flush", &now);
		if (r == 0)
			*left = goal - ctl_int(&now, "docs_out");
		bson_destroy(&now);
		ctl_progress(c, &p, p.total - (uint64_t)(*left > 0 ? *left : 0));
	}
	ctl_progress_end(c, &p);
	return r;
}

static void tell(struct ctl *c, int64_t asked, int64_t left)
{
	bson_t doc = BSON_INITIALIZER;

	if (!c->json) {
		printf("%" PRId64 " documents delivered", asked - left);
		if (left > 0)
			printf(", %" PRId64 " wait still; `genlogctl status` says why", left);
		putchar('\n');
		return;
	}
	BSON_APPEND_INT64(&doc, "delivered", asked - left);
	BSON_APPEND_INT64(&doc, "waiting", left);
	ctl_json(&doc);
	bson_destroy(&doc);
}

static int run(struct ctl *c, const void *opts, int argc, char **argv)
{
	const struct flush_options *o = opts;
	bson_t first;
	int64_t left = 0, asked;
	int r = ctl_ask_for(c, "flush", &first);

	(void)argc;
	(void)argv;
	asked = ctl_int(&first, "docs_waiting");
	left = asked;
	if (r == 0 && !o->no_wait)
		r = wait_for(c, &first, o->wait ? o->wait : 30000, &left);
	left = left > 0 ? left : 0;
	if (r == 0)
		tell(c, asked, left);
	bson_destroy(&first);
	return r < 0 || (left && !o->no_wait) ? CTL_FAILED : CTL_OK;
}

const struct ctl_command ctl_flush = {
	.name = "flush",
	.summary = "what waits in the spool is delivered now; returns when it is",
	.text = "Batches that are not full do not wait for more.  Exit code 1 where something still waits when the "
		"time is over.\n"
		"\n"
		"  genlogctl flush --wait 10s\n",
	.size = sizeof(struct flush_options),
	.options = options,
	.run = run,
};
