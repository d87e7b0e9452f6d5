/*
 * What is learned: templates in a fixed number of places, found by shape.  The shape of a line is what no widening may
 * change: how many elements there are, the signs between them, and the words that make the sentence (match.c).  So
 * templates of one shape differ in words that might be values, and only those are ever compared.
 */
#ifndef MINE_STORE_H
#define MINE_STORE_H

#include "mine/memo.h"
#include "mine/mine.h"
#include "mine/scan.h"

#define STORE_BUCKETS 1024
#define STORE_CHAIN 32	     /* templates of one bucket; more, and its least recently used one gives way */
#define STORE_BYTES_EACH 640 /* times max_templates: bytes of the heap that templates may take */
#define CACHE_SETS 1024
#define CACHE_WAYS 4
#define NO_TMPL UINT32_MAX
#define UNUSED UINT64_MAX /* the last use of a place that is free */

/* As struct el; `at` is a place in the template's form. */
struct part {
	uint64_t hash;
	uint16_t at, len;
	uint8_t kind;
};

/* One block of the heap holds the parts, the form (the line of its birth) and the text. */
struct tmpl {
	uint64_t id, shape, born;
	struct part *part; /* NULL: this place is free */
	uint32_t serial;   /* a cached answer holds while this is the same */
	uint32_t next;	   /* of the same bucket */
	uint32_t text_n;
	uint16_t n, form_n;
	bool cut; /* the form is the beginning of a longer line */
};

/* A skeleton's hash, and what the comparison said. */
struct answer {
	uint64_t key;
	uint32_t tmpl, serial;
};

struct mine {
	struct scan scan;
	struct words words;
	struct memo memo;
	struct answer cache[CACHE_SETS][CACHE_WAYS];
	uint32_t bucket[STORE_BUCKETS];
	uint32_t serial, free;
	uint32_t max, in_use;
	uint64_t tick, births;
	size_t bytes;
	bool changed;
	struct mine_stats count;
	uint64_t *used; /* tick of the last use, by place */
	struct tmpl tmpl[];
};

static inline char *tmpl_form(const struct tmpl *t)
{
	return (char *)(t->part + t->n);
}

static inline char *tmpl_text(const struct tmpl *t)
{
	return tmpl_form(t) + t->form_n;
}

/* A template of the scanned line.  0 and its place, or -ENOMEM. */
int store_birth(struct mine *m, uint64_t shape, uint32_t *out);

/* Places one that was saved: the scan has its form, and `t` its id, age and use.  `kinds`: of its parts. */
int store_put(struct mine *m, const struct tmpl *t, const uint8_t *kinds, uint64_t used);

/* Makes the parts what `part` says, of the same number.  -ENOMEM: it is as before. */
int store_change(struct mine *m, uint32_t at, const struct part *part);
void store_drop(struct mine *m, uint32_t at);
void store_clear(struct mine *m);

/* All answers about this shape are stale. */
void store_touch(struct mine *m, uint64_t shape);

/* The template of the scanned line: found, widened or born. */
int match_line(struct mine *m, uint32_t *at, struct mined *out);
uint64_t match_shape(const struct scan *s);

#endif
