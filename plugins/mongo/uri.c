#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mongo.h"

#define URI_MAX 4096
#define SECRET_MAX 1024

/* A string that grows in a fixed place; too long is told at the end. */
struct text {
	char p[URI_MAX];
	size_t n;
	bool over;
};

static void add(struct text *t, const char *s)
{
	size_t n = strlen(s);

	if (t->n + n >= sizeof(t->p)) {
		t->over = true;
		return;
	}
	memcpy(t->p + t->n, s, n + 1);
	t->n += n;
}

/* Passwords may hold any byte; everything but letters, digits and -._~ is escaped. */
static void add_escaped(struct text *t, const char *s)
{
	static const char hex[] = "0123456789ABCDEF";

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		char one[4] = {(char)c, 0};

		if (!((c | 0x20) >= 'a' && (c | 0x20) <= 'z') && !(c >= '0' && c <= '9') && !strchr("-._~", c)) {
			one[0] = '%';
			one[1] = hex[c >> 4];
			one[2] = hex[c & 15];
		}
		add(t, one);
	}
}

static const char *env(const char *name)
{
	const char *v = getenv(name);

	return v && *v ? v : NULL;
}

/* Options of the connection string that operators have as variables: name there, name here. */
static const struct {
	const char *variable, *option;
} options[] = {
	{"MONGODB_MAX_POOL_SIZE", "maxPoolSize"},
	{"MONGODB_MIN_POOL_SIZE", "minPoolSize"},
	{"MONGODB_MAX_CONNECTION_IDLE_TIME", "maxIdleTimeMS"},
	{"MONGODB_SOCKET_TIMEOUT", "socketTimeoutMS"},
	{"MONGODB_REPLICA_SET", "replicaSet"},
};

static void from_environment(struct text *t)
{
	char before = '?';

	add(t, "mongodb://");
	add(t, env("MONGODB_HOST") ? env("MONGODB_HOST") : "127.0.0.1");
	if (env("MONGODB_PORT")) {
		add(t, ":");
		add(t, env("MONGODB_PORT"));
	}
	add(t, "/");
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		const char *v = env(options[i].variable);
		char sep[2] = {before, 0};

		/* libmongoc has no such options: pools have one size, idle connections are kept */
		if (!v || strstr(options[i].option, "minPool") || strstr(options[i].option, "maxIdle"))
			continue;
		add(t, sep);
		add(t, options[i].option);
		add(t, "=");
		add_escaped(t, v);
		before = '&';
	}
}

static int read_secret(const char *path, char *out, size_t cap, struct genlog_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, cap - 1);

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return genlog_fail_opt(err, "password_file", errno, "%s cannot be read", path);
	out[n] = 0;
	out[strcspn(out, "\r\n")] = 0;
	return 0;
}

/* User and password: the settings first, then the environment, then what the uri itself says. */
static int set_credentials(const struct mongo_settings *o, mongoc_uri_t *uri, struct genlog_err *err)
{
	const char *user = o->username ? o->username : env("MONGODB_USERNAME");
	const char *password = o->password ? o->password : env("MONGODB_PASSWORD");
	const char *source = o->auth_source ? o->auth_source : env("MONGODB_AUTH_SOURCE");
	char secret[SECRET_MAX];
	int r = 0;

	if (o->password_file) {
		r = read_secret(o->password_file, secret, sizeof(secret), err);
		password = secret;
	}
	if (r == 0 && user && !mongoc_uri_get_username(uri)) {
		if (!mongoc_uri_set_username(uri, user) || (password && !mongoc_uri_set_password(uri, password)))
			r = genlog_fail_opt(err, "username", EINVAL, "the user or the password is not valid UTF-8");
		if (r == 0 && source && !mongoc_uri_set_auth_source(uri, source))
			r = genlog_fail_opt(err, "auth_source", EINVAL, "\"%s\" is not a database's name", source);
	}
	memset(secret, 0, sizeof(secret));
	__asm__ volatile("" : : "r"(secret) : "memory"); /* not optimised away */
	return r;
}

static bool is_local(const mongoc_uri_t *uri)
{
	const mongoc_host_list_t *h = mongoc_uri_get_hosts(uri);

	for (; h; h = h->next)
		if (strcmp(h->host, "localhost") != 0 && strncmp(h->host, "127.", 4) != 0 &&
			strcmp(h->host, "::1") != 0 && h->host[0] != '/')
			return false;
	return true;
}

/* Defaults, where the uri does not say otherwise.  Compression costs CPU that only a network gives back. */
static void set_defaults(int wanted, mongoc_uri_t *uri, const struct mongo_app *app)
{
	static const char *const compressors[] = {[MONGO_COMPRESSION_ZSTD] = "zstd",
		[MONGO_COMPRESSION_ZLIB] = "zlib",
		[MONGO_COMPRESSION_SNAPPY] = "snappy"};
	const struct {
		const char *name;
		int32_t value;
	} numbers[] = {{MONGOC_URI_SERVERSELECTIONTIMEOUTMS, 5000},
		{MONGOC_URI_SOCKETTIMEOUTMS, app->socket_timeout_ms}, {MONGOC_URI_CONNECTTIMEOUTMS, 5000}};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (!mongoc_uri_has_option(uri, numbers[i].name))
			mongoc_uri_set_option_as_int32(uri, numbers[i].name, numbers[i].value);
	if (!mongoc_uri_has_option(uri, MONGOC_URI_W))
		mongoc_uri_set_option_as_utf8(uri, MONGOC_URI_W, "majority");
	if (!mongoc_uri_has_option(uri, MONGOC_URI_RETRYWRITES))
		mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYWRITES, true);
	if (wanted == MONGO_COMPRESSION_AUTO)
		wanted = is_local(uri) ? MONGO_COMPRESSION_NONE : MONGO_COMPRESSION_ZSTD;
	if (wanted != MONGO_COMPRESSION_NONE && bson_empty(mongoc_uri_get_compressors(uri)))
		mongoc_uri_set_compressors(uri, compressors[wanted]);
	mongoc_uri_set_appname(uri, app->name);
}

static int choose_database(const struct mongo_settings *o, struct mongo_uri *out, struct genlog_err *err)
{
	const char *name = o->database;

	if (!name)
		name = mongoc_uri_get_database(out->parsed);
	if (!name)
		name = env("MONGODB_DATABASE");
	out->database = strdup(name ? name : "genims_production");
	return out->database ? 0 : genlog_fail(err, ENOMEM, "no memory for the connection");
}

/* Drivers before 2.0 make the file when they are loaded, and nobody can say no before. */
void mongo_forget_counters(void)
{
	char name[32];

	snprintf(name, sizeof(name), "/mongoc-%u", (unsigned)getpid());
	(void)shm_unlink(name);
}

/* The driver cannot be initialised again after mongoc_cleanup(), so that is left to the exit. */
void mongo_init(void)
{
	mongo_forget_counters();
	if (!getenv("MONGOC_DISABLE_SHM"))
		setenv("MONGOC_DISABLE_SHM", "1", 1);
	mongoc_log_set_handler(NULL, NULL); /* what it would print comes with the errors */
	mongoc_init();
}

int mongo_uri_make(
	const struct mongo_settings *s, const struct mongo_app *app, struct mongo_uri *out, struct genlog_err *err)
{
	struct text t = {.n = 0};
	bson_error_t error = {0};
	int r;

	if (s->uri)
		add(&t, s->uri);
	else
		from_environment(&t);
	out->parsed = t.over ? NULL : mongoc_uri_new_with_error(t.p, &error);
	if (!out->parsed) /* the driver's words may quote the string, with its password */
		return genlog_fail_opt(err, s->uri ? "uri" : NULL, EINVAL,
			"%s is not a connection string as "
			"mongodb://[user:password@]host[:port][,…]/[database][?options]; "
			"user and password there have to be percent-encoded, or use `username` and `password_file`",
			s->uri ? "this" : "what the MONGODB_* variables make up");
	r = set_credentials(s, out->parsed, err);
	if (r == 0)
		r = choose_database(s, out, err);
	if (r == 0)
		set_defaults(s->compression, out->parsed, app);
	return r;
}

void mongo_uri_fini(struct mongo_uri *u)
{
	if (u->parsed)
		mongoc_uri_destroy(u->parsed);
	free(u->database);
	*u = (struct mongo_uri){0};
}
