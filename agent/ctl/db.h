/*
 * The database that a command talks to: that of --uri, else of the configuration's output, else of MONGODB_* in the
 * environment.
 *
 * Owner: the command; zeroed is closed.  Failures are told here, with what an operator can do about them.
 */
#ifndef CTL_DB_H
#define CTL_DB_H

#include "conf/conf.h"
#include "ctl/ctl.h"
#include "mongo/mongo.h"

struct db_options {
	const char *uri;
	const char *database;
};

/* Rows for the options of a command whose struct has a member `db`. */
#define DB_ROWS(type)                                                                                                  \
	{CTL_TEXT, "uri", 0, offsetof(type, db.uri), "URI", "mongodb://…, instead of the configuration's output"},     \
	{                                                                                                              \
		CTL_TEXT, "database", 0, offsetof(type, db.database), "NAME", "instead of the configuration's"         \
	}

struct db {
	struct conf conf;
	bool configured; /* conf is loaded */
	struct mongo_settings settings;
	struct mongo_uri uri;
	mongoc_client_t *client;
	char hosts[256]; /* for messages */
};

/* 0; else -errno, and told. */
int db_open(struct ctl *c, struct db *db, const struct db_options *o);
void db_close(struct db *db);

/*
 * The configuration alone, where it is needed to know what the output is: 0; -ENOENT: there is none and none was asked
 * for; else told.  db_open() does it by itself.
 */
int db_configure(struct ctl *c, struct db *db);

/* Tells what the server or the driver said, and what it means.  -EIO. */
int db_failed(const struct db *db, const char *what, const bson_error_t *error);

/* A command on the database; `reply` is initialised in any case.  Not told. */
bool db_command(struct db *db, const bson_t *command, bson_t *reply, bson_error_t *error);

/* Every document that a pipeline yields.  0, or told as `what`. */
int db_aggregate(struct db *db, const char *collection, const bson_t *pipeline, const char *what,
	void (*fn)(void *arg, const bson_t *doc), void *arg);

/*
 * Of an element of a reply's writeErrors: whether the document is there already, which a duplicate in another unique
 * index than that of _id does not say; and the server's words.
 */
bool db_is_same_id(const bson_iter_t *error);
const char *db_error_text(const bson_iter_t *error);

/* It is a router of a sharded cluster. */
bool db_is_mongos(struct db *db);

#endif
