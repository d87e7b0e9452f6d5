/*
 * A connection to MongoDB as operators set it: shared by output mongodb and genlogctl.
 *
 *	rows.c     the settings
 *	uri.c      from settings and the environment (MONGODB_*) to a connection string
 *	compat.h   what is not the same in mongo-c-driver 1.x and 2.x
 */
#ifndef MONGO_MONGO_H
#define MONGO_MONGO_H

#include <genlog/err.h>
#include <genlog/opt.h>

#include "compat.h"

/* Texts are borrowed.  Zeroed: all from the environment. */
struct mongo_settings {
	const char *uri;
	const char *database;
	const char *username;
	const char *password;
	const char *password_file;
	const char *auth_source;
	int compression; /* enum mongo_compression */
};

enum mongo_compression {
	MONGO_COMPRESSION_AUTO,
	MONGO_COMPRESSION_NONE,
	MONGO_COMPRESSION_ZSTD,
	MONGO_COMPRESSION_ZLIB,
	MONGO_COMPRESSION_SNAPPY,
};

/* For conf_apply(); a struct that begins with mongo_settings may be what they are applied to. */
extern const struct genlog_opt mongo_rows[];

struct mongo_uri {
	mongoc_uri_t *parsed;
	char *database; /* the settings' own, else the string's, else MONGODB_DATABASE, else genims_production */
};

/* Once a process, before anything else of the driver. */
void mongo_init(void);

/* The driver's counters, a file a process in /dev/shm, which a process that is killed would leave there. */
void mongo_forget_counters(void);

/* Who connects: the name that the server's log has, and how long an answer may take where nobody has set that. */
struct mongo_app {
	const char *name;
	int32_t socket_timeout_ms;
};

/* 0, or -errno with words that hold no credential; fini in either case. */
int mongo_uri_make(
	const struct mongo_settings *s, const struct mongo_app *app, struct mongo_uri *out, struct genlog_err *err);
void mongo_uri_fini(struct mongo_uri *u);

#endif
