/* How an input joins lines to events. */
#include <string.h>

#include "conf/parts.h"

#define TIMEOUT_MS 500

static const struct genlog_opt rows[] = {
	GENLOG_STR(
		struct conf_multiline, start, .help = "regular expression: an event begins with a line that matches"),
	GENLOG_TIME(struct conf_multiline, timeout, .def = "500ms", .min = 10, .max = 3600000,
		.help = "without another line for so long, an event is complete"),
	{0},
};

static const char *const others[] = {"language", NULL}; /* instead of `start` */

static int by_name(struct conf *c, const struct conf_node *node, struct conf_multiline *out)
{
	int language = trace_language_of(node->text);

	out->how = CONF_JOIN_LANGUAGE;
	out->language = TRACE_AUTO;
	if (strcmp(node->text, "none") == 0 || strcmp(node->text, "no") == 0 || strcmp(node->text, "false") == 0)
		out->how = CONF_JOIN_NONE;
	else if (strcmp(node->text, "auto") != 0 && language < 0)
		return conf_error(c, node->pos,
			"\"%.64s\" is neither auto, none, nor a language like java or python; {start: REGEX} begins "
			"an event where a line matches",
			node->text);
	else if (language >= 0)
		out->language = (enum trace_language)language;
	return 0;
}

static int by_map(struct conf *c, const struct conf_node *node, struct conf_multiline *out)
{
	const struct conf_node *language = conf_get(node, "language");
	int r = conf_apply(c, rows, node, "multiline", out);

	r = conf_worse(r, conf_unknown(c, rows, others, node, "multiline"));
	if (language && language->kind == CONF_SCALAR)
		r = conf_worse(r, by_name(c, language, out));
	if (!language && !out->start)
		return conf_worse(
			r, conf_error(c, node->pos, "multiline: one of \"start\" and \"language\" is missing"));
	if (language && out->start)
		return conf_worse(
			r, conf_error(c, language->pos, "multiline: \"start\" and \"language\" do not go together"));
	if (out->start)
		out->how = CONF_JOIN_START;
	return r;
}

int conf_multiline_build(struct conf *c, const struct conf_node *node, struct conf_multiline *out)
{
	*out = (struct conf_multiline){.how = CONF_JOIN_USUAL, .timeout = TIMEOUT_MS};
	if (!node)
		return 0;
	if (node->kind == CONF_LIST)
		return conf_error(c, node->pos, "\"multiline\" has to be a text or a map, not a list");
	return node->kind == CONF_SCALAR ? by_name(c, node, out) : by_map(c, node, out);
}
