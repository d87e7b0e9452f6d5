/* What a client sees of the gateway with the engine behind it, when nothing goes wrong on purpose. */
#include "place.h"

#include <stdio.h>
#include <string.h>

#define TEST(name) static void name(void **state)

static int open_gw(void **state)
{
	static struct place p;

	place_open(&p, "GW", "retryWrites=false");
	*state = &p;
	return 0;
}

static int close_gw(void **state)
{
	place_close(*state);
	return 0;
}

TEST(hello_tells_what_a_driver_must_know)
{
	struct place *p = *state;

	assert_true(place_command(p, "{\"hello\": 1}"));
	assert_int_equal(place_int(p, "maxBsonObjectSize"), 16777216);
	assert_int_equal(place_int(p, "maxWriteBatchSize"), 25000);
	assert_true(place_int(p, "maxWireVersion") >= 17);
	assert_int_equal(place_int(p, "setName"), -1);
	assert_reply_has(p, "isWritablePrimary");
}

TEST(a_batch_sent_as_a_sequence_is_stored)
{
	struct place *p = *state;

	assert_true(place_insert(p, 0, 1000, false));
	assert_int_equal(place_int(p, "insertedCount"), 1000);
	assert_int_equal(place_count(p), 1000);
	assert_int_equal(place_stat(p, "docs"), 1000);
}

TEST(a_batch_sent_in_the_body_is_stored)
{
	struct place *p = *state;

	assert_true(place_command(p, "{\"insert\": \"log\", \"documents\": [{\"_id\": 1}, {\"_id\": 2}]}"));
	assert_int_equal(place_int(p, "n"), 2);
	assert_int_equal(place_count(p), 2);
}

TEST(the_duplicates_of_an_unordered_batch_are_told_by_index)
{
	struct place *p = *state;

	assert_true(place_insert(p, 5, 2, false));
	assert_false(place_insert(p, 4, 4, false));
	assert_int_equal(p->error.code, 11000);
	assert_int_equal(place_int(p, "insertedCount"), 2);
	assert_int_equal(place_int(p, "writeErrors.0.index"), 1);
	assert_int_equal(place_int(p, "writeErrors.1.index"), 2);
	assert_int_equal(place_int(p, "writeErrors.1.code"), 11000);
	assert_int_equal(place_int(p, "writeErrors.2.index"), -1);
	assert_int_equal(place_int(p, "writeErrors.1.keyPattern._id"), 1);
	assert_int_equal(place_int(p, "writeErrors.1.keyValue._id"), 6);
	assert_reply_has(
		p, "E11000 duplicate key error collection: devdb.log index: _id_ dup key: { \\\"_id\\\" : 5 }");
}

TEST(a_duplicate_in_another_unique_index_tells_that_index)
{
	struct place *p = *state;

	assert_true(place_command(p, "{\"createIndexes\": \"log\", \"indexes\":"
				     " [{\"key\": {\"at.line\": 1}, \"name\": \"by_line\", \"unique\": true}]}"));
	assert_true(place_insert(p, 1, 1, false));
	assert_false(place_command(p, "{\"insert\": \"log\", \"documents\": [{\"_id\": 9, \"at\": {\"line\": 1}}]}") &&
		     place_int(p, "writeErrors.0.code") != 11000);
	assert_reply_has(p, "\"keyPattern\" : { \"at.line\" : 1 }, \"keyValue\" : { \"at.line\" : 1 }");
}

TEST(an_ordered_batch_ends_with_its_first_error)
{
	struct place *p = *state;

	assert_true(place_insert(p, 2, 1, true));
	assert_false(place_insert(p, 0, 5, true));
	assert_int_equal(place_int(p, "insertedCount"), 2);
	assert_int_equal(place_int(p, "writeErrors.0.index"), 2);
	assert_int_equal(place_count(p), 3);
}

static int read_all(struct place *p, const char *filter, int batch)
{
	bson_t *query = bson_new_from_json((const uint8_t *)filter, -1, NULL);
	bson_t *opts = BCON_NEW("batchSize", BCON_INT32(batch));
	mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(p->coll, query, opts, NULL);
	const bson_t *doc;
	int n = 0;

	while (mongoc_cursor_next(cursor, &doc))
		n++;
	assert_false(mongoc_cursor_error(cursor, &p->error));
	mongoc_cursor_destroy(cursor);
	bson_destroy(query);
	bson_destroy(opts);
	return n;
}

TEST(find_goes_over_many_pages)
{
	struct place *p = *state;

	assert_true(place_insert(p, 0, 100, false));
	assert_int_equal(read_all(p, "{}", 7), 100);
	assert_int_equal(read_all(p, "{\"level\": \"ERROR\"}", 5), 34);
}

TEST(a_killed_cursor_is_not_found)
{
	struct place *p = *state;
	char command[128];
	long long id;

	assert_true(place_insert(p, 0, 20, false));
	assert_true(place_command(p, "{\"find\": \"log\", \"batchSize\": 2}"));
	id = (long long)place_int(p, "cursor.id");
	assert_true(id > 0);
	snprintf(
		command, sizeof(command), "{\"killCursors\": \"log\", \"cursors\": [{\"$numberLong\": \"%lld\"}]}", id);
	assert_true(place_command(p, command));
	assert_int_equal(place_int(p, "cursorsKilled.0"), id);
	snprintf(command, sizeof(command), "{\"getMore\": {\"$numberLong\": \"%lld\"}, \"collection\": \"log\"}", id);
	assert_false(place_command(p, command));
	assert_int_equal(p->error.code, 43);
}

TEST(aggregate_count_and_distinct_agree)
{
	struct place *p = *state;

	assert_true(place_insert(p, 0, 30, false));
	assert_true(place_command(p,
		"{\"aggregate\": \"log\", \"cursor\": {}, \"pipeline\": ["
		"{\"$group\": {\"_id\": \"$level\", \"n\": {\"$sum\": 1}}}, {\"$sort\": {\"_id\": 1}}]}"));
	assert_int_equal(place_int(p, "cursor.firstBatch.0.n"), 10);
	assert_int_equal(place_int(p, "cursor.firstBatch.1.n"), 20);
	assert_true(place_command(p, "{\"count\": \"log\", \"query\": {\"level\": \"ERROR\"}}"));
	assert_int_equal(place_int(p, "n"), 10);
	assert_true(place_command(p, "{\"distinct\": \"log\", \"key\": \"level\"}"));
	assert_reply_has(p, "\"values\" : [ \"ERROR\", \"INFO\" ]");
}

TEST(what_is_written_can_be_changed_and_deleted)
{
	struct place *p = *state;

	assert_true(place_insert(p, 0, 9, false));
	assert_true(place_command(p,
		"{\"update\": \"log\", \"updates\":"
		" [{\"q\": {\"level\": \"ERROR\"}, \"u\": {\"$set\": {\"seen\": 1}}, \"multi\": true}]}"));
	assert_int_equal(place_int(p, "nModified"), 3);
	assert_true(place_command(p, "{\"findAndModify\": \"log\", \"query\": {\"_id\": 3},"
				     " \"update\": {\"$inc\": {\"seen\": 1}}, \"new\": true}"));
	assert_int_equal(place_int(p, "value.seen"), 2);
	assert_true(place_command(p, "{\"delete\": \"log\", \"deletes\": [{\"q\": {\"seen\": 1}, \"limit\": 0}]}"));
	assert_int_equal(place_int(p, "n"), 2);
}

TEST(indexes_and_collections_are_listed)
{
	struct place *p = *state;
	const char *create = "{\"createIndexes\": \"log\", \"indexes\": [{\"key\": {\"ts\": -1, \"level\": 1}, "
			     "\"name\": \"ts_level\"},"
			     " {\"key\": {\"end\": 1}, \"name\": \"ttl\", \"expireAfterSeconds\": 1}]}";

	assert_true(place_insert(p, 0, 1, false));
	assert_true(place_command(p, create));
	assert_int_equal(place_int(p, "numIndexesAfter"), 3);
	assert_true(place_command(p, create));
	assert_int_equal(place_int(p, "numIndexesBefore"), 3);
	assert_true(place_command(p, "{\"listIndexes\": \"log\"}"));
	assert_reply_has(p, "\"name\" : \"ts_level\"");
	assert_int_equal(place_int(p, "cursor.firstBatch.2.expireAfterSeconds"), 1);
	assert_true(place_command(p, "{\"listCollections\": 1}"));
	assert_reply_has(p, "\"name\" : \"log\"");
	assert_true(place_command(p, "{\"dropIndexes\": \"log\", \"index\": \"ttl\"}"));
	assert_false(place_command(p, "{\"dropIndexes\": \"log\", \"index\": \"ttl\"}"));
	assert_int_equal(p->error.code, 27);
}

TEST(ttl_purges_when_it_is_told_to)
{
	struct place *p = *state;

	assert_true(place_command(p, "{\"createIndexes\": \"log\", \"indexes\":"
				     " [{\"key\": {\"end\": 1}, \"name\": \"ttl\", \"expireAfterSeconds\": 1}]}"));
	assert_true(place_command(
		p, "{\"insert\": \"log\", \"documents\": [{\"_id\": 1, \"end\": {\"$date\": 1000}}, {\"_id\": 2}]}"));
	assert_string_equal(place_ctl(p, "ttl"), "ok\n");
	assert_int_equal(place_count(p), 1);
}

TEST(a_validator_refuses_with_121)
{
	struct place *p = *state;

	place_command(p, "{\"drop\": \"strict\"}");
	assert_true(place_command(p, "{\"create\": \"strict\", \"validator\": {\"$jsonSchema\":"
				     " {\"bsonType\": \"object\", \"required\": [\"level\"]}}}"));
	place_command(p, "{\"insert\": \"strict\", \"ordered\": false, \"documents\":"
			 " [{\"_id\": 1}, {\"_id\": 2, \"level\": \"INFO\"}]}");
	assert_int_equal(place_int(p, "n"), 1);
	assert_int_equal(place_int(p, "writeErrors.0.index"), 0);
	assert_int_equal(place_int(p, "writeErrors.0.code"), 121);
}

TEST(what_we_do_not_know_is_59)
{
	struct place *p = *state;

	assert_false(place_command(p, "{\"mapReduce\": \"log\"}"));
	assert_int_equal(p->error.code, 59);
}

TEST(statistics_and_small_talk_are_answered)
{
	static const char *const commands[] = {"{\"ping\": 1}", "{\"buildInfo\": 1}", "{\"connectionStatus\": 1}",
		"{\"listDatabases\": 1}", "{\"collStats\": \"log\"}", "{\"dbStats\": 1}", "{\"serverStatus\": 1}",
		"{\"isMaster\": 1}", "{\"endSessions\": []}", "{\"collMod\": \"log\", \"validationLevel\": \"off\"}"};
	struct place *p = *state;

	assert_true(place_insert(p, 0, 1, false));
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!place_command(p, commands[i]))
			fail_msg("%s: %s", commands[i], p->error.message);
}

static void round_trip(const char *options)
{
	struct place p;

	place_open(&p, "GW", options);
	assert_true(place_insert(&p, 0, 500, false));
	assert_int_equal(place_count(&p), 500);
	assert_int_equal(read_all(&p, "{}", 100), 500);
	place_close(&p);
}

TEST(snappy_zlib_and_zstd_go_both_ways)
{
	(void)state;
	round_trip("compressors=snappy");
	round_trip("compressors=zlib");
	round_trip("compressors=zstd");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_gw, close_gw)
	static const struct CMUnitTest tests[] = {
		CASE(hello_tells_what_a_driver_must_know),
		CASE(a_batch_sent_as_a_sequence_is_stored),
		CASE(a_batch_sent_in_the_body_is_stored),
		CASE(the_duplicates_of_an_unordered_batch_are_told_by_index),
		CASE(a_duplicate_in_another_unique_index_tells_that_index),
		CASE(an_ordered_batch_ends_with_its_first_error),
		CASE(find_goes_over_many_pages),
		CASE(a_killed_cursor_is_not_found),
		CASE(aggregate_count_and_distinct_agree),
		CASE(what_is_written_can_be_changed_and_deleted),
		CASE(indexes_and_collections_are_listed),
		CASE(ttl_purges_when_it_is_told_to),
		CASE(a_validator_refuses_with_121),
		CASE(what_we_do_not_know_is_59),
		CASE(statistics_and_small_talk_are_answered),
		CASE(snappy_zlib_and_zstd_go_both_ways),
	};

	mongoc_init();
	mongoc_log_set_handler(NULL, NULL);
	return cmocka_run_group_tests_name("wiregw", tests, NULL, NULL);
}
