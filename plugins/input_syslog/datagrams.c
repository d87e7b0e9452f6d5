#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>

#include "syslog.h"

#define ROUNDS 8
#define SLOT (DGRAM_MAX + 4096 + GENLOG_PAD) /* not a power of two: their first bytes would share few cache lines */

union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(uint32_t))];
};

/* One for all sockets: a turn's messages, and how far they are taken. */
struct dgram_room {
	char *bytes;
	struct mmsghdr m[DGRAMS];
	struct iovec v[DGRAMS];
	struct sockaddr_storage from[DGRAMS];
	union control control[DGRAMS];
	struct dgram_socket *of; /* whose they are */
	int at, n;
};

static void prepare(struct dgram_room *r, int i)
{
	r->v[i] = (struct iovec){r->bytes + (size_t)i * SLOT, DGRAM_MAX};
	r->from[i].ss_family = AF_UNIX;
	r->m[i].msg_hdr = (struct msghdr){.msg_name = &r->from[i],
		.msg_namelen = sizeof(r->from[i]),
		.msg_iov = &r->v[i],
		.msg_iovlen = 1,
		.msg_control = &r->control[i],
		.msg_controllen = sizeof(r->control[i])};
}

/* What the kernel has changed of those that it used. */
static void prepare_again(struct dgram_room *r)
{
	for (int i = 0; i < r->n; i++) {
		r->from[i].ss_family = AF_UNIX;
		r->m[i].msg_hdr.msg_namelen = sizeof(r->from[i]);
		r->m[i].msg_hdr.msg_controllen = sizeof(r->control[i]);
	}
}

/* Pages that no message has touched cost nothing. */
int dgrams_open(struct syslog *s)
{
	struct dgram_room *r = calloc(1, sizeof(*r));

	if (!r || !senders_open(s)) {
		free(r);
		return -ENOMEM;
	}
	r->bytes = mmap(NULL, (size_t)DGRAMS * SLOT, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (r->bytes == MAP_FAILED) {
		free(r);
		return -ENOMEM;
	}
	for (int i = 0; i < DGRAMS; i++)
		prepare(r, i);
	s->room = r;
	return 0;
}

/* ── what comes with a message ── */

static void note_drops(struct dgram_socket *d, uint32_t drops)
{
	uint32_t more = drops - d->drops;

	if (!more)
		return;
	d->drops = drops;
	d->untold += more;
	genlog_count(d->owner->in, GENLOG_COUNT_KERNEL_DROPS, more);
}

static const struct ucred *read_control(struct dgram_socket *d, struct msghdr *m, struct ucred *room)
{
	const struct ucred *who = NULL;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		uint32_t drops;

		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SO_RXQ_OVFL) {
			memcpy(&drops, CMSG_DATA(c), sizeof(drops));
			note_drops(d, drops);
		} else if (c->cmsg_type == SCM_CREDENTIALS) {
			memcpy(room, CMSG_DATA(c), sizeof(*room));
			who = room;
		}
	}
	return who;
}

/* ── taking ── */

static size_t trim(const char *p, size_t n)
{
	while (n && (p[n - 1] == '\n' || p[n - 1] == '\r' || p[n - 1] == 0))
		n--;
	return n;
}

/* 0; -EAGAIN: it has to be offered again. */
static int take(struct dgram_socket *d, struct sender *x, const struct mmsghdr *m)
{
	const char *p = m->msg_hdr.msg_iov->iov_base;
	bool cut = m->msg_hdr.msg_flags & MSG_TRUNC;
	size_t n = trim(p, m->msg_len < DGRAM_MAX ? m->msg_len : DGRAM_MAX);
	ssize_t r;

	if (!n) {
		genlog_count(d->owner->in, GENLOG_COUNT_FRAMES_BAD, 1);
		return 0;
	}
	r = genlog_line(x->src, p, n, x->offset, m->msg_len, cut ? GENLOG_LINES_CUT : 0);
	if (r < 0)
		return (int)r;
	x->offset += m->msg_len;
	if (cut)
		genlog_count(d->owner->in, GENLOG_COUNT_LINES_TRUNCATED, 1);
	return 0;
}

static int take_one(struct dgram_socket *d, int i)
{
	struct dgram_room *room = d->owner->room;
	struct mmsghdr *m = &room->m[i];
	struct ucred who_room;
	const struct ucred *who = read_control(d, &m->msg_hdr, &who_room);
	struct sender *x = sender_find(d, &room->from[i], who);
	int r;

	if (!x)
		return -EAGAIN;
	if (d->owner->limits.rate_limit && !sender_may(d->owner, x))
		return 0;
	genlog_source_pid(x->src, who ? who->pid : 0);
	r = take(d, x, m);
	if (r == -EAGAIN && d->owner->limits.rate_limit)
		x->tokens++;
	return r;
}

/* false: the spool is full; the rest of the turn is kept. */
static bool take_turn(struct dgram_room *r)
{
	struct syslog *s = r->of->owner;
	size_t bytes = 0;
	int from = r->at;

	for (; r->at < r->n; r->at++) {
		if (take_one(r->of, r->at) == -EAGAIN) {
			s->blocked = true;
			genlog_resume_soon(s->in);
			break;
		}
		bytes += r->m[r->at].msg_len;
	}
	genlog_count(s->in, GENLOG_COUNT_RECEIVED, (uint64_t)(r->at - from));
	genlog_count(s->in, GENLOG_COUNT_RECEIVED_BYTES, bytes);
	syslog_handed(s, bytes);
	return !s->blocked;
}

static void tell_error(struct dgram_socket *d)
{
	if (errno == EAGAIN || errno == EINTR)
		return;
	genlog_count(d->owner->in, GENLOG_COUNT_READ_ERRORS, 1);
	genlog_say(d->owner->in, GENLOG_SAY_ERROR, "%s: %s", d->address, strerror(errno));
}

void dgrams_read(struct dgram_socket *d)
{
	struct dgram_room *r = d->owner->room;

	for (int i = 0; i < ROUNDS && !d->owner->blocked; i++) {
		prepare_again(r);
		r->of = d;
		r->at = 0;
		r->n = recvmmsg(d->fd, r->m, DGRAMS, MSG_DONTWAIT | MSG_TRUNC, NULL);
		if (r->n <= 0) {
			tell_error(d);
			r->n = 0;
			return;
		}
		if (!take_turn(r) || r->n < DGRAMS)
			return;
	}
}

/* ── sockets ── */

static void watch_all(struct syslog *s);

static void on_readable(void *arg, uint32_t events)
{
	struct dgram_socket *d = arg;

	(void)events;
	dgrams_read(d);
	if (d->untold || d->owner->limits.rate_limit)
		dgrams_tell(d->owner);
	if (d->owner->blocked)
		watch_all(d->owner);
}

/* While the spool is full the kernel keeps what comes: unix senders wait, UDP's are dropped and counted. */
static void watch_all(struct syslog *s)
{
	bool missing = false;

	for (struct dgram_socket *d = s->sockets; d; d = d->next) {
		if (s->blocked) {
			genlog_unwatch(d->watch);
			d->watch = NULL;
		} else if (!d->watch) {
			d->watch = genlog_watch(s->in, d->fd, EPOLLIN, on_readable, d);
			missing |= !d->watch;
		}
	}
	if (missing)
		genlog_resume_soon(s->in);
}

void dgrams_resume(struct syslog *s)
{
	if (s->room && s->room->at < s->room->n && !take_turn(s->room))
		return;
	watch_all(s);
}

int dgrams_add(struct syslog *s, int fd, const char *address, struct genlog_err *err)
{
	struct dgram_socket *d = calloc(1, sizeof(*d));
	const char *more[] = {NULL};

	if (!d)
		return genlog_fail(err, ENOMEM, "no memory");
	*d = (struct dgram_socket){.next = s->sockets, .owner = s, .fd = fd, .address = address};
	s->sockets = d;
	d->is_unix = net_socket_is_unix(fd);
	d->own = syslog_source(s, address, more);
	d->watch = d->own ? genlog_watch(s->in, fd, EPOLLIN, on_readable, d) : NULL;
	return d->watch ? 0 : genlog_fail(err, errno, "%s cannot be watched: %s", address, strerror(errno));
}

/* At most once a second: a flood is one gap, not thousands. */
static void on_tell(void *arg)
{
	struct syslog *s = arg;

	s->telling = false;
	for (struct dgram_socket *d = s->sockets; d; d = d->next) {
		if (d->untold)
			(void)genlog_lost(d->own, d->untold, "the kernel's buffer of the socket was full");
		d->untold = 0;
	}
	senders_tell(s);
	syslog_handed(s, 1);
}

void dgrams_tell(struct syslog *s)
{
	if (s->telling)
		return;
	if (!s->tell)
		s->tell = genlog_timer(s->in, on_tell, s);
	if (!s->tell)
		return;
	s->telling = true;
	genlog_timer_set(s->tell, 1000);
}

void dgrams_free(struct syslog *s)
{
	while (s->sockets) {
		struct dgram_socket *d = s->sockets;

		s->sockets = d->next;
		genlog_unwatch(d->watch);
		genlog_source_close(d->own);
		free(d);
	}
	if (s->room)
		munmap(s->room->bytes, (size_t)DGRAMS * SLOT);
	free(s->room);
}
