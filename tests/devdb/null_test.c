/* The gateway without a database, and with clients that cannot be trusted. */
#include "place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "raw.h"

#define TEST(name) static void name(void **state)
#define PING "{\"ping\": 1, \"$db\": \"admin\"}"

enum { OP_QUERY = 2004, OP_COMPRESSED = 2012, OP_MSG = 2013 };

static int open_null(void **state)
{
	static struct place p;

	place_open(&p, "NULL", "retryWrites=false");
	*state = &p;
	return 0;
}

static int close_null(void **state)
{
	place_close(*state);
	return 0;
}

TEST(what_is_swallowed_is_counted)
{
	struct place *p = *state;

	assert_true(place_insert(p, 0, 1000, false));
	assert_true(place_insert(p, 0, 500, false));
	assert_int_equal(place_stat(p, "inserts"), 2);
	assert_int_equal(place_stat(p, "docs"), 1500);
	assert_true(place_stat(p, "bytes") > 1500 * 60);
	place_ctl(p, "reset");
	assert_int_equal(place_stat(p, "docs"), 0);
}

TEST(a_client_may_prepare_its_collection)
{
	struct place *p = *state;

	assert_true(place_command(p, "{\"create\": \"log\"}"));
	assert_true(place_command(p, "{\"createIndexes\": \"log\", \"indexes\": []}"));
	assert_true(place_command(p, "{\"listCollections\": 1}"));
	assert_int_equal(place_count(p), 0);
	assert_false(place_command(p, "{\"listDatabases\": 1}"));
}

TEST(rejecting_needs_no_database)
{
	struct place *p = *state;

	place_ctl(p, "reject level ERROR");
	assert_false(place_insert(p, 0, 4, false));
	assert_int_equal(p->error.code, 121);
	assert_int_equal(place_int(p, "insertedCount"), 2);
	assert_int_equal(place_int(p, "writeErrors.0.index"), 0);
	assert_int_equal(place_int(p, "writeErrors.1.index"), 3);
}

static long file_size(const char *path)
{
	FILE *f = fopen(path, "rb");
	long n;

	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	n = ftell(f);
	fclose(f);
	return n;
}

TEST(the_capture_holds_the_documents_that_were_taken)
{
	struct place *p = *state;
	const char *path = getenv("NULL_CAPTURE");
	long before = file_size(path);
	bson_reader_t *reader;
	const bson_t *doc;
	bson_iter_t it;
	int id = 0;

	place_ctl(p, "reject at.line 77003");
	place_insert(p, 77000, 5, false);
	reader = bson_reader_new_from_file(path, &p->error);
	assert_non_null(reader);
	while ((doc = bson_reader_read(reader, NULL)))
		if (bson_iter_init_find(&it, doc, "_id") && bson_iter_as_int64(&it) >= 77000)
			id += (int)bson_iter_as_int64(&it) - 77000;
	assert_int_equal(id, 0 + 1 + 2 + 4);
	assert_true(file_size(path) > before);
	bson_reader_destroy(reader);
}

static void begin_insert(struct raw *r, int port)
{
	raw_open(r, port);
	raw_begin(r, OP_MSG);
	raw_body(r, 0, "{\"insert\": \"log\", \"$db\": \"devdb\"}");
}

/* A section of kind 1 that holds these bytes. */
static void put_sequence(struct raw *r, const void *p, size_t n)
{
	raw_put(r, "\1", 1);
	raw_put32(r, (uint32_t)(4 + sizeof("documents") + n));
	raw_put(r, "documents", sizeof("documents"));
	raw_put(r, p, n);
}

TEST(a_malformed_document_is_22)
{
	static const struct {
		const char *bytes;
		size_t n;
	} bad[] = {
		{"\x09\0\0\0\x10x\0\1\0", 9},	     /* an int32 that is cut */
		{"\x0c\0\0\0\x7ax\0\1\0\0\0\0", 12}, /* no such type */
		{"\x10\0\0\0\2s\0\xff\xff\xff\x7f"
		 "abc\0\0",
			16},			     /* a string longer than all */
		{"\xff\xff\xff\x7f\0", 5},	     /* a document longer than all */
		{"\xff\xff\xff\xff\0", 5},	     /* of negative length */
		{"\x0d\0\0\0\3d\0\6\0\0\0\0\0", 13}, /* an inner one that is cut */
		{"\5\0\0", 3},
	};
	struct place *p = *state;
	struct raw r;
	bson_t doc;
	bson_iter_t it;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		begin_insert(&r, p->port);
		put_sequence(&r, bad[i].bytes, bad[i].n);
		raw_send(&r);
		assert_true(raw_answer(&r, &doc));
		assert_true(bson_iter_init_find(&it, &doc, "code"));
		assert_int_equal(bson_iter_as_int64(&it), 22);
		bson_destroy(&doc);
		raw_close(&r);
	}
	assert_int_equal(place_stat(p, "docs"), 0);
}

TEST(who_wants_no_answer_gets_none)
{
	struct place *p = *state;
	struct raw r;
	bson_t doc;
	bson_iter_t it;

	raw_open(&r, p->port);
	raw_begin(&r, OP_MSG);
	raw_body(&r, 2, "{\"insert\": \"log\", \"documents\": [{\"_id\": 1}], \"$db\": \"devdb\"}");
	raw_send(&r);
	raw_begin(&r, OP_MSG);
	raw_body(&r, 0, "{\"whatsmyuri\": 1, \"$db\": \"admin\"}");
	raw_send(&r);
	assert_true(raw_answer(&r, &doc));
	assert_true(bson_iter_init_find(&it, &doc, "you"));
	bson_destroy(&doc);
	raw_close(&r);
	assert_int_equal(place_stat(p, "docs"), 1);
}

/* Each begins a message on a fresh connection; after each the gateway must have closed it. */
static void bad_length(struct raw *r)
{
	raw_body(r, 0, PING);
	raw_send_length(r, 0xffffffff);
}

static void length_too_big(struct raw *r)
{
	raw_body(r, 0, PING);
	raw_send_length(r, 48000000 + 20000);
}

static void length_too_small(struct raw *r)
{
	raw_body(r, 0, PING);
	raw_send_length(r, 15);
}

static void unknown_flag(struct raw *r)
{
	raw_body(r, 4, PING);
	raw_send(r);
}

static void no_body(struct raw *r)
{
	raw_put32(r, 0);
	raw_send(r);
}

static void body_too_long(struct raw *r)
{
	raw_put32(r, 0);
	raw_put(r, "", 1);
	raw_put32(r, 0x7fffffff);
	raw_put32(r, 0);
	raw_send(r);
}

static void two_bodies(struct raw *r)
{
	raw_body(r, 0, PING);
	raw_put(r, "\0\5\0\0\0\0", 6);
	raw_send(r);
}

static void unknown_section(struct raw *r)
{
	raw_body(r, 0, PING);
	raw_put(r, "\7\5\0\0\0\0", 6);
	raw_send(r);
}

static void sequence_without_end_of_name(struct raw *r)
{
	raw_body(r, 0, PING);
	raw_put(r, "\1\x0d\0\0\0documents", 14);
	raw_send(r);
}

static void only_a_checksum(struct raw *r)
{
	raw_put32(r, 1);
	raw_put32(r, 0x12345678);
	raw_send(r);
}

static void compressed_cut(struct raw *r)
{
	raw_begin(r, OP_COMPRESSED);
	raw_put32(r, OP_MSG);
	raw_send(r);
}

static void compressed_huge(struct raw *r)
{
	raw_begin(r, OP_COMPRESSED);
	raw_put32(r, OP_MSG);
	raw_put32(r, 0xfffffff0);
	raw_put(r, "\2xyz", 4);
	raw_send(r);
}

static void compressed_garbage(struct raw *r)
{
	raw_begin(r, OP_COMPRESSED);
	raw_put32(r, OP_MSG);
	raw_put32(r, 100);
	raw_put(r, "\3garbage", 8);
	raw_send(r);
}

static void unknown_compressor(struct raw *r)
{
	raw_begin(r, OP_COMPRESSED);
	raw_put32(r, OP_MSG);
	raw_put32(r, 3);
	raw_put(r, "\x63xyz", 4);
	raw_send(r);
}

static void query_cut(struct raw *r)
{
	raw_begin(r, OP_QUERY);
	raw_put32(r, 0);
	raw_put(r, "admin.$cmd\0\0\0\0", 14);
	raw_send(r);
}

static void unknown_opcode(struct raw *r)
{
	raw_begin(r, 2001);
	raw_body(r, 0, PING);
	raw_send(r);
}

static void garbage(struct raw *r)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

	r->n = 0;
	raw_put(r, text, sizeof(text) - 1);
	raw_send_length(r, 0x20544547);
}

TEST(a_malformed_message_ends_its_connection_and_no_other)
{
	static const struct {
		const char *name;
		void (*send)(struct raw *r);
	} bad[] = {
#define ROW(f) {#f, f}
		ROW(bad_length),
		ROW(length_too_big),
		ROW(length_too_small),
		ROW(unknown_flag),
		ROW(no_body),
		ROW(body_too_long),
		ROW(two_bodies),
		ROW(unknown_section),
		ROW(sequence_without_end_of_name),
		ROW(only_a_checksum),
		ROW(compressed_cut),
		ROW(compressed_huge),
		ROW(compressed_garbage),
		ROW(unknown_compressor),
		ROW(query_cut),
		ROW(unknown_opcode),
		ROW(garbage),
	};
	struct place *p = *state;
	struct raw r;
	bson_t doc;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		raw_open(&r, p->port);
		raw_begin(&r, OP_MSG);
		bad[i].send(&r);
		if (raw_answer(&r, &doc))
			fail_msg("%s was answered", bad[i].name);
		raw_close(&r);
		if (place_stat(p, "badbson") != (int64_t)i + 1)
			fail_msg("%s was not counted", bad[i].name);
	}
	assert_true(place_command(p, "{\"ping\": 1}"));
}

TEST(a_client_that_leaves_in_the_middle_is_forgotten)
{
	struct place *p = *state;
	struct raw r;

	raw_open(&r, p->port);
	raw_begin(&r, OP_MSG);
	raw_body(&r, 0, PING);
	raw_send_length(&r, (uint32_t)r.n + 1000);
	raw_close(&r);
	assert_true(place_command(p, "{\"ping\": 1}"));
	assert_int_equal(place_stat(p, "badbson"), 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_null, close_null)
	static const struct CMUnitTest tests[] = {
		CASE(what_is_swallowed_is_counted),
		CASE(a_client_may_prepare_its_collection),
		CASE(rejecting_needs_no_database),
		CASE(the_capture_holds_the_documents_that_were_taken),
		CASE(a_malformed_document_is_22),
		CASE(who_wants_no_answer_gets_none),
		CASE(a_malformed_message_ends_its_connection_and_no_other),
		CASE(a_client_that_leaves_in_the_middle_is_forgotten),
	};

	mongoc_init();
	mongoc_log_set_handler(NULL, NULL);
	return cmocka_run_group_tests_name("null sink", tests, NULL, NULL);
}
