/*
 * input syslog: messages from the network and from unix sockets.
 *
 *	syslog.c     the plugin: settings, start, back-pressure, end
 *	datagrams.c  UDP and unix datagrams, many at a time; what the kernel has dropped is told
 *	senders.c    a source for each address or user that sends datagrams
 *	streams.c    TCP, TLS and unix streams: a connection is a source
 *	frames.c     where a message begins and ends in a stream (RFC 6587, RFC 5425)
 *
 * What a message says is not looked at here: parsers do that.
 */
#ifndef INPUT_SYSLOG_H
#define INPUT_SYSLOG_H

#include <genlog/lru.h>

#include "../net/net.h"
#include "frames.h"

#define DGRAMS 128
#define DGRAM_MAX (256u << 10)

struct sender {
	struct genlog_lru_node node;
	struct genlog_source *src;
	uint64_t offset;
	int64_t tokens, filled_ms; /* of the rate limit */
	uint64_t dropped;	   /* by it, not told yet */
};

/* A socket of datagrams. */
struct dgram_socket {
	struct dgram_socket *next;
	struct syslog *owner;
	int fd;
	bool is_unix;
	const char *address;
	struct genlog_watch *watch;
	struct genlog_source *own; /* what is said of the socket itself */
	uint32_t drops;		   /* as the kernel counts them */
	uint64_t untold;
};

struct syslog {
	/* settings */
	struct genlog_strs listen;
	int64_t mode, receive_buffer;
	struct net_limits limits;
	struct net_tls_conf tls;

	struct genlog_input *in;
	struct net_address *addresses;
	struct net_sockets *bound; /* for each address, of datagrams */
	struct net_server *server;
	struct dgram_socket *sockets;
	struct dgram_room *room;
	struct genlog_lru senders;
	struct genlog_timer *flush, *tell;
	size_t pending; /* bytes handed over, not written out yet */
	uint64_t seed, opened;
	bool blocked, flushing, telling;
};

/* syslog.c: that many bytes were handed over, and are to be written out before long. */
void syslog_handed(struct syslog *s, size_t bytes);
/* The description of a peer, and its source; NULL: no memory. */
struct genlog_source *syslog_source(struct syslog *s, const char *peer, const char *const *more);

/* datagrams.c */
int dgrams_open(struct syslog *s);
int dgrams_add(struct syslog *s, int fd, const char *address, struct genlog_err *err);
void dgrams_read(struct dgram_socket *d); /* all that is there, or until the spool is full */
void dgrams_resume(struct syslog *s);
void dgrams_tell(struct syslog *s); /* what was dropped since */
void dgrams_free(struct syslog *s);

/* senders.c */
bool senders_open(struct syslog *s);
/* Who has sent this one; NULL: no memory for its source, and the host will call resume(). */
struct sender *sender_find(struct dgram_socket *d, const struct sockaddr_storage *from, const struct ucred *who);
bool sender_may(struct syslog *s, struct sender *x);
void senders_tell(struct syslog *s);
void senders_free(struct syslog *s);

/* streams.c */
extern const struct net_server_ops stream_ops;

#endif
