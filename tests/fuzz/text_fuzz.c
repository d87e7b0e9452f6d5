/* Any bytes as a line of the parser text. */
#include "parser_text/bracket.c"
#include "parser_text/component.c"
#include "parser_text/element.c"
#include "parser_text/layout.c"
#include "parser_text/text.c"
#include "parser_text/word.c"

#include "fuzz/parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text self = {.columns = true};

	return fuzz_lines(&genlog_plugin, &self, data, size);
}
