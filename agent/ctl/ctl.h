/*
 * genlogctl: one program, a table of commands.
 *
 *	main.c      finds the command, reads its options by rows, runs it
 *	commands.c  the table: a new command is a row there and a file here
 *	options.c   from words to a command's options, and the page of its --help
 *	ask.c       the agent's admin socket
 *	print.c     documents for people and, with --json, for programs
 *
 * A command's run() prints to standard output what was asked for and to standard error what is wrong, and returns the
 * exit code: CTL_OK, CTL_FAILED, CTL_USAGE.  With --json all that goes to standard output is JSON, a line a document.
 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <bson/bson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CTL_CONFIG "/etc/genlog/genlog.yaml"
#define CTL_SOCKET "/run/genlog/admin.sock"

enum ctl_exit { CTL_OK, CTL_FAILED, CTL_USAGE };

/* What all commands share. */
struct ctl {
	const char *socket;	/* NULL: that of the configuration, if there is one that can be read, else CTL_SOCKET */
	const char *config;	/* NULL: CTL_CONFIG */
	char socket_found[112]; /* by ctl_socket_path() */
	bool json;
	bool colours;  /* standard output is a terminal, and NO_COLOR is not set */
	bool progress; /* standard error is a terminal */
};

enum ctl_kind {
	CTL_END,
	CTL_FLAG,   /* bool */
	CTL_TEXT,   /* const char * */
	CTL_NUMBER, /* int64_t, 0 or more */
	CTL_SIZE,   /* int64_t: 64KiB, 4MiB */
	CTL_TIME,   /* int64_t, milliseconds: 200ms, 5s, 30d */
	CTL_LIST,   /* struct ctl_list: may be given several times */
};

#define CTL_LIST_MOST 32
struct ctl_list {
	const char *v[CTL_LIST_MOST];
	size_t n;
};

struct ctl_option {
	enum ctl_kind kind;
	const char *name; /* "dry-run" */
	char letter;	  /* 0: none */
	size_t at;	  /* in the command's options */
	const char *arg;  /* "FILE"; NULL for a flag */
	const char *help;
};

struct ctl_command {
	const char *name;		  /* "status", or two words: "spool ls" */
	const char *args;		  /* "FILE [LINE]" */
	const char *summary;		  /* a line of the list of commands */
	const char *text;		  /* more for its own --help, examples among it; NULL: nothing */
	int least, most;		  /* arguments; most -1: any number */
	bool rest;			  /* options end at the first argument: what follows belongs to somebody else */
	size_t size;			  /* of its options, zeroed before they are read */
	const struct ctl_option *options; /* ended by a zeroed row; NULL: none */
	int (*run)(struct ctl *c, const void *options, int argc, char **argv);
};

extern const struct ctl_command *const ctl_commands[]; /* NULL-ended */

/* options.c: the words behind the command.  0: `*argc`, `*argv` are what is left; else told: -EINVAL, or 1: help was
 * shown. */
int ctl_options_read(struct ctl *c, const struct ctl_command *cmd, void *options, int *argc, char ***argv);
void ctl_help(const struct ctl_command *cmd);

/* print.c */
void ctl_error(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* "genlogctl: …" on standard error */
void ctl_json(const bson_t *doc);					    /* a line of relaxed extended JSON */
void ctl_show(const bson_t *doc);					    /* for people: a field a line */
/* "12.3 MiB", "3.4 s", "2 d 4 h": in `out`, which it returns. */
#define CTL_SHORT 32
char *ctl_bytes(char out[CTL_SHORT], int64_t n);
char *ctl_span(char out[CTL_SHORT], int64_t ms);

/* Fields of a document by dotted path; 0 or "" where there is none of the type.  Texts are borrowed. */
int64_t ctl_int(const bson_t *doc, const char *path);
double ctl_double(const bson_t *doc, const char *path);
bool ctl_bool(const bson_t *doc, const char *path);
const char *ctl_text(const bson_t *doc, const char *path);
/* Calls `fn` for every document in an array. */
void ctl_each(const bson_t *doc, const char *path, void (*fn)(void *arg, const bson_t *item), void *arg);
/* "12:01:02" of today, else with the date, in the local zone; "1 234 567". */
char *ctl_clock(char out[CTL_SHORT], int64_t ms);
char *ctl_number(char out[CTL_SHORT], int64_t n);
/* Bytes of a text that a terminal might obey are masked. */
void ctl_put_text(const char *s);

/* A bar on standard error while something long runs, on a terminal only; total 0: not known. */
struct ctl_progress {
	const char *what;
	uint64_t total, done;
	int64_t began_ms, told_ms;
	bool shown;
};
void ctl_progress(const struct ctl *c, struct ctl_progress *p, uint64_t done);
void ctl_progress_end(const struct ctl *c, struct ctl_progress *p);

/* Where the agent's socket is: as asked, as the configuration says, or CTL_SOCKET.  Borrowed. */
const char *ctl_socket_path(struct ctl *c);

/*
 * ask.c: a request and the document that answers it; `reply` is initialised in any case, the caller destroys it.
 * 0; else -errno, and told: no agent there, no right to ask it, refused by it with the words that it gave.
 */
int ctl_ask(struct ctl *c, const bson_t *request, bson_t *reply);
/* The same for a command without arguments: {"command": name}. */
int ctl_ask_for(struct ctl *c, const char *command, bson_t *reply);
/* Every document that follows, until `take` says false, the agent ends, or a signal does. */
int ctl_follow(struct ctl *c, const bson_t *request, bool (*take)(void *arg, const bson_t *doc), void *arg);

#endif
