#include "admin/http.h"

#include <arpa/inet.h>
#include <bson/bson.h>
#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "admin/progress.h"
#include "admin/status.h"
#include "base/buf.h"
#include "base/log.h"

#define IDLE_S 60 /* http_guests.c has less patience with all but those that have just asked */
#define REQUEST_MEMORY ((size_t)32 << 10)
#define SOURCES 200

/* ── what there is ── */

static void say(struct http_reply *out, unsigned status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void say(struct http_reply *out, unsigned status, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	*out = (struct http_reply){status, "text/plain; charset=utf-8", mem_strdup(text), strlen(text)};
}

static void get_metrics(struct http *h, struct MHD_Connection *c, struct http_reply *out)
{
	(void)c;
	metrics_text(h->agent, out);
}

static void get_health(struct http *h, struct MHD_Connection *c, struct http_reply *out)
{
	(void)c;
	if (progress_alive(h->agent->progress))
		say(out, MHD_HTTP_OK, "ok\n");
	else
		say(out, MHD_HTTP_SERVICE_UNAVAILABLE, "a reader has not moved for some seconds\n");
}

static void get_ready(struct http *h, struct MHD_Connection *c, struct http_reply *out)
{
	char why[256];

	(void)c;
	if (!progress_stuck(h->agent->progress, why, sizeof(why)))
		say(out, MHD_HTTP_OK, "ready\n");
	else
		say(out, MHD_HTTP_SERVICE_UNAVAILABLE, "%s\n", why);
}

static void get_page(struct http *h, struct MHD_Connection *c, struct http_reply *out)
{
	(void)h;
	(void)c;
	*out = (struct http_reply){
		MHD_HTTP_OK, "text/html; charset=utf-8", mem_copy(http_page, http_page_len), http_page_len};
}

void http_json(struct answer *a, struct http_reply *out)
{
	bson_t doc;
	char *json = NULL;

	if (answer_finish(a) == 0 && bson_init_static(&doc, a->b.p, a->b.n))
		json = bson_as_relaxed_extended_json(&doc, &out->n);
	out->type = "application/json";
	out->text = json ? mem_copy(json, out->n) : NULL;
	bson_free(json);
}

static void get_status(struct http *h, struct MHD_Connection *c, struct http_reply *out)
{
	static const struct request nothing = {(const uint8_t *)"", (const uint8_t *)""};

	(void)c;
	answer_begin(&h->answer);
	status_write(h->agent, &nothing, &h->answer);
	http_json(&h->answer, out);
}

bool http_shows_documents(const struct http *h)
{
	return h->path || agent_conf(h->agent)->agent.admin.tail;
}

static void get_tail(struct http *h, struct MHD_Connection *c, struct http_reply *out)
{
	if (http_shows_documents(h))
		http_tail_reply(h, c, out);
	else
		say(out, MHD_HTTP_FORBIDDEN,
			"documents would be for every user of this host: set admin.tail: yes, give admin.http a unix "
			"socket, or "
			"use genlogctl tail\n");
}

static const struct {
	const char *path;
	void (*get)(struct http *h, struct MHD_Connection *c, struct http_reply *out);
	bool private; /* not for those on the network */
} rows[] = {
	{"/metrics", get_metrics, false},
	{"/health", get_health, false},
	{"/ready", get_ready, false},
	{"/", get_page, true},
	{"/api/status", get_status, true},
	{"/api/tail", get_tail, true},
};

/* ── who asks ── */

/* An address, or a name that no DNS of others can point here. */
static bool is_our_name(const char *host)
{
	char name[256];
	struct in6_addr addr;
	size_t n;

	if (*host == '[') {
		n = strcspn(host + 1, "]");
		host++;
	} else {
		n = strcspn(host, ":");
	}
	snprintf(name, sizeof(name), "%.*s", (int)n, host);
	return strcasecmp(name, "localhost") == 0 || inet_pton(AF_INET, name, &addr) == 1 ||
	       inet_pton(AF_INET6, name, &addr) == 1;
}

static void answer(
	struct http *h, struct MHD_Connection *c, const char *path, const char *method, struct http_reply *out)
{
	const char *host = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Host");

	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
		say(out, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET: nothing can be changed here\n");
		return;
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (strcmp(rows[i].path, path) != 0 || (rows[i].private && h->public))
			continue;
		if (rows[i].private && !h->path && !is_our_name(host ? host : ""))
			say(out, MHD_HTTP_MISDIRECTED_REQUEST,
				"this host goes by its address or as localhost, not by another name\n");
		else
			rows[i].get(h, c, out);
		return;
	}
	say(out, MHD_HTTP_NOT_FOUND, "there are: /metrics /health /ready%s\n",
		h->public ? "" : " / /api/status /api/tail");
}

static enum MHD_Result send_reply(struct MHD_Connection *c, const struct http_reply *out)
{
	static const char *const headers[][2] = {
		{"Cache-Control", "no-store"},
		{"X-Content-Type-Options", "nosniff"},
		{"X-Frame-Options", "DENY"},
		{"Referrer-Policy", "no-referrer"},
		{"Content-Security-Policy", "default-src 'none'; script-src 'unsafe-inline'; style-src "
					    "'unsafe-inline'; connect-src 'self'; img-src data:; "
					    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
	};
	struct MHD_Response *r = MHD_create_response_from_buffer(out->n, out->text, MHD_RESPMEM_MUST_FREE);
	enum MHD_Result sent;

	if (!r) {
		free(out->text);
		return MHD_NO;
	}
	(void)MHD_add_response_header(r, "Content-Type", out->type);
	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++)
		(void)MHD_add_response_header(r, headers[i][0], headers[i][1]);
	sent = MHD_queue_response(c, out->status, r);
	MHD_destroy_response(r);
	return sent;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *c, const char *path, const char *method,
	const char *version, const char *body, size_t *body_len, void **state)
{
	struct http_reply out = {.status = MHD_HTTP_OK, .type = "text/plain"};

	(void)version;
	(void)body;
	(void)state;
	if (*body_len) { /* a body is of no interest, and not kept */
		*body_len = 0;
		return MHD_YES;
	}
	answer(arg, c, path, method, &out);
	http_guest_asked(&((struct http *)arg)->guests, c);
	if (!out.text)
		return MHD_NO;
	return send_reply(c, &out);
}

/* ── within the loop ── */

static void turn(struct http *h)
{
	MHD_UNSIGNED_LONG_LONG ms;

	(void)MHD_run(h->daemon);
	loop_timer_set(h->timer, MHD_get_timeout(h->daemon, &ms) == MHD_YES ? (int64_t)ms : -1);
}

static void on_ready(void *arg, uint32_t events)
{
	(void)events;
	turn(arg);
}

static void on_timer(void *arg)
{
	turn(arg);
}

/* ── opening ── */

static void keep_quiet(void *arg, const char *fmt, va_list ap)
{
	(void)arg;
	log_vline(LOG_LEVEL_DEBUG, fmt, ap);
}

/* "127.0.0.1:9464", "[::1]:9464", ":9464" */
static int listen_tcp(const char *text, bool *public)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV},
			*a;
	const char *colon = strrchr(text, ':');
	char host[128];
	int fd, on = 1, r = 0;
	size_t n = colon ? (size_t)(colon - text) : 0;

	if (!colon)
		return -EINVAL;
	if (n > 1 && text[0] == '[' && text[n - 1] == ']') {
		text++;
		n -= 2;
	}
	snprintf(host, sizeof(host), "%.*s", (int)n, text);
	if (getaddrinfo(strcmp(host, "localhost") == 0 ? "127.0.0.1" : *host ? host : NULL, colon + 1, &hints, &a))
		return -EINVAL;
	*public = !(a->ai_family == AF_INET &&
			  ntohl(((struct sockaddr_in *)(void *)a->ai_addr)->sin_addr.s_addr) >> 24 == 127) &&
		  !(a->ai_family == AF_INET6 &&
			  IN6_IS_ADDR_LOOPBACK(&((struct sockaddr_in6 *)(void *)a->ai_addr)->sin6_addr));
	fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, a->ai_addr, a->ai_addrlen) < 0 || listen(fd, 64) < 0)
		r = -errno;
	freeaddrinfo(a);
	if (r < 0 && fd >= 0)
		close(fd);
	return r < 0 ? r : fd;
}

static int start(struct http *h, int fd)
{
	const union MHD_DaemonInfo *info;

	h->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_ERROR_LOG, 0, NULL, NULL, on_request, h,
		MHD_OPTION_EXTERNAL_LOGGER, keep_quiet, NULL, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)GUESTS_MOST, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_NOTIFY_CONNECTION,
		http_guest_notify, &h->guests, MHD_OPTION_CONNECTION_MEMORY_LIMIT, REQUEST_MEMORY, MHD_OPTION_END);
	if (!h->daemon || !http_guests_open(&h->guests, &h->agent->loop)) {
		if (!h->daemon)
			close(fd);
		return -ENOMEM;
	}
	info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	h->timer = loop_timer(&h->agent->loop, on_timer, h);
	h->watch = info ? loop_watch(&h->agent->loop, info->listen_fd, EPOLLIN, on_ready, h) : NULL;
	h->tail = http_tail_new();
	return h->timer && h->watch && h->tail ? 0 : -ENOMEM;
}

static int open_at(struct http *h, const char *text)
{
	int fd = -1, r;

	if (strncmp(text, "unix:", 5) == 0) {
		r = door_open(&fd, text + 5);
		h->path = r == 0 ? mem_strdup(text + 5) : NULL;
		if (r < 0 && fd >= 0)
			close(fd);
	} else {
		r = fd = listen_tcp(text, &h->public);
	}
	return r < 0 ? r : start(h, fd);
}

int http_open(struct http *h, struct agent *a)
{
	const struct conf_admin *c = &agent_conf(a)->agent.admin;
	int r;

	*h = (struct http){.agent = a};
	if (!c->http || !*c->http)
		return 0;
	r = open_at(h, c->http);
	if (r == -EINVAL)
		log_warn("admin.http: \"%s\" is no address: write it like 127.0.0.1:9464, [::1]:9464 or "
			 "unix:/run/genlog/http.sock; "
			 "the agent works without",
			c->http);
	else if (r < 0)
		log_warn("admin.http: %s: %s; the agent works without", c->http, strerror(-r));
	else
		log_info("http: %s%s", c->http,
			h->public ? ", which others reach: only /metrics, /health and /ready" : "");
	if (r == 0 && h->path && door_give(h->path, c->group) < 0)
		log_warn("admin.http: %s cannot be given to group %s", h->path, c->group);
	return 0;
}

void http_close(struct http *h)
{
	loop_unwatch(h->watch);
	loop_timer_free(h->timer);
	if (h->daemon)
		MHD_stop_daemon(h->daemon);
	http_guests_close(&h->guests);
	if (h->path)
		(void)unlink(h->path);
	free(h->path);
	http_tail_free(h->tail);
	answer_fini(&h->answer);
	*h = (struct http){0};
}
