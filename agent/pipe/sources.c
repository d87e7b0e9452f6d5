/* The open sources of a reader, for those who ask how far they are. */
#include "base/clock.h"
#include "base/count.h"
#include "pipe/pipe.h"

void source_list(struct genlog_source *src)
{
	struct reader *r = src->in->reader;

	pthread_mutex_lock(&r->lock);
	src->next = r->sources;
	if (src->next)
		src->next->before = src;
	r->sources = src;
	r->n_sources++;
	pthread_mutex_unlock(&r->lock);
}

void source_unlist(struct genlog_source *src)
{
	struct reader *r = src->in->reader;

	pthread_mutex_lock(&r->lock);
	if (src->before)
		src->before->next = src->next;
	else if (r->sources == src)
		r->sources = src->next;
	if (src->next)
		src->next->before = src->before;
	r->n_sources--;
	pthread_mutex_unlock(&r->lock);
}

static struct source_figures figures_of(const struct genlog_source *src)
{
	const struct source_figures *f = &src->figures;

	return (struct source_figures){.events = count_read(&f->events),
		.bytes = count_read(&f->bytes),
		.unparsed = count_read(&f->unparsed),
		.end = count_read(&f->end),
		.size = count_read(&f->size),
		.event_ms = __atomic_load_n(&f->event_ms, __ATOMIC_RELAXED),
		.taken_ms = __atomic_load_n(&f->taken_ms, __ATOMIC_RELAXED),
		.behind_ms = __atomic_load_n(&f->behind_ms, __ATOMIC_RELAXED)};
}

void pipes_sources(struct pipes *ps, source_fn *fn, void *arg)
{
	for (size_t i = 0; i < ps->n_readers; i++) {
		struct reader *r = &ps->readers[i];

		pthread_mutex_lock(&r->lock);
		for (const struct genlog_source *src = r->sources; src; src = src->next) {
			struct source_figures f = figures_of(src);

			fn(arg, src, &f);
		}
		pthread_mutex_unlock(&r->lock);
	}
}

void genlog_source_size(struct genlog_source *src, uint64_t size)
{
	struct source_figures *f = &src->figures;

	if (size > f->end && f->size <= f->end)
		__atomic_store_n(&f->behind_ms, clock_wall_ms(), __ATOMIC_RELAXED);
	__atomic_store_n(&f->size, size, __ATOMIC_RELAXED);
}

void genlog_source_from(struct genlog_source *src, uint64_t offset)
{
	__atomic_store_n(&src->figures.end, offset, __ATOMIC_RELAXED);
}

void count_unparsed(struct genlog_source *src)
{
	count_add(&src->in->events[PIPE_UNPARSED], 1);
	count_add(&src->figures.unparsed, 1);
}
