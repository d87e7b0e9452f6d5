#include <stdio.h>
#include <string.h>

#include <genlog/version.h>

#include "ctl/commands.h"

static int run(struct ctl *c, const void *options, int argc, char **argv)
{
	bson_t doc = BSON_INITIALIZER;

	(void)options;
	(void)argc;
	(void)argv;
	if (!c->json)
		puts("genlogctl " GENLOG_VERSION);
	BSON_APPEND_UTF8(&doc, "genlogctl", GENLOG_VERSION);
	if (c->json)
		ctl_json(&doc);
	bson_destroy(&doc);
	return CTL_OK;
}

const struct ctl_command ctl_version = {
	.name = "version",
	.summary = "its own version, and that of the running agent",
	.run = run,
};
