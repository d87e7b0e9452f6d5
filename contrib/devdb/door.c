#include "door.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 128 };

/* A socket at the port, not listening yet. */
static int bind_port(struct door *d)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)d->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(a);
	int one = 1;

	d->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (d->fd < 0)
		return -errno;
	setsockopt(d->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(d->fd, (struct sockaddr *)&a, n) < 0 || getsockname(d->fd, (struct sockaddr *)&a, &n) < 0)
		return -errno;
	d->port = ntohs(a.sin_port);
	return 0;
}

int door_open(struct door *d, int port)
{
	int r;

	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->turned, NULL);
	d->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	d->port = port;
	r = d->wake < 0 ? -errno : bind_port(d);
	if (r == 0 && listen(d->fd, BACKLOG) < 0)
		r = -errno;
	d->want_open = d->is_open = r == 0;
	return r;
}

void door_close(struct door *d)
{
	if (d->fd >= 0)
		close(d->fd);
	close(d->wake);
	pthread_cond_destroy(&d->turned);
	pthread_mutex_destroy(&d->lock);
}

static int turn_locked(struct door *d)
{
	int r = 0;

	if (d->want_open && !d->is_open) {
		r = listen(d->fd, BACKLOG) < 0 ? -errno : 0;
	} else if (!d->want_open && d->is_open) {
		close(d->fd);
		r = bind_port(d);
	}
	d->is_open = d->want_open;
	pthread_cond_broadcast(&d->turned);
	return r;
}

void door_set(struct door *d, bool open)
{
	uint64_t one = 1;

	pthread_mutex_lock(&d->lock);
	d->want_open = open;
	if (!d->serving)
		turn_locked(d);
	while (d->is_open != open) {
		if (write(d->wake, &one, sizeof(one)) < 0)
			break;
		pthread_cond_wait(&d->turned, &d->lock);
	}
	pthread_mutex_unlock(&d->lock);
}

static int turn(struct door *d)
{
	uint64_t n;
	int r;

	pthread_mutex_lock(&d->lock);
	if (read(d->wake, &n, sizeof(n)) < 0)
		n = 0;
	r = turn_locked(d);
	pthread_mutex_unlock(&d->lock);
	return r;
}

static void begin_serving(struct door *d)
{
	pthread_mutex_lock(&d->lock);
	d->serving = true;
	pthread_mutex_unlock(&d->lock);
}

static int accept_one(struct door *d)
{
	int one = 1;
	int fd = accept4(d->fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return -EAGAIN;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

int door_accept(struct door *d, int stop_fd)
{
	int r = -EAGAIN;

	begin_serving(d);
	while (r == -EAGAIN) {
		struct pollfd on[] = {{stop_fd, POLLIN, 0}, {d->wake, POLLIN, 0}, {d->is_open ? d->fd : -1, POLLIN, 0}};

		if (poll(on, 3, -1) < 0)
			continue;
		if (on[0].revents)
			return -EINTR;
		if (on[1].revents)
			r = turn(d) < 0 ? -EIO : -EAGAIN;
		else if (on[2].revents)
			r = accept_one(d);
	}
	return r;
}
