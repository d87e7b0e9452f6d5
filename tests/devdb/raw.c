#include "raw.h"

#include <assert.h>
#include <endian.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { HEADER = 16, MSG_FIELDS = 5, DEADLINE_SECONDS = 10 };

void raw_open(struct raw *r, int port)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval deadline = {DEADLINE_SECONDS, 0};

	r->fd = socket(AF_INET, SOCK_STREAM, 0);
	r->n = 0;
	assert(r->fd >= 0);
	setsockopt(r->fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline));
	if (connect(r->fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
		close(r->fd);
		r->fd = -1;
	}
}

void raw_close(struct raw *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
}

void raw_put(struct raw *r, const void *p, size_t n)
{
	assert(r->n + n <= sizeof(r->out));
	memcpy(r->out + r->n, p, n);
	r->n += n;
}

void raw_put32(struct raw *r, uint32_t v)
{
	v = htole32(v);
	raw_put(r, &v, sizeof(v));
}

void raw_begin(struct raw *r, int32_t op)
{
	r->n = 0;
	raw_put32(r, 0);
	raw_put32(r, 1);
	raw_put32(r, 0);
	raw_put32(r, (uint32_t)op);
}

void raw_body(struct raw *r, uint32_t flags, const char *json)
{
	bson_error_t error;
	bson_t *doc = bson_new_from_json((const uint8_t *)json, -1, &error);

	assert(doc);
	raw_put32(r, flags);
	raw_put(r, "", 1);
	raw_put(r, bson_get_data(doc), doc->len);
	bson_destroy(doc);
}

void raw_send_length(struct raw *r, uint32_t length)
{
	length = htole32(length);
	memcpy(r->out, &length, sizeof(length));
	send(r->fd, r->out, r->n, MSG_NOSIGNAL);
}

void raw_send(struct raw *r)
{
	raw_send_length(r, (uint32_t)r->n);
}

static bool read_all(int fd, uint8_t *p, size_t n)
{
	while (n) {
		ssize_t k = recv(fd, p, n, 0);

		if (k <= 0)
			return false;
		p += k;
		n -= (size_t)k;
	}
	return true;
}

bool raw_answer(struct raw *r, bson_t *doc)
{
	uint8_t head[HEADER], in[65536];
	uint32_t n;
	bson_t view;

	if (!read_all(r->fd, head, sizeof(head)))
		return false;
	memcpy(&n, head, sizeof(n));
	n = le32toh(n) - HEADER;
	assert(n <= sizeof(in));
	if (!read_all(r->fd, in, n) || !bson_init_static(&view, in + MSG_FIELDS, n - MSG_FIELDS))
		return false;
	bson_copy_to(&view, doc);
	return true;
}

bool raw_is_silent(struct raw *r, int ms)
{
	struct pollfd on = {r->fd, POLLIN, 0};

	return poll(&on, 1, ms) == 0;
}
