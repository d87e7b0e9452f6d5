#include <errno.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crc.h"
#include "base/io.h"
#include "spool/state.h"

#define SPACE_EVERY (16LL << 20)

static uint32_t payload_crc(const struct iovec *v, int n)
{
	uint32_t crc = 0;

	for (int i = 0; i < n; i++)
		crc = crc32c(crc, v[i].iov_base, v[i].iov_len);
	return crc;
}

/* The header's checksum of the payload and its length are set by the caller.  `end` moves only when all is written. */
int frame_write(struct spool *s, struct segment *g, struct frame_header *h, const struct iovec *payload, int n)
{
	static const uint8_t zeros[8];
	uint8_t head[FRAME_HEADER];
	struct iovec v[BATCH_IOV + 2] = {{head, FRAME_HEADER}};
	size_t size;
	int r;

	h->header_len = FRAME_HEADER;
	frame_header_write(head, h, g->salt);
	size = frame_size(h);
	for (int i = 0; i < n; i++)
		v[i + 1] = payload[i];
	v[n + 1] = (struct iovec){(void *)(uintptr_t)zeros, size - FRAME_HEADER - h->payload_len};
	r = io_write_all(g->fd, v, n + 2, (off_t)g->end);
	if (r < 0)
		return r;
	g->end += size;
	s->bytes += size;
	if (s->space_checked >= 0)
		s->space_checked += (int64_t)size;
	g->durable = false;
	return 0;
}

static bool all_durable(const struct spool *s)
{
	for (const struct segment *g = s->first; g; g = g->next)
		if (!g->durable)
			return false;
	return true;
}

static int write_snapshot(struct spool *s, struct segment *g)
{
	struct frame_header h = {.kind = FRAME_SNAPSHOT, .sequence = s->sequence};
	struct frame_counts c = {.positions = (uint32_t)s->positions.n};
	uint8_t sections[FRAME_SECTIONS];
	struct iovec v[2] = {{sections, sizeof(sections)}};
	int r;

	s->scratch.n = 0;
	r = positions_write(&s->positions, &s->scratch);
	if (r < 0)
		return r;
	c.position_len = (uint32_t)s->scratch.n;
	frame_sections_write(sections, &c);
	v[1] = (struct iovec){s->scratch.p, s->scratch.n};
	h.flags = s->conf.sync_ms == SPOOL_SYNC_NEVER || all_durable(s) ? FRAME_DURABLE_BEFORE : 0;
	h.payload_len = (uint32_t)(FRAME_SECTIONS + s->scratch.n);
	h.payload_crc = payload_crc(v, 2);
	return frame_write(s, g, &h, v, 2);
}

static int names_sync(struct spool *s)
{
	int r = s->dir_dirty ? io_sync_dir(s->dir) : 0;

	if (r == 0)
		s->dir_dirty = false;
	return r;
}

/* The last frame.  Whether the others are durable does not hang on this one. */
static void seal(struct spool *s, struct segment *g)
{
	struct frame_header h = {.kind = FRAME_SEAL, .sequence = s->sequence};
	bool durable = g->durable;

	if (frame_write(s, g, &h, NULL, 0) == 0)
		g->sealed = true;
	g->durable = durable;
	(void)io_truncate(g->fd, (off_t)g->end); /* gives back what was allocated and not used; nothing depends on it */
}

/*
 * A new last segment, complete with its snapshot before it counts.  The old one is sealed first: a crash in between
 * finds it as the last one still, and cuts off what a file that was used again has behind its end.
 */
int spool_roll(struct spool *s)
{
	uint64_t number = s->last ? s->last->number + 1 : 1;
	struct segment *g;
	char name[SEGMENT_NAME];
	int r;

	if (number <= s->cursor.at.segment)
		number = s->cursor.at.segment + 1;
	if (s->last && !s->last->sealed)
		seal(s, s->last);
	r = segment_create(s, number, &g);
	if (r < 0)
		return r;
	s->bytes += g->end;
	r = write_snapshot(s, g);
	if (r == 0 && s->conf.sync_ms == SPOOL_SYNC_ALWAYS)
		r = names_sync(s);
	if (r < 0) {
		s->bytes -= g->end;
		segment_name(name, number);
		(void)io_unlink(s->dir, name);
		segment_free(g);
		return r;
	}
	if (s->last)
		s->last->next = g;
	else
		s->first = g;
	s->last = g;
	s->stats.segments++;
	return 0;
}

static int64_t free_wanted(const struct spool *s, const struct statvfs *v)
{
	if (s->conf.min_free >= 0)
		return s->conf.min_free;
	return (int64_t)((double)v->f_blocks * (double)v->f_frsize * (double)-s->conf.min_free / 100.0);
}

static bool space_is_short(struct spool *s)
{
	struct statvfs v;

	if (s->space_checked >= 0 && s->space_checked < SPACE_EVERY && !s->no_space)
		return false;
	s->space_checked = 0;
	if (fstatvfs(s->dir, &v) < 0)
		return s->no_space;
	s->no_space = (int64_t)v.f_bavail * (int64_t)v.f_frsize < free_wanted(s, &v);
	return s->no_space;
}

/* Where nothing waits there is nothing that could make room: then a frame is taken that is larger than there should be.
 */
static bool is_full(struct spool *s, size_t size)
{
	bool waits = s->sequence > s->cursor.at.sequence;

	return (waits && (int64_t)(s->bytes + size) > s->conf.max_size) || space_is_short(s);
}

/* Segments that could not be dropped when they were read, or were not before a crash, must not fill it for ever. */
static int make_room(struct spool *s, size_t size)
{
	s->stats.full = is_full(s, size);
	if (s->stats.full && drop_read_segments(s) == 0)
		s->stats.full = is_full(s, size);
	if (s->stats.full)
		return -EAGAIN;
	if (!s->last || s->last->sealed || s->last->end + size > (uint64_t)s->conf.segment_size)
		return spool_roll(s);
	return segment_open(s, s->last);
}

/* A frame that could not be made durable is as if it had never been written: the next one takes its place. */
static int sync_now(struct spool *s, size_t size)
{
	int r = s->conf.sync_ms == SPOOL_SYNC_ALWAYS ? io_sync(s->last->fd) : 0;

	if (r < 0) {
		s->last->end -= size;
		s->bytes -= size;
	}
	return r;
}

/*
 * Without memory for a new position the older one stays, and goes into the next snapshot: what lies between is read
 * again after a restart, and known by its _id.
 */
static void appended(struct spool *s, const struct frame_header *h, const struct spool_batch *b)
{
	bool first = s->sequence == s->read_sequence;
	int64_t now = clock_ms();

	if (h->docs && first)
		s->waiting_since = now;
	if (h->docs)
		age_come(&s->age, s->sequence, s->cursor.at.sequence, now);
	s->sequence += h->docs;
	s->stats.docs_in += h->docs;
	if (b->position_n)
		(void)positions_apply(&s->positions, b->positions.p, b->positions.n);
	if (first || take_is_ripe(s, &s->asked, now)) /* else its end of lingering wakes it soon enough */
		pthread_cond_signal(&s->more);
}

/* With the frame just written, whose bytes the batch has still. */
static void keep(struct spool *s, const struct frame_header *h, struct spool_batch *b)
{
	const struct frame_place place = {s->last->number, s->last->end - frame_size(h), s->last->end, h->sequence};

	if (h->docs && s->reading)
		fresh_put(&s->fresh, b, &place, &(struct frame_place){.segment = s->reading->number, .at = s->read_at});
}

static int append(struct spool *s, struct spool_batch *b, bool give)
{
	struct frame_header h = {.kind = b->kind ? b->kind : FRAME_BATCH, .docs = b->doc_n, .header_len = FRAME_HEADER};
	struct iovec v[BATCH_IOV];
	size_t size;
	int n, r;

	size = batch_payload(b, v, &n);
	if (size > FRAME_PAYLOAD_MAX)
		return -E2BIG;
	h.payload_len = (uint32_t)size;
	h.payload_crc = payload_crc(v, n);
	pthread_mutex_lock(&s->lock);
	r = make_room(s, frame_size(&h));
	h.sequence = s->sequence;
	if (r == 0)
		r = frame_write(s, s->last, &h, v, n);
	if (r == 0)
		r = sync_now(s, frame_size(&h));
	if (r == 0)
		appended(s, &h, b);
	if (r == 0 && give)
		keep(s, &h, b);
	pthread_mutex_unlock(&s->lock);
	return r;
}

int spool_append(struct spool *s, struct spool_batch *b)
{
	return append(s, b, false);
}

int spool_give(struct spool *s, struct spool_batch *b)
{
	int r = append(s, b, true);

	if (r == 0)
		batch_clear(b);
	return r;
}

static struct segment *not_durable(struct spool *s)
{
	struct segment *g = s->first;

	while (g && g->durable)
		g = g->next;
	return g;
}

/* The oldest first, so that what is durable is always a beginning.  The lock is not held while the disk works. */
int spool_sync(struct spool *s)
{
	struct segment *g;
	int r;

	pthread_mutex_lock(&s->sync_lock);
	pthread_mutex_lock(&s->lock);
	r = names_sync(s);
	while (r == 0 && (g = not_durable(s))) {
		uint64_t end = g->end, number = g->number;
		int fd = dup(g->fd);

		pthread_mutex_unlock(&s->lock);
		r = fd < 0 ? -errno : io_sync(fd);
		if (fd >= 0)
			close(fd);
		pthread_mutex_lock(&s->lock);
		g = not_durable(s); /* it may have been acknowledged and dropped meanwhile */
		if (r == 0 && g && g->number == number && g->end == end)
			g->durable = true;
		else if (g == s->last)
			break; /* it has grown: the next sync */
	}
	pthread_mutex_unlock(&s->lock);
	pthread_mutex_unlock(&s->sync_lock);
	return r;
}
