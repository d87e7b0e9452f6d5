/* A file whose header names its columns, as bytes. */
#include "parser_w3c/w3c.c"

#include "parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_lines(&genlog_plugin, NULL, data, size);
}
