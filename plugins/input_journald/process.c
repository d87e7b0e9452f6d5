/* The process that reads: begun, listened to, and begun again when it has died. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "journald.h"

#define CHUNK (256u << 10)
#define WAIT_FIRST_MS 50
#define WAIT_MAX_MS 30000
#define SEND_MS 2000 /* for the process to begin to read */

static int write_all(int fd, const uint8_t *p, size_t n)
{
	while (n) {
		ssize_t w = send(fd, p, n, MSG_NOSIGNAL);

		struct pollfd full = {fd, POLLOUT, 0};

		if (w < 0 && (errno == EINTR || (errno == EAGAIN && poll(&full, 1, SEND_MS) > 0)))
			continue;
		if (w < 0)
			return -errno;
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

/* What is known goes into one message; files that nobody has seen for long are left away. */
static int send_settings(struct journald *j)
{
	struct wire_out out = {0};
	uint32_t n = 0;
	int r;

	j->a.started = j->started;
	put_begin(&out, WIRE_SETTINGS);
	put_u32(&out, WIRE_VERSION);
	asked_put(&out, &j->a);
	for (const struct known *k = j->known; k; k = k->next)
		n++;
	put_u32(&out, n);
	for (const struct known *k = j->known; k; k = k->next) {
		put_bytes(&out, k->id, ID_SIZE);
		put_u8(&out, k->flags);
		put_u64(&out, k->folder);
		put_u64(&out, k->from);
		put_text(&out, k->cursor ? k->cursor : "");
	}
	r = put_end(&out) ? 0 : -ENOMEM;
	if (r == 0)
		r = write_all(j->fd, out.b.p, out.b.n);
	free(out.b.p);
	return r;
}

static void reap(struct journald *j)
{
	int status;

	if (j->watch)
		genlog_unwatch(j->watch);
	j->watch = NULL;
	if (j->fd >= 0)
		close(j->fd);
	j->fd = -1;
	if (j->pid <= 0)
		return;
	kill(j->pid, SIGKILL); /* changes nothing where it has ended already */
	while (waitpid(j->pid, &status, 0) < 0 && errno == EINTR)
		;
	j->pid = 0;
}

void process_end(struct journald *j)
{
	reap(j);
	free(j->buf);
	j->buf = NULL;
	j->n = j->cap = 0;
	j->waiting = false;
}

/* It is begun again from where it was, later and later as long as nothing comes of it. */
static void again(struct journald *j, const char *why)
{
	reap(j);
	j->waiting = false;
	j->wait_ms = j->progress || !j->wait_ms ? WAIT_FIRST_MS : 2 * j->wait_ms;
	if (j->wait_ms > WAIT_MAX_MS)
		j->wait_ms = WAIT_MAX_MS;
	j->progress = false;
	genlog_count(j->in, GENLOG_COUNT_RESTARTS, 1);
	genlog_say(j->in, GENLOG_SAY_WARN, "%s; it is started again in %lld ms", why, (long long)j->wait_ms);
	genlog_timer_set(j->again, j->wait_ms);
}

static bool make_room(struct journald *j)
{
	uint32_t len = 0;
	size_t want = j->n + CHUNK;
	uint8_t *p;

	if (j->n >= sizeof(len))
		memcpy(&len, j->buf, sizeof(len));
	if (len <= WIRE_MAX && len + sizeof(len) > want)
		want = len + sizeof(len);
	if (want <= j->cap)
		return true;
	p = realloc(j->buf, want + GENLOG_PAD);
	if (!p)
		return false;
	memset(p + want, 0, GENLOG_PAD);
	j->buf = p;
	j->cap = want;
	return true;
}

/* Not even its end is of interest until there is room. */
static void blocked(struct journald *j)
{
	j->waiting = true;
	genlog_resume_soon(j->in);
	if (j->watch)
		genlog_unwatch(j->watch);
	j->watch = NULL;
}

/* false: no more can be read now. */
static bool digest(struct journald *j)
{
	int r = messages_take(j);

	genlog_turn_end(j->in);
	if (r == -EAGAIN)
		blocked(j);
	if (r == -EPROTO) {
		genlog_count(j->in, GENLOG_COUNT_FRAMES_BAD, 1);
		again(j, "the process that reads the journal talks nonsense and was ended");
	}
	return r == 0;
}

static void on_readable(void *arg, uint32_t events)
{
	struct journald *j = arg;
	ssize_t n;

	(void)events;
	if (j->waiting || j->fd < 0)
		return;
	if (!make_room(j)) {
		genlog_timer_set(j->again, WAIT_FIRST_MS);
		blocked(j);
		return;
	}
	n = read(j->fd, j->buf + j->n, j->cap - j->n);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		again(j, "the process that reads the journal has ended");
		return;
	}
	j->n += (size_t)n;
	(void)digest(j);
}

void process_resume(struct journald *j)
{
	if (!j->waiting)
		return;
	j->waiting = false;
	if (!digest(j))
		return;
	j->watch = genlog_watch(j->in, j->fd, EPOLLIN, on_readable, j);
	if (!j->watch)
		again(j, "the process that reads the journal cannot be listened to");
}

void process_start(struct journald *j)
{
	int r = genlog_child(j->in, SOCK_STREAM, &j->pid);

	if (r < 0) {
		genlog_say(j->in, GENLOG_SAY_ERROR, "no process can be started to read the journal: %s", strerror(-r));
		j->pid = 0;
		again(j, "that is tried again");
		return;
	}
	j->fd = r;
	j->n = j->files = 0;
	for (struct known *k = j->known; k; k = k->next)
		k->there = false;
	j->last = NULL;
	j->ended = false;
	r = send_settings(j);
	j->watch = r < 0 ? NULL : genlog_watch(j->in, j->fd, EPOLLIN, on_readable, j);
	if (!j->watch)
		again(j, "the process that reads the journal could not be told what to read");
}
