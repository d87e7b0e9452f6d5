/*
 * syslog_send: messages of RFC 5424 as fast as the other side takes them, each with its number.
 *
 *	syslog_send [-n COUNT] [-f FIRST] [-o] [-j] unix:PATH | unix-stream:PATH | tcp:PORT | udp:PORT
 *
 * -j: the message is JSON, {"n": NUMBER}.  -o: with their length in front, instead of a newline behind (streams). Waits
 *until somebody listens, and with TCP until the other side has read all.  Prints how many were sent; 1 when that
 *failed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BATCH 32
#define ROOM 512
#define TRIES 2000

struct sender {
	int fd;
	bool stream, counted, json;
	unsigned long n, first;
	unsigned long long state;
};

static unsigned below(struct sender *s, unsigned n)
{
	s->state ^= s->state << 13;
	s->state ^= s->state >> 7;
	s->state ^= s->state << 17;
	return (unsigned)((s->state * 0x2545f4914f6cdd1dULL) >> 33) % n;
}

static int message(struct sender *s, char *to, unsigned long i)
{
	static const char *const words[] = {"released", "started", "completed", "closed", "cancelled"};

	if (s->json)
		return snprintf(to, ROOM,
			"<134>1 2025-12-22T10:30:45.123Z host app 77 - - {\"n\":%lu,\"msg\":\"order %lu\"}", i, i);
	return snprintf(to, ROOM,
		"<%u>1 2025-12-22T10:%02u:%02u.%03uZ mes-host-%02u genims %u ORD47 [genims@32473 seq=\"%08lu\" "
		"line=\"%u\"] "
		"order %08lu %s by user %u on line %u in %u ms, %u units",
		128 + below(s, 8), below(s, 60), below(s, 60), below(s, 1000), below(s, 20), 1000 + below(s, 9000), i,
		below(s, 40), i, words[below(s, 5)], below(s, 5000), below(s, 40), below(s, 2000), below(s, 500));
}

/* ── connecting ── */

static int try_connect(struct sender *s, const char *address, int type, const struct sockaddr *to, socklen_t n)
{
	for (int i = 0; i < TRIES; i++) {
		s->fd = socket(to->sa_family, type, 0);
		if (s->fd >= 0 && connect(s->fd, to, n) == 0)
			return 0;
		close(s->fd);
		poll(NULL, 0, 5);
	}
	fprintf(stderr, "%s: %s\n", address, strerror(errno));
	return -1;
}

static int open_unix(struct sender *s, const char *address, const char *path)
{
	struct sockaddr_un u = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(u.sun_path))
		return -1;
	memcpy(u.sun_path, path, strlen(path));
	return try_connect(s, address, s->stream ? SOCK_STREAM : SOCK_DGRAM, (const void *)&u, sizeof(u));
}

static int open_inet(struct sender *s, const char *address, const char *port)
{
	struct sockaddr_in i = {.sin_family = AF_INET,
		.sin_port = htons((unsigned short)strtoul(port, NULL, 10)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	return try_connect(s, address, s->stream ? SOCK_STREAM : SOCK_DGRAM, (const void *)&i, sizeof(i));
}

static int open_address(struct sender *s, const char *a)
{
	const char *rest = strchr(a, ':');

	if (!rest++)
		return -1;
	s->stream = strncmp(a, "tcp:", 4) == 0 || strncmp(a, "unix-stream:", 12) == 0;
	return *a == 'u' && a[1] == 'n' ? open_unix(s, a, rest) : open_inet(s, a, rest);
}

/* ── sending ── */

static int send_datagrams(struct sender *s)
{
	static char text[BATCH][ROOM];
	struct iovec v[BATCH];
	struct mmsghdr m[BATCH];

	for (unsigned long i = 0; i < s->n;) {
		unsigned k = 0, done = 0;

		for (; k < BATCH && i + k < s->n; k++) {
			v[k] = (struct iovec){text[k], (size_t)message(s, text[k], s->first + i + k)};
			m[k] = (struct mmsghdr){.msg_hdr = {.msg_iov = &v[k], .msg_iovlen = 1}};
		}
		while (done < k) {
			int r = sendmmsg(s->fd, m + done, k - done, 0);

			if (r < 0 && errno != EINTR && errno != ENOBUFS)
				return -1;
			done += r > 0 ? (unsigned)r : 0;
		}
		i += k;
	}
	return 0;
}

static int write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t r = write(fd, p, n);

		if (r < 0)
			return -1;
		p += r;
		n -= (size_t)r;
	}
	return 0;
}

static int send_stream(struct sender *s)
{
	static char out[1 << 16];
	char one[ROOM], end;
	size_t n = 0;

	for (unsigned long i = 0; i < s->n; i++) {
		int len = message(s, one, s->first + i);

		if (n + ROOM + 16 > sizeof(out)) {
			if (write_all(s->fd, out, n) < 0)
				return -1;
			n = 0;
		}
		n += (size_t)snprintf(
			out + n, sizeof(out) - n, s->counted ? "%d %s" : "%.0d%s\n", s->counted ? len : 0, one);
	}
	if (write_all(s->fd, out, n) < 0 || shutdown(s->fd, SHUT_WR) < 0)
		return -1;
	return read(s->fd, &end, 1) == 0 ? 0 : -1; /* it closes when it has read all */
}

int main(int argc, char **argv)
{
	struct sender s = {.n = 1000, .state = 88172645463325252ULL};
	int c;

	while ((c = getopt(argc, argv, "n:f:oj")) != -1) {
		if (c == 'n')
			s.n = strtoul(optarg, NULL, 10);
		else if (c == 'f')
			s.first = strtoul(optarg, NULL, 10);
		else if (c == 'o')
			s.counted = true;
		else if (c == 'j')
			s.json = true;
		else
			return 2;
	}
	if (optind + 1 != argc || open_address(&s, argv[optind]) < 0)
		return 2;
	if ((s.stream ? send_stream(&s) : send_datagrams(&s)) < 0) {
		fprintf(stderr, "%s: %s\n", argv[optind], strerror(errno));
		return 1;
	}
	printf("%lu\n", s.n);
	return 0;
}
