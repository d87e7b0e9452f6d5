/* The engine is killed under a writing client and comes back: what was acknowledged is there. */
#include "place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TEST(name) static void name(void **state)

enum { BEFORE = 300, AFTER = 300, MOST = 1000000, DEADLINE_SECONDS = 20 };

/* In a child, so that writing goes on meanwhile. */
static pid_t run_later(const char *command)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/bash", "bash", "-c", command, (char *)NULL);
		_exit(127);
	}
	return pid;
}

static bool has_ended(pid_t *pid)
{
	int status = 0;

	if (*pid > 0 && waitpid(*pid, &status, WNOHANG) == *pid) {
		assert_int_equal(status, 0);
		*pid = 0;
	}
	return *pid == 0;
}

/* Until it is acknowledged: 11000 says that an earlier try was applied. */
static int insert_one(mongoc_collection_t *coll, int id)
{
	bson_t *doc = BCON_NEW("_id", BCON_INT32(id));
	bson_error_t error;
	time_t end = time(NULL) + DEADLINE_SECONDS;
	int failed = 0;

	while (!mongoc_collection_insert_one(coll, doc, NULL, NULL, &error) && error.code != 11000) {
		failed++;
		if (time(NULL) > end)
			fail_msg("no end to it: %s", error.message);
	}
	bson_destroy(doc);
	return failed;
}

static mongoc_client_pool_t *make_pool(const char *name, const char *options)
{
	char text[256], variable[32];
	mongoc_client_pool_t *pool;
	mongoc_uri_t *uri;

	snprintf(variable, sizeof(variable), "%s_PORT", name);
	snprintf(text, sizeof(text), "mongodb://127.0.0.1:%s/?%s", getenv(variable), options);
	uri = mongoc_uri_new(text);
	pool = mongoc_client_pool_new(uri);
	mongoc_uri_destroy(uri);
	return pool;
}

static int64_t count_below(mongoc_collection_t *coll, int n)
{
	bson_t *query = BCON_NEW("_id", "{", "$gte", BCON_INT32(0), "$lt", BCON_INT32(n), "}");
	bson_error_t error;
	int64_t found = mongoc_collection_count_documents(coll, query, NULL, NULL, NULL, &error);

	bson_destroy(query);
	return found;
}

/* Writes while the command does its work; every document must be there once. */
static void write_through(const char *name, const char *options, const char *command)
{
	mongoc_client_pool_t *pool = make_pool(name, options);
	mongoc_client_t *client = mongoc_client_pool_pop(pool);
	mongoc_collection_t *coll = mongoc_client_get_collection(client, "devdb", "crash");
	int id = 0, failed = 0, last = MOST;
	bson_error_t ignored;
	pid_t pid = 0;

	mongoc_collection_drop(coll, &ignored);
	for (; id < BEFORE; id++)
		insert_one(coll, id);
	pid = run_later(command);
	for (; id < last; id++) {
		failed += insert_one(coll, id);
		if (last == MOST && has_ended(&pid))
			last = id + AFTER;
	}
	print_message("%d documents, %d tries failed\n", id, failed);
	assert_int_equal(pid, 0);
	assert_int_equal(count_below(coll, id), id);
	mongoc_collection_destroy(coll);
	mongoc_client_pool_push(pool, client);
	mongoc_client_pool_destroy(pool);
}

TEST(no_acknowledged_write_is_lost_when_the_engine_crashes)
{
	(void)state;
	write_through("GW", "retryWrites=false&serverSelectionTimeoutMS=5000",
		"contrib/devdb/down.sh --crash engine && contrib/devdb/up.sh engine");
}

TEST(nor_when_a_driver_retries_by_itself)
{
	(void)state;
	write_through("RS", "replicaSet=rs0&serverSelectionTimeoutMS=5000",
		"contrib/devdb/down.sh --crash engine && contrib/devdb/up.sh engine");
}

TEST(nor_when_the_gateway_crashes)
{
	(void)state;
	write_through("GW", "retryWrites=false&serverSelectionTimeoutMS=5000",
		"contrib/devdb/down.sh --crash gateway gw && contrib/devdb/up.sh gateway gw >/dev/null");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_acknowledged_write_is_lost_when_the_engine_crashes),
		cmocka_unit_test(nor_when_a_driver_retries_by_itself),
		cmocka_unit_test(nor_when_the_gateway_crashes),
	};

	mongoc_init();
	mongoc_log_set_handler(NULL, NULL);
	return cmocka_run_group_tests_name("crashes", tests, NULL, NULL);
}
