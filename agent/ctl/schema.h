/*
 * The layout of the database: collections, their validators, indexes and lifetimes, as conf.d/schema/ *.yaml defines
 *it.
 *
 *	schema_load.c    files to definitions; what is wrong in them is told with its place
 *	schema_fields.c  the fields of a definition to a $jsonSchema
 *	schema_live.c    what the database has
 *	schema_diff.c    what differs, and the command that makes it good
 *	schema.c         the commands schema show, diff, apply
 *	schema_roles.c   the command schema roles
 */
#ifndef CTL_SCHEMA_H
#define CTL_SCHEMA_H

#include "ctl/db.h"

#define SCHEMA_TIME "timestamp" /* the field that says when, where a definition does not */

struct schema_index {
	const char *name;
	bson_t *key;
	int64_t ttl; /* milliseconds; -1: none */
	bool unique, sparse;
	struct genlog_pos pos;
};

struct schema_coll {
	const char *name, *summary;
	bool agent;	  /* the agent inserts into it */
	bool archive;	  /* what `archive` takes by itself */
	const char *time; /* the field that says when */
	struct genlog_strs required;
	int action; /* enum schema_action */
	bson_t *validator;
	bson_t *shard; /* the key; empty: not sharded */
	struct schema_index *indexes;
	size_t n_indexes;
	struct genlog_pos pos;
};

enum schema_action { SCHEMA_ERROR, SCHEMA_WARN };
extern const char *const schema_actions[];

struct schema {
	struct conf conf; /* texts, and errors with their places */
	struct schema_coll **colls;
	size_t n;
};

/*
 * `dir` NULL: those that came with the program, and those of /etc/genlog/schema, which go before them by the name of
 * the collection.  0; else -errno, and told on standard error.  schema_fini() in either case.
 */
int schema_load(struct schema *s, const char *dir);
void schema_fini(struct schema *s);
const struct schema_coll *schema_find(const struct schema *s, const char *name);

/* Appends to a $jsonSchema's body.  0, or -EINVAL told in `c`, or -ENOMEM. */
int schema_fields(struct conf *c, const struct conf_node *fields, const struct genlog_strs *required, bson_t *to);

/* What there is of a collection. */
struct schema_live {
	bool there, is_view;
	bson_t options; /* as listCollections has them */
	bson_t indexes; /* "0": …, as listIndexes has them */
	bson_t shard;	/* the key, where it is sharded */
};
void schema_live_init(struct schema_live *l);
void schema_live_fini(struct schema_live *l);
/* 0, or told. */
int schema_live_read(struct db *db, const char *collection, bool mongos, struct schema_live *l);

enum schema_kind { SCHEMA_MISSING, SCHEMA_CHANGED, SCHEMA_REFUSED, SCHEMA_EXTRA };

struct schema_diff {
	const struct schema_coll *coll;
	enum schema_kind kind;
	const char *item;   /* "collection", "validator", "index idx_recent_logs", "sharding" */
	const char *text;   /* what differs; where it is refused also why, and what can be done */
	const bson_t *fix;  /* a command; NULL: none */
	bool fix_for_admin; /* on the database admin */
};
typedef void schema_diff_fn(void *arg, const struct schema_diff *d);

/* Pure.  `shard`: also whether it is sharded as defined; `database` names it for that. */
void schema_compare(const struct schema_coll *coll, const struct schema_live *live, const char *database, bool shard,
	schema_diff_fn *tell, void *arg);

/* Commands made of a definition. */
void schema_create(const struct schema_coll *coll, bson_t *out);
void schema_validate(const struct schema_coll *coll, bson_t *out);
void schema_index_spec(const struct schema_index *x, bson_t *out);

#endif
