/* Bytes from and to a peer, with TLS or without. */
#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>

#include "conn.h"

int64_t net_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What SSL_get_error() says of a result that is not good. */
static ssize_t tls_result(struct net_conn *c, int r)
{
	c->wants_write = false;
	switch (SSL_get_error(c->ssl, r)) {
	case SSL_ERROR_WANT_READ: return -EAGAIN;
	case SSL_ERROR_WANT_WRITE: c->wants_write = true; return -EAGAIN;
	case SSL_ERROR_ZERO_RETURN: return 0;
	case SSL_ERROR_SYSCALL: return errno ? -errno : 0;
	default: return -EPROTO;
	}
}

ssize_t io_read(struct net_conn *c, char *p, size_t n)
{
	ssize_t r;

	if (!c->ssl) {
		r = recv(c->fd, p, n, MSG_DONTWAIT);
		return r < 0 ? (errno == EINTR ? -EAGAIN : -errno) : r;
	}
	ERR_clear_error();
	r = SSL_read(c->ssl, p, (int)n);
	if (r > 0) {
		c->wants_write = false;
		return r;
	}
	return tls_result(c, (int)r);
}

ssize_t io_write(struct net_conn *c, const char *p, size_t n)
{
	ssize_t r;

	if (!c->ssl) {
		r = send(c->fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);
		return r < 0 ? (errno == EINTR ? -EAGAIN : -errno) : r;
	}
	ERR_clear_error();
	r = SSL_write(c->ssl, p, (int)n);
	if (r > 0)
		return r;
	r = tls_result(c, (int)r);
	return r ? r : -EPIPE;
}

int io_begin(struct net_conn *c, SSL_CTX *ctx)
{
	c->ssl = SSL_new(ctx);
	if (!c->ssl || SSL_set_fd(c->ssl, c->fd) != 1)
		return -ENOMEM;
	SSL_set_accept_state(c->ssl);
	c->handshaking = true;
	return 0;
}

static int admit(struct net_conn *c, char *why, size_t cap)
{
	const struct net_tls_conf *t = c->s->c.tls;
	bool shown = t->verify != NET_VERIFY_NONE && SSL_get_verify_result(c->ssl) == X509_V_OK;

	if (t->peers.n && !net_tls_permits(c->ssl, &t->peers)) {
		snprintf(why, cap, "the name in its certificate is none of tls.peers");
		return -EACCES;
	}
	if (!shown || !net_tls_name(c->ssl, c->peer.certificate, sizeof(c->peer.certificate)))
		c->peer.certificate[0] = 0;
	c->handshaking = false;
	return 0;
}

int io_handshake(struct net_conn *c, char *why, size_t cap)
{
	ssize_t r;
	int done;

	ERR_clear_error();
	done = SSL_accept(c->ssl);
	if (done == 1)
		return admit(c, why, cap);
	r = tls_result(c, done);
	if (r == -EAGAIN)
		return -EAGAIN;
	if (r != -EPROTO) { /* it has just gone: somebody who only looked whether we are here */
		*why = 0;
		return r ? (int)r : -ECONNRESET;
	}
	net_tls_why(why, cap);
	return (int)r;
}
