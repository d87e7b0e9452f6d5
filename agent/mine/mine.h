/*
 * Message templates, mined online.  A log line that carries no template of its own gets one: the words that its
 * program always prints stay, what varies becomes a hole.
 *
 *	Failed password for root from 10.1.2.3 port 4711 ssh2
 *	Failed password for {} from {ip} port {num} ssh2
 *
 * Each line is read once.  The scanner cuts it into elements (scan.c, mask.c): what looks like a value becomes a hole
 *at first sight, by rules that know no system.  A second pass over the elements, not the bytes, joins what belongs
 *together (context.c): `5 ms`, `Mon Jul 11 03:46:14`, lists, `user bob`.  What remains is the skeleton, and its hash
 *finds the template in a cache.  Only a skeleton that the cache has not got is compared with the templates of its own
 *shape (match.c): it is one of them, or it differs in words that may be values too and the template widens, or it is
 *the birth of a new one.
 *
 * The cache remembers answers and never makes one: without it the same lines have the same templates, so it is not
 * saved.  Templates are bounded in number and bytes; the least recently used one gives way.
 *
 * Owner: whoever made it; one a reader and input.  Threads: none.  Loss: templates that gave way are counted, and born
 * again with the id they had when the line of their birth comes again.
 */
#ifndef MINE_MINE_H
#define MINE_MINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <genlog/record.h>

struct mine;

struct mined {
	const char *text; /* holes are {} or {kind}; a brace of the message is doubled.  Lives until the next call */
	uint32_t n;
	uint64_t id;  /* hash of the template's first form: the same after widening, a restart, or learning anew */
	bool widened; /* this line changed the text */
	bool fresh;   /* this line made the template */
};

struct mine_stats {
	size_t templates, bytes; /* bytes: of the heap, by templates */
	uint64_t born, widened, evicted;
};

struct mine *mine_new(size_t max_templates); /* at least 1, at most 65535; NULL: no memory */
void mine_free(struct mine *m);

/*
 * The template of a message: valid UTF-8 with GENLOG_PAD readable bytes behind it.  Of the message counts its first
 * line, and of that what fits into bounds; the rest is one hole.  0, or -ENOMEM: nothing was learned.
 */
int mine_line(struct mine *m, const char *p, size_t n, struct mined *out);

/* 0 or -ENOMEM; what is learned is appended to `out`. */
int mine_save(const struct mine *m, struct genlog_buf *out);

/* Untrusted bytes.  -EBADMSG: damaged; -ENOTSUP: another version's; -ENOMEM.  Whatever fails, it is as new after. */
int mine_load(struct mine *m, const void *p, size_t n);

/* Whether there is something learned that was not saved: set by births and widening, cleared by the saver. */
bool mine_changed(const struct mine *m);
void mine_clean(struct mine *m);

void mine_stats(const struct mine *m, struct mine_stats *out);

#endif
