#include "syslog.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#define FLUSH_BYTES (128u << 10)
#define FLUSH_MS 5
#define DRAIN_MS 200

static const struct genlog_opt opts[] = {
	GENLOG_LIST(struct syslog, listen, .required = true,
		.help = "udp://host:port, tcp://…, tls://…, unix:/path (datagrams, as /dev/log), unix-stream:/path, "
			"systemd:NAME; without a host all addresses, without a port 514, of TLS 6514"),
	GENLOG_INT(struct syslog, mode, .def = "0666", .min = 0, .max = 0777, .help = "of a unix socket's file"),
	GENLOG_SIZE(struct syslog, receive_buffer, .def = "8MiB", .min = 4096, .max = 1 << 30,
		.help = "of datagram sockets; beyond net.core.rmem_max with CAP_NET_ADMIN only"),
	NET_LIMIT_ROWS(struct syslog, limits),
	GENLOG_GROUP(struct syslog, tls, net_tls_rows, .help = "for tls:// addresses"),
	{0},
};

static int parse_addresses(struct syslog *s, struct genlog_err *err)
{
	for (size_t i = 0; i < s->listen.n; i++) {
		bool tls = strncmp(s->listen.v[i], "tls:", 4) == 0;
		int r = net_address_parse(&s->addresses[i], s->listen.v[i], tls ? "6514" : "514", err);

		if (r < 0) {
			err->opt = "listen";
			err->opt_item = (int)i;
			return r;
		}
	}
	return 0;
}

/* A certificate that cannot be read is told by --check, not when the first peer comes. */
static int try_tls(struct syslog *s, struct genlog_err *err)
{
	SSL_CTX *ctx = NULL;
	int r = 0;

	for (size_t i = 0; i < s->listen.n; i++)
		if (s->addresses[i].kind == NET_TLS)
			r = ctx ? 0 : net_tls_server(&ctx, &s->tls, err);
	SSL_CTX_free(ctx);
	return r;
}

static int syslog_open(void *state, struct genlog_err *err)
{
	struct syslog *s = state;
	int r;

	if (!s->listen.n)
		return genlog_fail_opt(err, "listen", EINVAL, "nothing to listen on");
	s->addresses = calloc(s->listen.n, sizeof(*s->addresses));
	s->bound = calloc(s->listen.n, sizeof(*s->bound));
	if (!s->addresses || !s->bound)
		return genlog_fail(err, ENOMEM, "no memory");
	r = parse_addresses(s, err);
	return r < 0 ? r : try_tls(s, err);
}

struct genlog_source *syslog_source(struct syslog *s, const char *peer, const char *const *more)
{
	struct genlog_source_desc d = {.type = "syslog", .label = "peer", .value = peer, .more = more};

	d.generation = genlog_hash(&s->opened, sizeof(s->opened), s->seed);
	d.salt = genlog_hash(&s->opened, sizeof(s->opened), ~s->seed);
	s->opened++;
	return genlog_source_open(s->in, &d);
}

static void on_flush(void *arg)
{
	struct syslog *s = arg;

	s->flushing = false;
	s->pending = 0;
	genlog_turn_end(s->in);
}

void syslog_handed(struct syslog *s, size_t bytes)
{
	s->pending += bytes;
	if (s->pending >= FLUSH_BYTES) {
		s->pending = 0;
		genlog_turn_end(s->in);
	} else if (s->pending && !s->flushing) {
		s->flushing = true;
		genlog_timer_set(s->flush, FLUSH_MS);
	}
}

static bool is_stream(const struct net_address *a)
{
	return a->kind == NET_TCP || a->kind == NET_TLS || a->kind == NET_UNIX_STREAM;
}

static int add_dgrams(struct syslog *s, size_t i, struct genlog_err *err)
{
	int r = s->room ? 0 : dgrams_open(s);

	if (r < 0)
		return genlog_fail(err, -r, "no memory for datagrams");
	for (size_t k = 0; k < s->bound[i].n && r == 0; k++)
		if (net_socket_type(s->bound[i].fd[k]) == SOCK_DGRAM)
			r = dgrams_add(s, s->bound[i].fd[k], s->addresses[i].text, err);
		else
			r = net_server_take(s->server, s->bound[i].fd[k], s->addresses[i].text, false, err);
	return r;
}

static int listen_on(struct syslog *s, size_t i, struct genlog_err *err)
{
	struct net_listen l = {.unix_type = SOCK_DGRAM, .mode = (mode_t)s->mode, .buffer = (int)s->receive_buffer};
	int r;

	if (is_stream(&s->addresses[i]))
		return net_server_listen(s->server, &s->addresses[i], &l, err);
	r = net_listen(&s->bound[i], &s->addresses[i], &l, err);
	return r < 0 ? r : add_dgrams(s, i, err);
}

static int syslog_start(void *state, struct genlog_input *in, struct genlog_err *err)
{
	struct syslog *s = state;
	struct net_server_conf c = {.in = in,
		.limits = &s->limits,
		.tls = &s->tls,
		.message_max = genlog_host(in)->max_line + 64,
		.ops = &stream_ops,
		.arg = s};
	int r = 0;

	s->in = in;
	s->flush = genlog_timer(in, on_flush, s);
	s->server = s->flush ? net_server_new(&c) : NULL;
	if (!s->server || getrandom(&s->seed, sizeof(s->seed), 0) != (ssize_t)sizeof(s->seed))
		return genlog_fail(err, ENOMEM, "no memory");
	for (size_t i = 0; i < s->listen.n && r == 0; i++)
		r = listen_on(s, i, err);
	if (r == 0 && genlog_host(in)->once)
		genlog_input_done(in);
	return r;
}

static void syslog_resume(void *state)
{
	struct syslog *s = state;

	s->blocked = false;
	dgrams_resume(s);
	if (!s->blocked)
		net_server_resume(s->server);
}

/* What the kernel holds already would be lost with its sockets. */
static void syslog_stop(void *state)
{
	struct syslog *s = state;

	for (struct dgram_socket *d = s->sockets; d && !s->blocked; d = d->next)
		dgrams_read(d);
	net_server_drain(s->server, DRAIN_MS);
}

static void syslog_close(void *state)
{
	struct syslog *s = state;

	net_server_free(s->server);
	dgrams_free(s);
	senders_free(s);
	for (size_t i = 0; s->bound && i < s->listen.n; i++)
		net_unlisten(&s->bound[i], &s->addresses[i]);
	genlog_timer_free(s->flush);
	genlog_timer_free(s->tell);
	free(s->bound);
	free(s->addresses);
}

GENLOG_PLUGIN = {
	GENLOG_HEAD,
	.kind = GENLOG_INPUT,
	.name = "syslog",
	.summary = "messages by UDP, TCP, TLS and unix sockets, as RFC 3164, 5424, 5425 and 6587 have them",
	.state_size = sizeof(struct syslog),
	.opts = opts,
	.open = syslog_open,
	.close = syslog_close,
	.start = syslog_start,
	.resume = syslog_resume,
	.stop = syslog_stop,
};
