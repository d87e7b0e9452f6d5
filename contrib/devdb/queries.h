/* The engine's SQL functions, row by row; data only, for pg.c.  Types: t text, b bytea (BSON), f float8. */
#ifndef DEVDB_QUERIES_H
#define DEVDB_QUERIES_H

#include "pg.h"

#define API "documentdb_api."
#define WRITE "SELECT p_result, p_success FROM " API
#define PAGE "SELECT cursorpage, continuation, persistconnection, cursorid FROM " API
#define DOCUMENT "SELECT document FROM " API
#define SCRAM "SELECT documentdb_api_internal."

static const struct query {
	const char *types;
	const char *sql;
} queries[PG_QUERIES] = {
	[PG_INSERT] = {"tbb", WRITE "insert($1, $2, $3, NULL)"},
	[PG_UPDATE] = {"tbb", WRITE "update($1, $2, $3, NULL)"},
	[PG_DELETE] = {"tbb", WRITE "delete($1, $2, $3, NULL)"},
	[PG_FIND_AND_MODIFY] = {"tb", WRITE "find_and_modify($1, $2, NULL)"},
	[PG_FIND] = {"tb", PAGE "find_cursor_first_page($1, $2)"},
	[PG_AGGREGATE] = {"tb", PAGE "aggregate_cursor_first_page($1, $2)"},
	[PG_LIST_COLLECTIONS] = {"tb", PAGE "list_collections_cursor_first_page($1, $2)"},
	[PG_LIST_INDEXES] = {"tb", PAGE "list_indexes_cursor_first_page($1, $2)"},
	[PG_GET_MORE] = {"tbb", "SELECT cursorpage, continuation FROM " API "cursor_get_more($1, $2, $3)"},
	[PG_COUNT] = {"tb", DOCUMENT "count_query($1, $2)"},
	[PG_DISTINCT] = {"tb", DOCUMENT "distinct_query($1, $2)"},
	[PG_CREATE] = {"tb", "SELECT " API "create_collection_view($1, $2)"},
	[PG_DROP] = {"tt", "SELECT " API "drop_collection($1, $2)"},
	[PG_DROP_DATABASE] = {"t", "SELECT " API "drop_database($1)"},
	/* The API's own function hands the build to pg_cron, which up.sh leaves out. */
	[PG_CREATE_INDEXES] = {"tb", "SELECT documentdb_api_internal.create_indexes_non_concurrently($1, $2, true)"},
	[PG_DROP_INDEXES] = {"tb", "CALL " API "drop_indexes($1, $2)"},
	[PG_COLL_MOD] = {"ttb", "SELECT " API "coll_mod($1, $2, $3)"},
	[PG_COLL_STATS] = {"ttf", "SELECT " API "coll_stats($1, $2, $3)"},
	[PG_DB_STATS] = {"tf", "SELECT " API "db_stats($1, $2, false)"},
	[PG_VALIDATE] = {"tb", DOCUMENT "validate($1, $2)"},
	[PG_LIST_DATABASES] = {"b", "SELECT " API "list_databases($1)"},
	[PG_RENAME] = {"b", "SELECT " API "rename_collection($1)"},
	[PG_SHARD] = {"b", "SELECT " API "shard_collection($1)"},
	[PG_CURRENT_OP] = {"b", DOCUMENT "current_op_command($1)"},
	[PG_CREATE_USER] = {"b", "SELECT " API "create_user($1)"},
	[PG_DROP_USER] = {"b", "SELECT " API "drop_user($1)"},
	[PG_USERS_INFO] = {"b", "SELECT " API "users_info($1)"},
	[PG_SCRAM_SALT] = {"t", SCRAM "scram_sha256_get_salt_and_iterations($1)"},
	[PG_SCRAM_PROOF] = {"ttt", SCRAM "authenticate_with_scram_sha256($1, $2, $3)"},
};

#endif
