/* The configuration, checked as genlogd checks it: by the same code, with all plugins opened and all samples run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/run.h"
#include "conf/conf.h"
#include "ctl/commands.h"

static void add_error(void *arg, struct genlog_pos pos, const char *text)
{
	bson_t *list = arg, one = BSON_INITIALIZER;
	char key[16];

	BSON_APPEND_UTF8(&one, "file", pos.file ? pos.file : "");
	BSON_APPEND_INT32(&one, "line", (int32_t)pos.line);
	BSON_APPEND_INT32(&one, "column", (int32_t)pos.col);
	BSON_APPEND_UTF8(&one, "text", text);
	snprintf(key, sizeof(key), "%u", bson_count_keys(list));
	BSON_APPEND_DOCUMENT(list, key, &one);
	bson_destroy(&one);
}

static void tell(void *arg, const struct conf *conf, size_t inputs, bool starts)
{
	bson_t out = BSON_INITIALIZER, errors = BSON_INITIALIZER;

	(void)arg;
	conf_errors_each(conf, add_error, &errors);
	BSON_APPEND_BOOL(&out, "ok", starts && !conf->n_errors);
	BSON_APPEND_BOOL(&out, "starts", starts);
	BSON_APPEND_INT64(&out, "services", (int64_t)conf->n_services);
	BSON_APPEND_INT64(&out, "inputs", (int64_t)inputs);
	BSON_APPEND_ARRAY(&out, "errors", &errors);
	ctl_json(&out);
	bson_destroy(&errors);
	bson_destroy(&out);
}

static int run(struct ctl *c, const void *options, int argc, char **argv)
{
	const char *file = argc ? argv[0] : c->config ? c->config : CTL_CONFIG;

	(void)options;
	return run_agent(&(struct run_options){.config = file, .check = true, .checked = c->json ? tell : NULL}) == 0
		       ? CTL_OK
		       : CTL_FAILED;
}

const struct ctl_command ctl_check = {
	.name = "check",
	.args = "[FILE]",
	.summary = "all that is wrong with a configuration, each with its place",
	.text = "Opens every plugin, runs the samples of all drop-ins, and changes nothing.\n"
		"Exit code 1 where anything is wrong, a drop-in that would be set aside included.\n"
		"\n"
		"  genlogctl check\n"
		"  genlogctl check /tmp/new/genlog.yaml\n"
		"  genlogctl --json check | jq .errors\n",
	.most = 1,
	.run = run,
};
