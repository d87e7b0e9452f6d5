#include "forward.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PORT "24224"

static const char *const compressions[] = {
	[COMPRESS_NONE] = "none", [COMPRESS_GZIP] = "gzip", [COMPRESS_ZSTD] = "zstd", NULL};

static const struct genlog_opt tls_rows[] = {
	GENLOG_STR(struct tls_conf, ca, .file = true, .help = "file of the authorities; default those of the system"),
	GENLOG_STR(struct tls_conf, cert, .file = true, .help = "file of our certificate, where servers ask for one"),
	GENLOG_STR(struct tls_conf, key, .file = true, .help = "file of its key"),
	GENLOG_BOOL(struct tls_conf, verify, .def = "yes", .help = "check the servers' certificates and names"),
	{0},
};

static const struct genlog_opt opts[] = {
	GENLOG_LIST(struct output_forward, servers, .required = true,
		.help = "HOST:PORT, tls://HOST:PORT or unix:/PATH; load goes to all of them, without a port to 24224"),
	GENLOG_STR(struct output_forward, tag, .def = "genlog", .help = "tags are this, a dot, and the collection"),
	GENLOG_STR(struct output_forward, shared_key, .secret = true, .help = "what the servers ask for"),
	GENLOG_STR(struct output_forward, username, .help = "the same, of those that know users"),
	GENLOG_STR(struct output_forward, password, .secret = true, .help = "of that user"),
	GENLOG_STR(struct output_forward, self_hostname, .help = "our name in the handshake; default the host's"),
	GENLOG_CHOICE(
		struct output_forward, compress, .def = "none", .choices = compressions, .help = "of the records"),
	GENLOG_BOOL(struct output_forward, require_ack, .def = "yes",
		.help = "delivered is what was acknowledged; `no`: what was sent, and what is on its way may be lost"),
	GENLOG_TIME(struct output_forward, connect_timeout, .def = "5s", .min = 10, .max = 600000,
		.help = "for connection, TLS and handshake together"),
	GENLOG_TIME(struct output_forward, ack_timeout, .def = "30s", .min = 10, .max = 3600000,
		.help = "for sending a chunk and its acknowledgement"),
	GENLOG_GROUP(struct output_forward, tls, tls_rows, .help = "for servers that are tls://"),
	{0},
};

static int parse_server(struct server *s, const char *text, struct genlog_err *err)
{
	bool scheme = strstr(text, "://") || strncmp(text, "unix:", 5) == 0;
	int r;

	if (strlen(text) > sizeof(s->text) - sizeof("tcp://"))
		return genlog_fail(err, EINVAL, "it is too long");
	snprintf(s->text, sizeof(s->text), "%s%s", scheme ? "" : "tcp://", text);
	r = net_address_parse(&s->address, s->text, PORT, err);
	if (r == 0 && s->address.kind != NET_TCP && s->address.kind != NET_TLS && s->address.kind != NET_UNIX)
		r = genlog_fail(err, EINVAL, "\"%s\" is none of host:port, tls://host:port and unix:/path", text);
	if (r == 0 && s->address.kind != NET_UNIX && !s->address.host[0])
		r = genlog_fail(err, EINVAL, "\"%s\" names no host", text);
	return r;
}

static int parse_servers(struct output_forward *o, struct genlog_err *err)
{
	int r = 0;

	if (!o->servers.n || o->servers.n > SERVERS_MAX)
		return genlog_fail_opt(err, "servers", EINVAL, "from 1 to %d of them", SERVERS_MAX);
	o->server = calloc(o->servers.n, sizeof(*o->server));
	if (!o->server)
		return genlog_fail(err, ENOMEM, "no memory");
	o->n = o->servers.n;
	for (size_t i = 0; i < o->n && r == 0; i++) {
		r = parse_server(&o->server[i], o->servers.v[i], err);
		if (r < 0 && err) {
			err->opt = "servers";
			err->opt_item = (int)i;
		}
	}
	return r;
}

static int open_tls(struct output_forward *o, struct genlog_err *err)
{
	const struct net_tls_conf c = {.ca = o->tls.ca,
		.cert = o->tls.cert,
		.key = o->tls.key,
		.verify = o->tls.verify ? NET_VERIFY_REQUIRED : NET_VERIFY_NONE};
	bool wanted = false;

	for (size_t i = 0; i < o->n; i++)
		wanted = wanted || o->server[i].address.kind == NET_TLS;
	return wanted ? net_tls_client(&o->ctx, &c, err) : 0;
}

static int check(const struct output_forward *o, struct genlog_err *err)
{
	if ((o->username || o->password) && !o->shared_key)
		return genlog_fail_opt(
			err, "username", EINVAL, "a user needs a `shared_key`: there is no other handshake");
	if (o->shared_key && !*o->shared_key)
		return genlog_fail_opt(err, "shared_key", EINVAL, "it is empty");
	if (strlen(o->tag) > 128)
		return genlog_fail_opt(err, "tag", EINVAL, "it is longer than 128 bytes");
	return 0;
}

static int forward_open(void *state, struct genlog_err *err)
{
	struct output_forward *o = state;
	int r = check(o, err);

	pthread_mutex_init(&o->lock, NULL);
	o->locked = true;
	if (o->self_hostname)
		snprintf(o->self, sizeof(o->self), "%s", o->self_hostname);
	else if (gethostname(o->self, sizeof(o->self) - 1) < 0)
		snprintf(o->self, sizeof(o->self), "genlog");
	if (r == 0)
		r = parse_servers(o, err);
	return r < 0 ? r : open_tls(o, err);
}

static void close_worker(const struct output_forward *o, struct worker *w)
{
	for (size_t i = 0; w->links && i < o->n; i++) {
		link_close(&w->links[i]);
		free(w->links[i].in);
	}
	free(w->links);
	free(w->squeezed);
	msgpack_sbuffer_destroy(&w->entries);
	msgpack_sbuffer_destroy(&w->message);
}

static void forward_close(void *state)
{
	struct output_forward *o = state;

	for (size_t i = 0; i < WORKERS; i++)
		close_worker(o, &o->worker[i]);
	SSL_CTX_free(o->ctx);
	free(o->server);
	if (o->locked)
		pthread_mutex_destroy(&o->lock);
}

static int make_worker(const struct output_forward *o, struct worker *w)
{
	if (w->links)
		return 0;
	w->links = calloc(o->n, sizeof(*w->links));
	if (!w->links)
		return -ENOMEM;
	for (size_t i = 0; i < o->n; i++)
		w->links[i].why = w->why;
	w->turn = (size_t)(w - o->worker);
	return 0;
}

/* {"ack": name}; a late one of an earlier chunk is passed over. */
static int is_ack(const struct link *l, size_t n, const struct message *m)
{
	const uint8_t *p = l->in, *end = p + n;
	struct mp map = {0}, key = {0}, v = {0};
	ssize_t k = mp_read(p, n, &map);

	if (map.type == MP_ARRAY)
		return link_fail(l, -EACCES, "it asks for a shared key");
	if (k <= 0 || map.type != MP_MAP || map.n < 1)
		return link_fail(l, -EPROTO, "its answer is no acknowledgement");
	p += k;
	k = mp_read(p, (size_t)(end - p), &key);
	p += k > 0 ? k : 0;
	if (k <= 0 || !mp_is(&key, "ack", 3) || mp_read(p, (size_t)(end - p), &v) <= 0)
		return link_fail(l, -EPROTO, "its answer is no acknowledgement");
	return mp_is(&v, m->name, CHUNK_NAME);
}

static int await_ack(struct link *l, const struct message *m)
{
	int r = 0;

	while (r == 0) {
		ssize_t n = link_receive(l);

		if (n < 0)
			return (int)n;
		r = is_ack(l, (size_t)n, m);
		link_pass(l, (size_t)n);
	}
	return r < 0 ? r : 0;
}

static int send_once(struct output_forward *o, struct worker *w, size_t i, const struct message *m)
{
	struct link *l = &w->links[i];
	int r = 0;

	if (l->open && !link_is_fresh(l))
		link_close(l);
	if (!l->open)
		r = link_open(o, l, &o->server[i]);
	if (r == 0) {
		l->due = now_ms() + o->ack_timeout;
		w->unsure = i + 1;
		memcpy(w->unsure_name, m->name, CHUNK_NAME);
		r = link_send(l, m->p, m->n);
	}
	if (r == 0 && o->require_ack)
		r = await_ack(l, m);
	if (r < 0)
		link_close(l);
	else
		w->unsure = 0;
	return r;
}

/* A connection that was idle may have ended without a word: another one, at once. */
static int try_server(struct output_forward *o, struct worker *w, size_t i, const struct message *m)
{
	bool used = w->links[i].open;
	int r = send_once(o, w, i, m);

	if (r < 0 && used && r != -ETIMEDOUT && r != -EACCES)
		r = send_once(o, w, i, m);
	if (r == 0)
		server_is_well(o, i);
	else
		server_failed(o, i, now_ms());
	w->alarm = w->alarm || r == -EACCES;
	return r;
}

/* Who may have it already is asked first: it knows the chunk, and nothing is there twice. */
static int first_server(struct output_forward *o, const struct worker *w, const struct message *m)
{
	if (w->unsure && memcmp(w->unsure_name, m->name, CHUNK_NAME) == 0)
		return (int)w->unsure - 1;
	return server_next(o, w, 0, now_ms());
}

static int deliver(struct output_forward *o, struct worker *w, const struct message *m, struct genlog_batch *b)
{
	int i = first_server(o, w, m), r = -EAGAIN;
	uint64_t tried = 0;

	while (i >= 0 && r < 0) {
		size_t said = strlen(b->why);

		tried |= 1ULL << i;
		w->why[0] = 0;
		r = try_server(o, w, (size_t)i, m);
		if (r < 0 && said < sizeof(b->why) - 1)
			snprintf(b->why + said, sizeof(b->why) - said, "%s%s: %s", said ? "; " : "", o->servers.v[i],
				w->why[0] ? w->why : strerror(-r));
		w->turn = (size_t)i + 1;
		i = server_next(o, w, tried, now_ms());
	}
	return r < 0 ? -EAGAIN : 0;
}

static int add_document(struct worker *w, struct genlog_doc *d, uint32_t *n)
{
	int r = pack_document(&w->entries, d->bson, d->len);

	if (r != -EINVAL) {
		*n += r == 0;
		return r;
	}
	d->outcome = GENLOG_REJECTED;
	d->code = EINVAL;
	d->reason = strdup("it has a type, or a depth, that the protocol cannot carry");
	return 0;
}

static int no_memory(struct genlog_batch *b)
{
	snprintf(b->why, sizeof(b->why), "no memory for a chunk");
	return -EAGAIN;
}

static int send_entries(struct output_forward *o, struct worker *w, struct genlog_batch *b, uint32_t n)
{
	struct message m;
	int r = n ? chunk_make(o, w, b->collection, n, &m) : 0;

	if (r < 0)
		return no_memory(b);
	r = n ? deliver(o, w, &m, b) : 0;
	msgpack_sbuffer_clear(&w->entries);
	return r;
}

static void forget_outcomes(struct genlog_batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		free(b->docs[i].reason);
		b->docs[i].reason = NULL;
	}
}

/* A batch in chunks that every receiver takes. */
static int send_batch(struct output_forward *o, struct worker *w, struct genlog_batch *b)
{
	uint32_t n = 0;
	int r = 0;

	msgpack_sbuffer_clear(&w->entries);
	for (size_t i = 0; i < b->n && r == 0; i++) {
		if (n && w->entries.size + b->docs[i].len > CHUNK_BYTES) {
			r = send_entries(o, w, b, n);
			n = 0;
		}
		if (r == 0 && add_document(w, &b->docs[i], &n) < 0)
			r = no_memory(b);
	}
	return r < 0 ? r : send_entries(o, w, b, n);
}

static int forward_write(void *state, struct genlog_batch *b)
{
	struct output_forward *o = state;
	struct worker *w = &o->worker[b->worker % WORKERS];
	int r = make_worker(o, w);

	if (r < 0)
		return no_memory(b);
	w->alarm = false;
	r = send_batch(o, w, b);
	if (r < 0) {
		b->alarm = w->alarm;
		forget_outcomes(b);
	} else {
		b->why[0] = 0;
	}
	return r;
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_OUTPUT,
	.name = "forward",
	.summary = "Fluent Forward: to fluentd, fluent-bit or another genlogd, acknowledged",
	.state_size = sizeof(struct output_forward),
	.opts = opts,
	.open = forward_open,
	.close = forward_close,
	.write = forward_write,
};
