#include <stdio.h>
#include <unistd.h>

#include <genlog/version.h>

#include "ctl/commands.h"

/* The agent's, where one answers; without one that is no failure here. */
static bool ask_agent(struct ctl *c, bson_t *reply)
{
	if (access(ctl_socket_path(c), F_OK) < 0) {
		bson_init(reply);
		return false;
	}
	return ctl_ask_for(c, "version", reply) == 0;
}

static int run(struct ctl *c, const void *options, int argc, char **argv)
{
	bson_t doc = BSON_INITIALIZER, reply;
	bool answered = ask_agent(c, &reply);

	(void)options;
	(void)argc;
	(void)argv;
	BSON_APPEND_UTF8(&doc, "genlogctl", GENLOG_VERSION);
	if (answered) {
		BSON_APPEND_UTF8(&doc, "genlogd", ctl_text(&reply, "genlogd"));
		BSON_APPEND_INT64(&doc, "pid", ctl_int(&reply, "pid"));
	}
	if (c->json)
		ctl_json(&doc);
	else if (answered)
		printf("genlogctl %s\ngenlogd   %s, pid %lld\n", GENLOG_VERSION, ctl_text(&reply, "genlogd"),
			(long long)ctl_int(&reply, "pid"));
	else
		puts("genlogctl " GENLOG_VERSION "; no agent answers");
	bson_destroy(&doc);
	bson_destroy(&reply);
	return CTL_OK;
}

const struct ctl_command ctl_version = {
	.name = "version",
	.summary = "its own version, and that of the running agent",
	.text = "  genlogctl --json version\n",
	.run = run,
};
