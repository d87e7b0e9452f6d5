/* What the gateway does when it is told to misbehave. */
#include "place.h"

#include <errno.h>
#include <sys/socket.h>
#include <time.h>

#include "raw.h"

#define TEST(name) static void name(void **state)

enum { OP_MSG = 2013 };

static int open_standalone(void **state)
{
	static struct place p;

	place_open(&p, "GW", "retryWrites=false&serverSelectionTryOnce=true");
	*state = &p;
	return 0;
}

/* A driver sends retryable writes to a replica set only. */
static int open_replset(void **state)
{
	static struct place p;

	place_open(&p, "RS", "replicaSet=rs0&retryWrites=true");
	*state = &p;
	return 0;
}

static int close_any(void **state)
{
	place_close(*state);
	return 0;
}

TEST(a_write_whose_answer_is_lost_was_applied)
{
	struct place *p = *state;

	assert_string_equal(place_ctl(p, "drop-after 1"), "ok\n");
	assert_false(place_insert(p, 0, 10, false));
	assert_int_equal(p->error.domain, MONGOC_ERROR_STREAM);
	assert_false(place_insert(p, 0, 10, false));
	assert_int_equal(p->error.code, 11000);
	assert_int_equal(place_int(p, "insertedCount"), 0);
	assert_int_equal(place_int(p, "writeErrors.9.index"), 9);
	assert_int_equal(place_count(p), 10);
	assert_int_equal(place_stat(p, "dropped"), 1);
}

TEST(a_write_that_is_dropped_before_was_not_applied)
{
	struct place *p = *state;

	place_ctl(p, "drop-before 1 1");
	assert_true(place_insert(p, 0, 5, false));
	assert_false(place_insert(p, 5, 5, false));
	assert_int_equal(place_count(p), 5);
	assert_true(place_insert(p, 5, 5, false));
}

TEST(any_error_can_be_had)
{
	struct place *p = *state;

	place_ctl(p, "error 14031 2 1");
	assert_true(place_insert(p, 0, 1, false));
	for (int i = 0; i < 2; i++) {
		assert_false(place_insert(p, 1, 1, false));
		assert_int_equal(p->error.code, 14031);
	}
	assert_true(place_insert(p, 1, 1, false));
}

TEST(a_write_concern_error_comes_with_the_write_applied)
{
	struct place *p = *state;

	place_ctl(p, "wce 64 1");
	assert_false(place_insert(p, 0, 3, false));
	assert_int_equal(p->error.domain, MONGOC_ERROR_WRITE_CONCERN);
	assert_int_equal(p->error.code, 64);
	assert_int_equal(place_int(p, "insertedCount"), 3);
	assert_int_equal(place_count(p), 3);
}

TEST(a_delayed_write_is_late)
{
	struct place *p = *state;
	struct timespec a, b;

	place_ctl(p, "delay 120");
	clock_gettime(CLOCK_MONOTONIC, &a);
	assert_true(place_insert(p, 0, 1, false));
	clock_gettime(CLOCK_MONOTONIC, &b);
	assert_true((b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000 >= 120);
}

TEST(rejected_documents_are_told_and_the_others_stored)
{
	struct place *p = *state;

	assert_true(place_insert(p, 4, 1, false));
	assert_string_equal(place_ctl(p, "reject at.line 3"), "ok\n");
	place_ctl(p, "reject level ERROR 2");
	assert_false(place_insert(p, 1, 6, false));
	assert_int_equal(place_int(p, "insertedCount"), 3);
	assert_int_equal(place_int(p, "writeErrors.0.index"), 2);
	assert_int_equal(place_int(p, "writeErrors.0.code"), 121);
	assert_int_equal(place_int(p, "writeErrors.1.index"), 3);
	assert_int_equal(place_int(p, "writeErrors.1.code"), 11000);
	assert_int_equal(place_int(p, "writeErrors.1.keyValue._id"), 4);
	assert_int_equal(place_int(p, "writeErrors.2.index"), 5);
	assert_int_equal(place_int(p, "writeErrors.2.code"), 2);
	assert_int_equal(place_count(p), 4);
	assert_int_equal(place_stat(p, "rejected"), 2);
	place_ctl(p, "clear");
	assert_true(place_insert(p, 3, 1, false));
}

TEST(an_ordered_batch_ends_with_a_rejected_document)
{
	struct place *p = *state;

	place_ctl(p, "reject level ERROR");
	assert_false(place_insert(p, 1, 6, true));
	assert_int_equal(place_int(p, "insertedCount"), 2);
	assert_int_equal(place_int(p, "writeErrors.0.index"), 2);
	assert_int_equal(place_int(p, "writeErrors.1.index"), -1);
	assert_int_equal(place_count(p), 2);
	/* now the first is a duplicate, so the rejected one is not reached */
	assert_false(place_insert(p, 1, 6, true));
	assert_int_equal(place_int(p, "writeErrors.0.index"), 0);
	assert_int_equal(place_int(p, "writeErrors.0.code"), 11000);
	assert_int_equal(place_int(p, "writeErrors.1.index"), -1);
}

TEST(who_is_refused_may_come_back_to_the_same_port)
{
	struct place *p = *state;
	struct raw r;

	assert_true(place_insert(p, 0, 1, false));
	place_ctl(p, "refuse on");
	raw_open(&r, p->port);
	assert_int_equal(r.fd, -1);
	assert_false(place_insert(p, 1, 1, false));
	place_ctl(p, "refuse off");
	raw_open(&r, p->port);
	assert_true(r.fd >= 0);
	raw_close(&r);
}

TEST(while_it_hangs_nothing_is_answered)
{
	struct place *p = *state;
	struct raw r;
	bson_t doc;

	place_ctl(p, "hang on");
	raw_open(&r, p->port);
	raw_begin(&r, OP_MSG);
	raw_body(&r, 0, "{\"ping\": 1, \"$db\": \"admin\"}");
	raw_send(&r);
	assert_true(raw_is_silent(&r, 100));
	place_ctl(p, "hang off");
	assert_true(raw_answer(&r, &doc));
	bson_destroy(&doc);
	raw_close(&r);
}

TEST(closes_can_be_resets)
{
	struct place *p = *state;
	struct raw r;
	char byte;

	place_ctl(p, "rst on");
	place_ctl(p, "drop-before 1");
	raw_open(&r, p->port);
	raw_begin(&r, OP_MSG);
	raw_body(&r, 0, "{\"insert\": \"log\", \"documents\": [{\"_id\": 1}], \"$db\": \"devdb\"}");
	raw_send(&r);
	assert_int_equal(recv(r.fd, &byte, 1, 0), -1);
	assert_int_equal(errno, ECONNRESET);
	raw_close(&r);
}

TEST(kill_ends_the_connections_that_are_open)
{
	struct place *p = *state;
	struct raw r;
	char byte;

	raw_open(&r, p->port);
	raw_begin(&r, OP_MSG);
	raw_body(&r, 0, "{\"ping\": 1, \"$db\": \"admin\"}");
	raw_send(&r);
	assert_int_equal(recv(r.fd, &byte, 1, 0), 1);
	place_ctl(p, "kill");
	while (recv(r.fd, &byte, 1, 0) > 0)
		;
	raw_close(&r);
	raw_open(&r, p->port);
	assert_true(r.fd >= 0);
	raw_close(&r);
}

TEST(not_primary_carries_the_label)
{
	struct place *p = *state;
	struct raw r;
	bson_t doc;

	place_ctl(p, "notprimary 1");
	raw_open(&r, p->port);
	raw_begin(&r, OP_MSG);
	raw_body(&r, 0,
		"{\"insert\": \"log\", \"documents\": [{\"_id\": 1}], \"$db\": \"devdb\","
		" \"txnNumber\": {\"$numberLong\": \"1\"}, \"lsid\": {\"id\": {\"$binary\":"
		" {\"base64\": \"AAECAwQFBgcICQoLDA0ODw==\", \"subType\": \"04\"}}}}");
	raw_send(&r);
	assert_true(raw_answer(&r, &doc));
	bson_destroy(&p->reply);
	bson_copy_to(&doc, &p->reply);
	bson_destroy(&doc);
	assert_int_equal(place_int(p, "code"), 10107);
	assert_reply_has(p, "\"errorLabels\" : [ \"RetryableWriteError\" ]");
	raw_close(&r);
	assert_int_equal(place_count(p), 0);
}

TEST(a_driver_gets_over_not_primary_by_itself)
{
	struct place *p = *state;

	place_ctl(p, "notprimary 1");
	assert_true(place_insert(p, 0, 10, false));
	assert_int_equal(place_count(p), 10);
	assert_int_equal(place_stat(p, "errors"), 1);
}

TEST(a_write_that_the_driver_repeats_is_applied_once)
{
	struct place *p = *state;

	place_ctl(p, "drop-after 1");
	assert_true(place_insert(p, 0, 100, false));
	assert_int_equal(place_int(p, "insertedCount"), 100);
	assert_int_equal(place_count(p), 100);
	assert_int_equal(place_stat(p, "retried"), 1);
	assert_int_equal(place_stat(p, "inserts"), 1);
}

int main(void)
{
#define ALONE(name) cmocka_unit_test_setup_teardown(name, open_standalone, close_any)
#define REPLSET(name) cmocka_unit_test_setup_teardown(name, open_replset, close_any)
	static const struct CMUnitTest tests[] = {
		ALONE(a_write_whose_answer_is_lost_was_applied),
		ALONE(a_write_that_is_dropped_before_was_not_applied),
		ALONE(any_error_can_be_had),
		ALONE(a_write_concern_error_comes_with_the_write_applied),
		ALONE(a_delayed_write_is_late),
		ALONE(rejected_documents_are_told_and_the_others_stored),
		ALONE(an_ordered_batch_ends_with_a_rejected_document),
		ALONE(who_is_refused_may_come_back_to_the_same_port),
		ALONE(while_it_hangs_nothing_is_answered),
		ALONE(closes_can_be_resets),
		ALONE(kill_ends_the_connections_that_are_open),
		REPLSET(not_primary_carries_the_label),
		REPLSET(a_driver_gets_over_not_primary_by_itself),
		REPLSET(a_write_that_the_driver_repeats_is_applied_once),
	};

	mongoc_init();
	mongoc_log_set_handler(NULL, NULL);
	return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
