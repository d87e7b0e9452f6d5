#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "syslog.h"

/* A connection; its source is opened with its first message. */
struct stream {
	struct syslog *s;
	struct net_conn *conn;
	const struct net_peer *peer;
	struct genlog_source *src;
	struct frames frames;
	uint64_t offset;
};

static int stream_opened(void *arg, struct net_conn *c, const struct net_peer *peer, void **user)
{
	struct stream *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	*t = (struct stream){.s = arg, .conn = c, .peer = peer};
	*user = t;
	return 0;
}

static void stream_closed(void *user)
{
	struct stream *t = user;

	genlog_source_close(t->src);
	free(t);
}

static bool open_source(struct stream *t)
{
	char uid[16];
	const char *more[5] = {0};
	size_t n = 0;

	if (t->src)
		return true;
	if (t->peer->certificate[0]) {
		more[n++] = "certificate";
		more[n++] = t->peer->certificate;
	}
	if (t->peer->uid != (uid_t)-1) {
		snprintf(uid, sizeof(uid), "%u", (unsigned)t->peer->uid);
		more[n++] = "uid";
		more[n++] = uid;
	}
	t->src = syslog_source(t->s, t->peer->is_unix ? t->peer->address : t->peer->name, more);
	if (t->src)
		genlog_source_pid(t->src, t->peer->pid);
	return t->src != NULL;
}

static int take_message(struct stream *t, const struct frame *f)
{
	ssize_t r;

	if (!f->n || !open_source(t))
		return f->n ? -EAGAIN : 0;
	r = genlog_line(t->src, f->p, f->n, t->offset, f->raw, f->cut ? GENLOG_LINES_CUT : 0);
	if (r < 0)
		return (int)r;
	genlog_count(t->s->in, GENLOG_COUNT_RECEIVED, 1);
	if (f->cut)
		genlog_count(t->s->in, GENLOG_COUNT_LINES_TRUNCATED, 1);
	return 0;
}

/* The place of what was cut off is behind what was given of it. */
static void tell_rest(struct stream *t, const struct frame *f)
{
	if (t->src)
		(void)genlog_gap(
			t->src, t->offset, f->raw, "the end of a message longer than max_line was passed over");
}

static int take_frame(struct stream *t, const struct frame *f)
{
	if (f->bad)
		genlog_count(t->s->in, GENLOG_COUNT_FRAMES_BAD, 1);
	if (f->what == FRAME_MESSAGE)
		return take_message(t, f);
	if (f->what == FRAME_REST)
		tell_rest(t, f);
	return 0;
}

static ssize_t stream_feed(void *user, const char *p, size_t n, bool end)
{
	struct stream *t = user;
	size_t max = genlog_host(t->s->in)->max_line, at = 0, messages = 0;
	struct frames before;
	struct frame f;
	int r = 0;

	do {
		before = t->frames;
		frame_next(&t->frames, p + at, n - at, end, max, &f);
		r = take_frame(t, &f);
		if (r < 0)
			break;
		at += f.used;
		t->offset += f.used;
		messages += f.what == FRAME_MESSAGE;
	} while (f.used && at < n);
	if (r < 0)
		t->frames = before;
	net_conn_count(t->conn, messages);
	syslog_handed(t->s, at);
	return r < 0 && !at ? r : (ssize_t)at;
}

const struct net_server_ops stream_ops = {.opened = stream_opened, .feed = stream_feed, .closed = stream_closed};
