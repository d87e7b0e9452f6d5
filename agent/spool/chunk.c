#include <errno.h>

#include "base/buf.h"
#include "base/crc.h"
#include "base/io.h"
#include "spool/state.h"

static int fill(struct chunk *c, int fd, uint64_t at, size_t want)
{
	ssize_t n;
	int r;

	c->buf->n = 0;
	r = genlog_buf_reserve(c->buf, want);
	if (r < 0)
		return r;
	n = io_read(fd, c->buf->p, want, (off_t)at);
	if (n < 0)
		return (int)n;
	c->buf->n = (size_t)n;
	c->at = at;
	c->pos = 0;
	return 0;
}

int chunk_read(struct chunk *c, int fd, uint64_t at, uint64_t limit, size_t want)
{
	struct frame_header h;
	size_t left = (size_t)(limit - at);
	int r = fill(c, fd, at, want < left ? want : left);

	if (r < 0 || frame_header_read(c->buf->p, c->buf->n, &h, c->salt) < 0)
		return r;
	if (frame_size(&h) > c->buf->n && frame_size(&h) <= left)
		r = fill(c, fd, at, frame_size(&h));
	return r;
}

static enum chunk_found damage(struct chunk *c, struct frame_header *h, size_t n, size_t *len)
{
	h->docs = 0;
	*len = n;
	c->pos += n;
	return CHUNK_DAMAGE;
}

enum chunk_found chunk_next(struct chunk *c, struct frame_header *h, const uint8_t **payload, size_t *len)
{
	const uint8_t *p = c->buf->p + c->pos;
	size_t left = c->buf->n - c->pos, size;

	if (left < FRAME_HEADER)
		return CHUNK_END;
	if (frame_header_read(p, left, h, c->salt) < 0)
		return damage(c, h, frame_search(p, left, 8, c->salt), len);
	size = frame_size(h);
	if (size > left)
		return CHUNK_END;
	*payload = p + h->header_len;
	*len = h->payload_len;
	if (crc32c(0, *payload, *len) != h->payload_crc) {
		c->pos += size;
		*len = size;
		return CHUNK_DAMAGE;
	}
	c->pos += size;
	return CHUNK_FRAME;
}
