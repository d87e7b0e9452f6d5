/* What is damaged in a spool that nobody has open is made good, as far as it can be. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/crc.h"
#include "base/io.h"
#include "spool/look.h"
#include "spool/state.h"

#define STEP ((uint64_t)1 << 20) /* a multiple of 8 */

static int open_to_write(struct look *l, size_t i)
{
	char name[SEGMENT_NAME];

	segment_name(name, l->segment[i].number);
	return io_open(l->s->dir, name, O_RDWR | O_NOFOLLOW, 0);
}

static int end(int fd, int r)
{
	if (r >= 0)
		r = io_sync(fd);
	close(fd);
	return r < 0 ? r : 0;
}

/* What is not kept is not overwritten. */
static int keep_copy(struct look *l, int fd, size_t i, uint64_t at, uint64_t size)
{
	uint8_t *bytes = mem_calloc(1, STEP);
	ssize_t n = 1;
	int r = bytes ? 0 : -ENOMEM;

	for (uint64_t done = 0; done < size && r == 0 && n > 0; done += (uint64_t)n) {
		n = io_read(fd, bytes, size - done < STEP ? size - done : STEP, (off_t)(at + done));
		r = n < 0 ? (int)n : quarantine(l->s, l->segment[i].number, at + done, bytes, (size_t)n);
		l->s->stats.damaged_bytes += r == 0 ? (uint64_t)n : 0;
	}
	free(bytes);
	return r;
}

/* A frame whose payload says that there is nothing in it. */
static int write_hole(struct look *l, int fd, const struct look_span *d, uint64_t done, size_t size)
{
	uint8_t *bytes = mem_calloc(1, size);
	struct frame_header h = {.kind = FRAME_HOLE, .header_len = FRAME_HEADER, .sequence = d->sequence};
	struct iovec v = {bytes, size};
	int r;

	if (!bytes)
		return -ENOMEM;
	h.payload_len = (uint32_t)(size - FRAME_HEADER);
	h.payload_crc = crc32c(0, bytes + FRAME_HEADER, h.payload_len);
	frame_header_write(bytes, &h, frame_salt(l->s->id, l->segment[d->segment].number));
	r = io_write_all(fd, &v, 1, (off_t)(d->at + done));
	free(bytes);
	return r;
}

/* The last piece takes what would be too little for one of its own. */
int look_put_aside(struct look *l, const struct look_span *d)
{
	int fd, r;

	if (d->size < FRAME_HEADER || d->size & 7)
		return -EINVAL;
	fd = open_to_write(l, d->segment);
	if (fd < 0)
		return fd;
	r = keep_copy(l, fd, d->segment, d->at, d->size);
	for (uint64_t done = 0; done < d->size && r == 0;) {
		uint64_t size = d->size - done < 2 * STEP ? d->size - done : STEP;

		r = write_hole(l, fd, d, done, (size_t)size);
		done += size;
	}
	return end(fd, r);
}

int look_cut(struct look *l, const struct look_span *d)
{
	int fd = open_to_write(l, d->segment), r;

	if (fd < 0)
		return fd;
	r = keep_copy(l, fd, d->segment, d->at, d->size);
	return end(fd, r < 0 ? r : io_truncate(fd, (off_t)d->at));
}

/* Boot 0 is no life of the kernel: what it says of the segments before it counts, and nothing else. */
int look_write_head(struct look *l, size_t i)
{
	struct segment_header h = {
		.version = SPOOL_VERSION, .number = l->segment[i].number, .created_ms = clock_wall_ms()};
	uint8_t bytes[SEGMENT_HEADER];
	struct iovec v = {bytes, sizeof(bytes)};
	int fd = open_to_write(l, i), r;

	if (fd < 0)
		return fd;
	r = keep_copy(l, fd, i, 0, SEGMENT_HEADER);
	memcpy(h.id, l->s->id, SPOOL_ID);
	segment_header_write(bytes, &h);
	return end(fd, r < 0 ? r : io_write_all(fd, &v, 1, 0));
}
