/*
 * parser regex inside; parser grok has all of it but the plugin itself.
 *
 *	regex.c    the plugin
 *	build.c    a pattern made ready
 *	match.c    a line matched, in bounded time
 *	fields.c   groups as fields
 */
#ifndef PARSER_REGEX_H
#define PARSER_REGEX_H

#define PCRE2_CODE_UNIT_WIDTH 8

#include <pcre2.h>

#include <genlog/plugin.h>

#define MAX_GROUPS 128

enum as { AS_TEXT, AS_INT, AS_NUMBER, AS_BOOL };

struct group {
	const char *name;
	uint32_t len;
	uint32_t index;
	uint8_t slot; /* enum genlog_slot; GENLOG_SLOTS: context */
	uint8_t as;   /* enum as */
	bool by_name; /* not alone with its name, or not a simple slot: genlog_put() finds its place */
};

struct regex {
	const char *pattern;
	struct genlog_strs types;
	int64_t match_limit;
	int64_t timeout;
	bool ignore_case;
	bool dotall;

	pcre2_code *re;
	pcre2_match_data *match;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
	bool anchored;
	size_t n_groups;
	struct group groups[MAX_GROUPS];
};

/* build.c: x->pattern compiled; then the memory for its matches. */
int regex_compile(struct regex *x, struct genlog_err *err);
int regex_prepare(struct regex *x);
void regex_free(struct regex *x);

/* One more group, whose name lives as long as `x`; it is the last of x->groups then. */
int regex_group(struct regex *x, const char *name, uint32_t index, struct genlog_err *err);

/* parse() of an opened one. */
int regex_run(const struct regex *x, struct genlog_record *rec);

/* The first match in rec->line into x->match: more than 0, or PCRE2's error.  Bounded in time. */
int regex_find(const struct regex *x, const struct genlog_record *rec);

/* The groups of the match as fields of the record. */
int regex_fields(const struct regex *x, struct genlog_record *rec);

#endif
