#include <pthread.h>
#include <stdio.h>

#include "base/hash.h"
#include "event/slots.h"

#define BUCKETS 512
#define NAME_MAX_LEN 24

/* Names in lower case; case does not count when they are looked up. */
static const char *const names[GENLOG_SLOTS][16] = {
	[GENLOG_SLOT_TIMESTAMP] = {"timestamp", "@timestamp", "time", "ts", "datetime", "date_time", "asctime",
		"event_time", "eventtime", "log_time", "logtime", "timemillis", "@t", "date"},
	[GENLOG_SLOT_LEVEL] = {"level", "severity", "log.level", "loglevel", "log_level", "levelname", "lvl",
		"level_name", "severity_text", "severitytext", "@l"},
	[GENLOG_SLOT_MODULE] = {"module", "service", "service.name", "service_name", "servicename", "app",
		"application", "app_name"},
	[GENLOG_SLOT_CLASS_NAME] = {"class_name", "class", "classname", "logger", "logger_name", "loggername",
		"log.logger", "sourcecontext"},
	[GENLOG_SLOT_METHOD_NAME] = {"method_name", "methodname", "function", "func", "funcname", "func_name",
		"log.origin.function"},
	[GENLOG_SLOT_MESSAGE] = {"message", "msg", "@m", "renderedmessage", "rendered_message", "short_message",
		"event", "body", "log", "text"},
	[GENLOG_SLOT_MESSAGE_TEMPLATE] = {"message_template", "messagetemplate", "@mt"},
	[GENLOG_SLOT_TEMPLATE_ID] = {"template_id"},
	[GENLOG_SLOT_ERROR_CODE] = {"error_code", "errorcode", "error.code", "err_code"},
	[GENLOG_SLOT_ERROR_MESSAGE] = {"error_message", "errormessage", "error.message", "error", "err"},
	[GENLOG_SLOT_STACK_TRACE] = {"stack_trace", "stacktrace", "error.stack_trace", "error.stack", "stack",
		"exc_info", "traceback", "exception", "@x"},
	[GENLOG_SLOT_DURATION_MS] = {"duration_ms", "durationms", "elapsed_ms", "elapsedms", "took_ms", "latency_ms"},
	[GENLOG_SLOT_DB_QUERIES] = {"db_queries"},
	[GENLOG_SLOT_EXTERNAL_API_CALLS] = {"external_api_calls"},
	[GENLOG_SLOT_USER_ID] = {"user_id", "userid", "user.id"},
	[GENLOG_SLOT_IP_ADDRESS] = {"ip_address", "ip", "client_ip", "clientip", "client.ip", "remote_addr",
		"remote_ip", "source.ip"},
	[GENLOG_SLOT_USER_AGENT] = {"user_agent", "useragent", "user_agent.original", "http_user_agent"},
	[GENLOG_SLOT_ENVIRONMENT] = {"environment", "env", "service.environment"},
	[GENLOG_SLOT_VERSION] = {"version", "service.version", "app_version"},
	[GENLOG_SLOT_NODE_ID] = {"node_id", "nodeid", "hostname", "host.name"},
	[GENLOG_SLOT_TAGS] = {"tags"},
	[GENLOG_SLOT_CORRELATION_ID] = {"correlation_id", "correlationid", "x_correlation_id", "trace_id", "traceid",
		"trace.id", "request_id", "requestid"},
};

#define TYPE_DATE "\x09"
#define TYPE_TEXT "\x02"
#define TYPE_NUMBER "\x01"
#define TYPE_COUNT "\x10"
#define TYPE_TAGS "\x04"

#define NULLABLE(s)                                                                                                    \
	((s) == GENLOG_SLOT_ERROR_CODE || (s) == GENLOG_SLOT_ERROR_MESSAGE || (s) == GENLOG_SLOT_STACK_TRACE)

const struct slot_info slot_infos[GENLOG_SLOTS] = {
#define INFO(name_, key_, kind_)                                                                                       \
	[GENLOG_SLOT_##name_] = {.head = TYPE_##kind_ key_,                                                            \
		.head_len = sizeof(key_) + 1,                                                                          \
		.key_len = sizeof(key_) - 1,                                                                           \
		.kind = SLOT_##kind_,                                                                                  \
		.nullable = NULLABLE(GENLOG_SLOT_##name_),                                                             \
		.key = (key_)},
	GENLOG_SLOT_LIST(INFO)
#undef INFO
};

struct bucket {
	const char *name;
	uint8_t len, slot, rank;
};

static struct bucket buckets[BUCKETS];
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* ASCII letters in lower case; other bytes may change too, but the same way on both sides. */
static size_t lower(char *to, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (char)(p[i] >= 'A' && p[i] <= 'Z' ? p[i] | 0x20 : p[i]);
	return n;
}

static struct bucket *bucket_find(const char *low, size_t len)
{
	size_t i = hash64(low, len, 0) % BUCKETS;

	while (buckets[i].name && (buckets[i].len != len || memcmp(buckets[i].name, low, len) != 0))
		i = (i + 1) % BUCKETS;
	return &buckets[i];
}

static void make_tables(void)
{
	for (int s = 0; s < GENLOG_SLOTS; s++)
		for (int r = 0; r < 16 && names[s][r]; r++) {
			struct bucket *b = bucket_find(names[s][r], strlen(names[s][r]));

			*b = (struct bucket){names[s][r], (uint8_t)strlen(names[s][r]), (uint8_t)s, (uint8_t)r};
		}
}

const char *slot_name(enum genlog_slot s, int rank)
{
	return rank >= 0 && rank < 16 ? names[s][rank] : NULL;
}

enum genlog_slot genlog_slot_of(const char *name, size_t len, int *rank)
{
	char low[NAME_MAX_LEN];
	const struct bucket *b;

	pthread_once(&once, make_tables);
	if (!len || len > sizeof(low))
		return GENLOG_SLOTS;
	b = bucket_find(low, lower(low, name, len));
	if (!b->name)
		return GENLOG_SLOTS;
	*rank = b->rank;
	return (enum genlog_slot)b->slot;
}

static bool text_fit(struct genlog_record *rec, struct genlog_value *v)
{
	char *p;
	int n;

	if (v->type == GENLOG_V_STR)
		return true;
	if (v->type != GENLOG_V_INT && v->type != GENLOG_V_DOUBLE && v->type != GENLOG_V_BOOL)
		return false;
	p = genlog_rec_alloc(rec, 40);
	if (!p)
		return false;
	if (v->type == GENLOG_V_INT)
		n = snprintf(p, 40, "%lld", (long long)v->u.i);
	else if (v->type == GENLOG_V_DOUBLE)
		n = snprintf(p, 40, "%.17g", v->u.d);
	else
		n = snprintf(p, 40, "%s", v->u.i ? "true" : "false");
	*v = genlog_str(p, (size_t)n);
	return true;
}

static bool count_fit(struct genlog_value *v)
{
	return v->type == GENLOG_V_INT && v->u.i >= INT32_MIN && v->u.i <= INT32_MAX;
}

bool slot_fit(struct genlog_record *rec, enum genlog_slot s, struct genlog_value *v)
{
	const struct slot_info *f = slot_info(s);

	if (v->type == GENLOG_V_NULL)
		return f->nullable;
	switch ((enum slot_kind)f->kind) {
	case SLOT_TEXT: return text_fit(rec, v);
	case SLOT_NUMBER: return v->type == GENLOG_V_INT || v->type == GENLOG_V_DOUBLE;
	case SLOT_COUNT: return count_fit(v);
	case SLOT_TAGS: return v->type == GENLOG_V_ARRAY;
	case SLOT_DATE: return v->type != GENLOG_V_DOC && v->type != GENLOG_V_ARRAY && v->type != GENLOG_V_BOOL;
	}
	return false;
}
