#include "place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char *need(const char *name, const char *suffix)
{
	char variable[64];
	const char *value;

	snprintf(variable, sizeof(variable), "%s_%s", name, suffix);
	value = getenv(variable);
	if (!value)
		fail_msg("%s is not set: start the tests by run.sh", variable);
	return value;
}

void place_open(struct place *p, const char *name, const char *options)
{
	char uri[256];
	bson_error_t ignored;

	memset(p, 0, sizeof(*p));
	bson_init(&p->reply);
	p->ctl = need(name, "CTL");
	p->port = (int)strtol(need(name, "PORT"), NULL, 10);
	snprintf(uri, sizeof(uri), "mongodb://127.0.0.1:%d/?socketTimeoutMS=10000&%s", p->port, options);
	p->client = mongoc_client_new(uri);
	assert_non_null(p->client);
	mongoc_client_set_error_api(p->client, MONGOC_ERROR_API_VERSION_2);
	p->coll = mongoc_client_get_collection(p->client, "devdb", "log");
	place_ctl(p, "clear");
	mongoc_collection_drop(p->coll, &ignored);
	place_ctl(p, "reset");
}

void place_close(struct place *p)
{
	place_ctl(p, "clear");
	bson_destroy(&p->reply);
	mongoc_collection_destroy(p->coll);
	mongoc_client_destroy(p->client);
}

const char *place_ctl(struct place *p, const char *command)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	size_t n = 0;
	ssize_t k;

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", p->ctl);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	dprintf(fd, "%s\n", command);
	while ((k = read(fd, p->said + n, sizeof(p->said) - 1 - n)) > 0)
		n += (size_t)k;
	p->said[n] = '\0';
	close(fd);
	return p->said;
}

int64_t place_stat(struct place *p, const char *name)
{
	char key[64];
	const char *at;

	place_ctl(p, "stats");
	snprintf(key, sizeof(key), "%s=", name);
	at = strstr(p->said, key);
	assert_non_null(at);
	return strtoll(at + strlen(key), NULL, 10);
}

static bson_t *make_doc(int id)
{
	return BCON_NEW("_id", BCON_INT32(id), "level", BCON_UTF8(id % 3 ? "INFO" : "ERROR"), "message",
		BCON_UTF8("connection refused by peer"), "at", "{", "line", BCON_INT32(id), "}");
}

bool place_insert(struct place *p, int first, int n, bool ordered)
{
	bson_t **docs = calloc((size_t)n, sizeof(*docs));
	bson_t *opts = BCON_NEW("ordered", BCON_BOOL(ordered));
	bool ok;

	for (int i = 0; i < n; i++)
		docs[i] = make_doc(first + i);
	bson_destroy(&p->reply);
	ok = mongoc_collection_insert_many(p->coll, (const bson_t **)docs, (size_t)n, opts, &p->reply, &p->error);
	for (int i = 0; i < n; i++)
		bson_destroy(docs[i]);
	free(docs);
	bson_destroy(opts);
	return ok;
}

bool place_command(struct place *p, const char *json)
{
	bson_t *command = bson_new_from_json((const uint8_t *)json, -1, &p->error);
	bool ok;

	if (!command)
		fail_msg("%s: %s", p->error.message, json);
	bson_destroy(&p->reply);
	ok = mongoc_client_command_simple(p->client, "devdb", command, NULL, &p->reply, &p->error);
	bson_destroy(command);
	return ok;
}

int64_t place_count(struct place *p)
{
	bson_t all = BSON_INITIALIZER;
	int64_t n = mongoc_collection_count_documents(p->coll, &all, NULL, NULL, NULL, &p->error);

	bson_destroy(&all);
	return n;
}

int64_t place_int(const struct place *p, const char *dotted)
{
	bson_iter_t it, at;

	if (!bson_iter_init(&it, &p->reply) || !bson_iter_find_descendant(&it, dotted, &at))
		return -1;
	return bson_iter_as_int64(&at);
}

char *place_text(const struct place *p)
{
	return bson_as_relaxed_extended_json(&p->reply, NULL);
}

void place_assert_has(const struct place *p, const char *part, const char *file, int line)
{
	char *text = place_text(p);

	if (!strstr(text, part)) {
		print_error("%s is not in %s\n", part, text);
		_fail(file, line);
	}
	bson_free(text);
}
