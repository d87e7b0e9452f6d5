/*
 * In the place of systemd: starts an agent, keeps the descriptors that it asks to have kept, and hands them to the next
 * one.
 *
 *	emit_holder SOCKET PROGRAM ARG...        SIGUSR1: the agent is killed, and started again; SIGTERM: the end
 *
 * Nobody outlives it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEPT_MAX 64

static struct {
	int fd;
	char name[256];
} kept[KEPT_MAX];
static int n_kept;

static void forget(const char *name)
{
	for (int i = 0; i < n_kept; i++)
		if (strcmp(kept[i].name, name) == 0) {
			close(kept[i].fd);
			kept[i--] = kept[--n_kept];
		}
}

static int take_fd(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	int fd = -1;

	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

/* 0: there is no message. */
static int take_message(int sock)
{
	char text[512], room[CMSG_SPACE(sizeof(int))], *name;
	struct iovec v = {text, sizeof(text) - 1};
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room)};
	ssize_t n = recvmsg(sock, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	int fd;

	if (n < 0)
		return 0;
	text[n] = 0;
	fd = take_fd(&m);
	name = strstr(text, "FDNAME=");
	if (name) {
		name += 7;
		name[strcspn(name, "\n")] = 0;
	}
	if (name && strncmp(text, "FDSTOREREMOVE=1", 15) == 0)
		forget(name);
	else if (name && fd >= 0 && n_kept < KEPT_MAX) {
		kept[n_kept].fd = fd;
		snprintf(kept[n_kept++].name, sizeof(kept->name), "%s", name);
		return 1;
	}
	if (fd >= 0)
		close(fd);
	return 1;
}

static void run(const char *socket_path, char **argv)
{
	char names[KEPT_MAX * 130] = "", number[16];
	sigset_t none;
	int high[KEPT_MAX];

	for (int i = 0; i < n_kept; i++)
		high[i] = fcntl(kept[i].fd, F_DUPFD_CLOEXEC, 200);
	for (int i = 0; i < n_kept; i++) {
		size_t at = strlen(names);

		dup2(high[i], 3 + i);
		snprintf(names + at, sizeof(names) - at, "%s%s", i ? ":" : "", kept[i].name);
	}
	snprintf(number, sizeof(number), "%d", (int)getpid());
	setenv("LISTEN_PID", number, 1);
	snprintf(number, sizeof(number), "%d", n_kept);
	setenv("LISTEN_FDS", number, 1);
	setenv("LISTEN_FDNAMES", names, 1);
	setenv("NOTIFY_SOCKET", socket_path, 1);
	setenv("FDSTORE", "64", 1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv(argv[0], argv);
	_exit(127);
}

static pid_t start(const char *socket_path, char **argv)
{
	pid_t pid = fork();

	if (pid == 0)
		run(socket_path, argv);
	return pid;
}

int main(int argc, char **argv)
{
	struct sockaddr_un u = {.sun_family = AF_UNIX};
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), signals;
	struct signalfd_siginfo info;
	sigset_t set;
	pid_t pid;

	if (argc < 3)
		return 2;
	snprintf(u.sun_path, sizeof(u.sun_path), "%s", argv[1]);
	if (sock < 0 || bind(sock, (const void *)&u, sizeof(u)) < 0)
		return 3;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	pid = start(argv[1], argv + 2);
	for (;;) {
		struct pollfd f[] = {{sock, POLLIN, 0}, {signals, POLLIN, 0}};

		if (poll(f, 2, -1) < 0 && errno != EINTR)
			return 4;
		while (take_message(sock)) {
		}
		if (!(f[1].revents & POLLIN) || read(signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
			continue;
		kill(pid, info.ssi_signo == SIGTERM ? SIGTERM : SIGKILL);
		waitpid(pid, NULL, 0);
		while (take_message(sock)) {
		}
		if (info.ssi_signo == SIGTERM)
			return 0;
		pid = start(argv[1], argv + 2);
	}
}
