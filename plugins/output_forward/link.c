#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

#include "forward.h"

#define IN_MAX (64u << 10)

int link_fail(const struct link *l, int e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(l->why, WHY_MAX, fmt, ap);
	va_end(ap);
	return e;
}

/* Until the socket is ready, or the time is over. */
static int await(const struct link *l, short events)
{
	struct pollfd p = {.fd = l->fd, .events = events};

	for (;;) {
		int64_t left = l->due - now_ms();
		int r = left > 0 ? poll(&p, 1, (int)(left < 1000 ? left : 1000)) : 0;

		if (r > 0)
			return 0;
		if (r < 0 && errno != EINTR)
			return -errno;
		if (l->due <= now_ms())
			return link_fail(l, -ETIMEDOUT, "no answer in time");
	}
}

static int start_connect(struct link *l, int family, const struct sockaddr *to, socklen_t n)
{
	int e = 0, on = 1;
	socklen_t size = sizeof(e);

	l->fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return link_fail(l, -errno, "no socket: %s", strerror(errno));
	l->open = true;
	if (family != AF_UNIX)
		(void)setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(l->fd, to, n) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return link_fail(l, -errno, "it cannot be reached: %s", strerror(errno));
	e = await(l, POLLOUT);
	if (e < 0)
		return e;
	if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &e, &size) < 0 || e)
		return link_fail(l, -(e ? e : EIO), "it cannot be reached: %s", strerror(e));
	return 0;
}

static void drop_socket(struct link *l)
{
	if (l->open)
		close(l->fd);
	l->open = false;
}

static int connect_host(struct link *l, const struct net_address *a)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *list;
	int r = getaddrinfo(a->host, a->port, &hints, &list);

	if (r != 0)
		return link_fail(l, -EHOSTUNREACH, "its name cannot be resolved: %s", gai_strerror(r));
	r = -EHOSTUNREACH;
	for (const struct addrinfo *i = list; i && r < 0; i = i->ai_next) {
		drop_socket(l);
		r = start_connect(l, i->ai_family, i->ai_addr, i->ai_addrlen);
	}
	freeaddrinfo(list);
	return r;
}

static int connect_unix(struct link *l, const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	memcpy(to.sun_path, path, strnlen(path, sizeof(to.sun_path) - 1));
	return start_connect(l, AF_UNIX, (const struct sockaddr *)&to, sizeof(to));
}

/* What OpenSSL waits for; 0: it may be asked again. */
static int tls_wait(const struct link *l, int result)
{
	char why[128];

	switch (SSL_get_error(l->ssl, result)) {
	case SSL_ERROR_WANT_READ: return await(l, POLLIN);
	case SSL_ERROR_WANT_WRITE: return await(l, POLLOUT);
	default: return link_fail(l, -ECONNRESET, "TLS: %s", net_tls_why(why, sizeof(why)));
	}
}

static int check_name(SSL *ssl, const char *host)
{
	X509_VERIFY_PARAM *p = SSL_get0_param(ssl);

	if (X509_VERIFY_PARAM_set1_ip_asc(p, host) == 1)
		return 1;
	return SSL_set_tlsext_host_name(ssl, host) == 1 && X509_VERIFY_PARAM_set1_host(p, host, 0) == 1;
}

static int start_tls(const struct output_forward *o, struct link *l, const char *host)
{
	int r = 0, done;

	l->ssl = SSL_new(o->ctx);
	if (!l->ssl || SSL_set_fd(l->ssl, l->fd) != 1 || (o->tls.verify && check_name(l->ssl, host) != 1))
		return link_fail(l, -ENOMEM, "no memory for TLS");
	while (r == 0 && (done = SSL_connect(l->ssl)) != 1)
		r = tls_wait(l, done);
	if (r < 0 && SSL_get_verify_result(l->ssl) != X509_V_OK)
		return link_fail(l, -EACCES, "its certificate is not accepted: %s",
			X509_verify_cert_error_string(SSL_get_verify_result(l->ssl)));
	return r;
}

int link_open(struct output_forward *o, struct link *l, const struct server *s)
{
	const struct net_address *a = &s->address;
	int r;

	l->due = now_ms() + o->connect_timeout;
	l->in_n = 0;
	if (!l->in)
		l->in = malloc(IN_MAX);
	if (!l->in)
		return link_fail(l, -ENOMEM, "no memory");
	r = a->path[0] ? connect_unix(l, a->path) : connect_host(l, a);
	if (r == 0 && a->kind == NET_TLS)
		r = start_tls(o, l, a->host);
	if (r == 0 && o->shared_key)
		r = hello(o, l);
	return r;
}

void link_close(struct link *l)
{
	if (l->ssl) {
		(void)SSL_shutdown(l->ssl);
		SSL_free(l->ssl);
	}
	l->ssl = NULL;
	drop_socket(l);
	l->in_n = 0;
}

bool link_is_fresh(const struct link *l)
{
	struct pollfd p = {.fd = l->fd, .events = POLLIN};

	return l->open && !l->in_n && poll(&p, 1, 0) == 0;
}

static ssize_t put(const struct link *l, const char *p, size_t n)
{
	ssize_t k = l->ssl ? SSL_write(l->ssl, p, (int)(n < 1 << 30 ? n : 1 << 30)) : send(l->fd, p, n, MSG_NOSIGNAL);

	if (k > 0)
		return k;
	if (l->ssl)
		return tls_wait(l, (int)k);
	if (errno == EAGAIN)
		return await(l, POLLOUT);
	return errno == EINTR ? 0 : link_fail(l, -errno, "it is gone: %s", strerror(errno));
}

int link_send(struct link *l, const void *p, size_t n)
{
	const char *at = p;

	while (n) {
		ssize_t k = put(l, at, n);

		if (k < 0)
			return (int)k;
		at += k;
		n -= (size_t)k;
	}
	return 0;
}

static ssize_t get(const struct link *l)
{
	size_t room = IN_MAX - l->in_n;
	ssize_t k = l->ssl ? SSL_read(l->ssl, l->in + l->in_n, (int)room) : recv(l->fd, l->in + l->in_n, room, 0);

	if (k > 0)
		return k;
	if (l->ssl)
		return tls_wait(l, (int)k);
	if (k == 0)
		return link_fail(l, -ECONNRESET, "it has closed the connection");
	if (errno == EAGAIN)
		return await(l, POLLIN);
	return errno == EINTR ? 0 : link_fail(l, -errno, "it is gone: %s", strerror(errno));
}

ssize_t link_receive(struct link *l)
{
	for (;;) {
		struct mp_scan scan = {0};
		int r = mp_scan(&scan, l->in, l->in_n, IN_MAX);
		ssize_t k;

		if (r == 1)
			return (ssize_t)scan.at;
		if (r < 0)
			return link_fail(l, -EPROTO, "its answer is none of the protocol's");
		k = get(l);
		if (k < 0)
			return k;
		l->in_n += (size_t)k;
	}
}

void link_pass(struct link *l, size_t n)
{
	l->in_n -= n;
	memmove(l->in, l->in + n, l->in_n);
}
