/* The command archive inside; see cold.h for what it makes. */
#ifndef CTL_ARCHIVE_H
#define CTL_ARCHIVE_H

#include "ctl/cold.h"

struct archive_options {
	struct db_options db;
	struct ctl_list only;
	const char *to;
	int64_t older_than, batch;
	bool keep;
};

/* _ids that are to be deleted, in groups of a batch each. */
struct archive_ids {
	bson_t **groups; /* arrays */
	size_t n, room;
	uint32_t in_last;
};

struct archive {
	struct ctl *c;
	const struct archive_options *o;
	struct db db;
	mongoc_collection_t *coll;
	const char *name; /* of the collection */
	const char *time; /* the field that says when */
	int64_t limit_ms; /* what is older goes */
	struct ctl_progress progress;
	uint64_t passed;
	int64_t archived, deleted; /* of the day */
};

#define ARCHIVE_BATCH 1000

/* archive_days.c.  All: told. */

/* The beginning of the first day from `from_ms` on that has a document; 1, or 0: there is none. */
int archive_next_day(struct archive *a, int64_t from_ms, int64_t *day_ms);
/* The documents of a day, in the order of their times. */
mongoc_cursor_t *archive_day(const struct archive *a, int64_t day_ms);
uint64_t archive_count(struct archive *a);
int archive_delete(struct archive *a, const bson_t *ids);

int archive_ids_add(struct archive_ids *ids, const bson_t *doc, int64_t batch);
void archive_ids_fini(struct archive_ids *ids);

/* archive_one.c: a day of a collection. */
int archive_one_day(struct archive *a, int64_t day_ms);

#endif
