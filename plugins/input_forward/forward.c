#include "forward.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../net/net.h"

#define PORT "24224"
#define RETRY_MS 200
#define DRAIN_MS 200
#define SELF_MAX 256
#define LOOK_MS 500

struct input_forward {
	struct genlog_strs listen;
	const char *shared_key;
	struct genlog_strs users;
	const char *self_hostname;
	int trust_documents;
	const char *document_tag;
	int64_t chunk_limit, inflated_limit, ack_delay, remember, mode;
	struct net_limits limits;
	struct net_tls_conf tls;

	struct intake intake;
	struct net_server *server;
	struct net_address *addresses;
	struct genlog_timer *commit, *retry, *look;
	struct visitor *strangers; /* who has not said yet who it is */
	char self[SELF_MAX];
};

static const char *const trusts[] = {[TRUST_AUTO] = "auto", [TRUST_YES] = "yes", [TRUST_NO] = "no", NULL};

static const struct genlog_opt opts[] = {
	GENLOG_LIST(struct input_forward, listen, .def = "tcp://127.0.0.1:24224",
		.help = "where: tcp://HOST:PORT, tls://HOST:PORT, unix:/PATH; without a port 24224"),
	GENLOG_STR(struct input_forward, shared_key, .secret = true,
		.help = "what clients have to know; better by `!file`"),
	GENLOG_LIST(struct input_forward, users, .secret = true,
		.help = "who may come, as name:password; needs a shared_key"),
	GENLOG_STR(struct input_forward, self_hostname,
		.help = "what it calls itself in the handshake; clients want another name than their own; default "
			"node_id"),
	GENLOG_CHOICE(struct input_forward, trust_documents, .def = "auto", .choices = trusts,
		.help = "take what another genlog has made of its events as it is, with its `_id`; auto: from "
			"loopback, unix sockets, and peers that a shared key or a certificate has let in"),
	GENLOG_STR(struct input_forward, document_tag, .def = "genlog",
		.help = "how the tags of such documents begin, before a dot and the collection's name"),
	GENLOG_SIZE(struct input_forward, chunk_limit, .def = "16MiB", .min = 4096, .max = 1LL << 30,
		.help = "a message that is longer ends its connection"),
	GENLOG_SIZE(struct input_forward, inflated_limit, .def = "64MiB", .min = 4096, .max = 1LL << 30,
		.help = "the same, of what comes out of a compressed one"),
	GENLOG_TIME(struct input_forward, ack_delay, .def = "5ms", .min = 0, .max = 1000,
		.help = "acknowledgements of so long go out after one sync"),
	GENLOG_INT(struct input_forward, remember, .def = "4096", .min = 16, .max = 65536,
		.help = "so many chunks are known when they come a second time"),
	GENLOG_INT(struct input_forward, mode, .def = "0660", .min = 0, .max = 0777, .help = "of unix sockets"),
	NET_LIMIT_ROWS(struct input_forward, limits),
	GENLOG_GROUP(struct input_forward, tls, net_tls_rows, .help = "for tls://"),
	{0},
};

/* A connection and the session on it. */
struct visitor {
	struct input_forward *f;
	struct net_conn *conn;
	struct session session;
	struct visitor *next, *before;
	bool stranger;
	int64_t since;
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void add_stranger(struct visitor *v)
{
	struct input_forward *f = v->f;

	v->stranger = true;
	v->since = now_ms();
	v->next = f->strangers;
	if (v->next)
		v->next->before = v;
	else
		genlog_timer_set(f->look, LOOK_MS);
	f->strangers = v;
}

static void no_stranger(struct visitor *v)
{
	if (!v->stranger)
		return;
	*(v->before ? &v->before->next : &v->f->strangers) = v->next;
	if (v->next)
		v->next->before = v->before;
	v->stranger = false;
}

/* A handshake has the time of a message. */
static void on_look(void *arg)
{
	struct input_forward *f = arg;
	int64_t before = now_ms() - f->limits.message_timeout;

	for (struct visitor *v = f->strangers, *next; v; v = next) {
		next = v->next;
		if (v->since > before)
			continue;
		no_stranger(v);
		genlog_count(f->intake.in, GENLOG_COUNT_CONNECTIONS_REFUSED, 1);
		net_conn_close(v->conn, "it does not say who it is");
	}
	if (f->strangers)
		genlog_timer_set(f->look, LOOK_MS);
}

static int send_to(void *arg, const void *p, size_t n)
{
	const struct visitor *v = arg;

	return net_send(v->conn, p, n);
}

static int opened(void *arg, struct net_conn *c, const struct net_peer *peer, void **user)
{
	struct input_forward *f = arg;
	struct visitor *v = calloc(1, sizeof(*v));
	int r;

	if (!v)
		return -ENOMEM;
	v->f = f;
	v->conn = c;
	*user = v;
	r = session_open(&v->session, &f->intake,
		&(struct session_peer){.name = peer->name,
			.local = peer->local,
			.known = peer->certificate[0] != 0,
			.send = send_to,
			.arg = v});
	if (r < 0) {
		session_close(&v->session);
		free(v);
		*user = NULL;
	} else if (v->session.state == SESSION_HELO) {
		add_stranger(v);
	}
	return r;
}

static ssize_t feed(void *user, const char *p, size_t n, bool end)
{
	struct visitor *v = user;
	ssize_t r = session_feed(&v->session, p, n);

	if (v->session.state != SESSION_HELO)
		no_stranger(v);
	(void)end; /* an unfinished message was acknowledged to nobody */
	if (r == -EAGAIN)
		genlog_timer_set(v->f->retry, RETRY_MS);
	else if (r > 0)
		net_conn_count(v->conn, v->session.records);
	return r;
}

static void closed(void *user)
{
	struct visitor *v = user;

	if (!v)
		return;
	no_stranger(v);
	session_close(&v->session);
	free(v);
}

static const struct net_server_ops ops = {.opened = opened, .feed = feed, .closed = closed};

static void wants_commit(void *arg)
{
	struct input_forward *f = arg;

	genlog_timer_set(f->commit, f->ack_delay);
}

static void on_commit(void *arg)
{
	struct input_forward *f = arg;

	if (intake_commit(&f->intake) < 0 && f->commit)
		genlog_timer_set(f->commit, RETRY_MS);
}

/* The host calls resume() when the spool has room again; for want of memory nobody calls. */
static void forward_resume(void *state)
{
	struct input_forward *f = state;

	on_commit(f);
	if (f->server)
		net_server_resume(f->server);
}

static int check_users(const struct input_forward *f, struct genlog_err *err)
{
	if (f->users.n && !f->shared_key)
		return genlog_fail_opt(err, "users", EINVAL, "users need a `shared_key`");
	for (size_t i = 0; i < f->users.n; i++)
		if (!strchr(f->users.v[i], ':') || f->users.v[i][0] == ':')
			return genlog_fail_opt(
				err, "users", EINVAL, "the user in place %zu is not name:password", i + 1);
	return 0;
}

static int forward_open(void *state, struct genlog_err *err)
{
	struct input_forward *f = state;
	int r = check_users(f, err);

	f->addresses = calloc(f->listen.n + 1, sizeof(*f->addresses));
	if (!f->addresses)
		return genlog_fail(err, ENOMEM, "no memory");
	if (f->shared_key && !*f->shared_key)
		r = genlog_fail_opt(err, "shared_key", EINVAL, "it is empty");
	if (f->inflated_limit < f->chunk_limit)
		f->inflated_limit = f->chunk_limit;
	for (size_t i = 0; i < f->listen.n && r == 0; i++) {
		r = net_address_parse(&f->addresses[i], f->listen.v[i], PORT, err);
		if (r == 0 && (f->addresses[i].kind == NET_UDP || f->addresses[i].kind == NET_UNIX_DGRAM))
			r = genlog_fail_opt(err, "listen", EINVAL, "%s: the protocol wants a stream", f->listen.v[i]);
		if (r < 0 && err)
			err->opt_item = (int)i;
	}
	return r;
}

static bool is_local(const struct net_address *a)
{
	return a->kind == NET_UNIX || a->kind == NET_UNIX_STREAM || strncmp(a->host, "127.", 4) == 0 ||
	       strcmp(a->host, "::1") == 0 || strcmp(a->host, "localhost") == 0;
}

static void warn_of_strangers(const struct input_forward *f, const struct net_address *a)
{
	if (f->shared_key || is_local(a) || (a->kind == NET_TLS && f->tls.verify == NET_VERIFY_REQUIRED))
		return;
	genlog_say(f->intake.in, GENLOG_SAY_WARN,
		"%s takes records from everybody who reaches it; a shared_key, or tls with verify, would ask who comes",
		a->text);
}

static int listen_all(struct input_forward *f, struct genlog_err *err)
{
	struct net_listen l = {.unix_type = SOCK_STREAM, .mode = (mode_t)f->mode};
	int r = 0;

	for (size_t i = 0; i < f->listen.n && r == 0; i++) {
		r = net_server_listen(f->server, &f->addresses[i], &l, err);
		if (r == 0)
			warn_of_strangers(f, &f->addresses[i]);
	}
	return r;
}

static void settle_intake(struct input_forward *f, struct genlog_input *in)
{
	struct intake *k = &f->intake;

	k->in = in;
	k->chunk_limit = (size_t)f->chunk_limit;
	k->inflated_limit = (size_t)f->inflated_limit;
	k->max_line = genlog_host(in)->max_line;
	k->document_tag = f->document_tag;
	k->trust = f->trust_documents;
	k->hello.shared_key = f->shared_key;
	k->hello.users = f->users;
	snprintf(f->self, sizeof(f->self), "%s", f->self_hostname ? f->self_hostname : genlog_host(in)->node_id);
	k->hello.self_hostname = f->self;
	k->wants_commit = wants_commit;
	k->arg = f;
}

static int forward_start(void *state, struct genlog_input *in, struct genlog_err *err)
{
	struct input_forward *f = state;
	struct net_server_conf c = {.in = in,
		.limits = &f->limits,
		.tls = &f->tls,
		.message_max = (size_t)f->chunk_limit,
		.ops = &ops,
		.arg = f};

	settle_intake(f, in);
	if (genlog_host(in)->once) {
		genlog_input_done(in);
		return 0;
	}
	f->commit = genlog_timer(in, on_commit, f);
	f->retry = genlog_timer(in, forward_resume, f);
	f->look = genlog_timer(in, on_look, f);
	f->server = net_server_new(&c);
	if (!f->commit || !f->retry || !f->look || !f->server || intake_open(&f->intake) < 0 ||
		notes_open(&f->intake.notes, f->remember) < 0 || notes_load(&f->intake.notes, in) < 0)
		return genlog_fail(err, ENOMEM, "no memory");
	return listen_all(f, err);
}

/* What was sent already is taken, and answered. */
static void forward_stop(void *state)
{
	struct input_forward *f = state;

	if (!f->server)
		return;
	net_server_drain(f->server, DRAIN_MS);
	(void)intake_commit(&f->intake); /* refused: it comes again */
}

static void forward_close(void *state)
{
	struct input_forward *f = state;

	if (f->server)
		net_server_free(f->server);
	if (f->commit)
		genlog_timer_free(f->commit);
	if (f->retry)
		genlog_timer_free(f->retry);
	if (f->look)
		genlog_timer_free(f->look);
	intake_close(&f->intake);
	free(f->addresses);
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_INPUT,
	.name = "forward",
	.summary = "Fluent Forward: from fluentd, fluent-bit, their clients, and other genlogd",
	.state_size = sizeof(struct input_forward),
	.opts = opts,
	.open = forward_open,
	.close = forward_close,
	.start = forward_start,
	.stop = forward_stop,
	.resume = forward_resume,
};
