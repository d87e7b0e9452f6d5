/* Any bytes as a line of the parser json. */
#include "parser_json/json.c"
#include "parser_json/mongodb.c"
#include "parser_json/number.c"
#include "parser_json/text.c"
#include "parser_json/value.c"

#include "fuzz/parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct parser_json self = {.depth = 5};

	return fuzz_lines(&genlog_plugin, &self, data, size);
}
