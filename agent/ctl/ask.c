#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "conf/conf.h"
#include "ctl/ctl.h"

#define REPLY_MAX (64u << 20)
#define ANSWER_S 60

static int refused(const char *path, int e)
{
	if (e == ENOENT || e == ECONNREFUSED)
		ctl_error(
			"no agent answers at %s: it is not running, or its admin.socket is elsewhere (-s PATH)", path);
	else if (e == EACCES)
		ctl_error("%s: permission denied; it is for root, the agent's user and its group", path);
	else
		ctl_error("%s: %s", path, strerror(e));
	return -e;
}

static int dial(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct timeval limit = {.tv_sec = ANSWER_S};
	int fd;

	if (strlen(path) >= sizeof(a.sun_path)) {
		ctl_error("%s: a socket's path has at most %zu bytes", path, sizeof(a.sun_path) - 1);
		return -ENAMETOOLONG;
	}
	memcpy(a.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
		int e = errno;

		if (fd >= 0)
			close(fd);
		return refused(path, e);
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return fd;
}

/* A configuration that cannot be read or is wrong says nothing, and that is no matter here. */
const char *ctl_socket_path(struct ctl *c)
{
	struct conf conf = {0};

	if (c->socket)
		return c->socket;
	if (*c->socket_found)
		return c->socket_found;
	snprintf(c->socket_found, sizeof(c->socket_found), "%s", CTL_SOCKET);
	if (conf_load(&conf, c->config ? c->config : CTL_CONFIG) == 0 && conf.agent.admin.socket &&
		*conf.agent.admin.socket)
		snprintf(c->socket_found, sizeof(c->socket_found), "%s", conf.agent.admin.socket);
	conf_fini(&conf);
	return c->socket_found;
}

static int dial_agent(struct ctl *c)
{
	return dial(ctl_socket_path(c));
}

static int send_all(int fd, const uint8_t *p, size_t n)
{
	while (n) {
		ssize_t k = send(fd, p, n, MSG_NOSIGNAL);

		if (k < 0 && errno != EINTR)
			return -errno;
		p += k > 0 ? k : 0;
		n -= k > 0 ? (size_t)k : 0;
	}
	return 0;
}

static int receive_all(int fd, uint8_t *p, size_t n)
{
	while (n) {
		ssize_t k = recv(fd, p, n, 0);

		if (k == 0)
			return -EPIPE;
		if (k < 0 && errno != EINTR)
			return -errno;
		p += k > 0 ? k : 0;
		n -= k > 0 ? (size_t)k : 0;
	}
	return 0;
}

/* 0 and a document that has been checked; -EPIPE: there is no more. */
static int receive(int fd, bson_t *out)
{
	uint8_t head[4], *all;
	uint32_t n;
	int r = receive_all(fd, head, sizeof(head));

	if (r < 0)
		return r;
	memcpy(&n, head, sizeof(n));
	n = BSON_UINT32_FROM_LE(n);
	if (n < 5 || n > REPLY_MAX)
		return -EBADMSG;
	all = bson_malloc(n);
	memcpy(all, head, sizeof(head));
	r = receive_all(fd, all + 4, n - 4);
	if (r == 0) {
		bson_t view;

		if (bson_init_static(&view, all, n) && bson_validate(&view, BSON_VALIDATE_UTF8, NULL)) {
			bson_destroy(out);
			bson_copy_to(&view, out);
		} else {
			r = -EBADMSG;
		}
	}
	bson_free(all);
	return r;
}

static int failed(int r)
{
	if (r == -EPIPE)
		ctl_error("the agent ended while it was asked");
	else if (r == -EAGAIN)
		ctl_error("the agent has not answered for %d s", ANSWER_S);
	else
		ctl_error("the agent: %s", strerror(-r));
	return r;
}

/* An answer that says why not, in the agent's own words. */
static int judge(const bson_t *reply)
{
	bson_iter_t i;

	if (!bson_iter_init_find(&i, reply, "error") || !BSON_ITER_HOLDS_UTF8(&i))
		return 0;
	ctl_error("%s", bson_iter_utf8(&i, NULL));
	return -EINVAL;
}

int ctl_ask(struct ctl *c, const bson_t *request, bson_t *reply)
{
	int fd = dial_agent(c), r;

	bson_init(reply);
	if (fd < 0)
		return fd;
	r = send_all(fd, bson_get_data(request), request->len);
	if (r == 0)
		r = receive(fd, reply);
	close(fd);
	return r < 0 ? failed(r) : judge(reply);
}

int ctl_ask_for(struct ctl *c, const char *command, bson_t *reply)
{
	bson_t request = BSON_INITIALIZER;
	int r;

	BSON_APPEND_UTF8(&request, "command", command);
	r = ctl_ask(c, &request, reply);
	bson_destroy(&request);
	return r;
}

int ctl_follow(struct ctl *c, const bson_t *request, bool (*take)(void *arg, const bson_t *doc), void *arg)
{
	struct timeval never = {0};
	int fd = dial_agent(c), r;
	bson_t doc = BSON_INITIALIZER;
	bool more = true;

	if (fd < 0)
		return fd;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &never, sizeof(never));
	r = send_all(fd, bson_get_data(request), request->len);
	while (r == 0 && more) {
		r = receive(fd, &doc);
		if (r == 0)
			r = judge(&doc);
		else
			(void)failed(r);
		if (r == 0)
			more = take(arg, &doc);
	}
	bson_destroy(&doc);
	close(fd);
	return r;
}
