/*
 * Patterns and conditions, as filters need them: host functions.
 *
 * A pattern is a regular expression (PCRE2).  No pattern and no text can hold up the agent: a search that takes too
 * many steps or too long is given up, and says so.  One thread at a time.
 */
#ifndef GENLOG_PATTERN_H
#define GENLOG_PATTERN_H

#include "err.h"
#include "opt.h"
#include "record.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct genlog_pattern;
struct genlog_conds;

/* For messages: which setting it stands in, and as which item of a list; -1: it is no list. */
struct genlog_where {
	const char *opt;
	int item;
};

/* NULL: err says what is wrong with it, and where. */
struct genlog_pattern *genlog_pattern_new(
	const char *text, bool ignore_case, struct genlog_where where, struct genlog_err *err);
void genlog_pattern_free(struct genlog_pattern *x); /* fine on NULL */

struct genlog_span {
	size_t from, to;
};

/*
 * The first match at or behind `from`, in valid UTF-8: 1 with its place, 0 without one, -ELOOP where it was given up.
 * `to` is never before `from`.  `span` may be NULL.
 */
int genlog_pattern_find(struct genlog_pattern *x, const char *p, size_t n, size_t from, struct genlog_span *span);

/*
 * Conditions on a record, all of which have to hold:
 *
 *	level=ERROR|CRITICAL  is one of these      status>=500, < <= >   as numbers
 *	level!=DEBUG          is none of these     user_id               is there
 *	message~REGEX         matches anywhere     !user_id              is not there
 *	message!~REGEX        matches nowhere
 *
 * A field that is not there is none of anything and matches nothing; a search that was given up is no match.
 * `text` lives as long as the conditions do.  NULL: err says why.
 */
struct genlog_conds *genlog_conds_new(const struct genlog_strs *text, const char *opt, struct genlog_err *err);
void genlog_conds_free(struct genlog_conds *c);
bool genlog_conds_hold(const struct genlog_conds *c, const struct genlog_record *rec);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
