/* The POSIX rule of a zone, "CET-1CEST,M3.5.0,M10.5.0/3", worked out year by year.  For tz.c alone. */
#ifndef BASE_TZ_RULE_H
#define BASE_TZ_RULE_H

#include <stddef.h>
#include <stdint.h>

#define TZ_RULE_FIRST 1969
#define TZ_RULE_LAST 2201
#define TZ_RULE_CHANGES ((size_t)2 * (TZ_RULE_LAST - TZ_RULE_FIRST + 1))

/* A zone under construction; offset[0] holds before all changes. */
struct tz_build {
	int64_t *at;
	int32_t *offset;
	size_t n, most;
};

/* Appends a change; one that changes nothing is left out, one at INT64_MIN sets what holds before all. -EINVAL: not in
 * order, or too many. */
int tz_build_add(struct tz_build *b, int64_t at, int32_t offset);

/* Appends the rule's changes behind those there are.  -EINVAL: it is no rule. */
int tz_rule_expand(struct tz_build *b, const char *rule);

#endif
