/* The unix socket of control.h, both ends of it. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "control.h"
#include "gate.h"

enum { LINE_SIZE = 1024 };

struct served {
	struct gate *gate;
	int fd;
};

static int address(struct sockaddr_un *a, const char *path)
{
	*a = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(a->sun_path))
		return -ENAMETOOLONG;
	memcpy(a->sun_path, path, strlen(path) + 1);
	return 0;
}

/* Up to the end of the line or of the connection. */
static void read_line(int fd, char *line, size_t size)
{
	size_t n = 0;
	ssize_t k = 1;

	while (k > 0 && n < size - 1 && !memchr(line, '\n', n)) {
		k = recv(fd, line + n, size - 1 - n, 0);
		n += k > 0 ? (size_t)k : 0;
	}
	line[n] = '\0';
}

static void serve_one(struct gate *g, int fd)
{
	char line[LINE_SIZE], out[LINE_SIZE];
	size_t n;

	read_line(fd, line, sizeof(line));
	control_run(g, line, out, sizeof(out) - 1);
	n = strlen(out);
	out[n++] = '\n';
	if (send(fd, out, n, MSG_NOSIGNAL) < 0)
		fprintf(stderr, "wiregw: control: %s\n", strerror(errno));
	close(fd);
}

static void *control_main(void *arg)
{
	struct served s = *(struct served *)arg;

	free(arg);
	for (;;) {
		int fd = accept4(s.fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0)
			serve_one(s.gate, fd);
		else if (errno != EINTR && errno != ECONNABORTED)
			return NULL;
	}
}

static int listen_at(const char *path)
{
	struct sockaddr_un a;
	int r = address(&a, path);
	int fd = r < 0 ? -1 : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (r < 0)
		return r;
	unlink(path);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(fd, 8) == 0)
		return fd;
	r = -errno;
	if (fd >= 0)
		close(fd);
	return r;
}

int control_start(struct gate *g, const char *path)
{
	int fd = listen_at(path);
	struct served *s = fd < 0 ? NULL : malloc(sizeof(*s));
	pthread_t thread;
	int r;

	if (!s)
		return fd < 0 ? fd : -ENOMEM;
	*s = (struct served){g, fd};
	r = pthread_create(&thread, NULL, control_main, s);
	if (r == 0)
		pthread_detach(thread);
	return -r;
}

int control_send(const char *path, const char *line)
{
	struct sockaddr_un a;
	char out[LINE_SIZE];
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || address(&a, path) < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
		dprintf(fd, "%s\n", line) < 0) {
		fprintf(stderr, "wiregw: %s: %s\n", path, strerror(errno));
		return 1;
	}
	read_line(fd, out, sizeof(out));
	close(fd);
	fputs(out, stdout);
	return strncmp(out, "error", 5) != 0 && *out ? 0 : 1;
}
