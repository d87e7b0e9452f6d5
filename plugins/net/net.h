/*
 * A server for streams: it listens, accepts, limits, reads, and hands the bytes of each connection to its owner's
 * feed(), which takes whole messages and leaves the rest.  For TCP, TLS and unix streams; the reader's thread.
 *
 *	accept ─ limits ─ (TLS handshake) ─► opened() ─► feed() … feed() ─► closed()
 *	                                        ▲  unfinished bytes are kept and handed over again with what follows
 *
 * Memory: a connection that says nothing costs its struct.  Unfinished messages lie in memory of their own, all of them
 * in at most `memory`; where that is not enough, the connection whose message has been unfinished for longest ends.
 * Back-pressure: while the spool is full nothing is read, and the peers' own buffers fill.
 */
#ifndef NET_NET_H
#define NET_NET_H

#include "address.h"
#include "tls.h"

struct net_server;
struct net_conn;

/* Settings that a server's input has, by NET_LIMIT_ROWS. */
struct net_limits {
	int64_t max_connections, max_per_peer;
	int64_t idle_timeout, message_timeout; /* ms */
	int64_t rate_limit;		       /* messages a second of one connection; 0: none */
	int64_t memory;
};

#define NET_LIMIT_ROWS(s, m)                                                                                           \
	{.type = GENLOG_OPT_INT,                                                                                       \
		.name = "max_connections",                                                                             \
		.offset = offsetof(s, m.max_connections),                                                              \
		.def = "4096",                                                                                         \
		.min = 1,                                                                                              \
		.max = 100000,                                                                                         \
		.help = "open at a time; more are refused"},                                                           \
		{.type = GENLOG_OPT_INT,                                                                               \
			.name = "max_per_peer",                                                                        \
			.offset = offsetof(s, m.max_per_peer),                                                         \
			.def = "1024",                                                                                 \
			.min = 1,                                                                                      \
			.max = 100000,                                                                                 \
			.help = "of them, from one address"},                                                          \
		{.type = GENLOG_OPT_TIME,                                                                              \
			.name = "idle_timeout",                                                                        \
			.offset = offsetof(s, m.idle_timeout),                                                         \
			.def = "1h",                                                                                   \
			.min = 100,                                                                                    \
			.max = 30 * 86400000LL,                                                                        \
			.help = "a connection that says nothing for so long is closed"},                               \
		{.type = GENLOG_OPT_TIME,                                                                              \
			.name = "message_timeout",                                                                     \
			.offset = offsetof(s, m.message_timeout),                                                      \
			.def = "60s",                                                                                  \
			.min = 100,                                                                                    \
			.max = 86400000,                                                                               \
			.help = "a message, or a handshake, that is not finished in that time ends its connection; "   \
				"what there is of a message is shipped"},                                              \
		{.type = GENLOG_OPT_INT,                                                                               \
			.name = "rate_limit",                                                                          \
			.offset = offsetof(s, m.rate_limit),                                                           \
			.def = "0",                                                                                    \
			.min = 0,                                                                                      \
			.max = 1000000000,                                                                             \
			.help = "messages a second from one peer; streams wait, datagrams beyond it are dropped, "     \
				"counted and told; 0: no limit"},                                                      \
	{                                                                                                              \
		.type = GENLOG_OPT_SIZE, .name = "memory", .offset = offsetof(s, m.memory), .def = "32MiB",            \
		.min = 65536, .max = 4LL << 30, .help = "for unfinished messages of all connections together"          \
	}

/* Who is at the other side, for a source's description.  Lives as long as the connection. */
struct net_peer {
	char name[NET_NAME_MAX]; /* an address, or "unix" */
	char certificate[256];	 /* a name that was checked; empty: none */
	pid_t pid;		 /* of a unix socket's; 0: not known */
	uid_t uid;
	bool local; /* a unix socket, or the loopback */
	bool is_unix;
	const char *address; /* the listener's, as it was written */
};

struct net_server_ops {
	/* `user` is handed to the others.  -errno: the connection is closed. */
	int (*opened)(void *arg, struct net_conn *c, const struct net_peer *peer, void **user);
	/*
	 * Takes whole messages; returns how many bytes that were.  GENLOG_PAD bytes behind them may be read.  `end`: no
	 * more will come, and what is left over is lost to the owner unless it takes it.
	 * -EAGAIN: the spool is full, nothing was taken; net_server_resume() goes on.  Any other: the connection is
	 * broken, and closed; the owner has said why.
	 */
	ssize_t (*feed)(void *user, const char *p, size_t n, bool end);
	void (*closed)(void *user);
};

struct net_server_conf {
	struct genlog_input *in;
	const struct net_limits *limits;
	const struct net_tls_conf *tls;
	size_t message_max; /* feed() leaves no more than that behind; else the connection is closed */
	const struct net_server_ops *ops;
	void *arg;
};

/* TLS is opened when the first address wants it.  NULL: no memory. */
struct net_server *net_server_new(const struct net_server_conf *c);
/* Listens; the address lives as long as the server.  0, or -errno with words. */
int net_server_listen(
	struct net_server *s, const struct net_address *a, const struct net_listen *l, struct genlog_err *err);
/* A socket that is listening already becomes the server's. */
int net_server_take(struct net_server *s, int fd, const char *text, bool tls, struct genlog_err *err);
void net_server_resume(struct net_server *s);
/* Reads what has come already, for at most so long; then feed() with `end` for all. */
void net_server_drain(struct net_server *s, int64_t ms);
void net_server_free(struct net_server *s);

/* What feed() has made of its bytes, for the rate limit. */
void net_conn_count(struct net_conn *c, uint64_t messages);
/* Sends, and keeps what the peer does not take yet.  -EPIPE: too much is waiting, or it has gone: it will be closed. */
int net_send(struct net_conn *c, const void *p, size_t n);
/* Closed at the end of the turn; feed() is called no more. */
void net_conn_close(struct net_conn *c, const char *why);

/* Milliseconds of a clock that only goes forward. */
int64_t net_now(void);

#endif
