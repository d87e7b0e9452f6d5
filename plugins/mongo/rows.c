#include "mongo.h"

static const char *const compressions[] = {[MONGO_COMPRESSION_AUTO] = "auto",
	[MONGO_COMPRESSION_NONE] = "none",
	[MONGO_COMPRESSION_ZSTD] = "zstd",
	[MONGO_COMPRESSION_ZLIB] = "zlib",
	[MONGO_COMPRESSION_SNAPPY] = "snappy",
	NULL};

const struct genlog_opt mongo_rows[] = {
	GENLOG_STR(struct mongo_settings, uri, .secret = true,
		.help = "connection string; without it MONGODB_HOST, MONGODB_PORT, … of the environment make one"),
	GENLOG_STR(struct mongo_settings, database,
		.help = "else the one in the uri, else MONGODB_DATABASE, else genims_production"),
	GENLOG_STR(struct mongo_settings, username, .help = "else MONGODB_USERNAME; as it is, not percent-encoded"),
	GENLOG_STR(struct mongo_settings, password, .secret = true,
		.help = "else MONGODB_PASSWORD; any bytes, not percent-encoded; better in password_file"),
	GENLOG_STR(struct mongo_settings, password_file, .file = true, .help = "file whose first line is the password"),
	GENLOG_STR(
		struct mongo_settings, auth_source, .help = "database that knows the user; else MONGODB_AUTH_SOURCE"),
	GENLOG_CHOICE(struct mongo_settings, compression, .def = "auto", .choices = compressions,
		.help = "of the wire; auto: zstd, but none to a server on this host"),
	{0},
};
