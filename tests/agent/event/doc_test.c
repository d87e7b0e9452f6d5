/* From a line to the bytes of its document: fields, order, types, identity. */
#include "event/doc.h"

#include <bson/bson.h>
#include <errno.h>

#include "base/buf.h"
#include "event/record.h"
#include "lib/json.h"
#include "lib/plugin.h"
#include "lib/test.h"

#define NOW 1766399445123LL /* 2025-12-22T10:30:45.123Z */

struct made {
	struct bench b;
	struct doc_defaults defaults;
	struct genlog_buf source, out;
	struct doc_place place;
	struct doc_facts facts;
	char json[1 << 16];
};

static void made_open(struct made *m)
{
	const struct doc_origin origin = {
		.type = "tail", .label = "path", .value = "/var/log/mes.log", .generation = 0x0123456789abcdef};

	bench_open(&m->b, GENLOG_PARSER, "json", "");
	m->defaults.id_seed = doc_seed("system_logs");
	m->defaults.slot[GENLOG_SLOT_MODULE] = genlog_str("MES", 3);
	m->defaults.slot[GENLOG_SLOT_NODE_ID] = genlog_str("node-7", 6);
	m->defaults.set = 1ULL << GENLOG_SLOT_MODULE | 1ULL << GENLOG_SLOT_NODE_ID;
	assert_int_equal(doc_source(&m->source, &origin), 0);
	m->place = (struct doc_place){&m->source, 0x0123456789abcdef, 42, 4096, 200, 0};
}

static void made_close(struct made *m)
{
	bench_close(&m->b);
	buf_free(&m->source);
	buf_free(&m->out);
	buf_free(&m->defaults.context);
	free(m);
}

static struct made *made_new(void)
{
	struct made *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	made_open(m);
	return m;
}

/* All that libbson can find wrong, but for a NUL in a value. */
static void print(struct made *m)
{
	const bson_validate_flags_t all = BSON_VALIDATE_UTF8 | BSON_VALIDATE_UTF8_ALLOW_NULL |
					  BSON_VALIDATE_DOLLAR_KEYS | BSON_VALIDATE_DOT_KEYS | BSON_VALIDATE_EMPTY_KEYS;
	bson_error_t error;
	bson_t bson;
	char *json;

	assert_true(bson_init_static(&bson, m->out.p, m->out.n));
	if (!bson_validate_with_error(&bson, all, &error))
		fail_msg("%s", error.message);
	json = json_widen(bson_as_canonical_extended_json(&bson, NULL));
	assert_non_null(json);
	snprintf(m->json, sizeof(m->json), "%s", json);
	bson_free(json);
}

static void append(struct made *m)
{
	m->out.n = 0;
	assert_int_equal(doc_settle(&m->b.rec, &m->defaults, NOW, &m->facts), 0);
	assert_int_equal(doc_append(&m->out, &m->b.rec, &m->defaults, &m->place, &m->facts), 0);
	print(m);
}

static const char *doc_of(struct made *m, const char *line)
{
	bench_line(&m->b, line);
	if (m->b.plug.code->parse(m->b.plug.state, &m->b.rec) != GENLOG_PARSED)
		genlog_set_slot(&m->b.rec, GENLOG_SLOT_MESSAGE, genlog_str(m->b.rec.line, m->b.rec.len));
	append(m);
	return m->json;
}

static void has(struct made *m, const char *line, const char *part)
{
	if (!strstr(doc_of(m, line), part))
		fail_msg("%s\nhas no %s:\n%s", line, part, m->json);
}

static void has_not(struct made *m, const char *line, const char *part)
{
	if (strstr(doc_of(m, line), part))
		fail_msg("%s\nhas %s:\n%s", line, part, m->json);
}

static const char golden_line[] =
	"{\"timestamp\":\"2025-12-22T10:30:45.678Z\",\"level\":\"ERROR\",\"module\":\"ERP\",\"class_name\":"
	"\"WorkOrder\","
	"\"method_name\":\"update\",\"message\":\"Work order 17 closed\",\"message_template\":\"Work order {id} "
	"closed\","
	"\"context\":{\"id\":17,\"ratio\":0.5,\"ok\":true,\"none\":null,\"list\":[1,\"a\"],\"deep\":{\"x\":{}}},"
	"\"error_code\":\"E1\",\"error_message\":\"boom\",\"stack_trace\":null,\"duration_ms\":12.5,\"db_queries\":3,"
	"\"external_api_calls\":0,\"user_id\":\"u1\",\"ip_address\":\"10.0.0.1\",\"user_agent\":\"curl\","
	"\"environment\":\"prod\",\"version\":\"1.2\",\"node_id\":\"n1\",\"tags\":[\"a\",\"b\"],"
	"\"correlation_id\":\"c-1\"}";

static const char golden[] =
	"{ \"_id\" : { \"$oid\" : \"69491dd5f4a2c2d544327778\" }, "
	"\"timestamp\" : { \"$date\" : { \"$numberLong\" : \"1766399445678\" } }, \"level\" : \"ERROR\", "
	"\"module\" : \"ERP\", \"class_name\" : \"WorkOrder\", \"method_name\" : \"update\", "
	"\"message\" : \"Work order 17 closed\", \"message_template\" : \"Work order {id} closed\", "
	"\"context\" : { \"id\" : { \"$numberLong\" : \"17\" }, \"ratio\" : { \"$numberDouble\" : \"0.5\" }, "
	"\"ok\" : true, \"none\" : null, \"list\" : [ { \"$numberLong\" : \"1\" }, \"a\" ], "
	"\"deep\" : { \"x\" : {  } } }, \"error_code\" : \"E1\", \"error_message\" : \"boom\", "
	"\"stack_trace\" : null, \"duration_ms\" : { \"$numberDouble\" : \"12.5\" }, "
	"\"db_queries\" : { \"$numberInt\" : \"3\" }, \"external_api_calls\" : { \"$numberInt\" : \"0\" }, "
	"\"user_id\" : \"u1\", \"ip_address\" : \"10.0.0.1\", \"user_agent\" : \"curl\", "
	"\"environment\" : \"prod\", \"version\" : \"1.2\", \"node_id\" : \"n1\", \"tags\" : [ \"a\", \"b\" ], "
	"\"correlation_id\" : \"c-1\", \"createdAt\" : { \"$date\" : { \"$numberLong\" : \"1766399445678\" } }, "
	"\"source\" : { \"type\" : \"tail\", \"path\" : \"/var/log/mes.log\", \"file\" : \"0123456789abcdef\", "
	"\"offset\" : { \"$numberLong\" : \"4096\" }, \"length\" : { \"$numberInt\" : \"200\" } } }";

/* The _id as well: were the hash ever to change, each document would be delivered twice. */
TEST(a_document_is_what_it_always_was)
{
	struct made *m = made_new();

	assert_string_equal(doc_of(m, golden_line), golden);
	made_close(m);
}

static void id_of(struct made *m, const char *line, char out[25])
{
	const char *at = strstr(doc_of(m, line), "\"$oid\" : \"");

	snprintf(out, 25, "%s", at + 10);
}

TEST(the_same_event_has_the_same_id_and_any_other_has_another)
{
	static const char timed[] = "{\"time\":\"2025-12-22T10:30:45Z\",\"msg\":\"x\"}", plain[] = "{\"msg\":\"x\"}";
	struct made *m = made_new();
	struct doc_place place = m->place;
	char id[25], other[25];

	id_of(m, timed, id);
	id_of(m, timed, other);
	assert_string_equal(id, other);
	assert_memory_equal(id, "69491dd5", 8);
	m->place.salt++; /* of no account: it has a time of its own */
	id_of(m, timed, other);
	assert_string_equal(id, other);
	m->place.offset++;
	id_of(m, timed, other);
	assert_string_not_equal(id, other);
	m->place = place;
	m->place.generation++;
	id_of(m, timed, other);
	assert_string_not_equal(id, other);
	m->place = place;
	m->place.length++; /* a last line has its end later: the same line */
	id_of(m, timed, other);
	assert_string_equal(id, other);
	m->place = place;
	m->defaults.id_seed = doc_seed("audit_logs");
	id_of(m, timed, other);
	assert_string_not_equal(id, other);
	m->defaults.id_seed = doc_seed("system_logs");
	id_of(m, "{\"time\":\"2025-12-22T10:30:45Z\",\"msg\":\"y\"}", other);
	assert_string_not_equal(id, other);
	id_of(m, plain, id);
	m->place.salt++;
	id_of(m, plain, other);
	assert_string_not_equal(id, other);
	made_close(m);
}

TEST(every_document_has_a_time_a_level_a_module_and_a_message)
{
	struct made *m = made_new();

	has(m, "{}",
		"\"timestamp\" : { \"$date\" : { \"$numberLong\" : \"1766399445123\" } }, \"level\" : \"INFO\", "
		"\"module\" : \"MES\", \"message\" : \"{}\", \"context\" : { \"timestamp_source\" : \"arrival\" }, "
		"\"node_id\" : \"node-7\", \"createdAt\" : { \"$date\" : { \"$numberLong\" : \"1766399445123\" } }");
	has(m, "{\"time\":\"soon\"}", "\"context\" : { \"timestamp\" : \"soon\", \"timestamp_source\" : \"arrival\" }");
	has_not(m, "{\"time\":\"2025-12-22T10:30:45Z\"}", "timestamp_source");
	has(m, "{\"time\":1766399445}", "\"timestamp\" : { \"$date\" : { \"$numberLong\" : \"1766399445000\" } }");
	has(m, "{\"time\":1766399445.5}", "\"$numberLong\" : \"1766399445500\"");
	has(m, "{\"time\":1766399445678}", "\"$numberLong\" : \"1766399445678\"");
	has(m, "{\"level\":\"warning\"}", "\"level\" : \"WARN\"");
	has(m, "{\"level\":40}", "\"level\" : \"WARN\"");
	has(m, "{\"level\":\"loud\"}", "\"level\" : \"INFO\"");
	has(m, "{\"level\":\"loud\"}", "\"context\" : { \"timestamp_source\" : \"arrival\", \"level\" : \"loud\" }");
	has(m, "{\"module\":\"ERP\"}", "\"module\" : \"ERP\"");
	has(m, "{\"error\":\"boom\"}", "\"message\" : \"boom\"");
	has(m, "{\"@mt\":\"{x} done\"}", "\"message\" : \"{x} done\"");
	has(m, "{\"error\":null,\"@mt\":\"t\"}", "\"message\" : \"t\"");
	has(m, "{\"message\":\"\"}", "\"message\" : \"\"");
	has(m, "not json", "\"message\" : \"not json\"");
	has(m, "not json", "\"parse_error\" : \"json: not a JSON object, at byte 1\"");
	made_close(m);
}

TEST(what_was_cut_says_how_long_it_was)
{
	struct made *m = made_new();

	bench_line(&m->b, "half a li");
	m->b.rec.flags = GENLOG_REC_TRUNCATED;
	m->b.rec.full_len = 3000000000u;
	append(m);
	assert_non_null(
		strstr(m->json, "\"truncated\" : true, \"original_length\" : { \"$numberLong\" : \"3000000000\" }"));
	made_close(m);
}

/* What the configuration sets for all, unless the event says otherwise. */
TEST(a_default_gives_way_to_the_events_own)
{
	struct made *m = made_new();
	struct genlog_record rec = {0};

	assert_int_equal(record_begin(&rec, "", 0), 0);
	assert_int_equal(genlog_context_put(&rec, "region", 6, genlog_str("eu", 2)), 0);
	assert_int_equal(genlog_context_put(&rec, "rack", 4, genlog_str("r1", 2)), 0);
	assert_int_equal(buf_append(&m->defaults.context, rec.context.p, rec.context.n), 0);
	record_fini(&rec);
	has(m, "{\"time\":1766399445}", "\"context\" : { \"region\" : \"eu\", \"rack\" : \"r1\" }");
	has(m, "{\"time\":1766399445,\"a\":1}", "{ \"region\" : \"eu\", \"rack\" : \"r1\", \"a\" : ");
	has(m, "{\"time\":1766399445,\"region\":\"us\"}", "\"context\" : { \"rack\" : \"r1\", \"region\" : \"us\" }");
	has(m, "{\"time\":1766399445,\"region\":1,\"rack\":{}}",
		"\"context\" : { \"region\" : { \"$numberLong\" : \"1\" }, \"rack\" : {  } }");
	made_close(m);
}

TEST(a_source_says_where_each_event_stood)
{
	static const uint64_t offsets[] = {0, 1, 0xffffffff, 0x100000000, INT64_MAX};
	struct made *m = made_new();
	char want[96];

	for (size_t i = 0; i < ROWS(offsets); i++) {
		m->place.offset = offsets[i];
		m->place.length = (uint32_t)i + 7;
		snprintf(want, sizeof(want),
			"\"offset\" : { \"$numberLong\" : \"%llu\" }, \"length\" : { \"$numberInt\" : \"%zu\" } } }",
			(unsigned long long)offsets[i], i + 7);
		has(m, "{}", want);
	}
	made_close(m);
}

TEST(a_document_larger_than_mongodb_takes_is_refused)
{
	struct made *m = made_new();
	size_t n = DOC_SIZE_MAX;
	char *big = malloc(n);

	memset(big, 'x', n);
	bench_line(&m->b, "{}");
	genlog_set_slot(&m->b.rec, GENLOG_SLOT_MESSAGE, genlog_str(big, n));
	assert_int_equal(doc_settle(&m->b.rec, &m->defaults, NOW, &m->facts), 0);
	assert_int_equal(doc_append(&m->out, &m->b.rec, &m->defaults, &m->place, &m->facts), -E2BIG);
	assert_int_equal(m->out.n, 0);
	free(big);
	made_close(m);
}

static bool no_memory(void *arg)
{
	long *left = arg;

	return (*left)-- <= 0;
}

/* A failure leaves what was there; the next try, with memory, makes the same document. */
TEST(every_allocation_may_fail)
{
	for (long at = 0, done = 0; !done; at++) {
		struct made *m = made_new();
		long left = at;
		struct mem_hook hook = {no_memory, &left};
		int r;

		mem_hook_set(&hook);
		r = record_begin(&m->b.rec, golden_line, sizeof(golden_line) - 1);
		if (r == 0)
			r = doc_settle(&m->b.rec, &m->defaults, NOW, &m->facts);
		if (r == 0)
			r = doc_append(&m->out, &m->b.rec, &m->defaults, &m->place, &m->facts);
		mem_hook_set(NULL);
		assert_true(r == 0 || (r == -ENOMEM && m->out.n == 0));
		assert_string_equal(doc_of(m, golden_line), golden);
		done = r == 0;
		made_close(m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_document_is_what_it_always_was),
		cmocka_unit_test(the_same_event_has_the_same_id_and_any_other_has_another),
		cmocka_unit_test(every_document_has_a_time_a_level_a_module_and_a_message),
		cmocka_unit_test(what_was_cut_says_how_long_it_was),
		cmocka_unit_test(a_default_gives_way_to_the_events_own),
		cmocka_unit_test(a_source_says_where_each_event_stood),
		cmocka_unit_test(a_document_larger_than_mongodb_takes_is_refused),
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
