/* A pattern made ready: compiled, with the memory that matching takes, and where each of its groups goes. */
#include <errno.h>
#include <string.h>

#include "regex.h"

#define JIT_STACK_MIN ((size_t)32 * 1024)
#define JIT_STACK_MAX ((size_t)1024 * 1024)
#define HEAP_KIB 8192

/* What a slot wants; DATE stays text, which the host reads. */
#define WANTS_TEXT AS_TEXT
#define WANTS_DATE AS_TEXT
#define WANTS_NUMBER AS_NUMBER
#define WANTS_COUNT AS_INT
#define WANTS_TAGS AS_TEXT
#define WANTS(name, key, kind) [GENLOG_SLOT_##name] = WANTS_##kind,
static const uint8_t wants[GENLOG_SLOTS + 1] = {GENLOG_SLOT_LIST(WANTS)};

int regex_compile(struct regex *x, struct genlog_err *err)
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
int regex_prepare(struct regex *x)
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

int regex_group(struct regex *x, const char *name, uint32_t index, struct genlog_err *err)
{
	struct group *g = &x->groups[x->n_groups];
	int rank = 0;

	if (x->n_groups == MAX_GROUPS)
		return genlog_fail_opt(err, "pattern", EINVAL, "the pattern has more than %d named groups", MAX_GROUPS);
	x->n_groups++;
	g->name = name;
	g->len = (uint32_t)strlen(name);
	g->index = index;
	g->slot = (uint8_t)genlog_slot_of(name, g->len, &rank);
	g->as = wants[g->slot];
	g->by_name = g->slot == GENLOG_SLOT_TAGS;
	group_settle(x, g);
	return 0;
}

void regex_free(struct regex *x)
{
	pcre2_jit_stack_free(x->stack);
	pcre2_match_context_free(x->context);
	pcre2_match_data_free(x->match);
	pcre2_code_free(x->re);
}

int regex_run(const struct regex *x, struct genlog_record *rec)
{
	int r = regex_find(x, rec);

	if (r > 0)
		return regex_fields(x, rec);
	if (r == PCRE2_ERROR_NOMEMORY)
		return -ENOMEM;
	if (r != PCRE2_ERROR_NOMATCH)
		rec->parse_error = "the pattern took too many steps on this line and was given up";
	return GENLOG_NO_MATCH;
}
