/* parser raw: the whole line is the message. */
#include <genlog/plugin.h>

static int raw_parse(void *self, struct genlog_record *rec)
{
	(void)self;
	genlog_set_slot(rec, GENLOG_SLOT_MESSAGE, genlog_str(rec->line, rec->len));
	return GENLOG_PARSED;
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_PARSER,
	.name = "raw",
	.summary = "the whole line is the message",
	.flags = GENLOG_PARSER_LINES,
	.parse = raw_parse,
};
