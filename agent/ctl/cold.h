/*
 * Cold storage: documents of a day that have left the database, as mongorestore --gzip takes them, and proven.
 *
 *	DIR/2026-01-02/<database>/<collection>.bson.gz            the documents
 *	DIR/2026-01-02/<database>/<collection>.metadata.json.gz   options and indexes, for mongorestore
 *	DIR/2026-01-02/<database>/<collection>.manifest.json      how many, how long, their checksum: written last
 *	DIR/2026-01-02.2/…                                        what came late: the second part of that day
 *
 * A part is finished when its manifest is there; without it, it is begun anew.  Finished parts never change.
 *
 *	cold_part.c       names, folders, manifests
 *	cold_write.c      a part as it is written
 *	cold_read.c       a part read and held against its manifest
 *	cold_seen.c       which documents stand in finished parts
 *	archive.c         the command archive
 *	archive_one.c     a day of a collection: write, prove, delete
 *	archive_days.c    what it asks of the database
 *	restore.c         the command restore
 */
#ifndef CTL_COLD_H
#define CTL_COLD_H

#include <openssl/evp.h>
#include <stdio.h>
#include <zlib.h>

#include "ctl/docs.h"
#include "ctl/schema.h"

#define COLD_PATH 4096
#define COLD_SHA 65 /* in hexadecimal, with its NUL */
#define COLD_DAY_MS INT64_C(86400000)
#define COLD_PARTS 1000 /* of a day and collection */

/* What a manifest says. */
struct cold_facts {
	int64_t documents, bytes;
	char sha256[COLD_SHA]; /* of the documents, decompressed */
};

struct cold_part {
	int dir; /* DIR/<day>/<database>, -1: not open */
	const char *root, *database, *collection;
	char day[16];
	int number;	      /* from 1 */
	char name[COLD_PATH]; /* "DIR/<day>[.n]/<database>/<collection>", for messages and paths */
};

/* "2026-01-02" of milliseconds; and whether a folder is named so, with or without ".2". */
void cold_day_name(int64_t ms, char out[16]);
bool cold_is_day(const char *name);

/* Opens the folder; with `make` it is made where it is missing.  0, -ENOENT, -errno; not told. */
int cold_part_open(struct cold_part *p, bool make);
void cold_part_close(struct cold_part *p);
bool cold_part_is_finished(const struct cold_part *p);
/* Opens "<collection><ending>" for reading: fd or -errno. */
int cold_part_file(const struct cold_part *p, const char *ending);

/* 0 or -errno; -EBADMSG: that is no manifest.  Not told. */
int cold_manifest_read(const struct cold_part *p, struct cold_facts *facts);
/* `more`: what else it holds.  Durable when it returns 0. */
int cold_manifest_write(const struct cold_part *p, const struct cold_facts *facts, const bson_t *more);

/* A sum over documents as they pass. */
struct cold_sum {
	EVP_MD_CTX *md;
	struct cold_facts facts;
};
int cold_sum_begin(struct cold_sum *s);
void cold_sum_add(struct cold_sum *s, const bson_t *doc);
void cold_sum_end(struct cold_sum *s); /* facts are whole */
void cold_sum_fini(struct cold_sum *s);

struct cold_writer {
	const struct cold_part *part;
	gzFile file;
	int fd; /* of the same file, to make it durable */
	struct cold_sum sum;
	bool ended;
	bson_t *min, *max; /* {_id: …} */
};

/* 0 or -errno.  The file has a temporary name until cold_write_end(), which makes it durable; metadata beside it. */
int cold_write_begin(struct cold_writer *w, const struct cold_part *part);
int cold_write_add(struct cold_writer *w, const bson_t *doc);
int cold_write_end(struct cold_writer *w, const struct schema_live *live);
void cold_write_fini(struct cold_writer *w); /* what was not ended is removed */

/* Every document goes to `take` (NULL: none), which ends the reading by a negative result.  At the end all is held
 * against `facts`.  0; -EBADMSG and `why`; -errno. */
typedef int cold_take_fn(void *arg, const bson_t *doc);
int cold_read(const struct cold_part *p, const struct cold_facts *facts, cold_take_fn *take, void *arg, char why[200]);

/* Documents by 128 bits of SHA-256 over all of their bytes: the same _id with another content is another document. */
struct cold_seen {
	struct cold_key {
		uint64_t a, b;
	} * slots;
	size_t n, room; /* room: a power of two */
};
int cold_seen_add(struct cold_seen *s, const bson_t *doc); /* 1: it was there already; 0; -ENOMEM */
void cold_seen_fini(struct cold_seen *s);

#endif
