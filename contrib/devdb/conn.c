#include "conn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "call.h"
#include "gate.h"
#include "wire.h"

enum { FIRST_ROOM = 1 << 16, STACK_SIZE = 512 << 10 };

void conns_init(struct conns *cs)
{
	pthread_mutex_init(&cs->lock, NULL);
	pthread_cond_init(&cs->left, NULL);
}

void conns_fini(struct conns *cs)
{
	pthread_cond_destroy(&cs->left);
	pthread_mutex_destroy(&cs->lock);
}

void conns_kill(struct conns *cs)
{
	pthread_mutex_lock(&cs->lock);
	for (struct conn *c = cs->first; c; c = c->next)
		shutdown(c->fd, SHUT_RDWR);
	pthread_mutex_unlock(&cs->lock);
}

bool conns_wait_none(struct conns *cs, int seconds)
{
	struct timespec end;
	bool none;
	int r = 0;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += seconds;
	pthread_mutex_lock(&cs->lock);
	while (cs->first && r == 0)
		r = pthread_cond_timedwait(&cs->left, &cs->lock, &end);
	none = !cs->first;
	pthread_mutex_unlock(&cs->lock);
	return none;
}

static void enter(struct conns *cs, struct conn *c)
{
	pthread_mutex_lock(&cs->lock);
	c->id = ++cs->last_id;
	c->next = cs->first;
	if (c->next)
		c->next->prev = c;
	cs->first = c;
	pthread_mutex_unlock(&cs->lock);
}

/* Closes under the lock, so that nobody shuts down an fd that is another's by then. */
static void leave(struct conns *cs, struct conn *c)
{
	struct linger reset = {1, 0};

	if (faults_rst(&c->gate->faults))
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	pthread_mutex_lock(&cs->lock);
	close(c->fd);
	c->fd = -1;
	pthread_mutex_unlock(&cs->lock);
	pg_close(&c->pg);
	scram_fini(&c->scram);
	free(c->in);
	stat_add(&c->gate->stats, STAT_OPEN, -1);
	pthread_mutex_lock(&cs->lock);
	if (c->prev)
		c->prev->next = c->next;
	else
		cs->first = c->next;
	if (c->next)
		c->next->prev = c->prev;
	free(c);
	pthread_cond_broadcast(&cs->left);
	pthread_mutex_unlock(&cs->lock);
}

static int send_parts(int fd, struct iovec *part, int parts)
{
	while (parts > 0) {
		ssize_t n = writev(fd, part, parts);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		for (; parts > 0 && (size_t)n >= part->iov_len; part++, parts--)
			n -= (ssize_t)part->iov_len;
		if (parts > 0) {
			part->iov_base = (char *)part->iov_base + n;
			part->iov_len -= (size_t)n;
		}
	}
	return 0;
}

static int send_reply(const struct call *c)
{
	static atomic_int last_id;
	struct wire_frame f;
	bson_t doc;
	int r;

	if (!reply_view(&c->reply, &doc))
		return -EPROTO;
	r = wire_frame_init(&f, c->msg, ++last_id, bson_get_data(&doc), doc.len);
	if (r == 0)
		r = send_parts(c->conn->fd, f.part, f.parts);
	wire_frame_fini(&f);
	return r;
}

static void tell(const struct call *c)
{
	bson_t doc;
	char *json = NULL;

	if (!c->reply.hang_up && reply_view(&c->reply, &doc))
		json = bson_as_relaxed_extended_json(&doc, NULL);
	fprintf(stderr, "[%d] %s.%s %s -> %.400s\n", c->conn->id, c->db ? c->db : "",
		c->collection ? c->collection : "", c->name ? c->name : "?", json ? json : "no answer");
	bson_free(json);
}

/* The command of a parsed message.  Negative: the connection is to be closed. */
static int serve_msg(struct conn *conn, const struct wire_msg *m)
{
	struct call c = {.gate = conn->gate, .conn = conn, .msg = m, .body = &m->body};
	int r = 0;

	call_run(&c);
	if (conn->gate->opt.verbose)
		tell(&c);
	if (c.reply.hang_up) {
		stat_add(&conn->gate->stats, STAT_DROPPED, 1);
		r = -ECONNABORTED;
	} else if (m->op != WIRE_MSG || !(m->flags & WIRE_MORE_TO_COME)) {
		r = send_reply(&c);
	}
	reply_fini(&c.reply);
	return r;
}

static int serve_bytes(struct conn *conn, size_t n)
{
	struct wire_msg m;
	int r = wire_parse(&m, conn->in, n);

	if (r == 0)
		r = serve_msg(conn, &m);
	else
		stat_add(&conn->gate->stats, STAT_BADBSON, 1);
	wire_msg_fini(&m);
	return r;
}

static int make_room(struct conn *c, size_t n)
{
	uint8_t *in;

	if (n <= c->room)
		return 0;
	in = realloc(c->in, n);
	if (!in)
		return -ENOMEM;
	c->in = in;
	c->room = n;
	return 0;
}

/* Serves what is complete.  Negative: the connection is to be closed. */
static int serve_all(struct conn *c)
{
	while (c->have >= WIRE_HEADER) {
		int64_t n = wire_length(c->in);
		int r;

		if (n < 0) {
			stat_add(&c->gate->stats, STAT_BADBSON, 1);
			return (int)n;
		}
		if (c->have < (size_t)n)
			return make_room(c, (size_t)n);
		r = serve_bytes(c, (size_t)n);
		if (r < 0)
			return r;
		c->have -= (size_t)n;
		memmove(c->in, c->in + n, c->have);
	}
	return 0;
}

static void *conn_main(void *arg)
{
	struct conn *c = arg;
	int r = make_room(c, FIRST_ROOM);

	while (r == 0) {
		ssize_t n = recv(c->fd, c->in + c->have, c->room - c->have, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		c->have += (size_t)n;
		r = serve_all(c);
	}
	leave(&c->gate->conns, c);
	return NULL;
}

int conn_start(struct gate *g, int fd)
{
	struct conn *c = calloc(1, sizeof(*c));
	pthread_attr_t attr;
	pthread_t thread;
	int r;

	if (!c) {
		close(fd);
		return -ENOMEM;
	}
	c->gate = g;
	c->fd = fd;
	stat_add(&g->stats, STAT_CONNS, 1);
	stat_add(&g->stats, STAT_OPEN, 1);
	enter(&g->conns, c);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	r = pthread_create(&thread, &attr, conn_main, c);
	pthread_attr_destroy(&attr);
	if (r != 0)
		leave(&g->conns, c);
	return -r;
}
