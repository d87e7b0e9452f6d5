/* Commands that are answered without the engine, the same each time. */
#include <string.h>

#include "call.h"
#include "commands.h"
#include "errors.h"
#include "gate.h"

/* Clients ask for the version to know what they may send; 7.0 is what the engine comes nearest to. */
static const struct {
	const char *name;
	const char *json;
} constants[] = {
	{"buildInfo", "{\"version\": \"7.0.0\", \"versionArray\": [7, 0, 0, 0], \"gitVersion\": \"wiregw\","
		      " \"engine\": \"PostgreSQL 18 with DocumentDB, not MongoDB\", \"modules\": [], \"bits\": 64,"
		      " \"debug\": false, \"maxBsonObjectSize\": 16777216, \"ok\": 1.0}"},
	{"getParameter", "{\"featureCompatibilityVersion\": {\"version\": \"7.0\"}, \"ok\": 1.0}"},
	{"getCmdLineOpts", "{\"argv\": [\"wiregw\"], \"parsed\": {}, \"ok\": 1.0}"},
	{"getLog", "{\"totalLinesWritten\": 0, \"log\": [], \"ok\": 1.0}"},
	{"hostInfo", "{\"system\": {\"hostname\": \"localhost\", \"cpuAddrSize\": 64},"
		     " \"os\": {\"type\": \"Linux\"}, \"extra\": {}, \"ok\": 1.0}"},
	{"whatsmyuri", "{\"you\": \"127.0.0.1:0\", \"ok\": 1.0}"},
	{"serverStatus", "{\"host\": \"localhost\", \"version\": \"7.0.0\", \"process\": \"wiregw\", \"ok\": 1.0}"},
};

void cmd_ok(struct call *c)
{
	reply_ok(&c->reply);
}

void cmd_constant(struct call *c)
{
	bson_error_t error;

	for (size_t i = 0; i < sizeof(constants) / sizeof(constants[0]); i++)
		if (!strcasecmp(constants[i].name, c->name)) {
			reply_take(&c->reply, bson_new_from_json((const uint8_t *)constants[i].json, -1, &error));
			return;
		}
	reply_ok(&c->reply);
}

void cmd_connection_status(struct call *c)
{
	const struct scram *s = &c->conn->scram;
	bson_t info, user, users = BSON_INITIALIZER, none = BSON_INITIALIZER;
	bson_t *d = reply_begin(&c->reply);

	BSON_APPEND_DOCUMENT_BEGIN(d, "authInfo", &info);
	if (s->done) {
		BSON_APPEND_DOCUMENT_BEGIN(&users, "0", &user);
		BSON_APPEND_UTF8(&user, "user", s->user);
		BSON_APPEND_UTF8(&user, "db", "admin");
		bson_append_document_end(&users, &user);
	}
	BSON_APPEND_ARRAY(&info, "authenticatedUsers", &users);
	BSON_APPEND_ARRAY(&info, "authenticatedUserRoles", &none);
	bson_append_document_end(d, &info);
	BSON_APPEND_DOUBLE(d, "ok", 1);
	bson_destroy(&users);
	bson_destroy(&none);
}

void cmd_no_transactions(struct call *c)
{
	call_error(c, ERR_NOT_IN_TRANSACTION, "%s: multi-document transactions are not supported", c->name);
}

void cmd_no_replication(struct call *c)
{
	call_error(c, ERR_NO_REPLICATION, "%s: not running with --replSet", c->name);
}
