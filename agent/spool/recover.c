/*
 * What the last run left.  The newest segment alone restores the state: its first frame is a snapshot of all
 * positions.  Only after a power cut older ones are looked at too, back to one that says all before it was durable,
 * since then frames may be missing whose positions a later snapshot has taken in.  Positions behind a hole do not
 * count either: better read again, and known by its _id, than lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/io.h"
#include "spool/state.h"

struct start {
	bool whole; /* header and snapshot are good */
	struct segment_header header;
	uint8_t flags;
	uint64_t sequence;
};

static uint64_t boot_now(void)
{
	char id[64];
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, id, sizeof(id));

	if (fd >= 0)
		close(fd);
	return n > 0 ? hash64(id, (size_t)n, 0) : 0;
}

/* How a segment begins.  0, -ENOTSUP, or -errno of the disk. */
static int look(struct spool *s, struct segment *g, struct start *at)
{
	uint8_t bytes[SEGMENT_HEADER + FRAME_HEADER];
	struct frame_header h;
	ssize_t n;
	int r = segment_open(s, g);

	*at = (struct start){0};
	if (r < 0)
		return r;
	n = io_read(g->fd, bytes, sizeof(bytes), 0);
	if (n < 0)
		return (int)n;
	r = segment_header_read(bytes, (size_t)n, &at->header);
	if (r < 0)
		return r == -ENOTSUP ? r : 0;
	if (n < (ssize_t)sizeof(bytes) ||
		frame_header_read(bytes + SEGMENT_HEADER, FRAME_HEADER, &h, frame_salt(at->header.id, g->number)) < 0)
		return 0;
	at->whole =
		h.kind == FRAME_SNAPSHOT && at->header.number == g->number && SEGMENT_HEADER + frame_size(&h) <= g->end;
	at->flags = h.flags;
	at->sequence = h.sequence;
	return 0;
}

struct scan {
	struct spool *s;
	struct segment *g;
	bool take_positions;
	bool first; /* this one's snapshot counts; that of a later segment says nothing new */
	uint64_t good_end;
	bool sealed;
	bool damaged, holed; /* bytes that are no frame; a frame behind such */
	int r;
};

static void scan_frame(struct scan *c, const struct frame_header *h, const uint8_t *payload, size_t len)
{
	struct spool *s = c->s;
	struct frame_body b;

	if (s->sequence < h->sequence + h->docs)
		s->sequence = h->sequence + h->docs;
	c->sealed = h->kind == FRAME_SEAL;
	c->damaged |= h->kind == FRAME_HOLE;
	c->holed = c->damaged;
	if (c->sealed || c->holed || !c->take_positions || (h->kind == FRAME_SNAPSHOT && !c->first))
		return;
	if (h->kind == FRAME_SNAPSHOT)
		positions_fini(&s->positions);
	c->r = frame_body_read(payload, len, &b);
	if (c->r == 0)
		c->r = positions_apply(&s->positions, b.position_p, b.position_len);
	if (c->r == -EBADMSG)
		c->r = 0;
}

/* Every good frame of a segment; good_end is behind the last of them. */
static int scan(struct scan *c)
{
	struct chunk_frame f;
	struct chunk k;
	int found = 0;

	c->good_end = SEGMENT_HEADER;
	chunk_begin(&k, &c->s->scratch, c->g->fd, SEGMENT_HEADER, c->g->end, c->g->salt);
	while (c->r == 0 && (found = chunk_next(&k, &f)) > CHUNK_END) {
		if (found == CHUNK_FRAME) {
			scan_frame(c, &f.header, k.buf->p + f.payload, f.len);
			c->good_end = k.at + k.pos;
		} else {
			c->damaged = true;
		}
		chunk_forget(&k);
	}
	return c->r < 0 ? c->r : found;
}

/* From where positions have to be gathered: the newest segment that can be trusted with all before it. */
static int find_start(struct spool *s, struct segment **from, struct genlog_err *err)
{
	struct segment *start = NULL;
	struct start at;

	for (struct segment *g = s->first; g; g = g->next) {
		int r = look(s, g, &at);

		if (r == -ENOTSUP)
			return genlog_fail(err, ENOTSUP,
				"spool %s: segment %016llx has format %u; this genlog reads format %d", s->path,
				(unsigned long long)g->number, at.header.version, SPOOL_VERSION);
		if (r < 0)
			return genlog_fail(err, -r, "spool %s: segment %016llx cannot be read", s->path,
				(unsigned long long)g->number);
		if (at.whole && (!start || at.header.boot == s->boot || at.flags & FRAME_DURABLE_BEFORE))
			start = g;
		if (at.header.version == SPOOL_VERSION)
			memcpy(s->id, at.header.id, SPOOL_ID);
		if (g != s->last && g != start) {
			close(g->fd);
			g->fd = -1;
		}
	}
	*from = start;
	return 0;
}

/* The last segment goes on behind its last good frame; what an interrupted write left there is cut off. */
static int cut_tail(struct spool *s, struct segment *g, uint64_t good_end)
{
	uint64_t torn = g->end > good_end ? g->end - good_end : 0;
	struct start at;

	if (!torn)
		return 0;
	if (look(s, g, &at) == 0 && at.header.number == g->number && !(at.header.flags & SEGMENT_REUSED))
		s->stats.torn_bytes += torn; /* else most of it is what the file held before */
	s->bytes -= torn;
	g->end = good_end;
	return io_truncate(g->fd, (off_t)good_end);
}

/* Without a segment to start from nothing is known of positions, and nothing is cut: the frames alone count. */
static int gather(struct spool *s, struct segment *from)
{
	bool trusted = from != NULL;
	int r = 0;

	for (struct segment *g = from ? from : s->first; g && r == 0; g = g->next) {
		struct scan c = {.s = s, .g = g, .take_positions = trusted, .first = g == from};

		r = segment_open(s, g);
		if (r == 0)
			r = scan(&c);
		if (r == 0 && g == s->last && from)
			r = cut_tail(s, g, c.good_end);
		g->sealed = c.sealed || c.holed;
		g->durable = false;
		trusted = trusted && c.sealed && !c.holed;
	}
	return r;
}

static void drop_last(struct spool *s)
{
	struct segment **at = &s->first;
	char name[SEGMENT_NAME];

	while (*at != s->last)
		at = &(*at)->next;
	segment_name(name, (*at)->number);
	(void)io_unlink(s->dir, name); /* else it is found again at the next start, as empty as now */
	s->bytes -= (*at)->end;
	segment_free(*at);
	*at = NULL;
	s->last = s->first;
	while (s->last && s->last->next)
		s->last = s->last->next;
}

/*
 * A newest segment that was torn at its birth has no snapshot: it restores nothing, and is not written on.  Without a
 * frame it goes; else what is in it is shipped.  Either way another one follows.
 */
static int judge_last(struct spool *s)
{
	struct start at;
	int r = s->last ? look(s, s->last, &at) : 0;

	if (r < 0 || !s->last || at.whole)
		return r;
	if (s->last->end < SEGMENT_HEADER + FRAME_HEADER + FRAME_SECTIONS)
		drop_last(s);
	if (s->last)
		s->last->sealed = true;
	return 0;
}

/*
 * More was acknowledged than the segments have: a power cut took their end and left the cursor.  What is written from
 * now on must not come to lie before the cursor, so it goes into a segment of its own.
 */
static bool cursor_is_beyond(const struct spool *s)
{
	const struct cursor_slot *at = &s->cursor.at;

	return at->turn && s->last &&
	       (at->segment > s->last->number || (at->segment == s->last->number && at->offset > s->last->end));
}

void spool_read_from_cursor(struct spool *s)
{
	const struct cursor_slot *at = &s->cursor.at;
	struct segment *g = s->first;
	struct start start;

	while (at->turn && g->next && g->number < at->segment)
		g = g->next;
	s->reading = g;
	s->read_at = SEGMENT_HEADER;
	s->read_sequence = at->sequence;
	if (at->turn && g->number == at->segment)
		s->read_at = at->offset < g->end ? at->offset : g->end;
	if (at->turn && g->number < at->segment)
		s->read_at = g->end;
	if (!at->turn && look(s, g, &start) == 0 && start.whole)
		s->read_sequence = start.sequence;
	if (s->sequence < s->read_sequence)
		s->sequence = s->read_sequence;
}

/* It stands in every segment and in the cursor. */
static int find_id(struct spool *s, bool have_cursor)
{
	static const uint8_t none[SPOOL_ID];

	if (memcmp(s->id, none, SPOOL_ID) != 0)
		return 0;
	if (have_cursor) {
		memcpy(s->id, s->cursor.at.id, SPOOL_ID);
		return 0;
	}
	return getrandom(s->id, SPOOL_ID, 0) == SPOOL_ID ? 0 : -errno;
}

/* A spool without a cursor gets one at once, as a second witness of its id: without that no frame can be read. */
static int cursor_begin(struct spool *s)
{
	s->cursor.at.segment = s->reading->number;
	s->cursor.at.offset = s->read_at;
	s->cursor.at.sequence = s->read_sequence;
	return cursor_store(s);
}

static int take_up(struct spool *s, struct segment *from, bool have_cursor)
{
	int r = gather(s, from);

	if (r == 0)
		r = judge_last(s);
	if (s->sequence < s->cursor.at.sequence)
		s->sequence = s->cursor.at.sequence;
	if (r == 0 && (!s->last || s->last->sealed || cursor_is_beyond(s)))
		r = spool_roll(s);
	if (r < 0)
		return r;
	spool_read_from_cursor(s);
	return have_cursor ? 0 : cursor_begin(s);
}

int spool_recover(struct spool *s, struct genlog_err *err)
{
	int have_cursor = cursor_open(s, err);
	struct segment *from = NULL;
	int r;

	if (have_cursor < 0)
		return have_cursor;
	s->boot = boot_now();
	r = segments_list(s, err);
	if (r == 0)
		r = find_start(s, &from, err);
	if (r < 0)
		return r;
	r = find_id(s, have_cursor == 1);
	for (struct segment *g = s->first; g; g = g->next)
		g->salt = frame_salt(s->id, g->number);
	spare_drop(s);
	if (r == 0)
		r = take_up(s, from, have_cursor == 1);
	return r < 0 ? genlog_fail(err, -r, "spool %s cannot be read", s->path) : 0;
}
