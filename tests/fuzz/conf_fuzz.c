/* YAML bytes → tree → settings of the agent, a service and a plugin's rows → what is said about them. */
#include <stdio.h>
#include <stdlib.h>

#include "conf/apply.h"
#include "conf/parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void build(struct conf *c, const struct conf_node *root)
{
	struct conf_service s = {.file = c->files->path};

	if (root && root->kind != CONF_MAP)
		return;
	conf_apply(c, conf_agent_rows, root, NULL, &c->agent);
	conf_unknown(c, conf_agent_rows, conf_main_others, root, NULL);
	conf_apply(c, conf_output_rows, conf_get(root, "output"), "output", &c->output);
	conf_service_build(c, &s, root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *null;
	struct conf c = {.host_zone = &tz_utc};
	struct conf_node *root = NULL;
	struct conf_file *f = conf_file_add(&c, "fuzz.yaml");

	if (!null)
		null = fopen("/dev/null", "w");
	f->text = (const char *)data;
	f->len = size;
	if (size <= CONF_MAX_FILE && (conf_yaml(&c, f, &root) == 0 || root))
		build(&c, root);
	conf_errors_print(&c, null);
	conf_fini(&c);
	return 0;
}
