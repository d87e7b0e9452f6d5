/*
 * Inputs that come and go while their readers run.
 *
 *	main:   who stays, by signatures ─► a change for each reader ─► waits
 *	reader: those that leave: stopped, closed ─► batch written ─► new ones started ─► tells main
 *
 * Where the spool refuses the batch, the positions of those that left are not in it yet, and their successors would
 * read the same lines again: they start when it has been written.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/count.h"
#include "pipe/pipe.h"

struct reader_change {
	struct genlog_input **inputs; /* all that it has from now on */
	size_t n;
};

static bool same(const struct genlog_input *a, const struct genlog_input *b)
{
	return a->signature.h[0] == b->signature.h[0] && a->signature.h[1] == b->signature.h[1];
}

/* ── the reader's side ── */

static void leave(struct reader *r, struct genlog_input *in)
{
	reader_stop_input(r, in);
	for (int i = 0; i < GENLOG_COUNTS; i++)
		count_add(&r->gone_counts[i], in->counts[i]);
	for (int i = 0; i < PIPE_COUNTS; i++)
		count_add(&r->gone_events[i], in->events[i]);
	input_close(in);
	loop_disown(&r->loop, in);
}

static void relink(struct reader *r, const struct reader_change *c)
{
	for (size_t i = 0; i < c->n; i++) {
		c->inputs[i]->reader = r;
		c->inputs[i]->next = i + 1 < c->n ? c->inputs[i + 1] : NULL;
	}
	r->inputs = c->n ? c->inputs[0] : NULL;
}

static void apply(struct reader *r, const struct reader_change *c)
{
	for (struct genlog_input *in = r->inputs, *next; in; in = next) {
		next = in->next;
		if (in->leaving)
			leave(r, in);
	}
	relink(r, c);
	if (batch_is_empty(&r->batch) || reader_flush(r) == 0)
		reader_start_inputs(r);
	else
		r->starting = true;
}

void reader_change(void *reader)
{
	struct reader *r = reader;
	struct reader_change *c;

	__atomic_store_n(&r->answered, __atomic_load_n(&r->asked, __ATOMIC_RELAXED), __ATOMIC_RELAXED);
	pthread_mutex_lock(&r->lock);
	c = r->change;
	pthread_mutex_unlock(&r->lock);
	if (!c)
		return;
	apply(r, c);
	pthread_mutex_lock(&r->lock);
	r->change = NULL;
	pthread_cond_signal(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

void reader_ended(struct reader *r)
{
	pthread_mutex_lock(&r->lock);
	r->ended = true;
	r->change = NULL;
	pthread_cond_signal(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

/* ── main's side ── */

static struct genlog_input *running_twin(const struct pipes *ps, const struct genlog_input *in)
{
	for (size_t i = 0; i < ps->n_inputs; i++)
		if (ps->inputs[i]->leaving && same(ps->inputs[i], in))
			return ps->inputs[i];
	return NULL;
}

/* Those of `next` whose twins run are exchanged for them. */
static void match(struct pipes *ps, struct pipes *next, struct pipes_swapped *out)
{
	for (size_t i = 0; i < ps->n_inputs; i++)
		ps->inputs[i]->leaving = true;
	*out = (struct pipes_swapped){.stopped = ps->n_inputs, .started = next->n_inputs};
	for (size_t i = 0; i < next->n_inputs; i++) {
		struct genlog_input *twin = running_twin(ps, next->inputs[i]);

		if (!twin)
			continue;
		input_close(next->inputs[i]);
		next->inputs[i] = twin;
		twin->leaving = false;
		out->kept++;
	}
	out->stopped -= out->kept;
	out->started -= out->kept;
}

/* New ones go where the fewest are. */
static void place(struct reader_change *c, size_t readers, const struct pipes *ps, struct genlog_input **all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (all[i]->placed)
			c[all[i]->reader - ps->readers].n++;
	for (size_t i = 0; i < n; i++) {
		size_t least = 0;

		if (all[i]->placed)
			continue;
		for (size_t k = 1; k < readers; k++)
			least = c[k].n < c[least].n ? k : least;
		all[i]->reader = &ps->readers[least];
		all[i]->placed = true;
		c[least].n++;
	}
	for (size_t k = 0; k < readers; k++)
		c[k].n = 0;
	for (size_t i = 0; i < n; i++) {
		struct reader_change *of = &c[all[i]->reader - ps->readers];

		of->inputs[of->n++] = all[i];
	}
}

static void hand_over(struct reader *r, struct reader_change *c)
{
	pthread_mutex_lock(&r->lock);
	r->change = r->ended ? NULL : c; /* one that has failed has said so, and does nothing more */
	pthread_mutex_unlock(&r->lock);
	loop_wake(&r->loop);
}

static void wait_for(struct reader *r)
{
	pthread_mutex_lock(&r->lock);
	while (r->change)
		pthread_cond_wait(&r->changed, &r->lock);
	pthread_mutex_unlock(&r->lock);
}

int pipes_swap(struct pipes *ps, struct pipes *next, struct pipes_swapped *out)
{
	size_t n = next->n_inputs, readers = ps->n_readers;
	struct reader_change *c = mem_calloc(readers, sizeof(*c));
	struct genlog_input **room = mem_calloc(readers * (n + 1), sizeof(struct genlog_input *)), **old = ps->inputs;

	if (!c || !room) {
		free(c);
		free(room);
		return -ENOMEM;
	}
	for (size_t k = 0; k < readers; k++)
		c[k].inputs = room + k * (n + 1);
	match(ps, next, out);
	place(c, readers, ps, next->inputs, n);
	for (size_t k = 0; k < readers; k++)
		hand_over(&ps->readers[k], &c[k]);
	for (size_t k = 0; k < readers; k++)
		wait_for(&ps->readers[k]);
	ps->inputs = next->inputs;
	ps->n_inputs = n;
	next->inputs = old; /* closed, all that is not in ps */
	next->n_inputs = 0;
	free(c);
	free(room);
	return 0;
}
