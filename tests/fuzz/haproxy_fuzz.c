/* Lines of HAProxy, as bytes. */
#include "parser_haproxy/haproxy.c"

#include "parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_lines(&genlog_plugin, NULL, data, size);
}
