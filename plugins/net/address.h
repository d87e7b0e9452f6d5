/*
 * Where an input listens, as an operator writes it:
 *
 *	udp://0.0.0.0:514  tcp://[::1]:601  tls://:6514  unix:/run/genlog/syslog.sock  unix-stream:…  unix-dgram:…
 *	systemd:NAME, a socket that systemd has opened (FileDescriptorName=)
 *
 * No host: all addresses, of both families.
 */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <genlog/plugin.h>
#include <sys/socket.h>

enum net_kind { NET_UDP, NET_TCP, NET_TLS, NET_UNIX, NET_UNIX_STREAM, NET_UNIX_DGRAM, NET_SYSTEMD };

struct net_address {
	enum net_kind kind;
	const char *text; /* as it was written */
	char host[256];	  /* empty: all */
	char port[8];
	char path[108]; /* of a unix socket; name of systemd's */
};

/* 0, or -EINVAL with words.  `port`: where none is written; NULL: it has to be. */
int net_address_parse(struct net_address *a, const char *text, const char *port, struct genlog_err *err);

#define NET_SOCKETS 16

/* Bound sockets, not blocking; of NET_SYSTEMD, those that it has handed over. */
struct net_sockets {
	int fd[NET_SOCKETS];
	size_t n;
};

struct net_listen {
	int unix_type; /* what NET_UNIX is: SOCK_STREAM or SOCK_DGRAM */
	mode_t mode;   /* of a unix socket */
	int buffer;    /* bytes wanted for receiving; 0: the kernel's default */
};

/* 0; -errno with words that name the address. */
int net_listen(
	struct net_sockets *out, const struct net_address *a, const struct net_listen *l, struct genlog_err *err);

/* Closed, and a unix socket's file removed. */
void net_unlisten(struct net_sockets *s, const struct net_address *a);

/* SOCK_STREAM or SOCK_DGRAM, and whether it is of the unix family. */
int net_socket_type(int fd);
bool net_socket_is_unix(int fd);

/* "10.0.0.7", "fe80::1"; of a unix socket "unix". */
#define NET_NAME_MAX 64
void net_name(const struct sockaddr_storage *from, char out[NET_NAME_MAX]);

#endif
