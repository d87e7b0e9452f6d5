/*
 * A BSON document that grows as it is written: answers to who asks the agent, and documents about the agent itself.
 *
 *	answer_begin(&a); answer_int(&a, "pid", 7); answer_array(&a, "inputs"); … answer_end(&a); answer_finish(&a)
 *
 * Within an array keys are NULL.  Failures latch: answer_finish() tells.  Texts need not be UTF-8, and are repaired.
 * Owner: who embeds it; zeroed is empty, answer_fini() accepts that.
 */
#ifndef ADMIN_ANSWER_H
#define ADMIN_ANSWER_H

#include <genlog/record.h>
#include <stdbool.h>

#define ANSWER_DEPTH 16

struct answer {
	struct genlog_buf b;
	size_t open[ANSWER_DEPTH]; /* where the open documents begin */
	unsigned item[ANSWER_DEPTH];
	bool array[ANSWER_DEPTH];
	unsigned depth;
	bool failed;
};

void answer_begin(struct answer *a);
void answer_doc(struct answer *a, const char *key);
void answer_array(struct answer *a, const char *key);
void answer_end(struct answer *a); /* of the innermost document or array */

void answer_int(struct answer *a, const char *key, int64_t v);
void answer_uint(struct answer *a, const char *key, uint64_t v); /* as int64; what does not fit is its largest */
void answer_double(struct answer *a, const char *key, double v);
void answer_bool(struct answer *a, const char *key, bool v);
void answer_time(struct answer *a, const char *key, int64_t ms);
void answer_text(struct answer *a, const char *key, const char *s); /* NULL: null */
void answer_text_n(struct answer *a, const char *key, const char *p, size_t n);
void answer_oid(struct answer *a, const char *key, const uint8_t id[12]);
void answer_bson(struct answer *a, const char *key, const uint8_t *bson, size_t n); /* a whole document */

/* The document is complete.  0, or -ENOMEM. */
int answer_finish(struct answer *a);
void answer_fini(struct answer *a);

#endif
