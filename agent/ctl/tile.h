/*
 * Whether ranges of bytes tile a file: documents in the order of their offsets, and what lies between them.
 *
 *	0        40   41          90            120
 *	│ document │·│ document    │ ▓▓▓▓ hole ▓▓▓ │ document …
 *
 * Several lives of a file may have one name, where they begin with the same line; then their documents lie in one
 * stream, and each goes to the life that it fits behind.  A life splits off where two documents stand at one offset and
 * say different things; where they say the same, the event is there twice.  Only where lives split later on, lines
 * without a time that stand before that, once for each life, are their common beginning.
 *
 * Pure but for memory, which is bounded: holes and doubles beyond TILE_MOST are counted only.
 */
#ifndef CTL_TILE_H
#define CTL_TILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TILE_ID 12
#define TILE_LIVES 16
#define TILE_MOST 4096

struct tile_doc {
	uint64_t offset, length;
	uint64_t says; /* a hash of what tells events at one place apart */
	uint8_t id[TILE_ID];
	bool timeless; /* it has no time of its own: the same line of two lives says the same */
};

/* What lies in a hole, in bytes of it. */
enum tile_why {
	TILE_GAP,      /* a gap document tells that it was lost */
	TILE_BLANK,    /* no event: blank lines, a byte order mark, NULs that a truncation has left */
	TILE_FILTERED, /* a filter drops it */
	TILE_HEADER,   /* a line that says how others are read */
	TILE_WAITING,  /* a document that waits for its delivery */
	TILE_MISSING,  /* an event that should be a document */
	TILE_WHYS
};

struct tile_edge {
	uint64_t at, says;
	bool there;
};

struct tile_hole {
	uint64_t from, to; /* to: UINT64_MAX behind the last document */
	unsigned life;
	struct tile_edge before, behind; /* the documents beside it */
	uint64_t bytes[TILE_WHYS];
	uint64_t events[TILE_WHYS];
	uint64_t missing_at; /* the first that is */
	unsigned known;	     /* the bytes have been looked at, by the n-th of somebody: what has no reason is blank */
	char filter[32];     /* the first that drops something of it */
	char reason[160];    /* of the gap document */
};

struct tile_double {
	uint64_t from, to;
	uint8_t id[2][TILE_ID];
	bool same; /* offset and text; else they overlap */
	bool timeless;
};

struct tile {
	struct tile_life {
		struct tile_doc last;
		uint64_t end;
		uint64_t split_at;
		bool overlaps; /* it began with a document that fits nowhere, which was told: perhaps none of its own */
	} life[TILE_LIVES];
	unsigned lives;
	bool whole; /* it has to begin at 0 */
	uint64_t documents, bytes, holes_n, doubles_n;
	struct tile_hole *holes; /* in the order of `to` */
	size_t n_holes, room_holes;
	struct tile_double *doubles;
	size_t n_doubles, room_doubles;
};

/* For one file after the other: keeps its memory. */
void tile_begin(struct tile *t, bool whole);
/* In ascending order of offsets.  0 or -ENOMEM. */
int tile_add(struct tile *t, const struct tile_doc *d);
/* Those that are certain to be lives of their own. */
unsigned tile_lives(const struct tile *t);
/* Behind the last document of each life there is a hole without an end, whose bytes may be looked at too; and where
 * there is no document at all. */
int tile_end(struct tile *t);
void tile_fini(struct tile *t);

/* Bytes [from, to) are accounted for in the holes that they touch; an event counts in each once. */
void tile_explain(struct tile *t, uint64_t from, uint64_t to, enum tile_why why, const char *words);
/* The first hole that ends at `at` or behind it; n_holes: none. */
size_t tile_hole_at(const struct tile *t, uint64_t at);
/* What of a hole nothing was said of; of one without an end 0. */
uint64_t tile_rest(const struct tile_hole *h);

#endif
