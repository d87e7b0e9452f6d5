#include "call.h"

#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "errors.h"
#include "gate.h"

/* What a command does in null-sink mode. */
enum nullness {
	NULL_NONE,  /* there is no such command */
	NULL_SAME,  /* the same: it needs no engine */
	NULL_OK,    /* pretends, for clients that prepare their collection */
	NULL_EMPTY, /* an empty cursor */
	NULL_COUNT, /* n: 0 */
};

enum { LOCKED = 0, OPEN = 1 }; /* with --auth: may it come before the login? */

static const struct command {
	const char *name;
	void (*run)(struct call *c);
	enum nullness null;
	bool open;
} commands[] = {
	{"insert", cmd_insert, NULL_SAME, LOCKED},
	{"hello", cmd_hello, NULL_SAME, OPEN},
	{"isMaster", cmd_hello, NULL_SAME, OPEN},
	{"ismaster", cmd_hello, NULL_SAME, OPEN},
	{"ping", cmd_ok, NULL_SAME, OPEN},
	{"find", cmd_find, NULL_EMPTY, LOCKED},
	{"getMore", cmd_get_more, NULL_SAME, LOCKED},
	{"killCursors", cmd_kill_cursors, NULL_SAME, LOCKED},
	{"aggregate", cmd_aggregate, NULL_EMPTY, LOCKED},
	{"count", cmd_count, NULL_COUNT, LOCKED},
	{"distinct", cmd_distinct, NULL_NONE, LOCKED},
	{"update", cmd_update, NULL_SAME, LOCKED},
	{"delete", cmd_delete, NULL_SAME, LOCKED},
	{"findAndModify", cmd_find_and_modify, NULL_SAME, LOCKED},
	{"findandmodify", cmd_find_and_modify, NULL_SAME, LOCKED},
	{"create", cmd_create, NULL_OK, LOCKED},
	{"createIndexes", cmd_create_indexes, NULL_OK, LOCKED},
	{"listIndexes", cmd_list_indexes, NULL_EMPTY, LOCKED},
	{"dropIndexes", cmd_drop_indexes, NULL_OK, LOCKED},
	{"deleteIndexes", cmd_drop_indexes, NULL_OK, LOCKED},
	{"listCollections", cmd_list_collections, NULL_EMPTY, LOCKED},
	{"listDatabases", cmd_list_databases, NULL_NONE, LOCKED},
	{"collMod", cmd_coll_mod, NULL_OK, LOCKED},
	{"collStats", cmd_coll_stats, NULL_NONE, LOCKED},
	{"collstats", cmd_coll_stats, NULL_NONE, LOCKED},
	{"dbStats", cmd_db_stats, NULL_NONE, LOCKED},
	{"dbstats", cmd_db_stats, NULL_NONE, LOCKED},
	{"drop", cmd_drop, NULL_OK, LOCKED},
	{"dropDatabase", cmd_drop_database, NULL_OK, LOCKED},
	{"renameCollection", cmd_rename, NULL_NONE, LOCKED},
	{"validate", cmd_validate, NULL_NONE, LOCKED},
	{"enableSharding", cmd_ok, NULL_SAME, LOCKED},
	{"shardCollection", cmd_shard, NULL_OK, LOCKED},
	{"currentOp", cmd_current_op, NULL_NONE, LOCKED},
	{"createUser", cmd_create_user, NULL_NONE, LOCKED},
	{"dropUser", cmd_drop_user, NULL_NONE, LOCKED},
	{"usersInfo", cmd_users_info, NULL_NONE, LOCKED},
	{"saslStart", cmd_sasl_start, NULL_NONE, OPEN},
	{"saslContinue", cmd_sasl_continue, NULL_NONE, OPEN},
	{"logout", cmd_ok, NULL_SAME, OPEN},
	{"endSessions", cmd_ok, NULL_SAME, OPEN},
	{"refreshSessions", cmd_ok, NULL_SAME, LOCKED},
	{"startSession", cmd_no_replication, NULL_SAME, LOCKED},
	{"buildInfo", cmd_constant, NULL_SAME, OPEN},
	{"buildinfo", cmd_constant, NULL_SAME, OPEN},
	{"connectionStatus", cmd_connection_status, NULL_SAME, OPEN},
	{"getCmdLineOpts", cmd_constant, NULL_SAME, LOCKED},
	{"getLog", cmd_constant, NULL_SAME, LOCKED},
	{"getParameter", cmd_constant, NULL_SAME, LOCKED},
	{"hostInfo", cmd_constant, NULL_SAME, LOCKED},
	{"serverStatus", cmd_constant, NULL_SAME, LOCKED},
	{"whatsmyuri", cmd_constant, NULL_SAME, OPEN},
	{"commitTransaction", cmd_no_transactions, NULL_SAME, LOCKED},
	{"abortTransaction", cmd_no_transactions, NULL_SAME, LOCKED},
	{"replSetGetStatus", cmd_no_replication, NULL_SAME, LOCKED},
};

void call_error(struct call *c, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	reply_error(&c->reply, code, fmt, ap);
	va_end(ap);
	stat_add(&c->gate->stats, STAT_ERRORS, 1);
}

bool call_find(const struct call *c, bson_iter_t *it, const char *key)
{
	return bson_iter_init_find(it, c->body, key);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static void reply_empty_cursor(struct call *c)
{
	bson_t cursor, none = BSON_INITIALIZER;
	bson_t *d = reply_begin(&c->reply);
	char ns[512];

	snprintf(ns, sizeof(ns), "%s.%s", c->db, c->collection);
	BSON_APPEND_DOCUMENT_BEGIN(d, "cursor", &cursor);
	BSON_APPEND_ARRAY(&cursor, "firstBatch", &none);
	BSON_APPEND_INT64(&cursor, "id", 0);
	BSON_APPEND_UTF8(&cursor, "ns", ns);
	bson_append_document_end(d, &cursor);
	BSON_APPEND_DOUBLE(d, "ok", 1);
	bson_destroy(&none);
}

static void run_null(struct call *c, const struct command *cmd)
{
	bson_t *d;

	switch (cmd->null) {
	case NULL_SAME: cmd->run(c); break;
	case NULL_OK: reply_ok(&c->reply); break;
	case NULL_EMPTY: reply_empty_cursor(c); break;
	case NULL_COUNT:
		d = reply_begin(&c->reply);
		BSON_APPEND_INT32(d, "n", 0);
		BSON_APPEND_DOUBLE(d, "ok", 1);
		break;
	case NULL_NONE: call_error(c, ERR_COMMAND_NOT_FOUND, "%s: there is no database", c->name);
	}
}

/* False: the error is in the reply. */
static bool read_names(struct call *c)
{
	bson_iter_t it;

	if (!bson_iter_init(&it, c->body) || !bson_iter_next(&it)) {
		call_error(c, ERR_FAILED_TO_PARSE, "empty command");
		return false;
	}
	c->name = bson_iter_key(&it);
	c->collection = BSON_ITER_HOLDS_UTF8(&it) ? bson_iter_utf8(&it, NULL) : "";
	c->db = *c->msg->db ? c->msg->db : NULL;
	if (call_find(c, &it, "$db") && BSON_ITER_HOLDS_UTF8(&it))
		c->db = bson_iter_utf8(&it, NULL);
	if (!c->db)
		call_error(c, ERR_NO_DB, "OP_MSG requests require a $db argument");
	return c->db != NULL;
}

static int read_timeout(const struct call *c)
{
	bson_iter_t it;
	int64_t ms = call_find(c, &it, "maxTimeMS") ? bson_iter_as_int64(&it) : 0;

	return ms > 0 && ms < INT32_MAX ? (int)ms : 0;
}

void call_run(struct call *c)
{
	const struct command *cmd;

	faults_wait_hang(&c->gate->faults);
	if (!read_names(c))
		return;
	cmd = find_command(c->name);
	if (!cmd) {
		call_error(c, ERR_COMMAND_NOT_FOUND, "no such command: '%s'", c->name);
		return;
	}
	if (c->gate->opt.auth && !c->conn->scram.done && !cmd->open) {
		call_error(c, ERR_UNAUTHORIZED, "command %s requires authentication", c->name);
		return;
	}
	c->timeout_ms = read_timeout(c);
	if (c->gate->opt.null_sink)
		run_null(c, cmd);
	else
		cmd->run(c);
}
