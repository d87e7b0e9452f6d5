/* From bytes to events: the cutting of lines, as slices of the input's buffer. */
#include <errno.h>

#include "base/clock.h"
#include "base/count.h"
#include "pipe/frames.h"
#include "pipe/join.h"

#if defined(__SSE2__)
#include <emmintrin.h>

/* The next newline, `end` if there is none.  `high` gets a bit for every block with a byte that is not ASCII. */
const char *line_end(const char *p, const char *end, unsigned *high)
{
	const __m128i newline = _mm_set1_epi8('\n');

	for (; p < end; p += 16) {
		__m128i v = _mm_loadu_si128((const void *)p);
		unsigned m = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, newline));
		unsigned h = (unsigned)_mm_movemask_epi8(v);

		if (m) {
			p += __builtin_ctz(m);
			*high |= h & (m ^ (m - 1));
			return p < end ? p : end;
		}
		*high |= h;
	}
	return end;
}
#else
const char *line_end(const char *p, const char *end, unsigned *high)
{
	for (; p < end && *p != '\n'; p++)
		*high |= *p & 0x80;
	return p;
}
#endif

static void cut_at(struct event *e, size_t max)
{
	e->cut = e->cut || e->n > max;
	e->n = e->n > max ? max : e->n;
}

/* An empty line is no event. */
static int take_line(struct genlog_source *src, struct event *e, const char *p, const char *nl, size_t raw_len)
{
	e->p = p;
	e->n = (size_t)(nl - p);
	e->raw_len = raw_len;
	if (e->n && p[e->n - 1] == '\r')
		e->n--;
	e->cut = false;
	cut_at(e, src->in->host.max_line);
	e->first = e->n;
	return e->n ? event_add(src, e) : 0;
}

static size_t mark_len(const char *p, size_t n, uint64_t offset)
{
	return offset == 0 && n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

static ssize_t lines(struct genlog_source *src, const char *from, size_t n, uint64_t offset, unsigned flags)
{
	struct event e = {.now_ms = clock_wall_ms()};
	const char *p = from + mark_len(from, n, offset), *end = from + n;
	int r = 0;

	while (r == 0 && p < end) {
		unsigned high = 0;
		const char *nl = line_end(p, end, &high);

		if (nl == end && !(flags & GENLOG_LINES_END))
			break;
		e.ascii = !high;
		e.offset = offset + (uint64_t)(p - from);
		r = take_line(src, &e, p, nl, (size_t)(nl - p) + (nl < end));
		if (r == 0)
			p = nl + (nl < end);
	}
	if (r < 0 && p == from)
		return r;
	return p - from;
}

ssize_t genlog_lines(struct genlog_source *src, const char *p, size_t n, uint64_t offset, unsigned flags)
{
	ssize_t r;

	if (src->in->reader->blocked)
		return -EAGAIN;
	if (src->in->n_wrappers && frames_wanted(src, p, n, flags))
		r = frames_lines(src, p, n, offset, flags);
	else
		r = src->in->join.how == CONF_JOIN_NONE ? lines(src, p, n, offset, flags)
							: join_lines(src, p, n, offset, flags);
	return r < 0 ? reader_refused(src->in->reader, r) : r;
}

ssize_t genlog_line(
	struct genlog_source *src, const char *p, size_t n, uint64_t offset, uint64_t raw_len, unsigned flags)
{
	struct event e = {.p = p,
		.n = n,
		.offset = offset,
		.raw_len = raw_len,
		.cut = flags & GENLOG_LINES_CUT,
		.now_ms = clock_wall_ms()};
	int r = src->in->reader->blocked ? -EAGAIN : 0;

	if (r == 0)
		join_forget(src);
	cut_at(&e, src->in->host.max_line);
	e.first = e.n;
	if (r == 0 && n)
		r = event_add(src, &e);
	return r < 0 ? reader_refused(src->in->reader, r) : (ssize_t)n;
}
