#include "lib/config.h"

#include "lib/test.h"

void config_listen(struct config *c)
{
	char prefix[80];
	FILE *f = fmemopen(c->said, sizeof(c->said) - 1, "w");

	assert_non_null(f);
	memset(c->said, 0, sizeof(c->said));
	conf_errors_print(&c->conf, f);
	fclose(f);
	snprintf(prefix, sizeof(prefix), "%s/", c->folder.path);
	text_replace(c->said, prefix, "");
}

void config_load(struct config *c, const char *main)
{
	if (!*c->folder.path)
		folder_make(&c->folder);
	folder_write(&c->folder, "genlog.yaml", main);
	c->result = conf_load(&c->conf, folder_path(&c->folder, "genlog.yaml"));
	config_listen(c);
}

void config_end(struct config *c)
{
	conf_fini(&c->conf);
	folder_remove(&c->folder);
	memset(c, 0, sizeof(*c));
}

void config_said(struct config *c, const char *words)
{
	if (!strstr(c->said, words))
		fail_msg("expected:\n%s\nbut it said:\n%s", words, c->said);
}
