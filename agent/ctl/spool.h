/*
 * What the commands on a spool's folder share: where it is, and what a look at every byte of it has found.
 *
 *	spool_path.c  the folder: --spool, or that of the configuration
 *	spool_scan.c  all segments, frame by frame: figures of each, and what is wrong
 *	spool_docs.c  the documents in them
 *	spool_ls.c, spool_cat.c, spool_verify.c, spool_repair.c, spool_export.c
 */
#ifndef CTL_SPOOL_H
#define CTL_SPOOL_H

#include "conf/conf.h"
#include "ctl/ctl.h"
#include "spool/look.h"

#define SPOOL_OPTION(type)                                                                                             \
	{                                                                                                              \
		CTL_TEXT, "spool", 0, offsetof(type, spool), "DIR", "the spool (that of the configuration)"            \
	}

/* The configuration, or an error told.  `given` NULL: spool.path of it.  The text lives as long as `conf`. */
const char *ctl_spool_path(const struct ctl *c, const char *given, struct conf *conf);
/* Both at once, for those who need no more of the configuration; told. */
int ctl_spool_look(const struct ctl *c, const char *given, struct look *l);

/* "0000000000000001:4096" */
#define SPOOL_PLACE 48
char *ctl_place(char out[SPOOL_PLACE], uint64_t segment, uint64_t at);

/* ── a look at all of it ── */

enum finding_kind {
	FOUND_HEAD,   /* the header of a segment is damaged */
	FOUND_FRAME,  /* bytes that are no frame, or one with a wrong checksum */
	FOUND_BODY,   /* its checksum is good, and what is in it does not fit together */
	FOUND_HOLE,   /* documents are missing though no byte is damaged */
	FOUND_TORN,   /* behind the last frame of all lie bytes of a write that was cut off */
	FOUND_MENDED, /* a hole that was put in the place of damage: told, and no damage any more */
	FOUND_KINDS
};

struct finding {
	enum finding_kind kind;
	struct look_span span;
	uint64_t docs; /* that are missing there, as far as it is known */
};

struct scanned {
	uint64_t frames, docs, positions; /* positions: of its snapshot */
	uint64_t first, next;		  /* sequence of its first document, and behind its last */
	uint64_t end;			  /* behind its last good frame */
	bool sealed, gone;
};

struct spool_scan {
	struct look *look;
	struct scanned *segment; /* as look->segment */
	struct finding *finding;
	size_t n, cap;
	/* while it runs */
	size_t at;
	bool known; /* `expected` is */
	uint64_t expected;
	struct look_span open; /* damage that no good frame has followed yet; size 0: none */
	int error;
};

/* 0 or told. */
int spool_scan(struct spool_scan *x, struct look *l, const struct ctl *c);
void spool_scan_fini(struct spool_scan *x);

/* ── the documents ── */

struct spool_doc {
	uint64_t segment, at; /* of its frame */
	uint8_t level;
	const char *collection;
	const uint8_t *bson;
	uint32_t len;
};
typedef int spool_doc_fn(void *arg, const struct spool_doc *d); /* not 0: enough */

struct spool_which {
	bool waiting;
	bool one; /* segment `number` alone */
	uint64_t number;
	const char *collection; /* NULL: all */
	uint64_t damaged;	/* out: bytes that were no frames */
};
int spool_docs(struct look *l, struct spool_which *w, spool_doc_fn *fn, void *arg);

#endif
