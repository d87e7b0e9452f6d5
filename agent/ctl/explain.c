#include <stdlib.h>
#include <string.h>

#include "admin/explain.h"
#include "base/place.h"
#include "base/text.h"
#include "ctl/commands.h"

static void tell(void *arg, const struct explained *e)
{
	bson_t out = BSON_INITIALIZER, doc;

	(void)arg;
	BSON_APPEND_INT64(&out, "first_line", e->first);
	BSON_APPEND_INT64(&out, "last_line", e->last);
	if (*e->parser)
		BSON_APPEND_UTF8(&out, "parser", e->parser);
	else
		BSON_APPEND_NULL(&out, "parser");
	if (e->dropped)
		BSON_APPEND_UTF8(&out, "dropped_by", e->dropped);
	else
		BSON_APPEND_UTF8(&out, "collection", e->collection);
	if (!e->dropped && bson_init_static(&doc, e->bson, e->n))
		BSON_APPEND_DOCUMENT(&out, "document", &doc);
	ctl_json(&out);
	bson_destroy(&out);
}

static int run(struct ctl *c, const void *options, int argc, char **argv)
{
	struct explain_options o = {.config = c->config, .file = argv[0], .plugin_dir = place_plugins()};

	(void)options;
	if (c->json)
		o.told = tell;
	if (argc > 1 && (text_int(argv[1], &o.line) < 0 || o.line < 1)) {
		ctl_error("explain: \"%s\" is not the number of a line", argv[1]);
		return CTL_USAGE;
	}
	return explain_file(&o) == 0 ? CTL_OK : CTL_FAILED;
}

const struct ctl_command ctl_explain = {
	.name = "explain",
	.args = "FILE [LINE]",
	.summary = "what becomes of the lines of a file, and why",
	.text = "The event that holds LINE, or the first twenty: the parser that knew it, how its time was read, what\n"
		"filters did, and the documents.  FILE may be \"-\".  Nothing is shipped.\n"
		"\n"
		"  genlogctl explain /var/log/mes/app.log 2\n",
	.least = 1,
	.most = 2,
	.run = run,
};
