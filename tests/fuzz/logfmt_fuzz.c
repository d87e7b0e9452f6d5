/* Lines of pairs, as bytes. */
#include "parser_logfmt/logfmt.c"

#include "parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct logfmt self = {.separator = size % 4};

	return fuzz_lines(&genlog_plugin, &self, data, size);
}
