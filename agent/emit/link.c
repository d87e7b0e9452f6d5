/* The agent's socket: the segment is handed over, and handed over again when another agent runs. */
#include "emit.h"

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define BACK_OFF_MS 20
#define BACK_OFF_MOST_MS 1000
#define REFUSED_MS 10000 /* another agent may want it */
#define STACK_BYTES (128U << 10)

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

void gl_answer_heed(const struct gl_answer *a)
{
	gl_level_take(a->level, a->recorder);
	__atomic_store_n(&gl_process->refused, (a->flags & GL_ANSWER_REFUSED) != 0, __ATOMIC_RELAXED);
}

/* ── the thread that keeps the connection, or looks after the file ── */

static int link_again(struct gl_process *p)
{
	int sock = gl_dial(gl_socket_path()), fd;

	if (sock < 0)
		return -1;
	gl_lock(true);
	fd = gl_segment_fd();
	if (fd < 0 || gl_hello(sock, fd, p->segment->uuid) < 0) {
		close(sock);
		sock = -1;
	}
	gl_fd_keep(sock);
	gl_unlock();
	__atomic_store_n(&p->linked, sock >= 0, __ATOMIC_RELAXED);
	return sock;
}

static void lose(struct gl_process *p, int *sock)
{
	__atomic_store_n(&p->linked, false, __ATOMIC_RELAXED);
	gl_lock(true);
	gl_fd_close(*sock);
	gl_unlock();
	*sock = -1;
}

/* Until the other side hangs up, or the number is another file's.  Whether it has said something that makes sense. */
static bool listen_to(struct gl_process *p, int *sock)
{
	struct pollfd f = {.fd = *sock, .events = POLLIN | POLLRDHUP};
	struct gl_answer a;

	if (poll(&f, 1, -1) < 0)
		return false;
	if (gl_fd_is_ours(*sock) && f.revents & POLLIN && gl_answer_take(*sock, 0, &a)) {
		gl_answer_heed(&a);
		return true;
	}
	lose(p, sock);
	return false;
}

/* An agent that takes a connection and drops it is not asked again at once, either. */
static void keep_link(struct gl_process *p)
{
	unsigned wait = BACK_OFF_MS;
	int sock = p->sock;

	for (;;) {
		while (sock >= 0)
			if (listen_to(p, &sock))
				wait = BACK_OFF_MS;
		if (__atomic_load_n(&p->refused, __ATOMIC_RELAXED))
			wait = REFUSED_MS;
		(void)poll(NULL, 0, (int)wait);
		wait = 2 * wait < BACK_OFF_MOST_MS ? 2 * wait : BACK_OFF_MOST_MS;
		sock = link_again(p);
	}
}

/* The agent says the level in the segment, and may wake us; an agent that does not is asked every second. */
static void keep_file(struct gl_process *p)
{
	const struct timespec second = {.tv_sec = 1};
	struct gl_segment *s = p->segment;

	for (;;) {
		uint32_t level = __atomic_load_n(&s->level, __ATOMIC_ACQUIRE);

		gl_level_take(level, __atomic_load_n(&s->recorder, __ATOMIC_RELAXED));
		syscall(SYS_futex, &s->level, FUTEX_WAIT, level, &second, NULL, 0);
	}
}

static void *help(void *arg)
{
	struct gl_process *p = arg;

	if (*p->path)
		keep_file(p);
	else
		keep_link(p);
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
	if (pthread_create(&t, &a, help, gl_process) == 0)
		(void)pthread_setname_np(t, "genlog");
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&a);
}
