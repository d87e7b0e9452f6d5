/*
 * "pattern\nline": compiled, matched, and its groups put into a record.  The time that a line may take is short here;
 * libFuzzer's -timeout would find a pattern that does not keep to it.
 */
#include <stdlib.h>
#include <string.h>

#include "event/record.h"
#include "parser_regex/build.c"
#include "parser_regex/fields.c"
#include "parser_regex/match.c"
#include "parser_regex/regex.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every slice lies within the line, or the scratch. */
static void look(const struct genlog_record *rec)
{
	volatile char last = 0;

	for (int s = 0; s < GENLOG_SLOTS; s++) {
		const struct genlog_value *v = &rec->slot[s];

		if ((rec->set & 1ULL << s) && v->type == GENLOG_V_STR && v->n)
			last = v->u.p[v->n - 1];
	}
	(void)last;
}

static void match(struct regex *x, const char *p, size_t n)
{
	static struct genlog_record rec;
	char *line = calloc(1, 3 * n + GENLOG_PAD);

	n = genlog_utf8_repair(line, p, n);
	if (record_begin(&rec, line, n) == 0 && regex_parse(x, &rec) == GENLOG_PARSED)
		look(&rec);
	free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nl = memchr(data, '\n', size);
	size_t n = nl ? (size_t)(nl - data) : 0;
	struct regex *x = calloc(1, sizeof(*x));
	char pattern[512] = {0};

	x->match_limit = 100000;
	x->timeout = 20;
	x->dotall = true;
	x->pattern = pattern;
	if (nl && n < sizeof(pattern) && genlog_utf8_valid((const char *)data, n) == n) {
		memcpy(pattern, data, n);
		if (regex_open(x, &(struct genlog_err){0}) == 0)
			match(x, (const char *)nl + 1, size - n - 1);
	}
	regex_close(x);
	free(x);
	return 0;
}
