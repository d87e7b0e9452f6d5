/* Lines of a container runtime's file, as bytes. */
#include "parser_cri/cri.c"

#include "parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_lines(&genlog_plugin, NULL, data, size);
}
