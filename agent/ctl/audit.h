/*
 * The command audit inside: whether the documents of every file tile what was read of it.
 *
 *	audit.c         the command: which sources, one after the other
 *	audit_docs.c    documents of all collections as one stream, by generation and offset
 *	audit_files.c   holes are looked at in the file itself, where it lies on this host
 *	audit_spool.c   what is missing may wait in the spool
 *	audit_tell.c    what was found, for people and as JSON
 *	tile.c          ranges that tile or do not
 *
 * Memory is that of one source: a few thousand holes at most.
 */
#ifndef CTL_AUDIT_H
#define CTL_AUDIT_H

#include "ctl/db.h"
#include "ctl/replay.h"
#include "ctl/tile.h"

#define AUDIT_COLLECTIONS 64
#define AUDIT_PATH 4096
#define AUDIT_NAME 17 /* of a generation, with its NUL */
#define AUDIT_GAPS 256
#define AUDIT_FILES 16 /* of one generation that are looked into */

struct audit_options {
	struct db_options db;
	struct ctl_list only;
	int64_t since;
};

struct audit_gap {
	uint64_t from, bytes;
	char reason[160];
};

/* One generation. */
struct audit_source {
	char name[AUDIT_NAME];
	char path[AUDIT_PATH]; /* as its documents say, the last of them */
	struct tile logs, traces;
	struct audit_gap gaps[AUDIT_GAPS];
	size_t n_gaps;
	unsigned looked_at; /* files of it on this host */
	char looked_in[AUDIT_FILES][AUDIT_PATH];
	bool at_end; /* its end was looked at */
};

/* A file that was named. */
struct audit_file {
	char name[AUDIT_NAME];
	char path[AUDIT_PATH];
	bool seen;
};

struct audit_verdict {
	uint64_t missing_bytes, missing_events; /* that should be documents */
	uint64_t waiting_bytes, waiting_events; /* the agent has them, or will read them */
	uint64_t unproven_bytes, unproven;	/* in holes that nobody could look into */
	uint64_t gap_bytes, blank_bytes, filtered_events, filtered_bytes, headers;
	uint64_t doubles;
};

struct audit {
	struct ctl *c;
	const struct audit_options *o;
	struct db db;
	struct replay config; /* describes files; never started */
	bool configured, told_spool;
	char collections[AUDIT_COLLECTIONS][SORT_NAME_MAX];
	size_t n_collections;
	struct audit_file *files;
	size_t n_files;
	bson_t status; /* of the agent; empty where it does not answer */
	struct audit_source source;
	uint64_t sources, documents, bad;
	struct audit_verdict all;
};

/* A document of the stream; texts last until the next one. */
struct audit_doc {
	const char *name, *path;
	bool trace, gap;
	struct tile_doc d;
	uint64_t gap_bytes;
	const char *reason;
};

struct audit_docs;
/* `names`: an array of generations, NULL: all.  NULL: told. */
struct audit_docs *audit_docs_open(struct audit *a, const bson_t *names);
int audit_docs_next(struct audit_docs *s, struct audit_doc *out); /* 1; 0: the end; told */
void audit_docs_close(struct audit_docs *s);

/* What tells events at one place apart: the same for a document of the database and for one made again. */
uint64_t audit_says(const bson_t *doc);

/* Holes that are not explained are looked at in the files of that generation.  0, -EINTR, or told. */
int audit_look(struct audit *a);

/* What waits in the agent's spool is not missing. */
void audit_look_in_spool(struct audit *a);

/* What is wrong with the source at hand, told; counted in `all`. */
void audit_tell(struct audit *a);
void audit_tell_end(struct audit *a);
/* Documents that have no bytes to tile, and what can be said of them. */
int audit_tell_others(struct audit *a);

#endif
