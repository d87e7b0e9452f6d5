/*
 * What the commands on dead letters share.
 *
 *	dead_pick.c     which letters are meant
 *	dead_output.c   the configured output, and a batch through it
 *	dead_ls.c, dead_show.c, dead_retry.c, dead_drop.c
 */
#ifndef CTL_DEAD_H
#define CTL_DEAD_H

#include "conf/conf.h"
#include "ctl/ctl.h"
#include "plug/plug.h"
#include "ship/letters.h"

/* The options that all have; the first member of theirs. */
struct dead_which {
	const char *spool, *collection;
	struct ctl_list codes;
};
#define DEAD_OPTIONS                                                                                                   \
	{CTL_TEXT, "spool", 0, offsetof(struct dead_which, spool), "DIR", "the spool (that of the configuration)"},    \
		{CTL_TEXT, "collection", 0, offsetof(struct dead_which, collection), "NAME",                           \
			"those for this collection"},                                                                  \
	{                                                                                                              \
		CTL_LIST, "code", 0, offsetof(struct dead_which, codes), "N", "those with this code; may be repeated"  \
	}

struct dead_pick {
	const struct dead_which *which;
	int64_t code[CTL_LIST_MOST];
	int64_t *number; /* letters by number; none: all */
	size_t numbers;
};
/* CTL_OK, or CTL_USAGE and told. */
int dead_pick_read(struct dead_pick *p, const struct dead_which *w, int argc, char **argv);
void dead_pick_fini(struct dead_pick *p);
bool dead_picked(const struct dead_pick *p, const struct letter *x); /* done ones are not */

/* Told.  `conf` is loaded where `given` is NULL, or where the caller has to have it. */
int dead_letters_open(const struct ctl *c, const char *given, struct conf *conf, struct letters *l);

/* A letter as a document: number, file, rejected_at, collection, code, reason, and with `whole` the document. */
void dead_letter_doc(bson_t *out, const struct letter *x, bool whole);

/* ── delivery ── */

struct dead_output {
	struct plug plug;
	struct conf *conf;
	uint8_t spool_id[16];
	struct genlog_mark mark;
};

/* `path`: of the spool.  0, or told. */
int dead_output_open(struct dead_output *o, struct conf *conf, const char *path);
void dead_output_close(struct dead_output *o);
/* One collection's; outcomes are set.  0; else told: the output cannot take them now. */
int dead_output_write(struct dead_output *o, const char *collection, struct genlog_doc *docs, size_t n);
/* What was written becomes durable. */
int dead_output_commit(struct dead_output *o);

#endif
