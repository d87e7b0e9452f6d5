/*
 * The socket.  A program sends one message with the descriptor of its memory; who it is, the kernel says.  The memory
 * has to have the seals that keep its size, so that reading it is never a fault.
 */
#include "emit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128
#define PEERS_MAX 4096u
#define HELLO_MS 5000
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

static int answer(const struct peer *p, uint32_t flags)
{
	const struct emit *e = p->owner;
	struct gl_answer a = {.magic = GL_ANSWER,
		.version = GL_VERSION,
		.flags = flags,
		.level = emit_severity(e->level),
		.recorder = e->debug ? GENLOG_SEV_DEBUG : 0};

	return send(p->fd, &a, sizeof(a), MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)sizeof(a) ? 0 : -errno;
}

void peer_close(struct peer *p)
{
	struct peer **at = &p->owner->peers;

	while (*at && *at != p)
		at = &(*at)->next;
	if (*at)
		*at = p->next;
	if (p->segment)
		p->segment->peer = NULL;
	genlog_unwatch(p->watch);
	close(p->fd);
	free(p);
}

/*
 * A process that has only lost its connection goes on writing.  One that has never written has taken a file instead,
 * and one that cannot be watched has ended.
 */
void peer_gone(struct peer *p)
{
	struct segment *s = p->segment;
	uint32_t used = 1;

	if (s && view_copy(&s->v, &used, offsetof(struct gl_segment, rings_used), sizeof(used)) == 0 &&
		(!used || s->pidfd < 0)) {
		s->dead = true;
		s->look_at = 0;
		poll_soon(s->owner);
	}
	peer_close(p);
}

static void refuse(struct peer *p, const char *why)
{
	genlog_say(p->owner->in, GENLOG_SAY_WARN, "a program's segment is refused: %s", why);
	genlog_count(p->owner->in, GENLOG_COUNT_CONNECTIONS_REFUSED, 1);
	(void)answer(p, GL_ANSWER_REFUSED); /* a help to its programmer */
	peer_close(p);
}

/* ── the descriptor ── */

/* Only memory has seals; huge pages, of which it could run out, are no memory for this. */
static const char *fd_check(int fd, struct stat *st)
{
	int seals = fcntl(fd, F_GET_SEALS), want = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

	if (seals < 0 || (seals & want) != want)
		return "its memory has not the seals that keep its size";
	if (seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
		return "its memory cannot be written";
	if (fstat(fd, st) < 0 || st->st_size <= (off_t)sizeof(struct gl_segment))
		return "its memory is too small";
	return st->st_blksize == (blksize_t)sysconf(_SC_PAGESIZE) ? NULL : "its memory is of large pages";
}

const char *listen_map(struct segment *s, int fd)
{
	struct stat st;
	const char *why = fd_check(fd, &st);
	int r;

	if (why)
		return why;
	if (st.st_size > s->owner->max_segment)
		return "it is larger than max_segment";
	s->v.bytes = (uint64_t)st.st_size;
	s->v.p = mmap(NULL, s->v.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (s->v.p == MAP_FAILED)
		s->v.p = NULL;
	if (!s->v.p)
		return "it cannot be mapped";
	s->inode = st.st_ino;
	s->device = st.st_dev;
	r = seg_check(&s->v, &s->l, (uint64_t)s->owner->max_segment);
	return r == 0 ? NULL : r == -EPROTONOSUPPORT ? "it is of another version" : "it contradicts itself";
}

static int pidfd_of(int sock, pid_t pid)
{
	socklen_t n = sizeof(int);
	int fd;

	if (getsockopt(sock, SOL_SOCKET, SO_PEERPIDFD, &fd, &n) == 0)
		return fd;
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static void adopt(struct peer *p, struct segment *s)
{
	if (s->peer)
		s->peer->segment = NULL;
	s->peer = p;
	p->segment = s;
	genlog_watch_set(p->watch, 0);
	if (answer(p, s->kept ? GL_ANSWER_KEPT : 0) < 0)
		peer_close(p);
}

/* A program that comes again with what is known: after its connection, or the agent, was lost. */
static bool is_known(struct peer *p, int fd, const struct gl_hello *h, const struct ucred *who)
{
	struct segment *s = seg_find(p->owner, who->uid, h->uuid);
	struct stat st;

	if (!s || *s->path || fstat(fd, &st) < 0 || st.st_ino != s->inode || st.st_dev != s->device)
		return false;
	adopt(p, s);
	return true;
}

static const char *fill(struct segment *s, struct peer *p, int fd, const struct gl_hello *h, const struct ucred *who)
{
	const char *why = listen_map(s, fd);

	if (why)
		return why;
	if (memcmp(h->uuid, s->l.uuid, UUID) != 0)
		return "it is not the one that was announced";
	s->uid = who->uid;
	s->pid = who->pid;
	if (seg_find(p->owner, s->uid, s->l.uuid))
		return "another one of this name is there";
	s->pidfd = pidfd_of(p->fd, who->pid);
	if (s->pidfd < 0)
		return "its process has ended before it could be watched";
	(void)fcntl(s->pidfd, F_SETFD, FD_CLOEXEC);
	if (seg_add(s, &why) < 0)
		return why;
	return NULL;
}

static void take_segment(struct peer *p, int fd, const struct gl_hello *h)
{
	struct ucred who;
	socklen_t n = sizeof(who);
	struct segment *s;
	const char *why;

	if (getsockopt(p->fd, SOL_SOCKET, SO_PEERCRED, &who, &n) < 0 || is_known(p, fd, h, &who)) {
		close(fd);
		return;
	}
	s = seg_new(p->owner);
	if (!s) {
		close(fd);
		refuse(p, "no memory");
		return;
	}
	s->v.fd = fd;
	why = fill(s, p, fd, h, &who);
	if (why) {
		seg_free(s);
		refuse(p, why);
		return;
	}
	(void)death_watch(s); /* without it, the end of the connection says so */
	s->kept = kept_put(s);
	adopt(p, s);
}

/* ── connections ── */

/* One descriptor; more than that, and all are closed. */
static ssize_t receive(int sock, struct gl_hello *h, int *fd)
{
	struct iovec v = {h, sizeof(*h)};
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(4 * sizeof(int))];
	} u;
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = u.room, .msg_controllen = sizeof(u.room)};
	ssize_t n = recvmsg(sock, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	*fd = -1;
	if (n < 0)
		return n;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		size_t fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < fds; i++) {
			int x;

			memcpy(&x, CMSG_DATA(c) + i * sizeof(x), sizeof(x));
			if (*fd >= 0)
				close(x);
			else
				*fd = x;
		}
	}
	return m.msg_flags & MSG_TRUNC ? 0 : n;
}

static void on_peer(void *arg, uint32_t events)
{
	struct peer *p = arg;
	struct gl_hello h = {.magic = 0};
	ssize_t n;
	int fd;

	if (p->segment || !(events & EPOLLIN)) { /* nothing more is expected, so it has hung up */
		peer_gone(p);
		return;
	}
	n = receive(p->fd, &h, &fd);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == (ssize_t)sizeof(h) && h.magic == GL_HELLO && h.version == GL_VERSION && fd >= 0) {
		take_segment(p, fd, &h);
		return;
	}
	if (fd >= 0)
		close(fd);
	if (n == 0)
		peer_close(p);
	else
		refuse(p, "no greeting that is known");
}

/* Those that say nothing make room for others. */
static void drop_silent(struct emit *e, int64_t now)
{
	for (struct peer *p = e->peers, *next; p; p = next) {
		next = p->next;
		if (!p->segment && now > p->until)
			peer_close(p);
	}
}

static unsigned count_peers(const struct emit *e)
{
	unsigned n = 0;

	for (const struct peer *p = e->peers; p; p = p->next)
		n++;
	return n;
}

static void add_peer(struct emit *e, int fd)
{
	int64_t now = emit_ms();
	struct peer *p = NULL;

	drop_silent(e, now);
	if (count_peers(e) < PEERS_MAX)
		p = calloc(1, sizeof(*p));
	if (!p) {
		close(fd);
		genlog_count(e->in, GENLOG_COUNT_CONNECTIONS_REFUSED, 1);
		return;
	}
	*p = (struct peer){.next = e->peers, .owner = e, .fd = fd, .until = now + HELLO_MS};
	e->peers = p;
	p->watch = genlog_watch(e->in, fd, EPOLLIN | EPOLLRDHUP, on_peer, p);
	if (!p->watch)
		peer_close(p);
}

static void on_listen(void *arg, uint32_t events)
{
	struct emit *e = arg;
	int fd;

	(void)events;
	while ((fd = accept4(e->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0)
		add_peer(e, fd);
}

/* A socket that nobody listens on was left behind. */
static void remove_dead(const struct sockaddr_un *u)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (const void *)u, sizeof(*u)) < 0 && errno == ECONNREFUSED)
		(void)unlink(u->sun_path);
	if (fd >= 0)
		close(fd);
}

int listen_open(struct emit *e, struct genlog_err *err)
{
	struct sockaddr_un u = {.sun_family = AF_UNIX};

	if (!*e->socket)
		return 0;
	if (strlen(e->socket) >= sizeof(u.sun_path))
		return genlog_fail_opt(err, "socket", ENAMETOOLONG, "the path is too long for a socket");
	memcpy(u.sun_path, e->socket, strlen(e->socket));
	remove_dead(&u);
	e->listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (e->listen_fd < 0 || bind(e->listen_fd, (const void *)&u, sizeof(u)) < 0)
		return genlog_fail_opt(err, "socket", errno, "%s: %s", e->socket, strerror(errno));
	e->bound = true;
	if (chmod(e->socket, (mode_t)e->mode) < 0 || listen(e->listen_fd, BACKLOG) < 0)
		return genlog_fail_opt(err, "socket", errno, "%s: %s", e->socket, strerror(errno));
	e->listen_watch = genlog_watch(e->in, e->listen_fd, EPOLLIN, on_listen, e);
	return e->listen_watch ? 0 : genlog_fail(err, errno, "%s", strerror(errno));
}

void listen_close(struct emit *e)
{
	for (struct peer *p = e->peers, *next; p; p = next) {
		next = p->next;
		peer_close(p);
	}
	genlog_unwatch(e->listen_watch);
	if (e->listen_fd >= 0)
		close(e->listen_fd);
	if (e->bound)
		(void)unlink(e->socket);
}
