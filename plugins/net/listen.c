/* Sockets that listen. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "address.h"

#define BACKLOG 1024

static int fail(struct genlog_err *err, const struct net_address *a, int code)
{
	return genlog_fail(err, code, "%s cannot be listened on: %s", a->text, strerror(code));
}

static void set(int fd, int level, int option, int value)
{
	(void)setsockopt(fd, level, option, &value, sizeof(value)); /* what is refused is told by what comes after */
}

/* Beyond the system's limit where the capability is there. */
static void want_buffer(int fd, int bytes)
{
	int one = 1;

	if (bytes && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0)
		set(fd, SOL_SOCKET, SO_RCVBUF, bytes);
	(void)setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &one, sizeof(one));
}

int net_socket_type(int fd)
{
	int type = 0;
	socklen_t n = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) < 0 ? -errno : type;
}

bool net_socket_is_unix(int fd)
{
	int domain = 0;
	socklen_t n = sizeof(domain);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) == 0 && domain == AF_UNIX;
}

static int open_socket(int domain, int type)
{
	return socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static int keep(struct net_sockets *out, int fd)
{
	if (out->n == NET_SOCKETS) {
		close(fd);
		return -EMFILE;
	}
	out->fd[out->n++] = fd;
	return 0;
}

static int close_failed(int fd)
{
	int code = errno;

	close(fd);
	return -code;
}

static int bind_inet(struct net_sockets *out, const struct addrinfo *i, const struct net_listen *l)
{
	int fd = open_socket(i->ai_family, i->ai_socktype);

	if (fd < 0)
		return -errno;
	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (i->ai_family == AF_INET6)
		set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (i->ai_socktype == SOCK_DGRAM)
		want_buffer(fd, l->buffer);
	if (bind(fd, i->ai_addr, i->ai_addrlen) < 0 || (i->ai_socktype == SOCK_STREAM && listen(fd, BACKLOG) < 0))
		return close_failed(fd);
	return keep(out, fd);
}

/* Of all addresses, a family that the machine has not is no error, as long as there is one. */
static int listen_inet(
	struct net_sockets *out, const struct net_address *a, const struct net_listen *l, struct genlog_err *err)
{
	struct addrinfo want = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
				.ai_socktype = a->kind == NET_UDP ? SOCK_DGRAM : SOCK_STREAM},
			*all = NULL;
	int r = getaddrinfo(*a->host ? a->host : NULL, a->port, &want, &all), failed = 0;

	if (r != 0)
		return genlog_fail(err, EADDRNOTAVAIL, "%s: %s", a->text, gai_strerror(r));
	for (const struct addrinfo *i = all; i && failed == 0; i = i->ai_next) {
		r = bind_inet(out, i, l);
		if (r < 0 && r != -EAFNOSUPPORT && (*a->host || r != -EADDRNOTAVAIL))
			failed = r;
	}
	freeaddrinfo(all);
	if (failed == 0 && !out->n)
		failed = -EADDRNOTAVAIL;
	return failed < 0 ? fail(err, a, -failed) : 0;
}

/* A file that nobody listens on was left behind. */
static bool is_dead(const struct sockaddr_un *name, int type)
{
	struct stat st;
	int fd, dead;

	if (stat(name->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return false;
	fd = open_socket(AF_UNIX, type);
	if (fd < 0)
		return false;
	dead = connect(fd, (const void *)name, sizeof(*name)) < 0 && errno == ECONNREFUSED;
	close(fd);
	return dead;
}

static int bind_unix(int fd, const struct sockaddr_un *name, int type, const struct net_listen *l)
{
	if (is_dead(name, type))
		unlink(name->sun_path);
	if (bind(fd, (const void *)name, sizeof(*name)) < 0 || chmod(name->sun_path, l->mode) < 0)
		return -1;
	if (type == SOCK_STREAM)
		return listen(fd, BACKLOG);
	want_buffer(fd, l->buffer);
	set(fd, SOL_SOCKET, SO_PASSCRED, 1);
	return 0;
}

static int listen_unix(
	struct net_sockets *out, const struct net_address *a, const struct net_listen *l, struct genlog_err *err)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int type = a->kind == NET_UNIX ? l->unix_type : a->kind == NET_UNIX_STREAM ? SOCK_STREAM : SOCK_DGRAM;
	int fd = open_socket(AF_UNIX, type), r;

	if (fd < 0)
		return fail(err, a, errno);
	memcpy(name.sun_path, a->path, sizeof(name.sun_path));
	r = bind_unix(fd, &name, type, l) < 0 ? close_failed(fd) : keep(out, fd);
	return r < 0 ? fail(err, a, -r) : 0;
}

static bool is_named(const char *wanted, char **names, int i)
{
	return !*wanted || (names && names[i] && strcmp(names[i], wanted) == 0);
}

/* Each fd is somebody's alone: it is handed out as a copy, so that closing it does not take systemd's. */
static int take_systemd(
	struct net_sockets *out, const struct net_address *a, const struct net_listen *l, struct genlog_err *err)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(0, &names), r = 0;

	for (int i = 0; i < n && r == 0; i++) {
		int fd = SD_LISTEN_FDS_START + i, own;

		if (!is_named(a->path, names, i) || net_socket_type(fd) < 0)
			continue;
		own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		if (own < 0 || fcntl(own, F_SETFL, fcntl(own, F_GETFL) | O_NONBLOCK) < 0) {
			r = -errno;
			continue;
		}
		if (net_socket_type(own) == SOCK_DGRAM) {
			want_buffer(own, l->buffer);
			set(own, SOL_SOCKET, SO_PASSCRED, 1);
		}
		r = keep(out, own);
	}
	for (int i = 0; names && names[i]; i++)
		free(names[i]);
	free(names);
	if (r < 0)
		return fail(err, a, -r);
	return out->n ? 0 : genlog_fail(err, ENOENT, "%s: systemd has handed over no socket of that name", a->text);
}

int net_listen(struct net_sockets *out, const struct net_address *a, const struct net_listen *l, struct genlog_err *err)
{
	int r;

	out->n = 0;
	if (a->kind == NET_SYSTEMD)
		r = take_systemd(out, a, l, err);
	else
		r = a->kind <= NET_TLS ? listen_inet(out, a, l, err) : listen_unix(out, a, l, err);
	if (r < 0)
		net_unlisten(out, NULL);
	return r;
}

void net_unlisten(struct net_sockets *s, const struct net_address *a)
{
	if (a && s->n && a->kind >= NET_UNIX && a->kind <= NET_UNIX_DGRAM)
		unlink(a->path);
	for (size_t i = 0; i < s->n; i++)
		close(s->fd[i]);
	s->n = 0;
}
