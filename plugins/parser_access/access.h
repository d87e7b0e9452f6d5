/*
 * parser access inside: a line of a web server's access log.
 *
 *	access.c   the plugin: the fields that all of them have
 *	extra.c    what stands behind them: times, forwarded addresses, hosts
 *
 *	www:80 192.0.2.1 - bob [22/Jan/2009:23:57:02 +0000] "GET /a HTTP/1.1" 200 5 "http://r/" "Mozilla/5.0" 0.005
 *	└vhost └ ip        user └ time ───────────────────┘  └ request ────┘  │   └bytes
 *	                                                                      └ status
 */
#ifndef PARSER_ACCESS_H
#define PARSER_ACCESS_H

#include "../scan.h"

enum unit { UNIT_AUTO, UNIT_S, UNIT_MS, UNIT_US };

struct access {
	int time_unit; /* enum unit */
};

/* Behind the opening quote: the text, and the place behind the closing one; NULL: it has none. */
const char *access_quoted(const char *p, const char *end, struct slice *out);

bool access_is_ip(struct slice w);

/* extra.c: all that is left of the line.  0, -ENOMEM. */
int access_extra(const struct access *a, struct genlog_record *rec, struct slice rest, bool vhost);

#endif
