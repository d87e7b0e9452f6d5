/* The socket, its clients, and their requests. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "admin/http.h"
#include "base/buf.h"
#include "base/log.h"

#define CLIENTS_MOST 64
#define ACCEPT_TURN 16		       /* between them those that have left are seen off */
#define WAITING_MOST ((size_t)8 << 20) /* of a client that looks on and does not read */
#define READ 4096

struct client {
	struct client *next;
	struct admin *admin;
	int fd;
	struct loop_watch *watch;
	struct genlog_buf in, out;
	size_t sent;
	bool follows, leaving;
	struct live_filter filter;
	uint64_t missed;
};

/* ── clients ── */

void admin_followers(struct admin *ad)
{
	int n = 0;

	for (const struct client *c = ad->clients; c; c = c->next)
		n += c->follows;
	ad->followers = n;
	live_follow(ad->live, n + http_tail_wanted(ad->agent->http->tail));
}

static void client_close(struct client *c)
{
	struct client **at = &c->admin->clients;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	c->admin->n--;
	loop_unwatch(c->watch);
	close(c->fd);
	buf_free(&c->in);
	buf_free(&c->out);
	admin_followers(c->admin);
	free(c);
}

/* false: it is gone. */
static bool client_send(struct client *c)
{
	while (c->sent < c->out.n) {
		ssize_t n = send(c->fd, c->out.p + c->sent, c->out.n - c->sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0 && errno != EINTR) {
			client_close(c);
			return false;
		}
		c->sent += n > 0 ? (size_t)n : 0;
	}
	if (c->sent == c->out.n) {
		c->out.n = c->sent = 0;
		if (c->leaving) {
			client_close(c);
			return false;
		}
	}
	(void)loop_watch_set(c->watch, (c->leaving ? 0 : EPOLLIN) | (c->out.n ? EPOLLOUT : 0));
	return true;
}

static bool answer_to(struct client *c, struct answer *a)
{
	if (answer_finish(a) < 0 || buf_append(&c->out, a->b.p, a->b.n) < 0) {
		log_warn("admin: no memory for an answer; the one who asked is sent away");
		client_close(c);
		return false;
	}
	return client_send(c);
}

static bool answer_error(struct client *c, const char *what, const char *word)
{
	struct answer *a = &c->admin->answer;
	char text[256];

	snprintf(text, sizeof(text), "%s%s%.100s%s", what, *word ? " \"" : "", word, *word ? "\"" : "");
	answer_begin(a);
	answer_text(a, "error", text);
	c->leaving = true;
	return answer_to(c, a);
}

/* ── requests ── */

static bool follow(struct client *c, const struct request *r)
{
	const char *level = request_text(r, "level");
	struct genlog_value v = genlog_str(level, strlen(level));
	int least = *level ? level_of(&v) : LEVEL_DEBUG;

	if (least < 0)
		return answer_error(c, "tail: there is no level", level);
	if (!c->admin->live)
		return answer_error(c, "tail: there is no memory for it", "");
	c->filter.least = least;
	snprintf(c->filter.collection, sizeof(c->filter.collection), "%s", request_text(r, "collection"));
	c->follows = true;
	admin_followers(c->admin);
	return true;
}

static bool serve(struct client *c, const struct request *r)
{
	const char *name = request_text(r, "command");
	const struct command *cmd = command_find(name);
	struct answer *a = &c->admin->answer;

	if (!cmd)
		return answer_error(c, "this agent has no command", name);
	if (cmd->follows)
		return follow(c, r);
	answer_begin(a);
	cmd->run(c->admin->agent, r, a);
	return answer_to(c, a);
}

/* What is there of requests is served; false: the client is gone. */
static bool serve_all(struct client *c)
{
	while (c->in.n >= 5) {
		struct request r;
		uint32_t n;

		memcpy(&n, c->in.p, sizeof(n));
		if (n < 5 || n > REQUEST_MAX)
			return answer_error(c, "that is no request", "");
		if (c->in.n < n)
			return true;
		if (!request_read(c->in.p, n, &r))
			return answer_error(c, "that is no request", "");
		if (!serve(c, &r))
			return false;
		memmove(c->in.p, c->in.p + n, c->in.n - n);
		c->in.n -= n;
	}
	return true;
}

static void on_client(void *arg, uint32_t events)
{
	struct client *c = arg;
	ssize_t n = -1;

	if (events & EPOLLOUT && !client_send(c))
		return;
	if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return;
	if (genlog_buf_reserve(&c->in, READ) == 0)
		n = recv(c->fd, c->in.p + c->in.n, READ, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_close(c);
		return;
	}
	c->in.n += (size_t)n;
	(void)serve_all(c);
}

static struct client *client_new(struct admin *ad, int fd)
{
	struct client *c = mem_calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->admin = ad;
	c->fd = fd;
	c->watch = loop_watch(&ad->agent->loop, fd, EPOLLIN, on_client, c);
	if (!c->watch) {
		free(c);
		return NULL;
	}
	c->next = ad->clients;
	ad->clients = c;
	ad->n++;
	return c;
}

static void on_connection(void *arg, uint32_t events)
{
	static struct log_limit limit;
	struct admin *ad = arg;
	int fd;

	(void)events;
	for (int i = 0; i < ACCEPT_TURN; i++) {
		fd = accept4(ad->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			break;
		if (ad->n < CLIENTS_MOST && client_new(ad, fd))
			continue;
		log_limited(&limit, LOG_LEVEL_WARN, "admin: one more asks, and %zu do already; sent away", ad->n);
		close(fd);
	}
}

/* ── those who look on ── */

struct told {
	struct admin *admin;
	uint64_t n;
};

static void tell_one(void *arg, const char *collection, int level, const uint8_t *bson, size_t n)
{
	struct told *t = arg;
	struct answer *a = &t->admin->answer;
	bool made = false;

	if (t->admin->agent->http->tail)
		http_tail_take(t->admin->agent->http->tail, collection, level, bson, n);
	for (struct client *c = t->admin->clients; c; c = c->next) {
		if (!c->follows || level < c->filter.least ||
			(*c->filter.collection && strcmp(collection, c->filter.collection) != 0))
			continue;
		if (c->out.n - c->sent > WAITING_MOST) {
			c->missed++;
			continue;
		}
		if (!made) {
			answer_begin(a);
			answer_text(a, "collection", collection);
			answer_bson(a, "document", bson, n);
			made = answer_finish(a) == 0;
		}
		if (!made || buf_append(&c->out, a->b.p, a->b.n) < 0)
			c->missed++;
	}
}

/* In their own stream they are told what they do not see. */
static void tell_missed(struct client *c)
{
	struct answer *a = &c->admin->answer;

	if (!c->missed || c->out.n - c->sent > WAITING_MOST)
		return;
	answer_begin(a);
	answer_uint(a, "missed", c->missed);
	if (answer_finish(a) == 0 && buf_append(&c->out, a->b.p, a->b.n) == 0)
		c->missed = 0;
}

void admin_woken(struct admin *ad)
{
	struct told t = {ad, 0};
	uint64_t missed = live_drain(ad->live, tell_one, &t);

	for (struct client *c = ad->clients, *next; c; c = next) {
		next = c->next;
		if (!c->follows)
			continue;
		c->missed += missed;
		tell_missed(c);
		(void)client_send(c);
	}
}

/* ── opening ── */

int admin_open(struct admin *ad, struct agent *a)
{
	const struct conf_admin *c = &agent_conf(a)->agent.admin;
	int r;

	*ad = (struct admin){.agent = a, .fd = -1, .live = live_new(a)};
	if (!c->socket || !*c->socket)
		return 0;
	r = door_open(&ad->fd, c->socket);
	if (r == 0)
		ad->path = mem_strdup(c->socket);
	if (r == 0 && (ad->watch = loop_watch(&a->loop, ad->fd, EPOLLIN, on_connection, ad)) == NULL)
		r = -errno;
	if (r < 0) {
		/* --once by anybody need not say that it has no place in /run */
		log_line(a->options->once ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN,
			"admin: %s: %s; the agent works, but genlogctl cannot ask it", c->socket,
			r == -EADDRINUSE ? "another agent answers there" : strerror(-r));
		return 0;
	}
	r = door_give(c->socket, c->group);
	if (r < 0)
		log_warn("admin: %s cannot be given to group %s (%s); it is for the agent's own user", c->socket,
			c->group, r == -ENOENT ? "there is no such group" : strerror(-r));
	return 0;
}

void admin_close(struct admin *ad)
{
	for (struct client *c = ad->clients, *next; c; c = next) {
		next = c->next;
		client_close(c);
	}
	loop_unwatch(ad->watch);
	if (ad->path)
		(void)unlink(ad->path);
	free(ad->path);
	if (ad->fd >= 0)
		close(ad->fd);
	live_free(ad->live);
	answer_fini(&ad->answer);
	*ad = (struct admin){.fd = -1};
}
