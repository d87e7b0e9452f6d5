/* Lines of an access log, as bytes. */
#include "parser_access/access.c"
#include "parser_access/extra.c"

#include "parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct access self = {.time_unit = size % 4};

	return fuzz_lines(&genlog_plugin, &self, data, size);
}
