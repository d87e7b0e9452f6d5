#include "ctl/db.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/apply.h"

enum { UNAUTHORIZED = 13, AUTHENTICATION_FAILED = 18 };

int db_configure(struct ctl *c, struct db *db)
{
	const char *path = c->config ? c->config : CTL_CONFIG;
	int r;

	if (!c->config && access(path, F_OK) < 0 && errno == ENOENT)
		return -ENOENT;
	db->configured = true;
	r = conf_load(&db->conf, path);
	if (r < 0) {
		conf_errors_print(&db->conf, stderr);
		ctl_error("%s: %s; --uri says without it where the database is", path,
			r == -ENOMEM ? "no memory" : "not a configuration that can be used");
	}
	return r;
}

/* What the output of the configuration says, if that is a mongodb. */
static int from_configuration(struct ctl *c, struct db *db)
{
	const struct conf_output *out = &db->conf.output;
	int r = db_configure(c, db);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (strcmp(out->type, "mongodb") != 0) {
		if (getenv("MONGODB_HOST"))
			return 0;
		ctl_error("%s: the output is \"%s\", not mongodb; --uri or MONGODB_HOST says where the database is",
			c->config ? c->config : CTL_CONFIG, out->type);
		return -EINVAL;
	}
	r = conf_apply(&db->conf, mongo_rows, out->node, "output mongodb", &db->settings);
	if (r < 0)
		conf_errors_print(&db->conf, stderr);
	return r;
}

static void name_hosts(struct db *db)
{
	const mongoc_host_list_t *h = mongoc_uri_get_hosts(db->uri.parsed);
	size_t n = 0;

	for (; h && n < sizeof(db->hosts); h = h->next)
		n += (size_t)snprintf(db->hosts + n, sizeof(db->hosts) - n, "%s%s", n ? "," : "", h->host_and_port);
	if (!n)
		snprintf(db->hosts, sizeof(db->hosts), "the servers of its DNS record");
}

int db_failed(const struct db *db, const char *what, const bson_error_t *e)
{
	bool server = e->domain == MONGOC_ERROR_SERVER || e->domain == MONGOC_ERROR_WRITE_CONCERN;
	const char *user = db->uri.parsed ? mongoc_uri_get_username(db->uri.parsed) : NULL;

	user = user ? user : "nobody (no username is set)";
	if (e->domain == MONGOC_ERROR_SERVER_SELECTION)
		ctl_error("%s: no server answers at %s: %s", what, db->hosts, e->message);
	else if (e->code == MONGOC_ERROR_CLIENT_AUTHENTICATE && e->domain == MONGOC_ERROR_CLIENT)
		ctl_error("%s: %s does not let in %s: wrong user, password or auth_source (%s)", what, db->hosts, user,
			e->message);
	else if (server && e->code == AUTHENTICATION_FAILED)
		ctl_error("%s: %s does not let in %s: wrong user, password or auth_source", what, db->hosts, user);
	else if (server && e->code == UNAUTHORIZED)
		ctl_error("%s: %s has no right to do this in %s (%s); genlogctl schema roles prints what is needed",
			what, user, db->uri.database, e->message);
	else if (server)
		ctl_error("%s: MongoDB says \"%s\" (code %u)", what, e->message, e->code);
	else
		ctl_error("%s: %s: %s", what, db->hosts, e->message);
	return -EIO;
}

bool db_command(struct db *db, const bson_t *command, bson_t *reply, bson_error_t *error)
{
	return mongoc_client_command_simple(db->client, db->uri.database, command, NULL, reply, error);
}

/* Asked before anything else, so that what is wrong with the connection is told as that. */
static int greet(struct db *db)
{
	bson_t ping = BSON_INITIALIZER, reply;
	bson_error_t error = {0};
	bool ok;

	BSON_APPEND_INT32(&ping, "ping", 1);
	ok = db_command(db, &ping, &reply, &error);
	bson_destroy(&reply);
	bson_destroy(&ping);
	return ok ? 0 : db_failed(db, "cannot connect", &error);
}

int db_open(struct ctl *c, struct db *db, const struct db_options *o)
{
	/* an index over all that is there takes its time */
	static const struct mongo_app app = {.name = "genlogctl", .socket_timeout_ms = 3600000};
	struct genlog_err err = {0};
	int r = 0;

	if (!o->uri)
		r = from_configuration(c, db);
	if (r < 0)
		return r;
	if (o->uri)
		db->settings.uri = o->uri;
	if (o->database)
		db->settings.database = o->database;
	mongo_init();
	r = mongo_uri_make(&db->settings, &app, &db->uri, &err);
	if (r < 0) {
		ctl_error("%s%s%s", err.opt ? err.opt : "", err.opt ? ": " : "", err.text);
		return r;
	}
	name_hosts(db);
	db->client = mongoc_client_new_from_uri(db->uri.parsed);
	if (!db->client) {
		ctl_error("the driver refuses the connection string; TLS may be asked for and not built in");
		return -EINVAL;
	}
	compat_client_errors(db->client);
	return greet(db);
}

void db_close(struct db *db)
{
	if (db->client)
		mongoc_client_destroy(db->client);
	mongo_uri_fini(&db->uri);
	if (db->configured)
		conf_fini(&db->conf);
	*db = (struct db){0};
}

bool db_is_mongos(struct db *db)
{
	bson_t hello = BSON_INITIALIZER, reply;
	bson_error_t error;
	bson_iter_t it;
	bool is;

	BSON_APPEND_INT32(&hello, "hello", 1);
	is = db_command(db, &hello, &reply, &error) && bson_iter_init_find(&it, &reply, "msg") &&
	     BSON_ITER_HOLDS_UTF8(&it) && strcmp(bson_iter_utf8(&it, NULL), "isdbgrid") == 0;
	bson_destroy(&reply);
	bson_destroy(&hello);
	return is;
}
