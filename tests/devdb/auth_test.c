/* Logging in.  The user is made through the gateway that asks for no password. */
#include "place.h"

#include <stdio.h>
#include <string.h>

#define TEST(name) static void name(void **state)

static int make_user(void **state)
{
	struct place p;
	int r;

	(void)state;
	place_open(&p, "GW", "retryWrites=false");
	place_command(&p, "{\"dropUser\": \"shipper\"}");
	r = place_command(&p, "{\"createUser\": \"shipper\", \"pwd\": \"p@ss,w=rd\", \"roles\":"
			      " [{\"role\": \"readWriteAnyDatabase\", \"db\": \"admin\"},"
			      " {\"role\": \"clusterAdmin\", \"db\": \"admin\"}]}");
	if (!r)
		print_error("createUser: %s\n", p.error.message);
	place_close(&p);
	return r ? 0 : -1;
}

static void open_as(struct place *p, const char *user, const char *password)
{
	mongoc_uri_t *uri;

	place_open(p, "AUTH", "retryWrites=false");
	if (!user)
		return;
	uri = mongoc_uri_copy(mongoc_client_get_uri(p->client));
	mongoc_uri_set_username(uri, user);
	mongoc_uri_set_password(uri, password);
	mongoc_uri_set_auth_mechanism(uri, "SCRAM-SHA-256");
	mongoc_collection_destroy(p->coll);
	mongoc_client_destroy(p->client);
	p->client = mongoc_client_new_from_uri(uri);
	mongoc_client_set_error_api(p->client, MONGOC_ERROR_API_VERSION_2);
	p->coll = mongoc_client_get_collection(p->client, "devdb", "log");
	mongoc_uri_destroy(uri);
}

TEST(with_the_right_password_a_user_may_write)
{
	struct place p;

	(void)state;
	open_as(&p, "shipper", "p@ss,w=rd");
	if (!place_command(&p, "{\"connectionStatus\": 1}"))
		fail_msg("%s", p.error.message);
	assert_reply_has(&p, "\"user\" : \"shipper\"");
	mongoc_collection_drop(p.coll, &p.error);
	assert_true(place_insert(&p, 0, 10, false));
	assert_int_equal(place_count(&p), 10);
	place_close(&p);
}

TEST(a_driver_with_a_wrong_password_gets_nowhere)
{
	struct place p;

	(void)state;
	open_as(&p, "shipper", "wrong");
	assert_false(place_command(&p, "{\"count\": \"log\"}"));
	assert_int_equal(p.error.domain, MONGOC_ERROR_CLIENT);
	assert_int_equal(p.error.code, MONGOC_ERROR_CLIENT_AUTHENTICATE);
	place_close(&p);
}

static bool say(struct place *p, const char *command, const char *payload)
{
	bson_t *doc = BCON_NEW(command, BCON_INT32(1), "mechanism", BCON_UTF8("SCRAM-SHA-256"), "payload",
		BCON_BIN(BSON_SUBTYPE_BINARY, (const uint8_t *)payload, (uint32_t)strlen(payload)));
	bool ok;

	bson_destroy(&p->reply);
	ok = mongoc_client_command_simple(p->client, "admin", doc, NULL, &p->reply, &p->error);
	bson_destroy(doc);
	return ok;
}

TEST(a_wrong_proof_is_18)
{
	struct place p;
	bson_iter_t it;
	bson_subtype_t subtype;
	const uint8_t *first;
	uint32_t n;
	char text[512];

	(void)state;
	open_as(&p, NULL, NULL);
	assert_true(say(&p, "saslStart", "n,,n=shipper,r=abcdef"));
	assert_true(bson_iter_init_find(&it, &p.reply, "payload"));
	bson_iter_binary(&it, &subtype, &n, &first);
	n = (uint32_t)strcspn((const char *)first, ",");
	snprintf(text, sizeof(text), "c=biws,%.*s,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", (int)n, first);
	assert_false(say(&p, "saslContinue", text));
	assert_int_equal(p.error.code, 18);
	assert_false(say(&p, "saslContinue", text));
	assert_int_equal(p.error.code, 18);
	place_close(&p);
}

TEST(an_unknown_user_is_refused_too)
{
	struct place p;

	(void)state;
	open_as(&p, "nobody_at_all", "p@ss,w=rd");
	assert_false(place_command(&p, "{\"count\": \"log\"}"));
	place_close(&p);
}

TEST(without_a_login_commands_are_13)
{
	struct place p;

	(void)state;
	open_as(&p, NULL, NULL);
	assert_true(place_command(&p, "{\"ping\": 1}"));
	assert_false(place_command(&p, "{\"count\": \"log\"}"));
	assert_int_equal(p.error.code, 13);
	assert_false(place_insert(&p, 0, 1, false));
	assert_int_equal(p.error.code, 13);
	place_close(&p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_the_right_password_a_user_may_write),
		cmocka_unit_test(a_driver_with_a_wrong_password_gets_nowhere),
		cmocka_unit_test(a_wrong_proof_is_18),
		cmocka_unit_test(an_unknown_user_is_refused_too),
		cmocka_unit_test(without_a_login_commands_are_13),
	};

	mongoc_init();
	mongoc_log_set_handler(NULL, NULL);
	return cmocka_run_group_tests_name("login", tests, make_user, NULL);
}
