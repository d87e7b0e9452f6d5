/* The status of the agent, asked for and shown: for `status` and `top`. */
#ifndef CTL_STATUS_H
#define CTL_STATUS_H

#include "ctl/ctl.h"

int status_ask(struct ctl *c, int64_t sources, bson_t *reply); /* as ctl_ask() */
void status_show(struct ctl *c, const bson_t *doc, bool all);
const char *status_source_name(const bson_t *src);

#endif
