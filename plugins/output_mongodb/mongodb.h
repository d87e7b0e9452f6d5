/*
 * output mongodb inside.
 *
 *	mongodb.c   the plugin: one client pool, insertMany unordered with the spool's own bytes
 *	reply.c     what became of each document, from the server's reply
 *
 * Settings and connection string are plugins/mongo's.
 */
#ifndef OUTPUT_MONGODB_H
#define OUTPUT_MONGODB_H

#include <genlog/plugin.h>

#include "../mongo/mongo.h"

#define MONGODB_WORKERS 64

struct worker {
	mongoc_client_t *client;
	bson_t *list; /* aligned; one view a document */
	const bson_t **views;
	size_t cap;
};

struct output_mongodb {
	struct mongo_settings settings; /* first: its rows are ours */

	struct mongo_uri uri;
	mongoc_client_pool_t *pool;
	struct worker worker[MONGODB_WORKERS];
};

/* Sets the outcomes; 0, -EAGAIN or -EMSGSIZE as genlog_plugin.write() returns them. */
int reply_judge(struct genlog_batch *b, const bson_t *reply, const bson_error_t *error);

#endif
