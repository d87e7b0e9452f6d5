/* Bytes in, answers out: what is acknowledged and when, what comes twice, what is in the way, and who is let in. */
#include "forward_host.h"
#include "forward_pack.h"
#include "forward_talk.h"

static const char two[] =
	"[\"t\", [[1766399445, {\"message\": \"1\"}], [1766399445, {\"message\": \"2\"}]], {\"chunk\": \"c\"}]";

TEST(an_answer_comes_when_it_is_durable_and_not_before)
{
	struct talk t;

	talk_open(&t, NULL);
	talk_say(&t, two);
	assert_int_equal(t.h.answers.n, 0);
	assert_int_equal(intake_commit(&t.h.intake), 0);
	talk_heard(&t, "ack=c");
	talk_documents(&t, "1 2");
	talk_close(&t);
}

TEST(in_any_pieces_it_is_the_same)
{
	struct talk t;
	msgpack_sbuffer b;

	talk_open(&t, NULL);
	msgpack_sbuffer_init(&b);
	pack_json(&b, two);
	pack_json(&b, "null");
	pack_json(&b, "[\"t\", 5, {\"message\": \"3\"}, {\"chunk\": \"d\"}]");
	for (size_t step = 1; step < b.size; step++) {
		talk_again(&t);
		talk_give(&t, b.data, b.size, step);
		assert_int_equal(intake_commit(&t.h.intake), 0);
		talk_heard(&t, "ack=c ack=d");
		talk_documents(&t, "1 2 3");
	}
	msgpack_sbuffer_destroy(&b);
	talk_close(&t);
}

TEST(a_chunk_that_comes_again_is_answered_and_not_taken)
{
	struct talk t;

	talk_open(&t, NULL);
	for (int i = 0; i < 3; i++) {
		talk_say(&t, two);
		assert_int_equal(intake_commit(&t.h.intake), 0);
		talk_heard(&t, "ack=c");
		talk_documents(&t, i ? "" : "1 2");
	}
	host_crash(&t.h);
	talk_new_session(&t, NULL);
	talk_say(&t, two);
	assert_int_equal(intake_commit(&t.h.intake), 0);
	talk_heard(&t, "ack=c");
	talk_documents(&t, "");
	assert_int_equal(t.h.in.counts[GENLOG_COUNT_REPEATED], 3);
	assert_int_equal(t.h.in.counts[GENLOG_COUNT_ACKS], 4);
	talk_close(&t);
}

TEST(before_a_crash_it_was_not_durable_and_comes_again)
{
	struct talk t;

	talk_open(&t, NULL);
	talk_say(&t, two);
	host_crash(&t.h);
	talk_new_session(&t, NULL);
	talk_documents(&t, "");
	talk_say(&t, two);
	assert_int_equal(intake_commit(&t.h.intake), 0);
	talk_documents(&t, "1 2");
	talk_close(&t);
}

/* Clients that number their chunks from one begin again with one. */
TEST(another_chunk_of_the_same_name_is_another_chunk)
{
	struct talk t;

	talk_open(&t, NULL);
	talk_say(&t, two);
	talk_say(&t, "[\"t\", [[1766399446, {\"message\": \"3\"}]], {\"chunk\": \"c\"}]");
	assert_int_equal(intake_commit(&t.h.intake), 0);
	talk_heard(&t, "ack=c ack=c");
	talk_documents(&t, "1 2 3");
	talk_close(&t);
}

/* So many chunks are known as were asked for; what is forgotten is forgotten in the spool too. */
TEST(the_chunks_noted_longest_ago_are_forgotten)
{
	struct talk t;
	char json[128];

	talk_open(&t, NULL);
	for (int i = 0; i < 20; i++) {
		snprintf(json, sizeof(json), "[\"t\", 5, {\"message\": \"%d\"}, {\"chunk\": \"c%d\"}]", i, i);
		talk_say(&t, json);
	}
	assert_int_equal(intake_commit(&t.h.intake), 0);
	assert_int_equal(talk_notes(&t), 16);
	host_crash(&t.h);
	talk_new_session(&t, NULL);
	assert_int_equal(t.h.intake.notes.lru.n, 16);
	talk_say(&t, "[\"t\", 5, {\"message\": \"19\"}, {\"chunk\": \"c19\"}]");
	talk_say(&t, "[\"t\", 5, {\"message\": \"4\"}, {\"chunk\": \"c4\"}]");
	assert_int_equal(t.h.in.counts[GENLOG_COUNT_REPEATED], 2);
	talk_say(&t, "[\"t\", 5, {\"message\": \"3\"}, {\"chunk\": \"c3\"}]");
	assert_int_equal(t.h.in.counts[GENLOG_COUNT_REPEATED], 2);
	talk_close(&t);
}

TEST(a_long_name_is_known_by_its_sum)
{
	struct talk t;
	char json[512], name[301] = {0};

	talk_open(&t, NULL);
	memset(name, 'x', 300);
	snprintf(json, sizeof(json), "[\"t\", 5, {\"message\": \"1\"}, {\"chunk\": \"%s\"}]", name);
	talk_say(&t, json);
	talk_say(&t, json);
	assert_int_equal(intake_commit(&t.h.intake), 0);
	talk_documents(&t, "1");
	assert_int_equal(t.h.in.counts[GENLOG_COUNT_REPEATED], 1);
	talk_close(&t);
}

/* Larger than a frame, into a spool that has no room for all of it: what was taken is noted, and nothing comes twice.
 */
static void full_spool(bool named)
{
	enum { RECORDS = 3000 };
	struct talk t;
	msgpack_sbuffer b;
	msgpack_packer k;
	size_t tries = 0;
	ssize_t r;

	talk_open(&t, NULL);
	talk_small_spool(&t);
	msgpack_sbuffer_init(&b);
	msgpack_packer_init(&k, &b, msgpack_sbuffer_write);
	msgpack_pack_array(&k, 3);
	pack_text(&k, "t", 1);
	msgpack_pack_array(&k, RECORDS);
	for (int i = 0; i < RECORDS; i++) {
		char json[400];

		snprintf(json, sizeof(json), "[1766399445, {\"message\": \"%d\", \"pad\": \"%0300d\"}]", i, 0);
		pack_json(&b, json);
	}
	pack_json(&b, named ? "{\"chunk\": \"big\"}" : "{}");
	while ((r = session_feed(&t.s, b.data, b.size)) == -EAGAIN) {
		assert_true(++tries < 100);
		talk_make_room(&t);
	}
	assert_int_equal(r, b.size);
	talk_make_room(&t);
	assert_int_equal(intake_commit(&t.h.intake), 0);
	talk_heard(&t, named ? "ack=big" : "");
	talk_collect(&t);
	assert_true(tries > 0);
	assert_int_equal(t.n, RECORDS);
	assert_int_equal(t.in_order, RECORDS);
	msgpack_sbuffer_destroy(&b);
	talk_close(&t);
}

TEST(a_chunk_waits_for_room_in_the_middle)
{
	full_spool(true);
}

TEST(so_does_one_without_a_name)
{
	full_spool(false);
}

TEST(a_peer_that_has_gone_is_told_nothing)
{
	struct talk t;

	talk_open(&t, NULL);
	talk_say(&t, two);
	t.h.deaf = true;
	assert_int_equal(intake_commit(&t.h.intake), 0);
	assert_int_equal(t.h.in.counts[GENLOG_COUNT_ACKS], 0);
	talk_say(&t, "[\"t\", 5, {\"message\": \"3\"}, {\"chunk\": \"d\"}]");
	session_close(&t.s);
	assert_null(t.h.intake.waiting);
	assert_int_equal(intake_commit(&t.h.intake), 0);
	assert_int_equal(session_open(&t.s, &t.h.intake, &t.peer), 0);
	talk_documents(&t, "1 2");
	talk_close(&t);
}

TEST(what_is_no_message_ends_the_connection)
{
	static const struct {
		const char *bytes;
		size_t n;
	} bad[] = {
		{"\xc1", 1},
		{"\x93\xa1t\xdb\xff\xff\xff\xff", 8},
		{"\xdd\xff\xff\xff\xff", 5},
		{"\x91\xa1t", 3},
		{"\x92\x05\x90", 3},
		{"\x92\xa1t\x05", 4},
		{"\x92\xa1t\x80", 4},
		{"\x93\xa1t\xc0\x80", 5},
		{"\x93\xa1t\x90\x05", 5},
		{"\x93\xa1t\xc4\x01\x91\x80", 7},
		{"\x93\xa1t\xc4\x02\x92\xc1\x80", 8},
		{"\x93\xa1t\xc4\x04\x1f\x8b\x08\x00\x80", 10},
		{"\x93\xa1t\xc4\x05\x28\xb5\x2f\xfd\x00\x80", 11},
		{"\x93\xa1t\x90\x81\xa5"
		 "chunk\x90",
			12},
		{"\x93\xa1t\x90\x81\xad"
		 "fluent_signal\x01",
			20},
	};

	for (size_t i = 0; i < ROWS(bad); i++) {
		struct talk t;

		talk_open(&t, NULL);
		if (talk_feed(&t, bad[i].bytes, bad[i].n) != -EPROTO)
			fail_msg("row %zu is taken", i);
		assert_int_equal(talk_feed(&t, "\xc0", 1), -EPROTO);
		assert_int_equal(t.h.in.counts[GENLOG_COUNT_FRAMES_BAD], 1);
		talk_documents(&t, "");
		talk_close(&t);
	}
}

/* ── the handshake ── */

static const char *const nobody[] = {NULL};
static const char *const users[] = {"ann:secret", "bob:other", NULL};

static void expect_hello(const char *key, const char *user, const char *password, bool with_users, bool good)
{
	struct hello_conf conf = {.shared_key = "key", .self_hostname = "me"};
	struct talk t;

	conf.users = with_users ? (struct genlog_strs){users, 2} : (struct genlog_strs){nobody, 0};
	talk_open(&t, &conf);
	assert_int_equal(talk_ping(&t, key, user, password), good ? 0 : -EPROTO);
	assert_int_equal(talk_pong(&t, key), good);
	if (good)
		talk_say(&t, two);
	else
		assert_int_equal(talk_feed(&t, "\xc0", 1), -EPROTO);
	assert_int_equal(intake_commit(&t.h.intake), 0);
	assert_int_equal(t.h.in.counts[GENLOG_COUNT_CONNECTIONS_REFUSED], !good);
	talk_documents(&t, good ? "1 2" : "");
	talk_close(&t);
}

TEST(who_knows_the_key_may_come)
{
	expect_hello("key", "", "", false, true);
	expect_hello("Key", "", "", false, false);
	expect_hello("", "", "", false, false);
}

TEST(and_so_may_who_is_a_user)
{
	expect_hello("key", "ann", "secret", true, true);
	expect_hello("key", "bob", "other", true, true);
	expect_hello("key", "ann", "other", true, false);
	expect_hello("key", "an", "secret", true, false);
	expect_hello("key", "", "", true, false);
	expect_hello("no", "ann", "secret", true, false);
}

TEST(without_a_greeting_nothing_is_taken)
{
	struct hello_conf conf = {.shared_key = "key", .self_hostname = "me"};
	struct talk t;
	msgpack_sbuffer b;

	talk_open(&t, &conf);
	msgpack_sbuffer_init(&b);
	pack_json(&b, two);
	assert_int_equal(talk_feed(&t, b.data, b.size), -EPROTO);
	talk_documents(&t, "");
	msgpack_sbuffer_destroy(&b);
	talk_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_comes_when_it_is_durable_and_not_before),
		cmocka_unit_test(in_any_pieces_it_is_the_same),
		cmocka_unit_test(a_chunk_that_comes_again_is_answered_and_not_taken),
		cmocka_unit_test(before_a_crash_it_was_not_durable_and_comes_again),
		cmocka_unit_test(another_chunk_of_the_same_name_is_another_chunk),
		cmocka_unit_test(the_chunks_noted_longest_ago_are_forgotten),
		cmocka_unit_test(a_long_name_is_known_by_its_sum),
		cmocka_unit_test(a_chunk_waits_for_room_in_the_middle),
		cmocka_unit_test(so_does_one_without_a_name),
		cmocka_unit_test(a_peer_that_has_gone_is_told_nothing),
		cmocka_unit_test(what_is_no_message_ends_the_connection),
		cmocka_unit_test(who_knows_the_key_may_come),
		cmocka_unit_test(and_so_may_who_is_a_user),
		cmocka_unit_test(without_a_greeting_nothing_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
