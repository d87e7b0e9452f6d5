/*
 * The configuration of one run: the settings of the agent and the services of the drop-ins, all in one arena.
 *
 *	genlog.yaml ──► agent settings, output, and what it has of inputs, parsers, filters inline (service 0)
 *	  include: conf.d/ *.yaml ──► one service each, in the order of their names
 *
 * An error in the main file is fatal.  A drop-in with any error is set aside as a whole and told; the others run.
 * All errors of all files are found in one run and stay in the configuration; later stages (a plugin's open()) add
 * theirs with conf_error() and set the service aside.
 *
 * Owner:   who embeds it; zeroed is empty, conf_fini() accepts that.  Threads: one while it loads, then read-only.
 * Reload:  load another one beside it, switch when it is good, conf_fini() the old one.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <genlog/err.h>
#include <genlog/opt.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/tz.h"
#include "conf/node.h"
#include "event/time.h"
#include "trace/language.h"

enum conf_full { CONF_BLOCK, CONF_DROP_OLDEST, CONF_DROP_NEWEST };

/* spool.sync beside a number of milliseconds */
enum conf_sync { CONF_SYNC_ALWAYS = -1, CONF_SYNC_NEVER = -2 };

struct conf_spool {
	const char *path;
	int64_t max_size;
	int64_t min_free; /* bytes, or -1 to -100: percent of the file system */
	int64_t sync;	  /* milliseconds, CONF_SYNC_ALWAYS or CONF_SYNC_NEVER */
	int when_full;	  /* enum conf_full */
};

struct conf_admin {
	const char *socket;  /* NULL: none */
	const char *group;   /* NULL: none */
	const char *http;    /* NULL: none */
	bool tail;	     /* documents over TCP too */
	int64_t ready_after; /* milliseconds */
};

/* What the agent writes about itself. */
struct conf_metrics {
	int64_t interval; /* milliseconds, or CONF_METRICS_NEVER */
	const char *collection;
};
enum { CONF_METRICS_NEVER = -1 };

/* The settings of an output that the host keeps to itself. */
struct conf_output {
	const char *type;
	int64_t connections;
	int64_t batch_docs;
	int64_t batch_bytes;
	int64_t flush_interval; /* milliseconds */
	const struct conf_node *node;
};

struct conf_field {
	const char *name, *value;
	struct genlog_pos pos;
};

/* What is put on every document: of the service, completed from the agent's own. */
struct conf_fields {
	const char *version;	 /* NULL: none */
	const char *environment; /* NULL: none */
	struct genlog_strs tags;
	const struct conf_field *others; /* end up in the context */
	size_t n_others;
};

struct conf_agent {
	const char *node_id;
	const char *environment;
	int64_t workers;
	struct conf_spool spool;
	struct conf_admin admin;
	struct conf_metrics metrics;
	struct genlog_strs include;
	const char *plugin_dir;
	int64_t max_line;
	struct conf_fields fields;
};

/* How lines become events. */
enum conf_join {
	CONF_JOIN_USUAL,    /* as its parser wants it */
	CONF_JOIN_NONE,	    /* a line is an event */
	CONF_JOIN_LANGUAGE, /* stack traces and indented lines belong to the line before them */
	CONF_JOIN_START,    /* an event begins where a line matches a pattern */
};

struct conf_multiline {
	enum conf_join how;
	enum trace_language language;
	const char *start; /* the pattern */
	int64_t timeout;   /* milliseconds without another line that end an event */
};

struct conf_input {
	const char *type;
	const char *parser; /* "auto", a plugin's name, or a parser of the configuration */
	const char *collection;
	const char *zone_name; /* as set; NULL: not set */
	const struct tz *zone; /* never NULL: the setting's, else the host's */
	struct conf_multiline multiline;
	bool templates;		      /* mine message templates */
	const struct conf_node *node; /* the whole, with the plugin's own settings */
};

/* How a parser reads timestamps, as set. */
struct conf_time {
	struct genlog_strs timestamp;
	const char *zone;
};

struct conf_parser {
	const char *name;
	const char *type;
	struct conf_time time;
	const struct tz *zone;		   /* NULL: that of the input */
	const struct time_format *formats; /* tried in this order; their zone is NULL, for the host to fill in */
	size_t n_formats;		   /* 0: automatic */
	const struct conf_node *node;
};

struct conf_filter {
	const char *type;
	const struct conf_node *node;
};

struct conf_sample {
	const char *line;
	const struct conf_node *document; /* a map */
	struct genlog_pos pos;
};

/* Which faults a rule is about, by their fingerprints. */
enum conf_fault { CONF_FAULT_ANY, CONF_FAULT_NEW, CONF_FAULT_RETURNING };

/* When somebody is to be told, and how. */
struct conf_alert {
	const char *name;
	int level;		  /* enum level: this or worse */
	struct genlog_strs where; /* conditions, as filters have them */
	int64_t count, within;
	bool faults; /* `fingerprint` is set: only events that carry a stack trace */
	int fingerprint;
	int64_t absent;	 /* returning: not seen for so long */
	int64_t quiet;	 /* nothing more of the same for so long */
	int64_t max_age; /* of an event: old logs that are read now alarm nobody */
	const char *recipient, *category, *title;
	int type, priority;
	int64_t urgency;
	struct genlog_strs command;
	const char *webhook;
	const struct conf_node *node;
};
extern const char *const conf_alert_types[], *const conf_alert_priorities[];

struct conf_service {
	const char *name; /* becomes `module`; without a setting, the file's name without .yaml */
	const char *file;
	bool aside; /* has errors and does not run */
	struct conf_fields fields;
	struct conf_input *inputs;
	size_t n_inputs;
	struct conf_parser *parsers;
	size_t n_parsers;
	struct conf_filter *filters;
	size_t n_filters;
	struct conf_sample *samples;
	size_t n_samples;
	struct conf_alert *alerts;
	size_t n_alerts;
};

struct conf_error;
struct conf_file;
struct conf_secret;

struct conf {
	struct arena arena;
	struct conf_agent agent;
	struct conf_output output;
	const struct tz *host_zone;
	struct conf_service *services; /* [0] is the main file's, often with nothing in it */
	size_t n_services;
	struct conf_error *errors; /* in the order of files, then of lines */
	size_t n_errors;
	struct conf_file *files;
	struct conf_secret *secrets; /* texts that no message shows */
};

/* 0, also with drop-ins set aside: see n_errors.  -EINVAL: the main file has errors.  -ENOMEM. */
int conf_load(struct conf *c, const char *path);
void conf_fini(struct conf *c);

/* NULL: no parser of that name in any service that runs. */
const struct conf_parser *conf_parser_find(const struct conf *c, const char *name);

/* Adds an error; -EINVAL, so that failing is one statement, or -ENOMEM. */
int conf_error(struct conf *c, struct genlog_pos pos, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int conf_error_take(struct conf *c, const struct genlog_err *err);

/* "file:line:col: words", the line itself and a caret below the place; secrets in the line are hidden. */
void conf_errors_print(const struct conf *c, FILE *f);

/* Each by itself; of one that must not show its line, the words alone count anyway. */
void conf_errors_each(const struct conf *c, void (*fn)(void *arg, struct genlog_pos pos, const char *text), void *arg);

/* Of the maps that host and plugin share, the keys that are the host's; NULL-ended. */
extern const char *const conf_input_keys[];
extern const char *const conf_parser_keys[];
extern const char *const conf_filter_keys[];
extern const char *const conf_output_keys[];

/* The reference page of the agent's settings and those of drop-ins. */
void conf_help(FILE *f);

#endif
