/*
 * output mongodb inside.
 *
 *	mongodb.c   the plugin: one client pool, insertMany unordered with the spool's own bytes
 *	uri.c       from settings and the environment (MONGODB_*) to a connection string
 *	reply.c     what became of each document, from the server's reply
 */
#ifndef OUTPUT_MONGODB_H
#define OUTPUT_MONGODB_H

#include <genlog/plugin.h>

#include "compat.h"

#define MONGODB_WORKERS 64

struct worker {
	mongoc_client_t *client;
	bson_t *list; /* aligned; one view a document */
	const bson_t **views;
	size_t cap;
};

struct output_mongodb {
	const char *uri;
	const char *database;
	const char *username;
	const char *password;
	const char *password_file;
	const char *auth_source;
	int compression;

	char *database_used;
	mongoc_uri_t *parsed;
	mongoc_client_pool_t *pool;
	struct worker worker[MONGODB_WORKERS];
};

enum { COMPRESSION_AUTO, COMPRESSION_NONE, COMPRESSION_ZSTD, COMPRESSION_ZLIB, COMPRESSION_SNAPPY };

/* Sets `parsed` and `database_used`.  0, or -errno with words that hold no credential. */
int uri_make(struct output_mongodb *o, struct genlog_err *err);

/* Sets the outcomes; 0, -EAGAIN or -EMSGSIZE as genlog_plugin.write() returns them. */
int reply_judge(struct genlog_batch *b, const bson_t *reply, const bson_error_t *error);

#endif
