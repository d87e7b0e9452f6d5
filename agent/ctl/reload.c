#include <inttypes.h>
#include <stdio.h>

#include "ctl/commands.h"

static int run(struct ctl *c, const void *options, int argc, char **argv)
{
	bson_t reply;
	int r = ctl_ask_for(c, "reload", &reply);

	(void)options;
	(void)argc;
	(void)argv;
	if (c->json)
		ctl_json(&reply);
	else if (r < 0)
		fputs(ctl_text(&reply, "errors"), stderr);
	else
		printf("generation %" PRId64 ": %" PRId64 " services run, %" PRId64 " are set aside; inputs: %" PRId64
		       " stay, %" PRId64 " stopped, %" PRId64 " started; the output was %s\n",
			ctl_int(&reply, "generation"), ctl_int(&reply, "services") - ctl_int(&reply, "aside"),
			ctl_int(&reply, "aside"), ctl_int(&reply, "inputs.kept"), ctl_int(&reply, "inputs.stopped"),
			ctl_int(&reply, "inputs.started"), ctl_text(&reply, "output"));
	bson_destroy(&reply);
	return r < 0 ? CTL_FAILED : CTL_OK;
}

const struct ctl_command ctl_reload = {
	.name = "reload",
	.summary = "the agent takes its configuration anew, whole or not at all",
	.text = "What did not change goes on undisturbed.  Where anything is wrong nothing changes, all errors are "
		"shown with\n"
		"their places, and the exit code is 1.\n"
		"\n"
		"  genlogctl check && genlogctl reload\n",
	.run = run,
};
