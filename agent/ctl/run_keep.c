#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "ctl/run.h"

#define RECORD 128U /* what a line costs beside its text, in a ring as in a document */

struct kept {
	int64_t ms;
	uint32_t len;
	uint8_t level, stream, zero[2];
};

static size_t size_of(size_t n)
{
	return (sizeof(struct kept) + n + 7) & ~(size_t)7;
}

/* ── a ring of bytes ── */

static void copy_in(struct run_keep *k, size_t at, const void *p, size_t n)
{
	size_t from = at % k->size, first = n < k->size - from ? n : k->size - from;

	memcpy(k->ring + from, p, first);
	memcpy(k->ring, (const uint8_t *)p + first, n - first);
}

static void copy_out(const struct run_keep *k, size_t at, void *p, size_t n)
{
	size_t from = at % k->size, first = n < k->size - from ? n : k->size - from;

	memcpy(p, k->ring + from, first);
	memcpy((uint8_t *)p + first, k->ring, n - first);
}

static struct kept drop_first(struct run_keep *k)
{
	struct kept h;
	size_t size;

	copy_out(k, k->from, &h, sizeof(h));
	size = size_of(h.len);
	k->from = (k->from + size) % k->size;
	k->used -= size;
	return h;
}

static void lose(struct run_keep *k, size_t n)
{
	k->lost_lines++;
	k->lost_bytes += n;
}

static bool has_ring(struct run_keep *k)
{
	if (k->ring || k->no_ring)
		return k->ring;
	k->size = (size_t)(k->limit / 2) & ~(size_t)7;
	k->ring = k->size >= 4096 ? mem_calloc(1, k->size) : NULL;
	k->no_ring = !k->ring;
	return k->ring;
}

static void put(struct run_keep *k, const struct kept *h, const char *p)
{
	size_t size = size_of(h->len), end;

	if (!has_ring(k) || size > k->size) {
		lose(k, h->len);
		return;
	}
	while (k->used + size > k->size)
		lose(k, drop_first(k).len);
	end = k->from + k->used;
	copy_in(k, end, h, sizeof(*h));
	copy_in(k, end + sizeof(*h), p, h->len);
	k->used += size;
}

void run_keep_line(struct run_keep *k, enum genlog_severity level, enum run_stream_of stream, const char *p, size_t n)
{
	struct kept h = {.ms = clock_of(CLOCK_REALTIME), .len = (uint32_t)n, .level = (uint8_t)level};

	k->lines++;
	k->bytes += n;
	if (k->head >= n + RECORD) {
		k->head -= n + RECORD;
		run_tell_line(k->tell, level, stream, 0, p, n);
		return;
	}
	k->head = 0;
	h.stream = (uint8_t)stream;
	put(k, &h, p);
}

static void tell_gap(struct run_keep *k)
{
	char text[200], limit[CTL_SHORT];
	int n = snprintf(text, sizeof(text),
		"%llu lines of output (%llu bytes) are not logged between here and what follows: more than %s of it "
		"came",
		(unsigned long long)k->lost_lines, (unsigned long long)k->lost_bytes,
		ctl_bytes(limit, (int64_t)k->limit));

	run_tell_line(k->tell, GENLOG_SEV_WARN, RUN_STDERR, 0, text, (size_t)n);
}

void run_keep_end(struct run_keep *k)
{
	static char text[RUN_LINE_MAX];

	if (k->lost_lines)
		tell_gap(k);
	while (k->used) {
		size_t from = k->from;
		struct kept h = drop_first(k);

		if (h.len <= sizeof(text)) {
			copy_out(k, from + sizeof(h), text, h.len);
			run_tell_line(k->tell, h.level, h.stream, h.ms, text, h.len);
		}
	}
	free(k->ring);
	k->ring = NULL;
	k->no_ring = true;
}
