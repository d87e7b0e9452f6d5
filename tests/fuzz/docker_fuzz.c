/* Lines of Docker's json-file driver, as bytes; parse() reads and unescapes as unwrap() does. */
#include "parser_docker/docker.c"

#include "parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_lines(&genlog_plugin, NULL, data, size);
}
