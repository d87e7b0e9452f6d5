/*
 * Which documents: one language for the database and for files.
 *
 *	level=ERROR,CRITICAL module=MES message~"disk .*full" timestamp>-2h duration_ms>=100 user_id!=null timeout
 *	{"level": "ERROR", "context.order_id": {"$in": [1, 2]}}
 *
 * Words are joined by AND and become a MongoDB query; a query is evaluated here as MongoDB does it, for the operators
 * that are usual.  A number, a time or true in words also stands for the text that reads so: user_id=77 finds both.
 *
 *	filter.c         words or JSON to a query
 *	filter_value.c   what a word stands for
 *	filter_tree.c    a query to conditions
 *	filter_match.c   conditions on a document
 *
 * Owner: who embeds it; zeroed takes every document.  Threads: one.
 */
#ifndef CTL_FILTER_H
#define CTL_FILTER_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <bson/bson.h>
#include <pcre2.h>
#include <stdbool.h>
#include <stdint.h>

#include <genlog/err.h>

enum filter_kind { FILTER_AND, FILTER_OR, FILTER_NOT, FILTER_EQ, FILTER_ORDER, FILTER_EXISTS, FILTER_REGEX };
enum filter_order { FILTER_GT = 1, FILTER_LT = 2, FILTER_OR_EQUAL = 4 };

struct filter_node {
	enum filter_kind kind;
	const char *path;  /* of the field, with dots */
	bson_iter_t value; /* in the query */
	unsigned order;	   /* enum filter_order */
	bool wanted;	   /* exists */
	pcre2_code *regex;
	pcre2_match_data *match;
	struct filter_node *first, *next; /* of AND, OR, NOT; of siblings */
	struct filter_node *allocated;	  /* the one made before */
};

struct filter {
	bson_t *query; /* what MongoDB is asked; NULL while there is none */
	struct filter_node *root, *last_made;
};

/*
 * One of both: JSON in the first word, or words.  `now_ms`: what "-2h" counts from.  0, or -errno with words that name
 * the word at fault.
 */
int filter_parse(struct filter *f, int n, char *const *words, int64_t now_ms, struct genlog_err *err);
void filter_fini(struct filter *f);

/* Never NULL after filter_parse(). */
const bson_t *filter_query(const struct filter *f);

/* {field: {$gte: from, $lt: to}} joined by AND; INT64_MIN, INT64_MAX: open.  Before filter_compile(). */
int filter_between(struct filter *f, const char *field, int64_t from_ms, int64_t to_ms);

/* Makes ready for filter_match().  -ENOTSUP: an operator that only a server knows. */
int filter_compile(struct filter *f, struct genlog_err *err);
bool filter_match(const struct filter *f, const bson_t *doc);

/* Values of all types in an order: <0, 0, >0; *comparable is false where MongoDB would not compare them in a query. */
int filter_compare(const bson_iter_t *a, const bson_iter_t *b, bool *comparable);

/* filter_value.c: appends {field: …} for `field OP text` to `to`. */
enum filter_op { OP_EQ, OP_NE, OP_GT, OP_GE, OP_LT, OP_LE, OP_LIKE, OP_UNLIKE };
int filter_word(bson_t *to, const char *field, enum filter_op op, const char *text, bool quoted, int64_t now_ms);

#endif
