/*
 * From another shipper's configuration to a drop-in: three readers, one model, one writer.
 *
 *	file ─► convert_bit_read.c   ┐              ┌ convert_bit*.c      ┐
 *	        convert_yaml.c       ├─► sections ──┤ convert_beat*.c     ├─► drop-in, hints, notes ─► convert_write.c
 *	        convert_rsys_read.c  ┘              └ convert_rsys.c      ┘
 *
 * A section is a list of keys with their values and lines, whatever the format; what is to become of a key says a row.
 * Nothing is left out without a note.  Notes name keys, never the values of keys that nobody knows: they may be
 *secrets.
 *
 * Owner:   who embeds it; zeroed is empty, conv_fini() accepts that.
 * Failure: memory is asked for once, at the end (arena.short_of); all functions accept NULL for what was not made.
 */
#ifndef CTL_CONVERT_H
#define CTL_CONVERT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

#define CONV_MAX_LINE ((size_t)64 << 10)
#define CONV_MAX_FILE ((size_t)1 << 20)
#define CONV_MAX_SECTIONS 2000
#define CONV_MAX_NOTES 2000

struct conv_pair {
	const char *key, *value;
	int line;
	struct conv_pair *next;
};

struct conv_section {
	const char *name;
	int line;
	struct conv_pair *first, *last;
	struct conv_section *parent; /* NULL: it stands for itself */
	struct conv_section *next;
	const char *tag; /* of an input, as filters match it */
};

enum conv_kind { CONV_SCALAR, CONV_MAP, CONV_LIST };

struct conv_out {
	enum conv_kind kind;
	const char *key, *text;
	struct conv_out *first, *last, *next;
};

struct conv_note {
	int line;
	const char *what;
	struct conv_note *next;
};

/* How the format writes variables of the environment in its values. */
enum conv_env { CONV_ENV_NONE, CONV_ENV_NAME, CONV_ENV_COLON };

struct convert {
	struct arena arena;
	const char *file, *text;
	size_t len;
	enum conv_env env;
	struct conv_section *sections, *last_section;
	struct conv_out dropin; /* a map */
	struct conv_note *notes;
	size_t n_sections, n_notes;
	struct conv_note *hints, *last_hint;
	struct conv_section *sets; /* fluent-bit's @SET; rsyslog's tags */
	bool refused;		   /* the file cannot be read as that format: the note says why */
};

/* ── the model (convert_model.c) ── */
void conv_fini(struct convert *c);
/* Refuses what is no text. */
void conv_look(struct convert *c);
void conv_note(struct convert *c, int line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same, and nothing is made of the file. */
void conv_refuse(struct convert *c, int line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void conv_hint(struct convert *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Never NULL: "" without memory. */
const char *conv_fmt(struct convert *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *conv_copy(struct convert *c, const char *p, size_t n);

struct conv_section *conv_section(struct convert *c, const char *name, int line);
void conv_pair(struct convert *c, struct conv_section *s, const char *key, const char *value, int line);
const struct conv_pair *conv_find(const struct conv_section *s, const char *key);
const char *conv_value(const struct conv_section *s, const char *key, const char *usual);
bool conv_on(const char *value); /* on, yes, true, 1, enabled in any case */

/* A new map in a list of the drop-in; a map under a key; a text; an item of a list. */
struct conv_out *conv_item(struct convert *c, const char *list);
struct conv_out *conv_map(struct convert *c, struct conv_out *in, const char *key);
void conv_put(struct convert *c, struct conv_out *in, const char *key, const char *text);
void conv_add(struct convert *c, struct conv_out *in, const char *key, const char *text);
const struct conv_out *conv_has(const struct conv_out *in, const char *key);

/* ── rows (convert_rows.c) ── */
enum conv_how {
	CONV_END,
	CONV_TEXT,  /* as it stands */
	CONV_ITEM,  /* one item of a list */
	CONV_MANY,  /* several, between commas */
	CONV_WAIT,  /* a time from 100ms to a day; a bare number is seconds */
	CONV_COUNT, /* 1 to 100000 */
	CONV_OCTAL, /* rights of a file */
	CONV_YES,   /* yes or no */
	CONV_CODE,  /* an encoding that iconv knows */
	CONV_CALL,
	CONV_TELL, /* not translated: `to` says why and what is instead */
	CONV_USED, /* read elsewhere */
};

struct conv_row {
	const char *key; /* in any case; "a.*": all that begin so */
	enum conv_how how;
	const char *to;
	void (*call)(struct convert *c, const struct conv_section *s, const struct conv_pair *p, struct conv_out *out);
};

/* All keys of the section by the rows; a key without a row is told. */
void conv_apply(struct convert *c, const struct conv_section *s, const struct conv_row *rows, struct conv_out *out);

/* A name and what is to be done with the section that bears it, or what is told. */
struct conv_name {
	const char *name;
	void (*make)(struct convert *c, struct conv_section *s);
	const char *words;
};
const struct conv_name *conv_name_find(const struct conv_name *names, const char *name);

/* Whether genlog takes the pattern; told if not. */
bool conv_regex(struct convert *c, int line, const char *key, const char *pattern);
/* A text as a pattern that matches just it. */
const char *conv_literal(struct convert *c, const char *text, bool whole);
/* FIELD of a record as genlog names it: `$a['b']` is a.b, `log` the message. */
const char *conv_field(struct convert *c, const char *name);
/* Items between commas and blanks around them: 1, and the next one; 0: no more. */
bool conv_next(struct convert *c, const char **at, const char *separators, const char **item);
void conv_time_format(struct convert *c, int line, const char *format, struct conv_out *parser);
/* The value as a port; told, and `usual`, if it is none. */
const char *conv_port(struct convert *c, const struct conv_pair *p, const char *value, const char *usual);
/* The number of sections of that name. */
size_t conv_count(const struct convert *c, const char *name);
/* A list filter: one map `modify` with one list in it. */
void conv_modify(struct convert *c, const char *list, const char *item, bool fresh);

/* ── readers: the file's text to sections ── */
struct conv_list {
	const char *path, *name; /* items of the list at that path are sections of that name */
};
void conv_read_yaml(struct convert *c, const struct conv_list *lists);
void conv_read_bit(struct convert *c);
void conv_read_rsyslog(struct convert *c);

/* ── translators: sections to the drop-in ── */
void conv_bit(struct convert *c);
void conv_bit_parsers(struct convert *c);
void conv_bit_input(struct convert *c, struct conv_section *s);
void conv_bit_filter(struct convert *c, struct conv_section *s);
void conv_bit_output(struct convert *c, struct conv_section *s);
/* What an input calls its parser; "auto" and told where nobody knows it. */
const char *conv_bit_parser(struct convert *c, int line, const char *name);
const struct conv_section *conv_bit_named(const struct convert *c, const char *section, const char *name);
const char *conv_bit_start(struct convert *c, const struct conv_section *rules);
void conv_beat(struct convert *c);
void conv_beat_input(struct convert *c, struct conv_section *s);
/* fields.NAME: of all documents of the drop-in. */
void conv_beat_field(struct convert *c, const struct conv_pair *p);
void conv_beat_processor(struct convert *c, struct conv_section *s);
void conv_rsys_input(struct convert *c, struct conv_section *s);
void conv_rsyslog(struct convert *c);

/* ── the writer (convert_write.c) ── */
/* The drop-in as YAML, `bytes` long, in malloc'ed memory; NULL: none. */
char *conv_write(const struct convert *c, const char *format, size_t *bytes);

#endif
