/* Any bytes as a line of the parser raw. */
#include "parser_raw.c"

#include "fuzz/parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_lines(&genlog_plugin, NULL, data, size);
}
