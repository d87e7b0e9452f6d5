/* A file of values, header first, as bytes. */
#include "parser_csv/csv.c"

#include "parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct csv self = {.delimiter = "auto", .quote = "\"", .header = size % 3};

	if (size % 2) {
		self.columns.v = (const char *const[]){"postgresql", NULL};
		self.columns.n = 1;
	}
	csv_open(&self, &(struct genlog_err){0});
	return fuzz_lines(&genlog_plugin, &self, data, size);
}
