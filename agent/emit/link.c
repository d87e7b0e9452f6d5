/* The agent's socket: the segment is handed over, and handed over again when another agent runs. */
#include "emit.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BACK_OFF_MS 20
#define BACK_OFF_MOST_MS 1000
#define STACK_BYTES (128U << 10)

/* A child of fork() has these too, and the agent would not see its parent die. */
static int inherited_fd = -1, inherited_sock = -1;

static void in_child(void)
{
	if (inherited_fd >= 0)
		close(inherited_fd);
	if (inherited_sock >= 0)
		close(inherited_sock);
	inherited_fd = inherited_sock = -1;
}

static void at_fork(void)
{
	(void)pthread_atfork(NULL, NULL, in_child);
}

void gl_fds_note(int fd, int sock)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, at_fork);
	in_child(); /* of a raw clone(), which calls no handlers */
	inherited_fd = fd;
	inherited_sock = sock;
}

int gl_dial(const char *path)
{
	struct sockaddr_un u = {.sun_family = AF_UNIX};
	int sock;

	if (strlen(path) >= sizeof(u.sun_path))
		return -ENAMETOOLONG;
	memcpy(u.sun_path, path, strlen(path));
	sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sock < 0)
		return -errno;
	if (connect(sock, (const void *)&u, sizeof(u)) < 0) {
		int code = -errno;

		close(sock);
		return code;
	}
	return sock;
}

int gl_hello(int sock, int fd, const uint8_t uuid[16])
{
	struct gl_hello h = {.magic = GL_HELLO, .version = GL_VERSION};
	struct iovec v = {&h, sizeof(h)};
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} u = {.room = {0}};
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = u.room, .msg_controllen = sizeof(u.room)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	memcpy(h.uuid, uuid, sizeof(h.uuid));
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(sock, &m, MSG_NOSIGNAL) == (ssize_t)sizeof(h) ? 0 : -errno;
}

bool gl_answer_take(int sock, int wait_ms, struct gl_answer *out)
{
	struct pollfd f = {.fd = sock, .events = POLLIN};

	return poll(&f, 1, wait_ms) == 1 && recv(sock, out, sizeof(*out), MSG_DONTWAIT) == (ssize_t)sizeof(*out) &&
	       out->magic == GL_ANSWER && out->version == GL_VERSION;
}

/* What the agent wants; 0: nothing. */
void gl_level_take(uint32_t level, uint32_t recorder)
{
	if (gl_options.level_fixed || !level || level > GENLOG_SEV_OFF)
		return;
	__atomic_store_n(&gl_level, (int)level, __ATOMIC_RELAXED);
	if (recorder <= GENLOG_SEV_OFF && gl_options.recorder && recorder)
		gl_options.recorder = (enum genlog_severity)recorder;
	gl_set_threshold();
}

/* ── the thread that keeps the connection ── */

static int link_again(struct gl_process *p)
{
	int sock = gl_dial(gl_socket_path());

	if (sock >= 0 && gl_hello(sock, p->fd, p->segment->uuid) < 0) {
		close(sock);
		sock = -1;
	}
	if (sock < 0)
		return -1;
	inherited_sock = sock;
	__atomic_store_n(&p->linked, true, __ATOMIC_RELAXED);
	return sock;
}

static void lose(struct gl_process *p, int *sock)
{
	inherited_sock = -1;
	__atomic_store_n(&p->linked, false, __ATOMIC_RELAXED);
	close(*sock);
	*sock = -1;
}

/* Until the other side hangs up. */
static void listen_to(struct gl_process *p, int *sock)
{
	struct pollfd f = {.fd = *sock, .events = POLLIN | POLLRDHUP};
	struct gl_answer a;

	if (poll(&f, 1, -1) < 0)
		return;
	if (f.revents & POLLIN && gl_answer_take(*sock, 0, &a))
		gl_level_take(a.level, a.recorder);
	else if (f.revents)
		lose(p, sock);
}

static void *keep_link(void *arg)
{
	struct gl_process *p = arg;
	int sock = p->sock;
	unsigned wait = BACK_OFF_MS;

	for (;;) {
		if (sock >= 0) {
			listen_to(p, &sock);
			wait = BACK_OFF_MS;
			continue;
		}
		sock = link_again(p);
		if (sock < 0) {
			(void)poll(NULL, 0, (int)wait);
			wait = 2 * wait < BACK_OFF_MOST_MS ? 2 * wait : BACK_OFF_MOST_MS;
		}
	}
	return NULL;
}

/* Its signals are the program's other threads'. */
void gl_helper_start(void)
{
	pthread_attr_t a;
	sigset_t all, old;
	pthread_t t;

	if (pthread_attr_init(&a) != 0)
		return;
	(void)pthread_attr_setstacksize(&a, STACK_BYTES);
	(void)pthread_attr_setdetachstate(&a, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (pthread_create(&t, &a, keep_link, gl_process) == 0)
		(void)pthread_setname_np(t, "genlog");
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&a);
}
