/* Documents out, and in again: what another genlog has sent is, byte by byte, what it had. */
#include "../../plugins/output_forward/forward.h"
#include "forward_host.h"
#include "lib/test.h"

#define HEAD                                                                                                           \
	"{\"_id\": {\"$oid\": \"0123456789abcdef01234567\"}, \"timestamp\": {\"$date\": "                              \
	"\"2025-12-22T10:30:45.123Z\"}, "                                                                              \
	"\"level\": \"ERROR\", \"module\": \"MES\", \"message\": \"m\""
#define TAIL                                                                                                           \
	", \"createdAt\": {\"$date\": \"2025-12-22T10:30:45.123Z\"}, \"source\": {\"type\": \"tail\", \"path\": "      \
	"\"/x\", "                                                                                                     \
	"\"offset\": {\"$numberLong\": \"5\"}, \"length\": 7}}"

struct got {
	struct genlog_buf docs;
	size_t n;
	char collection[128];
};

static void get(void *arg, const char *collection, const uint8_t *bson, uint32_t n)
{
	struct got *g = arg;

	snprintf(g->collection, sizeof(g->collection), "%s", collection);
	assert_int_equal(buf_append(&g->docs, bson, n), 0);
	g->n++;
}

struct relay {
	struct output_forward out;
	struct host h;
	struct got got;
};

static void relay_open(struct relay *r, int compress)
{
	*r = (struct relay){.out = {.tag = "genlog", .compress = compress, .require_ack = true}};
	host_open(&r->h);
}

static void relay_close(struct relay *r)
{
	host_close(&r->h);
	free(r->got.docs.p);
	free(r->out.worker[0].squeezed);
	msgpack_sbuffer_destroy(&r->out.worker[0].entries);
	msgpack_sbuffer_destroy(&r->out.worker[0].message);
}

static void make(struct relay *r, const char *collection, const bson_t *doc, int times, struct message *m)
{
	struct worker *w = &r->out.worker[0];

	msgpack_sbuffer_clear(&w->entries);
	for (int i = 0; i < times; i++)
		assert_int_equal(pack_document(&w->entries, bson_get_data(doc), doc->len), 0);
	assert_int_equal(chunk_make(&r->out, w, collection, (uint32_t)times, m), 0);
}

static void relay(struct relay *r, const struct message *m, bool local)
{
	char *copy = malloc(m->n + GENLOG_PAD);
	struct session s;

	memcpy(copy, m->p, m->n);
	memset(copy + m->n, 0x5a, GENLOG_PAD);
	r->got.docs.n = r->got.n = 0;
	assert_int_equal(session_open(&s, &r->h.intake,
				 &(struct session_peer){.name = "p", .local = local, .send = host_send, .arg = &r->h}),
		0);
	assert_int_equal(session_feed(&s, copy, m->n), m->n);
	assert_int_equal(intake_commit(&r->h.intake), 0);
	session_close(&s);
	free(copy);
	host_documents(&r->h, get, &r->got);
}

static bson_t *parse(const char *json)
{
	bson_error_t error;
	bson_t *b = bson_new_from_json((const uint8_t *)json, -1, &error);

	if (!b)
		fail_msg("%s: %s", json, error.message);
	return b;
}

static const char *const documents[] = {
	HEAD TAIL,
	HEAD ", \"context\": {\"i\": 5, \"l\": {\"$numberLong\": \"5\"}, \"min\": {\"$numberLong\": "
	     "\"-9223372036854775808\"}, "
	     "\"d\": 0.1, \"b\": true, \"f\": false, \"n\": null, \"t\": \"\xc3\xa4\", \"e\": \"\"}" TAIL,
	HEAD
	", \"context\": {\"a\": [1, [2, {\"x\": []}], {}], \"when\": {\"$date\": \"2030-01-01T00:00:00.001Z\"}}" TAIL,
	HEAD ", \"context\": {\"timestamp\": \"2025-12-22T10:30:45.123Z\", \"_id\": \"0123456789abcdef01234567\"}" TAIL,
	HEAD ", \"duration_ms\": 2.5, \"db_queries\": 3, \"tags\": [\"a\", \"b\"], \"error_code\": null" TAIL,
	HEAD
	", \"log_id\": {\"$oid\": \"00112233445566778899aabb\"}, \"frames\": [{\"line\": 5, \"in_app\": true}]" TAIL,
	HEAD ", \"context\": {\"a\xef\xbc\x8e"
	     "b\": 1, \"\xef\xbc\x84"
	     "c\": {\"_\": 2}}" TAIL,
	"{\"_id\": {\"$oid\": \"0123456789abcdef01234567\"}, \"status\": \"success\", "
	"\"actual_start_time\": {\"$date\": \"2025-12-22T10:30:45.123Z\"}" TAIL,
};

TEST(a_document_arrives_as_it_was)
{
	for (int compress = COMPRESS_NONE; compress <= COMPRESS_ZSTD; compress++) {
		struct relay r;

		relay_open(&r, compress);
		for (size_t i = 0; i < ROWS(documents); i++) {
			bson_t *doc = parse(documents[i]);
			struct message m;

			make(&r, "error_stack_traces", doc, 1, &m);
			relay(&r, &m, true);
			assert_int_equal(r.got.n, 1);
			assert_string_equal(r.got.collection, "error_stack_traces");
			if (r.got.docs.n != doc->len || memcmp(r.got.docs.p, bson_get_data(doc), doc->len) != 0)
				fail_msg("%s", documents[i]);
			bson_destroy(doc);
		}
		relay_close(&r);
	}
}

TEST(deep_documents_too)
{
	bson_t *doc = parse(HEAD TAIL), *inner = bson_new();
	struct relay r;
	struct message m;

	relay_open(&r, COMPRESS_NONE);
	for (int i = 0; i < 80; i++) {
		bson_t *outer = bson_new();

		bson_append_document(outer, "d", 1, inner);
		bson_destroy(inner);
		inner = outer;
	}
	bson_append_document(doc, "context", 7, inner);
	make(&r, "system_logs", doc, 1, &m);
	relay(&r, &m, true);
	assert_int_equal(r.got.docs.n, doc->len);
	assert_memory_equal(r.got.docs.p, bson_get_data(doc), doc->len);
	bson_destroy(inner);
	bson_destroy(doc);
	relay_close(&r);
}

TEST(the_same_batch_has_the_same_name_and_comes_once)
{
	bson_t *doc = parse(HEAD TAIL), *other = parse(HEAD ", \"context\": {}" TAIL);
	char name[CHUNK_NAME + 1];
	struct relay r;
	struct message m;

	relay_open(&r, COMPRESS_NONE);
	make(&r, "system_logs", doc, 3, &m);
	memcpy(name, m.name, sizeof(name));
	relay(&r, &m, true);
	assert_int_equal(r.got.n, 3);
	make(&r, "system_logs", doc, 3, &m);
	assert_string_equal(m.name, name);
	relay(&r, &m, true);
	assert_int_equal(r.got.n, 0);
	make(&r, "system_logs", other, 3, &m);
	assert_string_not_equal(m.name, name);
	make(&r, "other", doc, 3, &m);
	assert_string_not_equal(m.name, name);
	bson_destroy(doc);
	bson_destroy(other);
	relay_close(&r);
}

/* Who may not say what a document is, or where it belongs, has sent a record. */
static void expect_record(struct relay *r, const char *collection, const char *json, bool local)
{
	bson_t *doc = parse(json), got;
	struct message m;
	bson_iter_t it, id;

	make(r, collection, doc, 1, &m);
	relay(r, &m, local);
	assert_int_equal(r->got.n, 1);
	assert_string_equal(r->got.collection, "system_logs");
	assert_true(bson_init_static(&got, r->got.docs.p, r->got.docs.n));
	assert_true(bson_iter_init(&it, &got) && bson_iter_find_descendant(&it, "context._id", &id));
	assert_true(bson_iter_init_find(&it, &got, "source") && bson_iter_recurse(&it, &id));
	assert_true(bson_iter_find(&id, "type"));
	assert_string_equal(bson_iter_utf8(&id, NULL), "forward");
	bson_destroy(doc);
}

TEST(from_strangers_it_is_a_record_like_any_other)
{
	struct relay r;

	relay_open(&r, COMPRESS_NONE);
	expect_record(&r, "system_logs", HEAD TAIL, false);
	r.h.intake.trust = TRUST_NO;
	expect_record(&r, "system_logs", HEAD ", \"context\": {}" TAIL, true);
	r.h.intake.trust = TRUST_AUTO;
	expect_record(&r, "system.users", HEAD TAIL, true);
	expect_record(&r, "a/../b", HEAD TAIL, true);
	expect_record(&r, "a$b", HEAD TAIL, true);
	expect_record(&r, ".a", HEAD TAIL, true);
	expect_record(&r, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", HEAD TAIL, true);
	expect_record(&r, "a", "{\"_id\": \"x\", \"message\": \"m\"" TAIL, true);
	expect_record(&r, "a", "{\"_id\": {\"$oid\": \"0123456789abcdef01234567\"}, \"message\": \"m\"}", true);
	expect_record(&r, "b",
		"{\"_id\": {\"$oid\": \"0123456789abcdef01234567\"}, \"timestamp\": \"then\", \"message\": \"m\"" TAIL,
		true);
	relay_close(&r);
}

TEST(what_the_protocol_cannot_carry_is_refused_alone)
{
	bson_t *bad = parse("{\"_id\": 1, \"b\": {\"$binary\": {\"base64\": \"AA==\", \"subType\": \"00\"}}}");
	msgpack_sbuffer b;
	uint8_t cut[64];

	msgpack_sbuffer_init(&b);
	assert_int_equal(pack_document(&b, bson_get_data(bad), bad->len), -EINVAL);
	assert_int_equal(pack_document(&b, (const uint8_t *)"\x04\x00\x00\x00", 4), -EINVAL);
	memcpy(cut,
		"\x0c\x00\x00\x00\x10"
		"a\x00\x05\x00\x00\x00\x00",
		12);
	assert_int_equal(pack_document(&b, cut, 12), 0);
	memcpy(cut,
		"\x0b\x00\x00\x00\x10"
		"a\x00\x05\x00\x00\x00",
		11);
	b.size = 0;
	assert_int_equal(pack_document(&b, cut, 11), -EINVAL);
	assert_int_equal(b.size, 0);
	bson_destroy(bad);
	msgpack_sbuffer_destroy(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_document_arrives_as_it_was),
		cmocka_unit_test(deep_documents_too),
		cmocka_unit_test(the_same_batch_has_the_same_name_and_comes_once),
		cmocka_unit_test(from_strangers_it_is_a_record_like_any_other),
		cmocka_unit_test(what_the_protocol_cannot_carry_is_refused_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
