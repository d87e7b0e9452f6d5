/*
 * parser grok: patterns made of names, each of them an expression: %{NAME}, %{NAME:field} or %{NAME:field:type}.
 *
 *	parsers:
 *	  - {name: mes, type: grok, definitions: ['ORDER WO_[0-9]+'],
 *	     pattern: '^%{TIMESTAMP_ISO8601:timestamp} %{LOGLEVEL:level} %{ORDER:order}: %{GREEDYDATA:message}'}
 *
 * It becomes one regular expression, and from there on is parser regex.
 */
#include "grok.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct genlog_opt opts[] = {
	GENLOG_STR(struct grok, pattern, .required = true, .help = "%{NAME:field:type} and expressions between them"),
	GENLOG_LIST(struct grok, definitions, .help = "names of one's own: 'NAME expression'"),
	{.type = GENLOG_OPT_BOOL,
		.name = "ignore_case",
		.offset = offsetof(struct grok, regex.ignore_case),
		.def = "no",
		.help = "match any case"},
	{.type = GENLOG_OPT_INT,
		.name = "match_limit",
		.offset = offsetof(struct grok, regex.match_limit),
		.def = "1000000",
		.min = 1000,
		.max = 100000000,
		.help = "steps after which a match is given up and the line shipped raw"},
	{.type = GENLOG_OPT_TIME,
		.name = "timeout",
		.offset = offsetof(struct grok, regex.timeout),
		.def = "100ms",
		.min = 1,
		.max = 10000,
		.help = "about the longest that one line may take"},
	{0},
};

/* The number of "f012", -1: a group that the pattern itself has named. */
static int field_of(const struct grok *g, const char *name)
{
	char *end;
	long i;

	if (*name != 'f' || name[1] < '0' || name[1] > '9')
		return -1;
	i = strtol(name + 1, &end, 10);
	return *end || i < 0 || (size_t)i >= g->n_fields ? -1 : (int)i;
}

static bool is_plain(const char *name)
{
	return !strchr(name, '.') && *name != '$';
}

static int group(struct grok *g, const char *name, uint32_t index, struct genlog_err *err)
{
	int i = field_of(g, name), r;
	const struct field *f = i < 0 ? NULL : &g->fields[i];
	struct group *last;

	r = regex_group(&g->regex, f ? f->name : name, index, err);
	if (r < 0)
		return r;
	last = &g->regex.groups[g->regex.n_groups - 1];
	if (f && f->typed)
		last->as = f->as;
	last->by_name |= !is_plain(last->name); /* the host makes a key of it */
	return 0;
}

static int groups(struct grok *g, struct genlog_err *err)
{
	uint32_t n = 0, size = 0;
	PCRE2_SPTR entry = NULL;
	int r = 0;

	pcre2_pattern_info(g->regex.re, PCRE2_INFO_NAMECOUNT, &n);
	pcre2_pattern_info(g->regex.re, PCRE2_INFO_NAMEENTRYSIZE, &size);
	pcre2_pattern_info(g->regex.re, PCRE2_INFO_NAMETABLE, &entry);
	if (n == 0)
		return genlog_fail_opt(err, "pattern", EINVAL, "the pattern has no field like %%{GREEDYDATA:message}");
	for (; r == 0 && n; n--, entry += size)
		r = group(g, (const char *)entry + 2, (uint32_t)entry[0] << 8 | entry[1], err);
	return r;
}

static int grok_open(void *self, struct genlog_err *err)
{
	struct grok *g = self;
	int r = grok_expand(g, err);

	if (r < 0)
		return r;
	g->regex.pattern = (const char *)g->expanded.p;
	g->regex.dotall = true;
	r = regex_compile(&g->regex, err);
	if (r == 0)
		r = regex_prepare(&g->regex);
	return r == 0 ? groups(g, err) : r;
}

static void grok_close(void *self)
{
	struct grok *g = self;

	regex_free(&g->regex);
	free(g->expanded.p);
}

static int grok_parse(void *self, struct genlog_record *rec)
{
	struct grok *g = self;

	return regex_run(&g->regex, rec);
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_PARSER,
	.name = "grok",
	.summary = "patterns made of names: %{IP:client} %{GREEDYDATA:message}",
	.state_size = sizeof(struct grok),
	.opts = opts,
	.open = grok_open,
	.close = grok_close,
	.parse = grok_parse,
};
