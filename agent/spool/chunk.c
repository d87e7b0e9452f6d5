#include <errno.h>

#include "base/buf.h"
#include "base/crc.h"
#include "base/io.h"
#include "spool/state.h"

/* Small frames come many at a time; of a large one its header comes first, then the rest. */
#define READ_LEAST 16384
#define SEARCH_STEP (1u << 20)

void chunk_begin(struct chunk *c, struct genlog_buf *buf, int fd, uint64_t at, uint64_t limit, uint32_t salt)
{
	buf->n = 0;
	*c = (struct chunk){.buf = buf, .fd = fd, .at = at, .limit = limit, .salt = salt};
}

void chunk_forget(struct chunk *c)
{
	memmove(c->buf->p, c->buf->p + c->pos, c->buf->n - c->pos);
	c->buf->n -= c->pos;
	c->at += c->pos;
	c->pos = 0;
}

/* Makes `need` bytes from pos on be there, or as many as the file has.  How many there are, or -errno. */
static ssize_t have(struct chunk *c, size_t need)
{
	uint64_t end = c->at + c->buf->n;
	size_t there = c->buf->n - c->pos, want;
	ssize_t n;

	if (there >= need || end >= c->limit)
		return (ssize_t)there;
	want = need - there < READ_LEAST ? READ_LEAST : need - there;
	if (want > c->limit - end)
		want = (size_t)(c->limit - end);
	if (genlog_buf_reserve(c->buf, want) < 0)
		return -ENOMEM;
	n = io_read(c->fd, c->buf->p + c->buf->n, want, (off_t)end);
	if (n < 0)
		return n;
	c->buf->n += (size_t)n;
	if ((size_t)n < want)
		c->limit = c->at + c->buf->n; /* shorter than it was: somebody cut it */
	return (ssize_t)(c->buf->n - c->pos);
}

static int damage(struct chunk *c, struct chunk_frame *f, size_t n)
{
	f->payload = c->pos;
	f->len = n;
	c->pos += n;
	return CHUNK_DAMAGE;
}

/* No frame begins here: all up to the next one that does, a step at a time.  One may begin where the step ends. */
static int search(struct chunk *c, struct chunk_frame *f)
{
	ssize_t n = have(c, SEARCH_STEP);
	size_t at;

	f->header.docs = 0;
	if (n < 0)
		return (int)n;
	at = frame_search(c->buf->p + c->pos, (size_t)n, 8, c->salt);
	if (at == (size_t)n && c->at + c->buf->n < c->limit)
		at = ((size_t)n & ~(size_t)7) - FRAME_HEADER + 8;
	return damage(c, f, at);
}

int chunk_next(struct chunk *c, struct chunk_frame *f)
{
	ssize_t n = have(c, FRAME_HEADER);
	size_t size;

	if (n < FRAME_HEADER)
		return n < 0 ? (int)n : CHUNK_END;
	if (frame_header_read(c->buf->p + c->pos, (size_t)n, &f->header, c->salt) < 0)
		return search(c, f);
	size = frame_size(&f->header);
	n = have(c, size);
	if (n < 0)
		return (int)n;
	if ((size_t)n < size) /* it promises more than there is: a write that was cut off */
		return search(c, f);
	f->payload = c->pos + f->header.header_len;
	f->len = f->header.payload_len;
	if (crc32c(0, c->buf->p + f->payload, f->len) != f->header.payload_crc)
		return damage(c, f, size);
	c->pos += size;
	return CHUNK_FRAME;
}
