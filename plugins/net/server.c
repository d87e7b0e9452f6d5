#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "conn.h"

#define ACCEPTS 64
#define TICK_MS 1000

/* What was bound here, to be unbound. */
struct net_bound {
	struct net_bound *next;
	const struct net_address *address;
	struct net_sockets sockets;
};

/* ── accepting ── */

static size_t of_peer(const struct net_server *s, const char *name)
{
	size_t n = 0;

	for (const struct net_conn *c = s->conns; c; c = c->next)
		n += strcmp(c->peer.name, name) == 0;
	return n;
}

static const char *refusal(const struct net_server *s, const struct sockaddr_storage *from)
{
	char name[NET_NAME_MAX];

	if (s->n >= (size_t)s->c.limits->max_connections)
		return "max_connections are open";
	net_name(from, name);
	return of_peer(s, name) >= (size_t)s->c.limits->max_per_peer ? "max_per_peer are open from there" : NULL;
}

static void take_in(struct net_door *d, int fd, const struct sockaddr_storage *from)
{
	struct net_server *s = d->s;
	const char *why = refusal(s, from);
	char name[NET_NAME_MAX];

	if (why) {
		net_name(from, name);
		close(fd);
		genlog_say(s->c.in, GENLOG_SAY_WARN, "%s: a connection from %s is refused: %s", d->text, name, why);
	}
	if (why || !conn_new(d, fd, from)) {
		genlog_count(s->c.in, GENLOG_COUNT_CONNECTIONS_REFUSED, 1);
		return;
	}
	genlog_count(s->c.in, GENLOG_COUNT_CONNECTIONS, 1);
	genlog_gauge(s->c.in, GENLOG_GAUGE_CONNECTIONS, (int64_t)s->n);
	net_tick_soon(s);
}

/* No more files may be open: those who knock wait in the kernel's queue, and the next tick tries again. */
static void shut_out(struct net_server *s)
{
	if (!s->shut_out)
		genlog_say(s->c.in, GENLOG_SAY_ERROR, "no connection can be accepted: %s; they wait", strerror(errno));
	s->shut_out = true;
	for (struct net_door *d = s->doors; d; d = d->next) {
		genlog_unwatch(d->watch);
		d->watch = NULL;
	}
	net_tick_soon(s);
}

static void on_knock(void *arg, uint32_t events)
{
	struct net_door *d = arg;

	(void)events;
	for (int i = 0; i < ACCEPTS; i++) {
		struct sockaddr_storage from = {.ss_family = AF_UNIX};
		socklen_t n = sizeof(from);
		int fd = accept4(d->fd, (void *)&from, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) {
			take_in(d, fd, &from);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
			shut_out(d->s);
		if (errno != ECONNABORTED && errno != EINTR)
			return;
	}
}

static void open_doors(struct net_server *s)
{
	s->shut_out = false;
	for (struct net_door *d = s->doors; d; d = d->next)
		if (!d->watch) {
			d->watch = genlog_watch(s->c.in, d->fd, EPOLLIN, on_knock, d);
			s->shut_out |= !d->watch; /* the next tick tries again */
		}
}

/* ── time ── */

static int64_t tick_ms(const struct net_server *s)
{
	const struct net_limits *l = s->c.limits;
	int64_t least = l->idle_timeout < l->message_timeout ? l->idle_timeout : l->message_timeout;

	return least / 2 < TICK_MS ? least / 2 : TICK_MS;
}

static void check_times(struct net_conn *c, int64_t now)
{
	const struct net_limits *l = c->s->c.limits;
	bool waits = c->blocked || c->slowed || c->s->blocked;

	if (c->closing || waits)
		return;
	if (c->handshaking && now - c->active_ms > l->message_timeout) {
		genlog_count(c->s->c.in, GENLOG_COUNT_CONNECTIONS_REFUSED, 1);
		conn_end(c, "its TLS handshake takes too long");
	} else if (c->left_n && now - c->begun_ms > l->message_timeout) {
		genlog_count(c->s->c.in, GENLOG_COUNT_CONNECTIONS_IDLE, 1);
		conn_give_up(c, "its last message was not finished in time");
	} else if (!c->left_n && now - c->active_ms > l->idle_timeout) {
		genlog_count(c->s->c.in, GENLOG_COUNT_CONNECTIONS_IDLE, 1);
		conn_end(c, NULL);
	}
}

static void refill(struct net_conn *c, int64_t passed)
{
	int64_t rate = c->s->c.limits->rate_limit;

	if (!rate)
		return;
	c->tokens += rate * (passed < 1000 ? passed : 1000) / 1000;
	if (c->tokens > rate)
		c->tokens = rate;
	if (!c->slowed || c->tokens <= 0)
		return;
	c->slowed = false;
	conn_again(c);
	if (conn_watch(c) < 0)
		conn_end(c, "no memory");
}

static void on_tick(void *arg)
{
	struct net_server *s = arg;
	int64_t now = net_now(), passed = now - s->ticked_ms;

	s->ticking = false;
	s->ticked_ms = now;
	if (s->shut_out)
		open_doors(s);
	for (struct net_conn *c = s->conns, *next; c; c = next) {
		next = c->next;
		refill(c, passed);
		check_times(c, now);
		if (c->closing)
			conn_free(c);
	}
	if (s->n || s->shut_out)
		net_tick_soon(s);
}

/* Those that are closing go at the end of this turn, the others are looked at as usual. */
void net_tick_soon(struct net_server *s)
{
	if (s->closing)
		genlog_timer_set(s->tick, 0);
	else if (!s->ticking)
		genlog_timer_set(s->tick, tick_ms(s));
	s->ticking = true;
}

/* ── life ── */

/* A connection an fd: the limit of the process goes up to what the system allows. */
static void raise_limit(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur < l.rlim_max) {
		l.rlim_cur = l.rlim_max;
		setrlimit(RLIMIT_NOFILE, &l);
	}
}

struct net_server *net_server_new(const struct net_server_conf *c)
{
	struct net_server *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->c = *c;
	s->ticked_ms = net_now();
	s->buf = malloc(NET_SMALL + NET_READ + GENLOG_PAD);
	s->tick = genlog_timer(c->in, on_tick, s);
	if (!s->buf || !s->tick) {
		net_server_free(s);
		return NULL;
	}
	raise_limit();
	return s;
}

int net_server_take(struct net_server *s, int fd, const char *text, bool tls, struct genlog_err *err)
{
	struct net_door *d = calloc(1, sizeof(*d));
	int r = tls && !s->ctx ? net_tls_server(&s->ctx, s->c.tls, err) : 0;

	if (!d || r < 0) {
		free(d);
		return r < 0 ? r : genlog_fail(err, ENOMEM, "no memory");
	}
	*d = (struct net_door){.next = s->doors, .s = s, .fd = fd, .tls = tls, .text = text};
	s->doors = d;
	d->watch = genlog_watch(s->c.in, fd, EPOLLIN, on_knock, d);
	return d->watch ? 0 : genlog_fail(err, errno, "%s cannot be watched: %s", text, strerror(errno));
}

int net_server_listen(
	struct net_server *s, const struct net_address *a, const struct net_listen *l, struct genlog_err *err)
{
	struct net_bound *b = calloc(1, sizeof(*b));
	int r;

	if (!b)
		return genlog_fail(err, ENOMEM, "no memory");
	r = net_listen(&b->sockets, a, l, err);
	if (r < 0) {
		free(b);
		return r;
	}
	b->address = a;
	b->next = s->bound;
	s->bound = b;
	for (size_t i = 0; i < b->sockets.n && r == 0; i++)
		r = net_server_take(s, b->sockets.fd[i], a->text, a->kind == NET_TLS, err);
	return r;
}

void net_server_resume(struct net_server *s)
{
	s->blocked = false;
	for (struct net_conn *c = s->conns; c && !s->blocked; c = c->next)
		if (c->blocked)
			conn_again(c);
	for (struct net_conn *c = s->conns; c; c = c->next)
		if (conn_watch(c) < 0)
			conn_end(c, "no memory");
}

void net_server_drain(struct net_server *s, int64_t ms)
{
	int64_t until = net_now() + ms;

	for (struct net_conn *c = s->conns; c && !s->blocked; c = c->next) {
		while (net_now() < until && conn_read(c))
			;
		if (!s->blocked)
			conn_give_up(c, NULL);
	}
}

void net_server_free(struct net_server *s)
{
	if (!s)
		return;
	while (s->conns)
		conn_free(s->conns);
	while (s->doors) {
		struct net_door *d = s->doors;

		s->doors = d->next;
		genlog_unwatch(d->watch);
		free(d);
	}
	while (s->bound) {
		struct net_bound *b = s->bound;

		s->bound = b->next;
		net_unlisten(&b->sockets, b->address);
		free(b);
	}
	genlog_timer_free(s->tick);
	SSL_CTX_free(s->ctx);
	free(s->buf);
	free(s);
}
