/* The configuration, checked as genlogd checks it: by the same code, with all plugins opened and all samples run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/run.h"
#include "ctl/commands.h"

static int run(struct ctl *c, const void *options, int argc, char **argv)
{
	const char *file = argc ? argv[0] : c->config ? c->config : CTL_CONFIG;

	(void)options;
	return run_agent(&(struct run_options){.config = file, .check = true}) == 0 ? CTL_OK : CTL_FAILED;
}

const struct ctl_command ctl_check = {
	.name = "check",
	.args = "[FILE]",
	.summary = "all that is wrong with a configuration, each with its place",
	.text = "Opens every plugin, runs the samples of all drop-ins, and changes nothing.\n"
		"Exit code 1 where anything is wrong, a drop-in that would be set aside included.\n"
		"\n"
		"  genlogctl check\n"
		"  genlogctl check /tmp/new/genlog.yaml\n",
	.most = 1,
	.run = run,
};
