#include "spool/fresh.h"

#include <stdlib.h>

#include "base/buf.h"

void fresh_hold(struct fresh_frame *x)
{
	__atomic_add_fetch(&x->holders, 1, __ATOMIC_RELAXED);
}

void fresh_release(struct fresh_frame *x)
{
	if (__atomic_sub_fetch(&x->holders, 1, __ATOMIC_ACQ_REL))
		return;
	buf_free(&x->name);
	buf_free(&x->docs);
	free(x);
}

static bool is_read(const struct fresh_frame *x, const struct frame_place *read)
{
	if (__atomic_load_n(&x->holders, __ATOMIC_ACQUIRE) > 1)
		return false;
	return x->place.segment < read->segment || (x->place.segment == read->segment && x->place.at < read->at);
}

/* One that was taken and given back, or a new one.  NULL: none may be had. */
static struct fresh_frame *place_for(struct fresh *f, const struct frame_place *read)
{
	struct fresh_frame **free_one = NULL;

	for (size_t i = 0; i < FRESH_FRAMES; i++) {
		if (!f->frame[i])
			free_one = &f->frame[i];
		else if (is_read(f->frame[i], read))
			return f->frame[i];
	}
	if (!free_one)
		return NULL;
	*free_one = mem_calloc(1, sizeof(**free_one));
	if (*free_one)
		(*free_one)->holders = 1;
	return *free_one;
}

static void swap(struct genlog_buf *a, struct genlog_buf *b)
{
	struct genlog_buf other = *a;

	*a = *b;
	*b = other;
}

void fresh_put(struct fresh *f, struct spool_batch *b, const struct frame_place *place, const struct frame_place *read)
{
	struct fresh_frame *x = b->docs.cap <= FRESH_BYTES ? place_for(f, read) : NULL;

	if (!x)
		return;
	x->place = *place;
	x->names = b->name_n;
	x->docs_n = b->doc_n;
	swap(&x->name, &b->names);
	swap(&x->docs, &b->docs);
}

struct fresh_frame *fresh_find(const struct fresh *f, uint64_t segment, uint64_t at)
{
	for (size_t i = 0; i < FRESH_FRAMES; i++)
		if (f->frame[i] && f->frame[i]->place.at == at && f->frame[i]->place.segment == segment)
			return f->frame[i];
	return NULL;
}

void fresh_body(const struct fresh_frame *x, struct frame_body *b)
{
	*b = (struct frame_body){.names = x->names,
		.docs = x->docs_n,
		.name_p = x->name.p,
		.doc_p = x->docs.p,
		.name_len = x->name.n,
		.doc_len = x->docs.n};
}

void fresh_fini(struct fresh *f)
{
	for (size_t i = 0; i < FRESH_FRAMES; i++)
		if (f->frame[i])
			fresh_release(f->frame[i]);
	*f = (struct fresh){{NULL}};
}
