/* Lines of a syslog file, as bytes. */
#include "parser_syslog/device.c"
#include "parser_syslog/head.c"
#include "parser_syslog/ietf.c"
#include "parser_syslog/syslog.c"
#include "parser_syslog/tag.c"

#include "parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_lines(&genlog_plugin, NULL, data, size);
}
