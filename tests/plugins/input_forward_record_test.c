/* Messages in, documents out: what becomes of each form, field and type. */
#include "forward_host.h"
#include "forward_pack.h"
#include "lib/json.h"

#define WHEN "{\"$date\": \"2025-12-22T10:30:45.123Z\"}"
#define TIME "\"timestamp\" : { \"$date\" : \"2025-12-22T10:30:45.123Z\" }, "

struct told {
	char text[1 << 16];
	size_t n;
};

/* All but what every document has, and what hangs on how it came. */
static void tell(void *arg, const char *collection, const uint8_t *bson, uint32_t n)
{
	struct told *t = arg;
	bson_t doc, out = BSON_INITIALIZER;
	char *json;

	assert_true(bson_init_static(&doc, bson, n));
	assert_true(bson_validate(&doc, BSON_VALIDATE_UTF8 | BSON_VALIDATE_DOT_KEYS | BSON_VALIDATE_EMPTY_KEYS, NULL));
	bson_copy_to_excluding_noinit(&doc, &out, "_id", "module", "createdAt", "source", NULL);
	json = relaxed_json(&out, NULL);
	t->n += (size_t)snprintf(t->text + t->n, sizeof(t->text) - t->n, "%s%s%s%s", t->n ? "\n" : "",
		strcmp(collection, "system_logs") == 0 ? "" : collection,
		strcmp(collection, "system_logs") == 0 ? "" : " ", json);
	bson_free(json);
	bson_destroy(&out);
}

/* In memory of exactly its size and the pad. */
static ssize_t give(struct session *s, const char *p, size_t n)
{
	char *copy = malloc(n + GENLOG_PAD);
	ssize_t r;

	memcpy(copy, p, n);
	memset(copy + n, 0x5a, GENLOG_PAD);
	r = session_feed(s, copy, n);
	free(copy);
	return r;
}

static void take(struct host *h, const char *p, size_t n, struct told *t)
{
	struct session s;

	t->n = 0;
	t->text[0] = 0;
	assert_int_equal(session_open(&s, &h->intake,
				 &(struct session_peer){.name = "p", .local = true, .send = host_send, .arg = h}),
		0);
	assert_int_equal(give(&s, p, n), n);
	assert_int_equal(intake_commit(&h->intake), 0);
	session_close(&s);
	genlog_turn_end(&h->in);
	host_documents(h, tell, t);
}

static void expect(struct host *h, const char *json, const char *documents)
{
	static struct told t;
	msgpack_sbuffer b;

	msgpack_sbuffer_init(&b);
	pack_json(&b, json);
	take(h, b.data, b.size, &t);
	if (strcmp(t.text, documents) != 0)
		fail_msg("%s\ngives    %s\nand not  %s", json, t.text, documents);
	msgpack_sbuffer_destroy(&b);
}

#define DOC(level, message, rest) "{ " TIME "\"level\" : \"" level "\", \"message\" : \"" message "\"" rest " }"
#define INFO(message, rest) DOC("INFO", message, rest)
#define CONTEXT(fields) ", \"context\" : { \"tag\" : \"t\"" fields " }"
#define RECORD(record) "[\"t\", " WHEN ", " record "]"

static const struct {
	const char *message, *documents;
} rows[] = {
	{RECORD("{\"message\": \"m\"}"), INFO("m", CONTEXT(""))},
	{RECORD("{\"msg\": \"m\", \"level\": \"warning\"}"), DOC("WARN", "m", CONTEXT(""))},
	{RECORD("{\"log\": \"m\\n\", \"stream\": \"stderr\"}"), INFO("m", CONTEXT(", \"stream\" : \"stderr\""))},
	{RECORD("{\"log\": \"other\", \"message\": \"m\"}"), INFO("m", CONTEXT(", \"log\" : \"other\""))},
	{RECORD("{\"message\": {\"a\": 1}, \"log\": \"m\"}"), INFO("m", CONTEXT(", \"message\" : { \"a\" : 1 }"))},
	{RECORD("{\"a\": 1, \"b\": [null, true, -2.5, \"x\"]}"),
		INFO("{\\\"a\\\":1,\\\"b\\\":[null,true,-2.5,\\\"x\\\"]}",
			CONTEXT(", \"a\" : 1, \"b\" : [ null, true, -2.5, \"x\" ]"))},
	{RECORD("{}"), INFO("{}", CONTEXT(""))},
	{RECORD("\"text\""),
		INFO("\\\"text\\\"",
			", \"context\" : { \"tag\" : \"t\", \"parse_error\" : \"forward: the record is not a map\" }")},
	{RECORD("{\"message\": \"m\", \"a.b\": 1, \"$c\": 2, \"\": 3}"), INFO("m", CONTEXT(", \"a\xef\xbc\x8e"
											   "b\" : 1, \"\xef\xbc\x84"
											   "c\" : 2, \"_\" : 3"))},
	{RECORD("{\"message\": \"m\", \"x\": 1, \"x\": 2}"), INFO("m", CONTEXT(", \"x\" : 2"))},
	{RECORD("{\"message\": \"m\", \"d\": {\"x\": 1, \"y\": 3, \"x\": 2}}"),
		INFO("m", CONTEXT(", \"d\" : { \"y\" : 3, \"x\" : 2 }"))},
	{RECORD("{\"message\": \"m\", \"big\": 9007199254740993, \"when\": " WHEN "}"),
		INFO("m", CONTEXT(", \"big\" : 9007199254740993, \"when\" : { \"$date\" : \"2025-12-22T10:30:45.123Z\" "
				  "}"))},
	{RECORD("{\"message\": \"m\", \"logger\": \"l\", \"class_name\": \"c\"}"),
		"{ " TIME "\"level\" : \"INFO\", \"class_name\" : \"c\", \"message\" : \"m\"" CONTEXT(
			", \"logger\" : \"l\"") " }"},
	{RECORD("{\"message\": \"m\", \"tag\": \"own\"}"),
		INFO("m", ", \"context\" : { \"forward_tag\" : \"t\", \"tag\" : \"own\" }")},
	{RECORD("{\"message\": \"m\", \"context\": {\"a\": 1, \"b\": 2}, \"b\": 3}"),
		INFO("m", CONTEXT(", \"a\" : 1, \"b\" : 3"))},
	{RECORD("{\"message\": \"m\", \"timestamp\": \"then\"}"), INFO("m", CONTEXT(", \"timestamp\" : \"then\""))},
	{RECORD("{\"message\": \"m\", \"bytes\": {\"$binary\": {\"base64\": \"AP8=\", \"subType\": \"00\"}}}"),
		INFO("m", CONTEXT(", \"bytes\" : \"00ff\""))},
	{RECORD("{\"message\": \"m\", \"bytes\": {\"$binary\": {\"base64\": \"eHk=\", \"subType\": \"00\"}}}"),
		INFO("m", CONTEXT(", \"bytes\" : \"xy\""))},
	/* the forms of a message */
	{"[\"t\", 1766399445, {\"message\": \"m\"}]", "{ \"timestamp\" : { \"$date\" : \"2025-12-22T10:30:45Z\" }, "
						      "\"level\" : \"INFO\", \"message\" : \"m\"" CONTEXT("") " }"},
	{"[\"t\", " WHEN ", {\"message\": \"m\"}, {\"chunk\": \"c0\"}]", INFO("m", CONTEXT(""))},
	{"[\"t\", " WHEN ", {\"message\": \"m\"}, null]", INFO("m", CONTEXT(""))},
	{"[\"t\", [" WHEN ", {\"k\": \"v\"}], {\"message\": \"m\"}]",
		INFO("m", CONTEXT(", \"metadata\" : { \"k\" : \"v\" }"))},
	{"[\"t\", [[" WHEN ", {\"message\": \"1\"}], [[" WHEN ", {}], {\"message\": \"2\"}]], {\"size\": 2}]",
		INFO("1", CONTEXT("")) "\n" INFO("2", CONTEXT(""))},
	{"[\"t\", [[[" WHEN ", {\"k\": 1}], {\"message\": \"m\", \"metadata\": 2}]]]",
		INFO("m", CONTEXT(", \"forward_metadata\" : { \"k\" : 1 }, \"metadata\" : 2"))},
	{"[\"t\", []]", ""},
	{"[\"t\", null]", ""},
	{"null", ""},
};

TEST(every_message_becomes_its_documents)
{
	struct host h;

	host_open(&h);
	for (size_t i = 0; i < ROWS(rows); i++)
		expect(&h, rows[i].message, rows[i].documents);
	assert_int_equal(h.in.counts[GENLOG_COUNT_FRAMES_BAD], 1); /* the one that is no map */
	host_close(&h);
}

TEST(numbers_and_lists_have_their_slots_or_stay_in_the_context)
{
	struct host h;

	host_open(&h);
	expect(&h, RECORD("{\"message\": \"m\", \"user_id\": 17, \"duration_ms\": 2.5, \"tags\": [\"a\", \"b\"]}"),
		INFO("m", CONTEXT("") ", \"duration_ms\" : 2.5, \"user_id\" : \"17\", \"tags\" : [ \"a\", \"b\" ]"));
	expect(&h, RECORD("{\"message\": \"m\", \"db_queries\": \"3\", \"tags\": [1], \"error_code\": null}"),
		INFO("m", CONTEXT(", \"db_queries\" : \"3\", \"tags\" : [ 1 ]") ", \"error_code\" : null"));
	host_close(&h);
}

TEST(a_record_is_the_same_in_any_form)
{
	static const char *const entry = "[" WHEN ", {\"message\": \"m\", \"n\": 5}]";
	static struct told t;
	msgpack_sbuffer entries, b;
	msgpack_packer k;
	struct host h;

	host_open(&h);
	msgpack_sbuffer_init(&entries);
	msgpack_sbuffer_init(&b);
	pack_json(&entries, entry);
	pack_json(&entries, entry);
	for (int as_text = 0; as_text < 2; as_text++) {
		msgpack_sbuffer_clear(&b);
		msgpack_packer_init(&k, &b, msgpack_sbuffer_write);
		msgpack_pack_array(&k, 2);
		pack_text(&k, "t", 1);
		if (as_text) {
			pack_text(&k, entries.data, entries.size);
		} else {
			msgpack_pack_bin(&k, entries.size);
			msgpack_pack_bin_body(&k, entries.data, entries.size);
		}
		take(&h, b.data, b.size, &t);
		assert_string_equal(t.text, INFO("m", CONTEXT(", \"n\" : 5")) "\n" INFO("m", CONTEXT(", \"n\" : 5")));
	}
	msgpack_sbuffer_destroy(&entries);
	msgpack_sbuffer_destroy(&b);
	host_close(&h);
}

/* Thirty-two levels are kept, what lies deeper is JSON; a hundred are none of the protocol's. */
TEST(what_is_nested_too_deeply_becomes_text)
{
	static struct told t;
	msgpack_sbuffer b;
	struct host h;

	host_open(&h);
	msgpack_sbuffer_init(&b);
	pack_json(&b, "[\"t\", " WHEN "]");
	b.data[0] = (char)0x93;
	msgpack_sbuffer_write(&b,
		"\x82\xa7message\xa1m\xa1"
		"d",
		13);
	for (int i = 0; i < 34; i++)
		msgpack_sbuffer_write(&b, "\x91", 1);
	msgpack_sbuffer_write(&b, "\x05", 1);
	take(&h, b.data, b.size, &t);
	assert_non_null(strstr(t.text, "[ \"[[5]]\" ]"));
	msgpack_sbuffer_destroy(&b);
	host_close(&h);
}

TEST(unknown_ext_and_invalid_text_are_kept_as_text)
{
	static struct told t;
	static const char bytes[] =
		"\x93\xa1t\x00\x84\xa7message\xa3"
		"a\xff"
		"b\xa1"
		"e\xd4\x05\x07\xa1u\xcf\xff\xff\xff\xff\xff\xff\xff\xff\xa1\xfe\xca\x3f\x00\x00\x00";
	struct host h;

	host_open(&h);
	take(&h, bytes, sizeof(bytes) - 1, &t);
	assert_non_null(strstr(t.text, "\"message\" : \"a\xef\xbf\xbd"
				       "b\""));
	assert_non_null(strstr(t.text, "\"e\" : { \"ext\" : 5, \"data\" : \"07\" }, \"u\" : \"18446744073709551615\", "
				       "\"\xef\xbf\xbd\" : 0.5"));
	assert_non_null(strstr(t.text, "\"timestamp_source\" : \"arrival\""));
	host_close(&h);
}

TEST(too_many_keys_leave_the_record_as_text)
{
	static struct told t;
	msgpack_sbuffer b;
	struct host h;

	host_open(&h);
	msgpack_sbuffer_init(&b);
	pack_json(&b, "[\"t\", " WHEN "]");
	b.data[0] = (char)0x93;
	msgpack_sbuffer_write(&b, "\xde\x00\xff", 3);
	for (int i = 0; i < 255; i++)
		msgpack_sbuffer_write(&b, "\xa1k\x01", 3);
	take(&h, b.data, b.size, &t);
	assert_non_null(strstr(t.text, "forward: the record has too many keys"));
	assert_non_null(strstr(t.text, "{\\\"k\\\":1,\\\"k\\\":1"));
	msgpack_sbuffer_destroy(&b);
	host_close(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_becomes_its_documents),
		cmocka_unit_test(numbers_and_lists_have_their_slots_or_stay_in_the_context),
		cmocka_unit_test(a_record_is_the_same_in_any_form),
		cmocka_unit_test(what_is_nested_too_deeply_becomes_text),
		cmocka_unit_test(unknown_ext_and_invalid_text_are_kept_as_text),
		cmocka_unit_test(too_many_keys_leave_the_record_as_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
