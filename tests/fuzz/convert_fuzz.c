/* A byte that says the format, and behind it the configuration of another shipper; what comes of it is YAML. */
#include <stdint.h>
#include <stdlib.h>
#include <yaml.h>

#include "ctl/convert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void is_yaml(const char *text, size_t n)
{
	yaml_parser_t parser;
	yaml_document_t doc;

	if (!yaml_parser_initialize(&parser))
		abort();
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, n);
	if (!yaml_parser_load(&parser, &doc))
		abort();
	yaml_document_delete(&doc);
	yaml_parser_delete(&parser);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const translate[])(struct convert *) = {conv_bit, conv_beat, conv_rsyslog};
	struct convert c = {.file = "fuzz", .dropin.kind = CONV_MAP};
	size_t n = 0;
	char *text;

	if (size == 0)
		return 0;
	c.text = arena_copy(&c.arena, (const char *)data + 1, size - 1);
	c.len = size - 1;
	conv_look(&c);
	if (!c.refused)
		translate[data[0] % 3](&c);
	text = c.refused ? NULL : conv_write(&c, "fuzz", &n);
	if (text)
		is_yaml(text, n);
	free(text);
	conv_fini(&c);
	return 0;
}
