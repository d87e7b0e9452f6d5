#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/io.h"
#include "spool/state.h"

static uint64_t unsent(const struct spool *s)
{
	return s->sequence - s->read_sequence;
}

/* Bytes may lie there without documents: snapshots, positions alone.  They are passed over without lingering. */
static bool something_lies(const struct spool *s)
{
	return s->reading && (s->read_at < s->reading->end || s->reading->next);
}

bool take_is_ripe(const struct spool *s, const struct take_limits *l, int64_t now)
{
	uint64_t n = unsent(s);

	if (!something_lies(s))
		return false;
	return n == 0 || n >= l->docs || s->read_sequence < s->flush_to || s->reading->next ||
	       s->reading->end - s->read_at >= l->bytes || now - s->waiting_since >= l->linger_ms;
}

static void wait_until(struct spool *s, int64_t ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	pthread_cond_timedwait(&s->more, &s->lock, &t);
}

static int wait_ripe(struct spool *s, const struct take_limits *l)
{
	int64_t now = clock_ms(), until = now + l->wait_ms, at;

	s->asked = *l;
	while (!s->stopping && !take_is_ripe(s, l, now)) {
		if (now >= until)
			return 0;
		at = something_lies(s) && s->waiting_since + l->linger_ms < until ? s->waiting_since + l->linger_ms
										  : until;
		wait_until(s, at > now ? at : now + 1);
		now = clock_ms();
	}
	return s->stopping ? -ESHUTDOWN : 1;
}

static void frame_add(struct spool_take *t, uint64_t sequence, uint32_t docs)
{
	t->frame[t->frames++] = (struct spool_frame){.sequence = sequence, .docs = docs};
	t->docs += docs;
	t->sequence_end = sequence + docs;
}

/* What is in memory still.  true: there was something, and nothing needs to be read. */
static bool take_fresh(struct spool *s, struct spool_take *t, const struct take_limits *l)
{
	struct fresh_frame *x;
	size_t bytes = 0;

	while (t->n_held < FRESH_FRAMES && t->docs < l->docs && bytes < l->bytes) {
		x = fresh_find(&s->fresh, t->segment, t->to);
		if (!x || x->place.sequence < s->skip_to)
			break;
		fresh_hold(x);
		t->held[t->n_held++] = x;
		frame_add(t, x->place.sequence, x->docs_n);
		fresh_body(x, &t->frame[t->frames - 1].body);
		bytes += x->place.end - x->place.at;
		t->to = x->place.end;
	}
	return t->n_held;
}

static void give_back(struct spool_take *t)
{
	while (t->n_held)
		fresh_release(t->held[--t->n_held]);
}

/* Where its payload lies is known by the distance only: the buffer may move while more is read. */
static void frame_take(struct spool_take *t, const struct chunk_frame *f)
{
	t->payload[t->frames].at = f->payload;
	t->payload[t->frames].len = f->len;
	frame_add(t, f->header.sequence, f->header.docs);
}

static void frame_read(struct spool_take *t, unsigned i)
{
	struct spool_frame *f = &t->frame[i];

	f->contradicts = frame_body_read(t->buf.p + t->payload[i].at, t->payload[i].len, &f->body) < 0;
	if (f->contradicts)
		f->body = (struct frame_body){0};
}

static void frame_found(
	struct spool *s, struct spool_take *t, const struct chunk *k, int found, const struct chunk_frame *f)
{
	const struct frame_header *h = &f->header;

	if (found == CHUNK_DAMAGE) {
		(void)quarantine(s, t->segment, k->at + k->pos - f->len, k->buf->p + k->pos - f->len, f->len);
		t->damaged += f->len;
	} else if (h->docs && h->sequence >= s->skip_to && (h->kind == FRAME_BATCH || h->kind == FRAME_GAP)) {
		frame_take(t, f);
	} else if (t->sequence_end < h->sequence + h->docs) {
		t->sequence_end = h->sequence + h->docs;
	}
}

/* Frames until there are documents or bytes enough. */
static int read_some(
	struct spool *s, struct spool_take *t, const struct segment *g, uint64_t limit, const struct take_limits *l)
{
	struct chunk_frame f;
	struct chunk k;
	int found = 0;

	chunk_begin(&k, &t->buf, g->fd, t->from, limit, g->salt);
	while (t->frames < TAKE_FRAMES && t->docs < l->docs && k.pos < l->bytes &&
		(found = chunk_next(&k, &f)) > CHUNK_END)
		frame_found(s, t, &k, found, &f);
	if (found < 0)
		return found;
	t->to = k.at + k.pos;
	if (t->to == t->from) { /* less than a frame's header: nothing that could ever be one */
		t->damaged += limit - t->from;
		t->to = limit;
	}
	for (unsigned i = 0; i < t->frames; i++)
		frame_read(t, i);
	return 0;
}

/* With the lock held: what was read now counts as taken, in order. */
static void taken(struct spool *s, struct spool_take *t)
{
	uint64_t first = t->frames ? t->frame[0].sequence : t->sequence_end;

	if (first > s->read_sequence && s->read_sequence >= s->skip_to)
		t->lost_docs = first - s->read_sequence;
	for (unsigned i = 1; i < t->frames; i++)
		t->lost_docs += t->frame[i].sequence - t->frame[i - 1].sequence - t->frame[i - 1].docs;
	if (t->frames) { /* and what was missed behind the last of them, as the seal says */
		const struct spool_frame *last = &t->frame[t->frames - 1];

		t->lost_docs += t->sequence_end - last->sequence - last->docs;
	}
	s->stats.damaged_bytes += t->damaged;
	s->stats.lost_docs += t->lost_docs;
	s->read_at = t->to;
	if (s->read_sequence < t->sequence_end)
		s->read_sequence = t->sequence_end;
	s->waiting_since = clock_ms();
	*t->lease = (struct lease){.segment = t->segment, .to = t->to, .sequence_end = t->sequence_end};
	if (s->tail)
		s->tail->next = t->lease;
	else
		s->head = t->lease;
	s->tail = t->lease;
}

static int next_segment(struct spool *s)
{
	while (s->read_at >= s->reading->end && s->reading->next) {
		s->reading = s->reading->next;
		s->read_at = SEGMENT_HEADER;
	}
	return segment_open(s, s->reading);
}

static int take_locked(struct spool *s, struct spool_take *t, const struct take_limits *l)
{
	struct segment *g;
	uint64_t limit;
	int r = wait_ripe(s, l);

	if (r <= 0)
		return r;
	r = next_segment(s);
	if (r < 0)
		return r;
	limit = s->reading->end;
	t->segment = s->reading->number;
	t->from = t->to = s->read_at;
	t->sequence_end = s->read_sequence;
	g = s->reading;
	t->lease = t->from < limit ? mem_calloc(1, sizeof(*t->lease)) : NULL;
	if (!t->lease)
		return t->from < limit ? -ENOMEM : 0;
	if (take_fresh(s, t, l)) {
		taken(s, t);
		return 1;
	}
	pthread_mutex_unlock(&s->lock);
	r = read_some(s, t, g, limit, l);
	pthread_mutex_lock(&s->lock);
	if (r < 0) {
		free(t->lease);
		return r;
	}
	taken(s, t);
	return 1;
}

int spool_take(struct spool *s, struct spool_take *t, const struct take_limits *l)
{
	int r;

	give_back(t);
	t->frames = 0;
	t->docs = 0;
	t->damaged = t->lost_docs = 0;
	pthread_mutex_lock(&s->take_lock);
	pthread_mutex_lock(&s->lock);
	r = take_locked(s, t, l);
	pthread_mutex_unlock(&s->lock);
	pthread_mutex_unlock(&s->take_lock);
	return r;
}

static bool low_water_moved(struct spool *s)
{
	bool moved = false;

	while (s->head && s->head->done) {
		struct lease *l = s->head;

		s->head = l->next;
		s->cursor.at.segment = l->segment;
		s->cursor.at.offset = l->to;
		s->cursor.at.sequence = l->sequence_end;
		free(l);
		moved = true;
	}
	if (!s->head)
		s->tail = NULL;
	return moved;
}

/* The cursor has to be durable before anything that it is the only witness of goes away. */
int drop_read_segments(struct spool *s)
{
	int r;

	if (s->first == s->last || s->first->number >= s->cursor.at.segment)
		return 0;
	r = s->conf.sync_ms == SPOOL_SYNC_NEVER ? 0 : io_sync(s->cursor.fd);
	if (r == 0)
		segments_drop_before(s, s->cursor.at.segment);
	return r;
}

int spool_ack(struct spool *s, struct spool_take *t)
{
	int r = 0;

	give_back(t);
	pthread_mutex_lock(&s->lock);
	t->lease->done = true;
	t->lease = NULL;
	s->stats.docs_out += t->docs;
	if (low_water_moved(s)) {
		r = cursor_store(s);
		if (r == 0)
			r = drop_read_segments(s);
	}
	pthread_mutex_unlock(&s->lock);
	return r;
}

void leases_free(struct spool *s)
{
	while (s->head) {
		struct lease *l = s->head;

		s->head = l->next;
		free(l);
	}
	s->tail = NULL;
}

void spool_take_fini(struct spool_take *t)
{
	give_back(t);
	buf_free(&t->buf);
}
