/*
 * parser regex: named groups of a regular expression (PCRE2) become fields.
 *
 *	parsers:
 *	  - {name: mes_text, type: regex, types: [took:number],
 *	     pattern: '^(?<timestamp>\S+ \S+) (?<level>\w+) (?<took>[0-9.]+) (?<message>.*)$'}
 *
 * A group called like a slot, or one of its aliases, goes there; of several for one slot the most certain name wins.
 * The others go into the context.  What a group is, and where it goes, is found out once, at open().
 */
#include "regex.h"

#include <errno.h>
#include <string.h>

static const struct genlog_opt opts[] = {
	GENLOG_STR(struct regex, pattern, .required = true, .help = "regular expression with named groups"),
	GENLOG_LIST(struct regex, types, .help = "GROUP:int, :number, :bool or :text; without, what its field wants"),
	GENLOG_BOOL(struct regex, ignore_case, .def = "no", .help = "match any case"),
	GENLOG_BOOL(
		struct regex, dotall, .def = "yes", .help = "a dot also matches the newlines of a multi-line event"),
	GENLOG_INT(struct regex, match_limit, .def = "1000000", .min = 1000, .max = 100000000,
		.help = "steps after which a match is given up and the line shipped raw"),
	GENLOG_TIME(struct regex, timeout, .def = "100ms", .min = 1, .max = 10000,
		.help = "about the longest that one line may take"),
	{0},
};

static const char *const as_names[] = {
	[AS_TEXT] = "text", [AS_INT] = "int", [AS_NUMBER] = "number", [AS_BOOL] = "bool", NULL};

static int groups_find(struct regex *x, struct genlog_err *err)
{
	uint32_t n = 0, size = 0;
	PCRE2_SPTR entry = NULL;
	int r = 0;

	pcre2_pattern_info(x->re, PCRE2_INFO_NAMECOUNT, &n);
	pcre2_pattern_info(x->re, PCRE2_INFO_NAMEENTRYSIZE, &size);
	pcre2_pattern_info(x->re, PCRE2_INFO_NAMETABLE, &entry);
	if (n == 0)
		return genlog_fail_opt(err, "pattern", EINVAL, "the pattern has no named group like (?<message>.*)");
	for (; r == 0 && n; n--, entry += size)
		r = regex_group(x, (const char *)entry + 2, (uint32_t)entry[0] << 8 | entry[1], err);
	return r;
}

static int as_find(const char *word)
{
	for (int i = 0; as_names[i]; i++) {
		if (strcmp(as_names[i], word) == 0)
			return i;
	}
	return -1;
}

static int type_set(struct regex *x, int item, struct genlog_err *err)
{
	const char *text = x->types.v[item], *colon = strchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : 0;
	int as = colon ? as_find(colon + 1) : -1, found = 0, r = 0;

	for (size_t i = 0; as >= 0 && i < x->n_groups; i++) {
		if (x->groups[i].len == n && memcmp(x->groups[i].name, text, n) == 0) {
			x->groups[i].as = (uint8_t)as;
			found++;
		}
	}
	if (as < 0)
		r = genlog_fail_opt(
			err, "types", EINVAL, "\"%.64s\" has to be GROUP:int, :number, :bool or :text", text);
	else if (!found)
		r = genlog_fail_opt(
			err, "types", EINVAL, "the pattern has no group \"%.*s\"", (int)(n < 64 ? n : 64), text);
	if (r < 0)
		err->opt_item = item;
	return r;
}

static int regex_open(void *self, struct genlog_err *err)
{
	struct regex *x = self;
	int r = regex_compile(x, err);

	if (r == 0)
		r = regex_prepare(x);
	if (r == 0)
		r = groups_find(x, err);
	for (size_t i = 0; r == 0 && i < x->types.n; i++)
		r = type_set(x, (int)i, err);
	return r;
}

static void regex_close(void *self)
{
	regex_free(self);
}

static int regex_parse(void *self, struct genlog_record *rec)
{
	return regex_run(self, rec);
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_PARSER,
	.name = "regex",
	.summary = "named groups of a regular expression become fields",
	.state_size = sizeof(struct regex),
	.opts = opts,
	.open = regex_open,
	.close = regex_close,
	.parse = regex_parse,
};
