/* Sources whose last event waits for another line, and the clock that ends the waiting. */
#include "base/clock.h"
#include "pipe/join.h"

#define TICK_MS 50
#define PATIENCE 4 /* times as long for a trace that is not over */

static void tick(void *arg)
{
	struct reader *r = arg;
	int64_t now = clock_ms();

	for (struct genlog_source *src = r->held, *next; src; src = next) {
		ssize_t n;

		next = src->held.next;
		if (src->held.due > now || r->blocked)
			continue;
		n = join_finish(src);
		if (n > 0)
			src->in->plug.code->taken(src->in->plug.state, src, (const char *)src->held.text.p, (size_t)n);
	}
	if (r->held)
		loop_timer_set(r->hold_tick, TICK_MS);
}

static void list(struct genlog_source *src)
{
	struct reader *r = src->in->reader;

	src->held.before = NULL;
	src->held.next = r->held;
	if (r->held)
		r->held->held.before = src;
	else if (r->hold_tick)
		loop_timer_set(r->hold_tick, TICK_MS);
	r->held = src;
	src->held.listed = true;
}

void hold(struct genlog_source *src, bool more_expected)
{
	struct reader *r = src->in->reader;

	if (!r->hold_tick && !(r->hold_tick = loop_timer(&r->loop, tick, r)))
		src->held.text.n = 0; /* without a clock the next line ends it */
	src->held.due = clock_ms() + src->in->join.timeout * (more_expected ? PATIENCE : 1);
	if (!src->held.listed)
		list(src);
}

void hold_end(struct genlog_source *src)
{
	struct held *h = &src->held;

	if (!h->listed)
		return;
	if (h->next)
		h->next->held.before = h->before;
	if (h->before)
		h->before->held.next = h->next;
	else
		src->in->reader->held = h->next;
	h->listed = false;
}
