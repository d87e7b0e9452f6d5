#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ctl/spool.h"

const char *ctl_spool_path(const struct ctl *c, const char *given, struct conf *conf)
{
	const char *file = c->config ? c->config : CTL_CONFIG;

	if (given)
		return given;
	if (conf_load(conf, file) == 0)
		return conf->agent.spool.path;
	conf_errors_print(conf, stderr);
	ctl_error("%s does not say where the spool is; name it with --spool DIR, or the file with -c FILE", file);
	return NULL;
}

int ctl_spool_look(const struct ctl *c, const char *given, struct look *l)
{
	struct conf conf = {0};
	struct genlog_err err = {0};
	const char *path = ctl_spool_path(c, given, &conf);
	int r = path ? look_open(l, path, &err) : -1;

	if (path && r < 0)
		ctl_error("%s", err.text);
	conf_fini(&conf);
	return r;
}

char *ctl_place(char out[SPOOL_PLACE], uint64_t segment, uint64_t at)
{
	snprintf(out, SPOOL_PLACE, "%016" PRIx64 ":%" PRIu64, segment, at);
	return out;
}
