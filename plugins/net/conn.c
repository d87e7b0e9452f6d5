#include "conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define READS 4
#define OUT_MAX (256u << 10)

void net_conn_count(struct net_conn *c, uint64_t messages)
{
	c->tokens -= (int64_t)messages;
}

void conn_end(struct net_conn *c, const char *why)
{
	if (c->closing)
		return;
	c->closing = true;
	c->s->closing++;
	if (why)
		genlog_say(c->s->c.in, GENLOG_SAY_WARN, "%s, connection from %s is closed: %s", c->peer.address,
			c->peer.name, why);
	net_tick_soon(c->s);
}

void conn_give_up(struct net_conn *c, const char *why)
{
	if (c->left_n && !c->closing)
		(void)c->s->c.ops->feed(c->user, c->left, c->left_n, true); /* it ends in any case */
	conn_end(c, why);
	keep_drop(c);
}

void net_conn_close(struct net_conn *c, const char *why)
{
	conn_end(c, why);
}

/* ── reading ── */

/* What was not taken stays, wherever it lies now. */
static void keep_rest(struct net_conn *c, const char *p, size_t n, bool took)
{
	int64_t now = net_now();
	int r;

	if (took)
		c->active_ms = now;
	if (took || !c->begun_ms)
		c->begun_ms = now;
	r = keep_set(c, p, n);
	if (!n)
		c->begun_ms = 0;
	if (r < 0)
		conn_end(c, "the memory for unfinished messages is full");
	else if (n > c->s->c.message_max + NET_READ)
		conn_end(c, "a message is longer than may be");
}

static void slow_down(struct net_conn *c)
{
	if (!c->s->c.limits->rate_limit || c->tokens > 0)
		return;
	c->slowed = true;
	genlog_count(c->s->c.in, GENLOG_COUNT_RATE_LIMITED, 1);
}

static void feed(struct net_conn *c, const char *p, size_t n, bool end)
{
	ssize_t took = c->closing ? -EPIPE : c->s->c.ops->feed(c->user, p, n, end);

	if (took == -EAGAIN) {
		c->blocked = c->s->blocked = true;
		genlog_resume_soon(c->s->c.in);
		took = 0;
	}
	if (took < 0) {
		conn_end(c, NULL);
		return;
	}
	keep_rest(c, p + took, n - (size_t)took, took > 0);
	slow_down(c);
}

/* What has been said so far is all. */
static void end_of_stream(struct net_conn *c)
{
	if (c->left_n && !c->closing)
		feed(c, c->left, c->left_n, true);
	if (!c->blocked) /* else what is left is taken when there is room */
		conn_end(c, NULL);
}

/* Reads behind what is left, into the server's buffer while that is little. */
static ssize_t read_some(struct net_conn *c, char **all)
{
	size_t have = c->left_n;
	ssize_t n;
	int r;

	if (have < NET_SMALL) {
		*all = c->s->buf;
		if (have)
			memcpy(*all, c->left, have);
		return io_read(c, *all + have, NET_READ);
	}
	r = keep_room(c, NET_SMALL);
	if (r < 0) {
		conn_end(c, r == -EMSGSIZE ? "a message is longer than may be" : "no memory for its message");
		return -EAGAIN;
	}
	*all = c->left;
	n = io_read(c, c->left + have, c->left_cap - have);
	return n;
}

static void handshake(struct net_conn *c)
{
	char why[200] = "";
	int r = io_handshake(c, why, sizeof(why));

	if (r == -EAGAIN)
		return;
	if (r == 0)
		r = c->s->c.ops->opened(c->s->c.arg, c, &c->peer, &c->user);
	c->opened = r == 0;
	c->active_ms = net_now();
	if (r == 0)
		return;
	genlog_count(c->s->c.in, GENLOG_COUNT_CONNECTIONS_REFUSED, 1);
	conn_end(c, *why ? why : NULL);
}

static bool may_read(const struct net_conn *c)
{
	return !c->closing && !c->blocked && !c->slowed && !c->s->blocked;
}

bool conn_read(struct net_conn *c)
{
	bool came = false;

	if (c->handshaking)
		handshake(c);
	for (int i = 0; i < READS && !c->handshaking && may_read(c); i++) {
		size_t have = c->left_n;
		char *all;
		ssize_t n = read_some(c, &all);

		if (n == -EAGAIN)
			break;
		if (n <= 0) {
			end_of_stream(c);
			break;
		}
		came = true;
		genlog_count(c->s->c.in, GENLOG_COUNT_RECEIVED_BYTES, (uint64_t)n);
		feed(c, all, have + (size_t)n, false);
	}
	return came;
}

void conn_again(struct net_conn *c)
{
	c->blocked = false;
	if (c->left_n && !c->closing)
		feed(c, c->left, c->left_n, false);
	if (may_read(c))
		conn_read(c); /* TLS may hold bytes that the socket does not tell of */
}

/* ── writing ── */

void conn_flush(struct net_conn *c)
{
	ssize_t n = c->out_n ? io_write(c, c->out, c->out_n) : 0;

	if (n > 0) {
		memmove(c->out, c->out + n, c->out_n - (size_t)n);
		c->out_n -= (size_t)n;
	}
	if (n < 0 && n != -EAGAIN)
		conn_end(c, NULL);
	if (!c->out_n) {
		free(c->out);
		c->out = NULL;
	}
}

int net_send(struct net_conn *c, const void *p, size_t n)
{
	bool full = c->closing || c->out_n + n > OUT_MAX;
	char *more = full ? NULL : realloc(c->out, c->out_n + n);

	if (!more) {
		conn_end(c, full ? "it does not read what it is answered" : "no memory for an answer");
		return -EPIPE;
	}
	memcpy(more + c->out_n, p, n);
	c->out = more;
	c->out_n += n;
	conn_flush(c);
	return c->closing ? -EPIPE : conn_watch(c);
}

/* ── life ── */

static void on_event(void *arg, uint32_t events)
{
	struct net_conn *c = arg;

	if (events & EPOLLOUT && !c->handshaking)
		conn_flush(c);
	conn_read(c);
	if (conn_watch(c) < 0)
		conn_end(c, "no memory");
}

/* One that is not read from is not watched: a peer that hangs up would be told of again and again. */
int conn_watch(struct net_conn *c)
{
	uint32_t events = may_read(c) ? EPOLLIN : 0;

	if (c->wants_write || c->out_n)
		events |= EPOLLOUT;
	if (c->closing)
		events = 0;
	if (!events) {
		genlog_unwatch(c->watch);
		c->watch = NULL;
		return 0;
	}
	if (c->watch)
		return genlog_watch_set(c->watch, events);
	c->watch = genlog_watch(c->s->c.in, c->fd, events, on_event, c);
	return c->watch ? 0 : -errno;
}

static void set(int fd, int level, int option, int value)
{
	(void)setsockopt(fd, level, option, &value, sizeof(value)); /* a help, and no more */
}

static void know_peer(struct net_conn *c, const struct sockaddr_storage *from)
{
	struct ucred who;
	socklen_t n = sizeof(who);

	net_name(from, c->peer.name);
	c->peer.is_unix = from->ss_family == AF_UNIX;
	c->peer.uid = (uid_t)-1;
	c->peer.local = c->peer.is_unix || strncmp(c->peer.name, "127.", 4) == 0 || strcmp(c->peer.name, "::1") == 0;
	if (c->peer.is_unix && getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0) {
		c->peer.pid = who.pid;
		c->peer.uid = who.uid;
	}
	if (c->peer.is_unix)
		return;
	set(c->fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set(c->fd, IPPROTO_TCP, TCP_KEEPIDLE, 60);
	set(c->fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

/* NULL: no memory, or its owner does not want it; the fd is closed then. */
struct net_conn *conn_new(struct net_door *d, int fd, const struct sockaddr_storage *from)
{
	struct net_conn *c = calloc(1, sizeof(*c));
	int r = 0;

	if (!c) {
		close(fd);
		return NULL;
	}
	*c = (struct net_conn){.s = d->s, .fd = fd, .next = d->s->conns, .active_ms = net_now()};
	c->tokens = d->s->c.limits->rate_limit;
	c->peer.address = d->text;
	if (c->next)
		c->next->before = c;
	d->s->conns = c;
	d->s->n++;
	know_peer(c, from);
	if (d->tls)
		r = io_begin(c, d->s->ctx);
	else
		r = d->s->c.ops->opened(d->s->c.arg, c, &c->peer, &c->user);
	c->opened = r == 0 && !d->tls;
	if (r == 0)
		r = conn_watch(c);
	if (r == 0)
		return c;
	conn_free(c);
	return NULL;
}

void conn_free(struct net_conn *c)
{
	struct net_server *s = c->s;

	if (c->opened)
		s->c.ops->closed(c->user);
	genlog_unwatch(c->watch);
	*(c->before ? &c->before->next : &s->conns) = c->next;
	if (c->next)
		c->next->before = c->before;
	s->n--;
	s->closing -= c->closing;
	keep_drop(c);
	if (c->ssl && !c->handshaking)
		SSL_shutdown(c->ssl);
	SSL_free(c->ssl);
	free(c->out);
	close(c->fd);
	free(c);
	genlog_gauge(s->c.in, GENLOG_GAUGE_CONNECTIONS, (int64_t)s->n);
}
