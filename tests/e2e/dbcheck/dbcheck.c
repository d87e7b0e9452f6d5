/*
 * dbcheck: what tests ask a database, and have it do.
 *
 *	dbcheck URI dump DATABASE COLLECTION [FILTER]   its documents as BSON, one behind the other, for bsonwalk
 *	dbcheck URI count DATABASE COLLECTION [FILTER]  as the server counts
 *	dbcheck URI command DATABASE COMMAND            the reply as JSON; exit code 1 if it failed
 *	dbcheck port                                    a port that is free now
 */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <mongoc/mongoc.h>

struct ask {
	mongoc_client_t *client;
	const char *database, *third, *filter;
};

static int failed(const char *what, const bson_error_t *e)
{
	fprintf(stderr, "dbcheck: %s: %s\n", what, e->message);
	return 1;
}

static bson_t *filter_of(const struct ask *a)
{
	bson_error_t e;
	bson_t *f = bson_new_from_json((const uint8_t *)(a->filter ? a->filter : "{}"), -1, &e);

	if (!f)
		failed("filter", &e);
	return f;
}

static int dump(const struct ask *a)
{
	mongoc_collection_t *c = mongoc_client_get_collection(a->client, a->database, a->third);
	bson_t *filter = filter_of(a);
	mongoc_cursor_t *cursor;
	const bson_t *doc;
	bson_error_t e;
	int r = filter ? 0 : 2;

	if (!filter)
		return r;
	cursor = mongoc_collection_find_with_opts(c, filter, NULL, NULL);
	while (r == 0 && mongoc_cursor_next(cursor, &doc))
		r = fwrite(bson_get_data(doc), 1, doc->len, stdout) == doc->len ? 0 : 1;
	if (mongoc_cursor_error(cursor, &e))
		r = failed("find", &e);
	mongoc_cursor_destroy(cursor);
	bson_destroy(filter);
	mongoc_collection_destroy(c);
	return r;
}

static int count(const struct ask *a)
{
	mongoc_collection_t *c = mongoc_client_get_collection(a->client, a->database, a->third);
	bson_t *filter = filter_of(a);
	bson_error_t e;
	int64_t n = filter ? mongoc_collection_count_documents(c, filter, NULL, NULL, NULL, &e) : -1;

	if (filter && n < 0)
		failed("count", &e);
	if (n >= 0)
		printf("%lld\n", (long long)n);
	bson_destroy(filter);
	mongoc_collection_destroy(c);
	return n < 0;
}

static int command(const struct ask *a)
{
	bson_error_t e;
	bson_t *cmd = bson_new_from_json((const uint8_t *)a->third, -1, &e), reply;
	bool ok;
	char *json;

	if (!cmd)
		return failed("command", &e);
	ok = mongoc_client_command_simple(a->client, a->database, cmd, NULL, &reply, &e);
	json = bson_as_relaxed_extended_json(&reply, NULL);
	if (json)
		puts(json);
	if (!ok)
		failed("command", &e);
	bson_free(json);
	bson_destroy(&reply);
	bson_destroy(cmd);
	return ok ? 0 : 1;
}

/* Below those that the kernel gives to clients: thousands of them are there while hostile peers are tested. */
static int port(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	for (unsigned i = 0; i < 1000; i++) {
		unsigned number =
			12000 + (unsigned)((unsigned long)t.tv_nsec / 64 + (unsigned)getpid() * 7919U + i) % 20000;
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), r;

		a.sin_port = htons((unsigned short)number);
		r = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&a, sizeof(a));
		if (fd >= 0)
			close(fd);
		if (r == 0) {
			printf("%u\n", number);
			return 0;
		}
	}
	perror("dbcheck: port");
	return 1;
}

static int ask(const char *uri, const char *what, struct ask *a)
{
	static const struct {
		const char *name;
		int (*fn)(const struct ask *a);
	} rows[] = {{"dump", dump}, {"count", count}, {"command", command}};
	int r = 2;

	mongoc_init();
	a->client = mongoc_client_new(uri);
	for (size_t i = 0; a->client && i < sizeof(rows) / sizeof(*rows); i++)
		if (strcmp(rows[i].name, what) == 0)
			r = rows[i].fn(a);
	mongoc_client_destroy(a->client);
	mongoc_cleanup();
	return r;
}

int main(int argc, char **argv)
{
	struct ask a = {0};

	if (argc == 2 && strcmp(argv[1], "port") == 0)
		return port();
	if (argc < 5) {
		fprintf(stderr, "usage: dbcheck URI dump|count|command DATABASE COLLECTION|COMMAND [FILTER]\n");
		return 2;
	}
	a.database = argv[3];
	a.third = argv[4];
	a.filter = argc > 5 ? argv[5] : NULL;
	return ask(argv[1], argv[2], &a);
}
