/*
 * parser regex: named groups of a regular expression (PCRE2) become fields.
 *
 *	parsers:
 *	  - {name: mes_text, type: regex, types: [took:number],
 *	     pattern: '^(?<timestamp>\S+ \S+) (?<level>\w+) (?<took>[0-9.]+) (?<message>.*)$'}
 *
 * A group called like a slot, or one of its aliases, goes there; of several for one slot the most certain name wins.
 * The others go into the context.  What a group is, and where it goes, is found out once, at open().
 * */
#include "regex.h"

#include <errno.h>
#include <string.h>

#define JIT_STACK_MIN ((size_t)32 * 1024)
#define JIT_STACK_MAX ((size_t)1024 * 1024)
#define HEAP_KIB 8192

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

/* What a slot wants; DATE stays text, which the host reads. */
#define WANTS_TEXT AS_TEXT
#define WANTS_DATE AS_TEXT
#define WANTS_NUMBER AS_NUMBER
#define WANTS_COUNT AS_INT
#define WANTS_TAGS AS_TEXT
#define WANTS(name, key, kind) [GENLOG_SLOT_##name] = WANTS_##kind,
static const uint8_t wants[GENLOG_SLOTS + 1] = {GENLOG_SLOT_LIST(WANTS)};

static const char *const as_names[] = {
	[AS_TEXT] = "text", [AS_INT] = "int", [AS_NUMBER] = "number", [AS_BOOL] = "bool", NULL};

static int compile(struct regex *x, struct genlog_err *err)
{
	uint32_t flags = PCRE2_UTF | PCRE2_USE_OFFSET_LIMIT | (x->ignore_case ? PCRE2_CASELESS : 0) |
			 (x->dotall ? PCRE2_DOTALL : 0);
	PCRE2_UCHAR why[128];
	PCRE2_SIZE at = 0;
	uint32_t all = 0;
	int code = 0;

	x->re = pcre2_compile((PCRE2_SPTR)x->pattern, PCRE2_ZERO_TERMINATED, flags, &code, &at, NULL);
	if (!x->re) {
		pcre2_get_error_message(code, why, sizeof(why));
		return genlog_fail_opt(err, "pattern", EINVAL, "column %zu of the pattern: %s", at + 1, (char *)why);
	}
	pcre2_pattern_info(x->re, PCRE2_INFO_ALLOPTIONS, &all);
	x->anchored = all & PCRE2_ANCHORED;
	return 0;
}

/* Where the system forbids code made at run time, PCRE2 interprets: slower, with the same result. */
static int prepare(struct regex *x)
{
	x->match = pcre2_match_data_create_from_pattern(x->re, NULL);
	x->context = pcre2_match_context_create(NULL);
	if (!x->match || !x->context)
		return -ENOMEM;
	pcre2_set_heap_limit(x->context, HEAP_KIB);
	if (pcre2_jit_compile(x->re, PCRE2_JIT_COMPLETE) < 0)
		return 0;
	x->stack = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX, NULL);
	if (!x->stack)
		return -ENOMEM;
	pcre2_jit_stack_assign(x->context, NULL, x->stack);
	return 0;
}

static int group_rank(const struct group *g)
{
	int rank = 0;

	genlog_slot_of(g->name, g->len, &rank);
	return rank;
}

/* Two groups for one slot: the less certain name goes to the context.  The same name twice is found out each time. */
static void group_settle(struct regex *x, struct group *g)
{
	for (struct group *o = x->groups; o < g; o++) {
		if (o->len == g->len && memcmp(o->name, g->name, g->len) == 0)
			o->by_name = g->by_name = true;
		else if (o->slot == g->slot && g->slot < GENLOG_SLOTS)
			(group_rank(o) <= group_rank(g) ? g : o)->slot = GENLOG_SLOTS;
	}
}

static int groups_find(struct regex *x, struct genlog_err *err)
{
	uint32_t n = 0, size = 0;
	PCRE2_SPTR entry = NULL;
	int rank = 0;

	pcre2_pattern_info(x->re, PCRE2_INFO_NAMECOUNT, &n);
	pcre2_pattern_info(x->re, PCRE2_INFO_NAMEENTRYSIZE, &size);
	pcre2_pattern_info(x->re, PCRE2_INFO_NAMETABLE, &entry);
	if (n == 0)
		return genlog_fail_opt(err, "pattern", EINVAL, "the pattern has no named group like (?<message>.*)");
	if (n > MAX_GROUPS)
		return genlog_fail_opt(err, "pattern", EINVAL, "the pattern has more than %d named groups", MAX_GROUPS);
	for (; x->n_groups < n; entry += size) {
		struct group *g = &x->groups[x->n_groups++];

		g->name = (const char *)entry + 2;
		g->len = (uint32_t)strlen(g->name);
		g->index = (uint32_t)entry[0] << 8 | entry[1];
		g->slot = (uint8_t)genlog_slot_of(g->name, g->len, &rank);
		g->as = wants[g->slot];
		g->by_name = g->slot == GENLOG_SLOT_TAGS;
		group_settle(x, g);
	}
	return 0;
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
	int r = compile(x, err);

	if (r == 0)
		r = prepare(x);
	if (r == 0)
		r = groups_find(x, err);
	for (size_t i = 0; r == 0 && i < x->types.n; i++)
		r = type_set(x, (int)i, err);
	return r;
}

static void regex_close(void *self)
{
	struct regex *x = self;

	pcre2_jit_stack_free(x->stack);
	pcre2_match_context_free(x->context);
	pcre2_match_data_free(x->match);
	pcre2_code_free(x->re);
}

static int regex_parse(void *self, struct genlog_record *rec)
{
	const struct regex *x = self;
	int r = regex_find(x, rec);

	if (r > 0)
		return regex_fields(x, rec);
	if (r == PCRE2_ERROR_NOMEMORY)
		return -ENOMEM;
	if (r != PCRE2_ERROR_NOMATCH)
		rec->parse_error = "the pattern took too many steps on this line and was given up";
	return GENLOG_NO_MATCH;
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
