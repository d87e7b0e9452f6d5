/*
 * What a server's reply means, document by document.  The replies are written by hand; the judge is the plugin's own
 * source, which asks nothing of the driver but its names.
 */
#include "../../plugins/output_mongodb/reply.c"

#include "lib/test.h"

struct row {
	const char *reply;
	uint32_t domain, code;
	const char *message;
	int result;
	const char *outcomes; /* d, r, x a document */
	const char *why;      /* "!" first: an operator is called */
};

#define SERVER MONGOC_ERROR_SERVER
#define NET MONGOC_ERROR_STREAM
#define ERRORS(...) "{\"writeErrors\": [" __VA_ARGS__ "]}"
#define ERR(index, code, words) "{\"index\":" #index ",\"code\":" #code ",\"errmsg\":\"" words "\"}"
#define DUP_ID(index)                                                                                                  \
	"{\"index\":" #index ",\"code\":11000,\"errmsg\":\"E11000 dup\",\"keyPattern\":{\"_id\":1},\"keyValue\":{}}"
#define DUP_OTHER(index) "{\"index\":" #index ",\"code\":11000,\"errmsg\":\"E11000 dup\",\"keyPattern\":{\"log_id\":1}}"
#define WC "\"writeConcernErrors\":[{\"code\":64,\"errmsg\":\"waiting for replication timed out\"}]"

static const struct row rows[] = {
	{ERRORS(DUP_ID(0) "," DUP_ID(2)), SERVER, 11000, "dup", 0, "ddd", ""},
	{ERRORS(DUP_OTHER(1)), SERVER, 11000, "dup", 0, "dxd", ""},
	{ERRORS(ERR(0, 11000, "E11000 dup key collection: a.b index: _id_ dup key: {}")), SERVER, 11000, "", 0, "ddd",
		""},
	{ERRORS(ERR(0, 11000, "E11000 dup key collection: a.b index: log_id_1 dup key: {}")), SERVER, 11000, "", 0,
		"xdd", ""},
	{ERRORS(ERR(0, 11000, "E11000 duplicate key error index: a.b.$_id_ dup key: {}")), SERVER, 11000, "", 0, "ddd",
		""},
	{ERRORS(ERR(1, 121, "Document failed validation")), SERVER, 121, "", 0, "dxd", ""},
	{ERRORS(ERR(0, 57, "dotted") "," ERR(1, 52, "dollar") "," ERR(2, 2, "bad")), SERVER, 57, "", 0, "xxx", ""},
	{ERRORS(ERR(1, 91, "shutting down")), SERVER, 91, "", 0, "drd", "MongoDB says \"shutting down\" (code 91)"},
	{ERRORS(ERR(1, 13, "not allowed")), SERVER, 13, "", 0, "drd", "!MongoDB says \"not allowed\" (code 13)"},
	{ERRORS(ERR(0, 91, "down") "," ERR(2, 14031, "disk full")), SERVER, 91, "", 0, "rdr",
		"!MongoDB says \"disk full\" (code 14031)"},
	{ERRORS(DUP_ID(0) "," ERR(1, 121, "no") "," ERR(2, 10107, "not primary")), SERVER, 0, "", 0, "dxr",
		"MongoDB says \"not primary\" (code 10107)"},
	{ERRORS(ERR(7, 121, "no such document") "," ERR(-1, 121, "nor this")), SERVER, 0, "", 0, "ddd", ""},
	{"{\"writeErrors\":[" DUP_ID(0) "]," WC "}", SERVER, 64, "waiting", 0, "rrr",
		"MongoDB says \"waiting\" (code 64)"},
	{"{" WC "}", MONGOC_ERROR_WRITE_CONCERN, 64, "waiting", 0, "rrr", "MongoDB says \"waiting\" (code 64)"},
	{"{\"writeErrors\":[" ERR(1, 121, "no") "]," WC "}", SERVER, 64, "waiting", 0, "rxr",
		"MongoDB says \"waiting\" (code 64)"},
	{"{}", NET, 4, "connection refused", -EAGAIN, NULL, "connection refused"},
	{"{}", MONGOC_ERROR_CLIENT, 11, "authentication failed", -EAGAIN, NULL, "!authentication failed"},
	{"{}", SERVER, 13, "not authorized", -EAGAIN, NULL, "!MongoDB says \"not authorized\" (code 13)"},
	{"{}", SERVER, 8000, "over quota", -EAGAIN, NULL, "!MongoDB says \"over quota\" (code 8000)"},
	{"{}", SERVER, 11600, "interrupted", -EAGAIN, NULL, "MongoDB says \"interrupted\" (code 11600)"},
	{"{}", SERVER, 10334, "object to insert too large", -EMSGSIZE, NULL, ""},
	{"{}", MONGOC_ERROR_BSON, 2, "too large", -EMSGSIZE, NULL, ""},
	{ERRORS(ERR(0, 121, "no")), NET, 4, "reset by peer", -EAGAIN, NULL, "reset by peer"},
	{"{\"writeErrors\":7}", SERVER, 1, "odd", -EAGAIN, NULL, "MongoDB says \"odd\" (code 1)"},
	{"{\"writeErrors\":[7,null]}", SERVER, 1, "odd", 0, "ddd", ""},
};

static void judge(const struct row *row, struct genlog_batch *b)
{
	bson_error_t error = {.domain = row->domain, .code = row->code};
	bson_t reply;
	int r;

	snprintf(error.message, sizeof(error.message), "%s", row->message);
	assert_true(bson_init_from_json(&reply, row->reply, -1, NULL));
	r = reply_judge(b, &reply, &error);
	if (r != row->result)
		fail_msg("%s: %d and not %d", row->reply, r, row->result);
	bson_destroy(&reply);
}

static void check_outcomes(const struct row *row, const struct genlog_batch *b)
{
	for (size_t i = 0; row->outcomes && i < b->n; i++) {
		char is = "drx"[b->docs[i].outcome];

		if (is != row->outcomes[i])
			fail_msg("%s: document %zu is %c", row->reply, i, is);
		assert_int_equal(is == 'x', b->docs[i].code != 0);
	}
}

TEST(each_document_gets_its_outcome_from_the_reply)
{
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct genlog_doc docs[3] = {{0}};
		struct genlog_batch b = {.size = sizeof(b), .docs = docs, .n = 3};
		bool alarm = rows[i].why[0] == '!';

		judge(&rows[i], &b);
		check_outcomes(&rows[i], &b);
		assert_string_equal(b.why, rows[i].why + alarm);
		assert_int_equal(b.alarm, alarm);
		for (int k = 0; k < 3; k++)
			free(docs[k].reason);
	}
}

TEST(a_rejected_document_knows_why)
{
	static const struct row row = {
		ERRORS(ERR(1, 121, "first") "," ERR(1, 57, "then")), SERVER, 121, "", 0, "dxd", ""};
	struct genlog_doc docs[3] = {{0}};
	struct genlog_batch b = {.size = sizeof(b), .docs = docs, .n = 3};

	judge(&row, &b);
	assert_int_equal(docs[1].code, 57);
	assert_string_equal(docs[1].reason, "then");
	assert_null(docs[0].reason);
	free(docs[1].reason);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_document_gets_its_outcome_from_the_reply),
		cmocka_unit_test(a_rejected_document_knows_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
