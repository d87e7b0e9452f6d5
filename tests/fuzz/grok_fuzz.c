/* "pattern\ndefinition\nline": expanded, compiled, matched, and its groups put into a record. */
#include "parser_grok/expand.c"
#include "parser_grok/grok.c"
#include "parser_grok/library.c"
#include "parser_regex/build.c"
#include "parser_regex/fields.c"
#include "parser_regex/match.c"

#include "parser.h"

/* The text to the next newline, if it is short enough and valid; `data` goes on behind it. */
static const char *take(char *to, size_t room, const uint8_t **data, size_t *size)
{
	const uint8_t *nl = memchr(*data, '\n', *size);
	size_t n = nl ? (size_t)(nl - *data) : 0;

	if (!nl || n >= room || genlog_utf8_valid((const char *)*data, n) != n || memchr(*data, 0, n))
		return NULL;
	memcpy(to, *data, n);
	to[n] = 0;
	*data = nl + 1;
	*size -= n + 1;
	return to;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct grok g;
	char pattern[256], definition[128];
	const char *one[2] = {NULL};

	memset(&g, 0, sizeof(g));
	g.regex.match_limit = 50000;
	g.regex.timeout = 20;
	g.pattern = take(pattern, sizeof(pattern), &data, &size);
	one[0] = g.pattern ? take(definition, sizeof(definition), &data, &size) : NULL;
	if (one[0]) {
		g.definitions.v = one;
		g.definitions.n = *definition != 0;
		if (grok_open(&g, &(struct genlog_err){0}) == 0)
			fuzz_line(&genlog_plugin, &g, NULL, (const char *)data, size);
	}
	grok_close(&g);
	return 0;
}
