/*
 * Settings as rows.  A row says how a setting is called, what it may be, its default *as a user would write it*,
 * and what it is for; the host parses, checks and stores it before the plugin's open() runs, and makes the
 * reference page from the same rows.
 *
 *	static const struct genlog_opt opts[] = {
 *		GENLOG_STR(struct grep, field, .def = "message", .help = "the field to look at"),
 *		GENLOG_SIZE(struct grep, limit, .def = "64KiB", .min = 1, .help = "…"),
 *		{0},
 *	};
 *
 * The C type of the field is checked by the compiler: a STR row on an int does not build.
 * Strings and lists are borrowed from the configuration, which lives longer than the plugin's state.
 */
#ifndef GENLOG_OPT_H
#define GENLOG_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum genlog_opt_type {
	GENLOG_OPT_END,
	GENLOG_OPT_STR,	   /* const char *            text; NULL where neither set nor defaulted */
	GENLOG_OPT_INT,	   /* int64_t                 1000, 0x10, 0644 */
	GENLOG_OPT_BOOL,   /* bool                    true/false, yes/no, on/off */
	GENLOG_OPT_CHOICE, /* int                     index into `choices` */
	GENLOG_OPT_SIZE,   /* int64_t, bytes          64KiB 4MiB 1GiB 10kB 512; with `percent`: 5% is stored as -5 */
	GENLOG_OPT_TIME,   /* int64_t, milliseconds   200ms 5s 2h 1d; word i of `choices` is stored as -(i + 1) */
	GENLOG_OPT_LIST,   /* struct genlog_strs      one text or a list of texts */
	GENLOG_OPT_GROUP,  /* a struct                a map of further rows, `rows` */
};

/* A list of texts; `v[n]` is NULL. */
struct genlog_strs {
	const char *const *v;
	size_t n;
};

struct genlog_opt {
	enum genlog_opt_type type;
	const char *name;
	size_t offset;
	const char *def;	       /* default, as a user would write it; NULL: zero */
	int64_t min, max;	       /* of INT, SIZE and TIME; both 0: any number from 0 */
	const char *const *choices;    /* NULL-ended */
	const struct genlog_opt *rows; /* of a GROUP */
	bool required;
	bool percent;
	bool secret; /* the value is never printed */
	bool file;   /* names a file that open() reads: on a reload it counts whether that is another one now */
	const char *help;
};

#define GENLOG_FIELD_IS(s, f, t) (sizeof(_Generic((&((s *)0)->f), t * : (char)0)))
#define GENLOG_ROW(k, s, f, t, ...)                                                                                    \
	{                                                                                                              \
		.type = (k), .name = #f, .offset = offsetof(s, f) + 0 * GENLOG_FIELD_IS(s, f, t), __VA_ARGS__          \
	}
#define GENLOG_STR(s, f, ...) GENLOG_ROW(GENLOG_OPT_STR, s, f, const char *, __VA_ARGS__)
#define GENLOG_INT(s, f, ...) GENLOG_ROW(GENLOG_OPT_INT, s, f, int64_t, __VA_ARGS__)
#define GENLOG_BOOL(s, f, ...) GENLOG_ROW(GENLOG_OPT_BOOL, s, f, bool, __VA_ARGS__)
#define GENLOG_CHOICE(s, f, ...) GENLOG_ROW(GENLOG_OPT_CHOICE, s, f, int, __VA_ARGS__)
#define GENLOG_SIZE(s, f, ...) GENLOG_ROW(GENLOG_OPT_SIZE, s, f, int64_t, __VA_ARGS__)
#define GENLOG_TIME(s, f, ...) GENLOG_ROW(GENLOG_OPT_TIME, s, f, int64_t, __VA_ARGS__)
#define GENLOG_LIST(s, f, ...) GENLOG_ROW(GENLOG_OPT_LIST, s, f, struct genlog_strs, __VA_ARGS__)
#define GENLOG_GROUP(s, f, r, ...)                                                                                     \
	{                                                                                                              \
		.type = GENLOG_OPT_GROUP, .name = #f, .offset = offsetof(s, f), .rows = (r), __VA_ARGS__               \
	}

#endif
