#include "pipe/frames.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "event/record.h"
#include "pipe/join.h"

#define GROUP_LINES 512
#define STREAMS 2

/* What a stream's event has so far.  Kept by the reader, so that its buffers are made once. */
struct stream {
	struct genlog_buf text; /* complete lines, each with its '\n' */
	struct genlog_buf line; /* of which more may come: the last piece was partial */
	struct trace_join join;
	bool open, partial;
	bool cut;     /* longer than max_line: what came then was passed over */
	size_t first; /* length of the event's first line */
	uint64_t start, end;
	const char *raw; /* the runtime's line that it begins in: its name */
	size_t raw_n;
	struct genlog_value time;
	const char *name;
};

struct frames {
	struct genlog_source *src;
	struct stream stream[STREAMS];
	bool dry; /* only to find out how far nothing is open */
	int64_t now_ms;
	const char *line; /* the runtime's line at hand */
	size_t line_n;
	uint64_t at, behind;
};

static struct plug *wrapper(const struct genlog_source *src)
{
	return &src->in->wrappers[src->wrapper - 1];
}

static int append(struct genlog_buf *b, const char *p, size_t n)
{
	if (genlog_buf_reserve(b, n + 1 + GENLOG_PAD) < 0)
		return -ENOMEM;
	memcpy(b->p + b->n, p, n);
	b->n += n;
	return 0;
}

static int emit(struct frames *f, struct stream *s)
{
	struct event e = {.p = (const char *)s->text.p,
		.n = s->text.n,
		.first = s->first,
		.offset = s->start,
		.raw_len = s->end - s->start,
		.raw = s->raw,
		.raw_n = s->raw_n,
		.time = s->time,
		.stream = s->name,
		.now_ms = f->now_ms};
	size_t max = f->src->in->host.max_line;

	s->open = false;
	if (f->dry)
		return 0;
	while (e.n && (e.p[e.n - 1] == '\n' || e.p[e.n - 1] == '\r'))
		e.n--;
	e.cut = s->cut || e.n > max;
	e.n = e.n > max ? max : e.n;
	e.first = e.first < e.n ? e.first : e.n;
	return e.n ? event_add(f->src, &e) : 0;
}

static void begin(struct frames *f, struct stream *s, const struct genlog_unwrapped *u)
{
	s->open = true;
	s->cut = false;
	s->text.n = 0;
	s->raw = f->line;
	s->raw_n = f->line_n;
	s->start = f->at;
	s->time = u->time;
	s->name = u->stream_name;
}

/* A whole line of the program. */
static int take_line(struct frames *f, struct stream *s, const struct genlog_unwrapped *u)
{
	size_t n = s->line.n;
	enum trace_link link;
	int r = 0;

	n -= n && s->line.p[n - 1] == '\r';
	link = trace_join(&s->join, (const char *)s->line.p, n);
	if (s->open && s->text.n && link == TRACE_STARTS)
		r = emit(f, s);
	if (!s->open || !s->text.n) {
		if (!n || link == TRACE_BLANK) {
			s->open = s->open && s->text.n;
			return r;
		}
		if (!s->open)
			begin(f, s, u);
		s->first = n;
	}
	if (r == 0)
		r = append(&s->text, (const char *)s->line.p, n);
	if (r == 0)
		r = append(&s->text, "\n", 1);
	s->end = f->behind;
	return r == 0 && !trace_join_holds(&s->join) ? emit(f, s) : r;
}

/* A plain event of the other stream ends when this one speaks; a trace does not. */
static int other_ends(struct frames *f, struct stream *s)
{
	return s->open && !s->partial && !trace_join_open(&s->join) ? emit(f, s) : 0;
}

static int take_piece(struct frames *f, struct stream *s, const struct genlog_unwrapped *u)
{
	int r = 0;

	if (!s->partial)
		s->line.n = 0;
	if (!s->open)
		begin(f, s, u);
	if (s->line.n < f->src->in->host.max_line)
		r = append(&s->line, u->p, u->n);
	else
		s->cut = true;
	if (r < 0)
		return r;
	memset(s->line.p + s->line.n, 0, GENLOG_PAD);
	s->end = f->behind;
	s->partial = u->partial;
	return s->partial ? 0 : take_line(f, s, u);
}

static int all_end(struct frames *f)
{
	int r = 0;

	for (int i = 0; i < STREAMS && r == 0; i++) {
		struct stream *s = &f->stream[i];

		if (s->open && s->partial) { /* its end never came */
			struct genlog_unwrapped u = {.time = s->time, .stream_name = s->name};

			s->partial = false;
			r = take_line(f, s, &u);
		}
		if (r == 0 && s->open)
			r = emit(f, s);
	}
	return r;
}

/* In a log of a runtime, a line that is none of its own: shipped as it stands. */
static int take_odd(struct frames *f)
{
	struct event e = {.p = f->line,
		.n = f->line_n,
		.first = f->line_n,
		.offset = f->at,
		.raw_len = f->behind - f->at,
		.now_ms = f->now_ms};
	int r = all_end(f);

	return r == 0 && !f->dry && e.n ? event_add(f->src, &e) : r;
}

static int take(struct frames *f)
{
	struct genlog_record *rec = &f->src->in->reader->rec;
	struct genlog_unwrapped u = {0};
	int r = record_begin(rec, f->line, f->line_n);

	if (r == 0)
		r = wrapper(f->src)->code->unwrap(wrapper(f->src)->state, rec, &u);
	if (r == GENLOG_NO_MATCH)
		return take_odd(f);
	if (r == 0)
		r = other_ends(f, &f->stream[!u.stream]);
	return r == 0 ? take_piece(f, &f->stream[u.stream & 1], &u) : r;
}

static void restart(struct frames *f, bool dry)
{
	f->dry = dry;
	for (int i = 0; i < STREAMS; i++) {
		f->stream[i].open = f->stream[i].partial = false;
		f->stream[i].text.n = f->stream[i].line.n = 0;
		trace_join_init(&f->stream[i].join, f->src->in->join.language);
	}
}

static bool is_any_open(const struct frames *f)
{
	return f->stream[0].open || f->stream[1].open;
}

/* Where the first open event begins. */
static uint64_t first_open(const struct frames *f)
{
	uint64_t a = f->stream[0].open ? f->stream[0].start : UINT64_MAX;
	uint64_t b = f->stream[1].open ? f->stream[1].start : UINT64_MAX;

	return a < b ? a : b;
}

/* Goes over the lines, to `end`; returns how far nothing is open, by what was seen. */
static ssize_t pass(struct frames *f, const char *from, const char *end, uint64_t offset, bool last)
{
	const char *p = from, *safe = from;
	int lines = 0, r = 0;

	while (r == 0 && p < end) {
		unsigned high = 0;
		const char *nl = line_end(p, end, &high);

		if (nl == end && !last)
			break;
		f->line = p;
		f->line_n = (size_t)(nl - p);
		f->line_n -= f->line_n && p[f->line_n - 1] == '\r';
		f->at = offset + (uint64_t)(p - from);
		p = nl + (nl < end);
		f->behind = offset + (uint64_t)(p - from);
		r = f->line_n ? take(f) : 0;
		lines++;
		if (r == 0 && (lines > GROUP_LINES || (size_t)(p - safe) > f->src->in->host.max_line))
			r = all_end(f);
		if (!is_any_open(f))
			safe = p;
		else if (first_open(f) >= f->at)
			safe = from + (f->at - offset);
		lines = safe == p || safe == f->line ? 0 : lines;
	}
	if (r == 0 && last) {
		r = all_end(f);
		safe = p;
	}
	return r < 0 ? r : safe - from;
}

static bool is_more_expected(const struct frames *f)
{
	for (int i = 0; i < STREAMS; i++)
		if (f->stream[i].open && (f->stream[i].partial || trace_join_open(&f->stream[i].join)))
			return true;
	return false;
}

static struct frames *frames_of(struct genlog_source *src)
{
	struct reader *r = src->in->reader;

	if (!r->frames)
		r->frames = mem_calloc(1, sizeof(*r->frames));
	if (r->frames) {
		r->frames->src = src;
		r->frames->now_ms = clock_wall_ms();
	}
	return r->frames;
}

ssize_t frames_lines(struct genlog_source *src, const char *from, size_t n, uint64_t offset, unsigned flags)
{
	struct frames *f = frames_of(src);
	bool last = flags & GENLOG_LINES_END;
	ssize_t safe, r;
	uint64_t end;
	bool more;

	if (!f)
		return -ENOMEM;
	restart(f, true);
	f->behind = offset;
	safe = pass(f, from, from + n, offset, last);
	end = f->behind;
	more = is_more_expected(f);
	if (safe < 0)
		return safe;
	if (!safe && n > src->in->host.max_line)
		safe = (ssize_t)(end - offset);
	restart(f, false);
	r = safe ? pass(f, from, from + safe, offset, true) : 0;
	return r < 0 ? r : join_keep(src, from, (size_t)safe, offset, end, more);
}

static uint8_t choose(const struct genlog_input *in, const char *line, size_t n)
{
	uint8_t found = UNWRAPPED;
	int best = 0;

	for (size_t i = 0; i < in->n_wrappers; i++) {
		const struct plug *w = &in->wrappers[i];
		int score = w->code->looks ? w->code->looks(w->state, line, n) : 0;

		if (score > best) {
			best = score;
			found = (uint8_t)(i + 1);
		}
	}
	return found;
}

bool frames_wanted(struct genlog_source *src, const char *p, size_t n, unsigned flags)
{
	const struct genlog_input *in = src->in;
	const char *nl = src->wrapper || !n ? NULL : memchr(p, '\n', n);

	if (!nl && flags & GENLOG_LINES_END)
		nl = p + n;
	if (!src->wrapper && nl)
		src->wrapper = in->wrapped ? 1 : choose(in, p, (size_t)(nl - p));
	return src->wrapper && src->wrapper != UNWRAPPED;
}

void frames_fini(struct reader *r)
{
	for (int i = 0; r->frames && i < STREAMS; i++) {
		buf_free(&r->frames->stream[i].text);
		buf_free(&r->frames->stream[i].line);
	}
	free(r->frames);
	r->frames = NULL;
}
