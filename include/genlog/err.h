/*
 * An error that a person reads: what is wrong, and where.
 *
 * The caller owns it, it allocates nothing, and it is the last parameter of whatever fills it.  A plugin names
 * the setting at fault (`opt`); only the host knows in which file that setting was written, and fills in `pos`.
 */
#ifndef GENLOG_ERR_H
#define GENLOG_ERR_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* A place in a configuration file, counted from 1.  `file` is borrowed; line 0: no place is known. */
struct genlog_pos {
	const char *file;
	int line;
	int col;
};

struct genlog_err {
	int code; /* a positive errno value; 0: no error */
	struct genlog_pos pos;
	const char *opt; /* name of the setting at fault, or NULL; borrowed from the plugin's table */
	int opt_item;	 /* which item of a list setting, from 0; -1: the setting itself */
	char text[384];	 /* lower case, no full stop, values in quotes */
};

/* All return -code, so that failing is one statement.  `err` may be NULL. */
int genlog_fail(struct genlog_err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int genlog_fail_at(struct genlog_err *err, struct genlog_pos pos, int code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
int genlog_fail_opt(struct genlog_err *err, const char *opt, int code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
