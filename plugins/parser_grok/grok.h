/*
 * parser grok inside.
 *
 *	grok.c      the plugin: settings, and what each group of the pattern is
 *	expand.c    %{NAME:field:type} to a regular expression
 *	library.c   the names there are
 *
 * Matching and making fields is parser_regex's.
 */
#ifndef PARSER_GROK_H
#define PARSER_GROK_H

#include "../parser_regex/regex.h"

#define FIELD_BYTES 8192
#define EXPANDED_MAX ((size_t)256 * 1024)
#define DEPTH_MAX 24

/* A field of the pattern: group "f000", "f001", … of the expression. */
struct field {
	const char *name;
	uint8_t as; /* enum as; AS_TEXT: what the slot wants */
	bool typed;
};

struct grok {
	struct regex regex; /* first: the functions of parser_regex take it */
	const char *pattern;
	struct genlog_strs definitions;
	struct genlog_buf expanded;
	struct field fields[MAX_GROUPS];
	size_t n_fields;
	char names[FIELD_BYTES];
	size_t n_names;
};

/* library.c: the expression of a name; NULL: there is none.  By number, NULL behind the last one. */
const char *library_find(const char *name, size_t n);
const char *library_name(size_t i);

/* expand.c: g->pattern into g->expanded, with a NUL behind it, and its fields into g->fields. */
int grok_expand(struct grok *g, struct genlog_err *err);

#endif
