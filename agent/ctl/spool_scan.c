#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ctl/spool.h"

static int add(struct spool_scan *x, enum finding_kind kind, struct look_span span, uint64_t docs)
{
	if (x->n == x->cap) {
		size_t cap = x->cap ? 2 * x->cap : 16;
		struct finding *f = mem_realloc(x->finding, cap * sizeof(*f));

		if (!f)
			return -ENOMEM;
		x->finding = f;
		x->cap = cap;
	}
	x->finding[x->n++] = (struct finding){kind, span, docs};
	return 0;
}

/* Checksums say that it is what was written; this, that what was written is one. */
static bool body_is_good(const struct look_frame *f)
{
	const uint8_t *p, *bson, *key, *val;
	uint32_t names = 0, docs = 0, positions = 0, n;
	size_t len, val_len;
	struct frame_body b;
	const char *name;
	uint16_t which;
	uint8_t level;

	if (f->header.kind == FRAME_SEAL)
		return true;
	if (frame_body_read(f->payload, f->len, &b) < 0)
		return false;
	for (p = b.name_p; frame_next_name(&p, b.name_p + b.name_len, &name, &len);)
		names++;
	for (p = b.doc_p; frame_next_doc(&p, b.doc_p + b.doc_len, &which, &level, &bson, &n); docs++)
		if (which >= names || bson[n - 1])
			return false;
	for (p = b.position_p; frame_next_position(&p, b.position_p + b.position_len, &key, &len, &val, &val_len);)
		positions++;
	return names == b.names && docs == b.docs && positions == b.positions && docs == f->header.docs;
}

static struct look_span span_of(const struct spool_scan *x, const struct look_frame *f)
{
	return (struct look_span){x->at, f->at, f->size, x->expected};
}

/* What is missing before a frame: in the damage that lies before it, or nobody knows where. */
static int close_damage(struct spool_scan *x, const struct look_frame *f)
{
	bool behind = x->known && f->header.sequence > x->expected;
	uint64_t docs = behind ? f->header.sequence - x->expected : 0;
	struct look_span open = x->open;
	int r = 0;

	x->open.size = 0;
	if (open.size)
		r = add(x, FOUND_FRAME, open, docs);
	else if (docs && x->n && x->finding[x->n - 1].kind == FOUND_MENDED && !x->finding[x->n - 1].docs)
		x->finding[x->n - 1].docs = docs;
	else if (docs)
		r = add(x, FOUND_HOLE, span_of(x, f), docs);
	return r;
}

static int good_frame(struct spool_scan *x, const struct look_frame *f)
{
	struct scanned *s = &x->segment[x->at];
	struct frame_body b;
	int r = close_damage(x, f);

	if (r == 0 && f->header.kind == FRAME_HOLE)
		r = add(x, FOUND_MENDED, span_of(x, f), 0);
	else if (r == 0 && !body_is_good(f))
		r = add(x, FOUND_BODY, span_of(x, f), 0);
	if (!s->frames++)
		s->first = f->header.sequence;
	if (f->header.kind == FRAME_SNAPSHOT && frame_body_read(f->payload, f->len, &b) == 0)
		s->positions = b.positions;
	s->docs += f->header.docs;
	s->end = f->at + f->size;
	s->sealed = f->header.kind == FRAME_SEAL;
	x->expected = f->header.sequence + f->header.docs;
	x->known = true;
	s->next = x->expected;
	return r;
}

static int frame(void *arg, const struct look_frame *f)
{
	struct spool_scan *x = arg;

	if (f->good)
		return good_frame(x, f);
	if (!x->open.size)
		x->open = span_of(x, f);
	else
		x->open.size += f->size;
	return 0;
}

/*
 * Bytes behind the last frame.  In the segment that is written they may be what the file held before, or the frame that
 * the agent is writing; without an agent, what a write has left that was cut off.
 */
static int tail(struct spool_scan *x)
{
	const struct look_segment *g = &x->look->segment[x->at];
	struct look_span open = x->open;
	bool reused = g->head == LOOK_WHOLE && g->header.flags & SEGMENT_REUSED;

	x->open.size = 0;
	if (!open.size || (g->last && x->look->in_use) || (reused && (g->last || x->segment[x->at].sealed)))
		return 0;
	return add(x, g->last ? FOUND_TORN : FOUND_FRAME, open, 0);
}

static int scan_segment(struct spool_scan *x)
{
	struct scanned *s = &x->segment[x->at];
	size_t before = x->n;
	int r = 0;

	*s = (struct scanned){.end = SEGMENT_HEADER, .first = x->expected, .next = x->expected};
	if (x->look->segment[x->at].head == LOOK_DAMAGED)
		r = add(x, FOUND_HEAD, (struct look_span){x->at, 0, SEGMENT_HEADER, x->expected}, 0);
	if (r == 0)
		r = look_frames(x->look, x->at, SEGMENT_HEADER, frame, x);
	if (r == 0)
		r = tail(x);
	if (r != -ENOENT && look_is_there(x->look, x->at))
		return r;
	x->n = before; /* it was given back meanwhile: nothing of what was seen there counts */
	x->open.size = 0;
	x->known = false;
	s->gone = true;
	return r == -ENOMEM ? r : 0;
}

int spool_scan(struct spool_scan *x, struct look *l, const struct ctl *c)
{
	struct ctl_progress p = {.what = "reading the spool", .total = l->n};
	int r = 0;

	*x = (struct spool_scan){.look = l, .segment = mem_calloc(l->n + 1, sizeof(*x->segment))};
	if (!x->segment)
		r = -ENOMEM;
	for (x->at = 0; x->at < l->n && r == 0; x->at++) {
		r = scan_segment(x);
		ctl_progress(c, &p, x->at + 1);
	}
	ctl_progress_end(c, &p);
	if (r < 0)
		ctl_error("the spool cannot be read: %s", strerror(-r));
	return r;
}

void spool_scan_fini(struct spool_scan *x)
{
	free(x->segment);
	free(x->finding);
	*x = (struct spool_scan){0};
}
