/* hello, and isMaster, which is its older name: what we are, what we can. */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "call.h"
#include "commands.h"
#include "gate.h"

enum { MIN_WIRE_VERSION = 0, MAX_WIRE_VERSION = 21, SESSION_MINUTES = 30 };

static void append_one(bson_t *d, const char *key, const char *value)
{
	bson_t array = BSON_INITIALIZER;

	BSON_APPEND_UTF8(&array, "0", value);
	BSON_APPEND_ARRAY(d, key, &array);
	bson_destroy(&array);
}

static void append_replset(const struct call *c, bson_t *d)
{
	char me[32];
	bson_oid_t election;

	snprintf(me, sizeof(me), "127.0.0.1:%d", c->gate->door.port);
	bson_oid_init_from_string(&election, "7fffffff0000000000000001");
	BSON_APPEND_UTF8(d, "setName", "rs0");
	BSON_APPEND_INT32(d, "setVersion", 1);
	BSON_APPEND_OID(d, "electionId", &election);
	BSON_APPEND_BOOL(d, "secondary", false);
	BSON_APPEND_UTF8(d, "primary", me);
	BSON_APPEND_UTF8(d, "me", me);
	append_one(d, "hosts", me);
}

static void append_topology(const struct call *c, bson_t *d)
{
	if (c->gate->opt.topology == TOPOLOGY_MONGOS)
		BSON_APPEND_UTF8(d, "msg", "isdbgrid");
	else if (c->gate->opt.topology == TOPOLOGY_REPLSET)
		append_replset(c, d);
}

static void append_limits(const struct call *c, bson_t *d)
{
	BSON_APPEND_INT32(d, "maxBsonObjectSize", WIRE_MAX_DOCUMENT);
	BSON_APPEND_INT32(d, "maxMessageSizeBytes", WIRE_MAX_MESSAGE);
	BSON_APPEND_INT32(d, "maxWriteBatchSize", WIRE_MAX_BATCH);
	BSON_APPEND_DATE_TIME(d, "localTime", (int64_t)time(NULL) * 1000);
	BSON_APPEND_INT32(d, "logicalSessionTimeoutMinutes", SESSION_MINUTES);
	BSON_APPEND_INT32(d, "connectionId", c->conn->id);
	BSON_APPEND_INT32(d, "minWireVersion", MIN_WIRE_VERSION);
	BSON_APPEND_INT32(d, "maxWireVersion", MAX_WIRE_VERSION);
	BSON_APPEND_BOOL(d, "readOnly", false);
}

static bool is_offered(const char *list, const char *name)
{
	size_t n = strlen(name);

	for (; n && *list; list += strcspn(list, ","), list += *list == ',')
		if (strcspn(list, ",") == n && !strncmp(list, name, n))
			return true;
	return false;
}

/* Those of the client's compressors that we have, in the client's order. */
static void append_compression(const struct call *c, bson_t *d)
{
	bson_iter_t it, at;
	bson_t array = BSON_INITIALIZER;
	char buf[16];
	const char *key;
	uint32_t n = 0;

	if (!call_find(c, &it, "compression") || !BSON_ITER_HOLDS_ARRAY(&it) || !bson_iter_recurse(&it, &at))
		return;
	while (bson_iter_next(&at)) {
		if (!BSON_ITER_HOLDS_UTF8(&at) || !is_offered(c->gate->opt.compressors, bson_iter_utf8(&at, NULL)))
			continue;
		bson_uint32_to_string(n++, &key, buf, sizeof(buf));
		BSON_APPEND_UTF8(&array, key, bson_iter_utf8(&at, NULL));
	}
	BSON_APPEND_ARRAY(d, "compression", &array);
	bson_destroy(&array);
}

/* The first step of the login, sent along to save a round trip; if it fails, the client begins anew. */
static void append_speculative(struct call *c, bson_t *d)
{
	struct call inner = *c;
	const uint8_t *p = NULL;
	uint32_t n = 0;
	bson_t spec, answer;
	bson_iter_t it;

	if (!c->gate->opt.auth || !call_find(c, &it, "speculativeAuthenticate") || !BSON_ITER_HOLDS_DOCUMENT(&it))
		return;
	bson_iter_document(&it, &n, &p);
	if (!p || !bson_init_static(&spec, p, n))
		return;
	inner.body = &spec;
	inner.reply = (struct reply){0};
	cmd_sasl_start(&inner);
	if (reply_code(&inner.reply) == 0 && reply_view(&inner.reply, &answer))
		BSON_APPEND_DOCUMENT(d, "speculativeAuthenticate", &answer);
	reply_fini(&inner.reply);
}

void cmd_hello(struct call *c)
{
	bool legacy = strcasecmp(c->name, "hello") != 0;
	bson_iter_t it;
	bson_t *d;

	if (!c->gate->opt.null_sink && !engine_is_up(&c->gate->engine)) {
		c->reply.hang_up = true;
		return;
	}
	d = bson_new();
	BSON_APPEND_BOOL(d, legacy ? "ismaster" : "isWritablePrimary", true);
	BSON_APPEND_BOOL(d, "helloOk", true);
	append_topology(c, d);
	append_limits(c, d);
	if (call_find(c, &it, "saslSupportedMechs"))
		append_one(d, "saslSupportedMechs", "SCRAM-SHA-256");
	append_compression(c, d);
	append_speculative(c, d);
	BSON_APPEND_DOUBLE(d, "ok", 1);
	reply_take(&c->reply, d);
}
