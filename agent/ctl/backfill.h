/*
 * The command backfill inside: documents of files that the database lacks.
 *
 *	backfill.c        the command: files, folder, batches, what is told
 *	backfill_batch.c  a batch, step by step
 *	backfill_find.c   which documents of a batch are there already
 *	backfill_put.c    the others are inserted
 *	backfill_sum.c    the totals, and what was about to be inserted, in the folder
 *
 * Exact through every kill.  A batch goes these steps, and each can be the last one of a run:
 *
 *	find ─► the _ids to be inserted are written down ─► insert ─► totals, with the sequence of the spool ─►
 *acknowledge
 *
 * After a kill, documents below the sequence of the totals are passed over; of the others those that are found in the
 * database and stand among the _ids written down were inserted by the run that was killed.
 */
#ifndef CTL_BACKFILL_H
#define CTL_BACKFILL_H

#include "ctl/db.h"
#include "ctl/replay.h"
#include "ship/dead.h"

#define BACKFILL_ID 12

/* _ids, each with a number of the caller's. */
struct ids {
	struct id_at {
		uint8_t id[BACKFILL_ID];
		uint32_t at;
	} * v;
	size_t n, room;
	bool sorted;
	uint64_t until; /* intent: the sequence of the spool behind the documents that they are of */
};
int ids_add(struct ids *s, const uint8_t *id, uint32_t at);
struct id_at *ids_find(struct ids *s, const uint8_t *id);
void ids_fini(struct ids *s);

/* ── the totals ── */

struct sum_row {
	char collection[SORT_NAME_MAX];
	int64_t there, missing, inserted, refused;
};

#define SUM_ROWS 64
struct sum {
	uint64_t sequence; /* of the spool: what lies before it is in here */
	int64_t bytes;	   /* of source that the documents stood for */
	int64_t gaps;	   /* gap documents, which tell of the reading and are no events */
	int64_t by_place;  /* documents that were looked for by their place */
	uint32_t n_rows;
	struct sum_row rows[SUM_ROWS];
};

/* 0; -ENOSPC: more collections than it has rows for. */
int sum_row(struct sum *s, const char *collection, struct sum_row **out);
struct sum_row sum_all(const struct sum *s);

/* In the folder; nothing there is no failure.  0, -EBADMSG, -errno. */
int sum_load(struct sum *s, int dir);
int sum_store(const struct sum *s, int dir);

/* What was about to be inserted.  store(): durable when it returns 0. */
int intent_load(struct ids *ids, int dir);
int intent_store(const struct ids *ids, int dir);

/* ── a batch ── */

enum verdict { MISSING, THERE, OURS, NOTE }; /* OURS: inserted by a run that was killed */

struct backfill {
	struct ctl *c;
	struct db db;
	struct replay replay;
	struct dead dead;
	struct sum sum;
	struct ids intent; /* of the run that was killed, and of this batch */
	uint8_t *verdict;  /* of each document of the batch */
	size_t verdicts;
	struct ids by_id; /* of a group */
	struct ids
		untimed; /* of the batch: log documents whose _id holds a random number, or a time that was guessed */
	int dir;	 /* of what is kept between runs; -1: not open */
	bool dry_run;
	int64_t rate; /* documents a second; 0: no limit */
	int64_t began_ms, passed;
	struct ctl_progress progress;
	bool told_refused, told_gap;
};

/* What all documents of a batch say of themselves: before anything is asked of the database.  0, or told. */
int backfill_look(struct backfill *b);
/* The documents of a group that are there.  0, or told. */
int backfill_find(struct backfill *b, mongoc_collection_t *coll, const struct sorted_group *g);
/* All that are MISSING are inserted; the row counts.  0, or told. */
int backfill_put(struct backfill *b, mongoc_collection_t *coll, const struct sorted_group *g, struct sum_row *row);

/* From the spool to the totals: what the replay has at hand.  0, or told. */
int backfill_batch(struct backfill *b);

/* Its _id's bytes; NULL: it is none of twelve. */
const uint8_t *backfill_id(const bson_t *doc, const char *key);

#endif
