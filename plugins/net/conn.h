/* plugins/net inside: a connection, and the server that it belongs to. */
#ifndef NET_CONN_H
#define NET_CONN_H

#include "net.h"

#define NET_READ (256u << 10) /* bytes at a time */
#define NET_SMALL (64u << 10) /* what is left of a message is copied in front of the next read, up to that */

struct net_conn {
	struct net_server *s;
	struct net_conn *next, *before;
	int fd;
	SSL *ssl;
	struct genlog_watch *watch;
	bool handshaking, wants_write; /* TLS */
	bool opened, closing, blocked, slowed;
	struct net_peer peer;
	void *user;
	char *left; /* of unfinished messages */
	size_t left_n, left_cap;
	char *out; /* not sent yet */
	size_t out_n;
	int64_t active_ms; /* something was taken, or it began */
	int64_t begun_ms;  /* what is unfinished has been so since then; 0: nothing is */
	int64_t tokens;	   /* of the rate limit */
};

struct net_door {
	struct net_door *next;
	struct net_server *s;
	int fd;
	bool tls;
	const char *text;
	struct genlog_watch *watch;
};

struct net_server {
	struct net_server_conf c;
	struct net_conn *conns;
	struct net_door *doors;
	struct net_bound *bound;
	size_t n;
	size_t kept; /* bytes of all that is unfinished */
	bool blocked, shut_out, ticking;
	size_t closing;
	SSL_CTX *ctx;
	struct genlog_timer *tick;
	int64_t ticked_ms;
	char *buf;
};

/* conn.c */
struct net_conn *conn_new(struct net_door *d, int fd, const struct sockaddr_storage *from);
void conn_free(struct net_conn *c);
/* Reads and feeds; a closing one is not freed.  Whether anything came. */
bool conn_read(struct net_conn *c);
/* What is left is handed over again. */
void conn_again(struct net_conn *c);
void conn_end(struct net_conn *c, const char *why);
/* What there is of its message is all. */
void conn_give_up(struct net_conn *c, const char *why);
int conn_watch(struct net_conn *c);
void conn_flush(struct net_conn *c);

/* keep.c: the bytes of unfinished messages. */
/* Room for `more` bytes behind what is left; -ENOMEM, -EMSGSIZE. */
int keep_room(struct net_conn *c, size_t more);
int keep_set(struct net_conn *c, const char *p, size_t n);
void keep_drop(struct net_conn *c);

/* io.c: as read() and write(), with -errno; -EAGAIN; of TLS as well. */
ssize_t io_read(struct net_conn *c, char *p, size_t n);
ssize_t io_write(struct net_conn *c, const char *p, size_t n);
/* 0: done; -EAGAIN; else it has failed, and `why` says how. */
int io_handshake(struct net_conn *c, char *why, size_t cap);
int io_begin(struct net_conn *c, SSL_CTX *ctx);

void net_tick_soon(struct net_server *s);

#endif
