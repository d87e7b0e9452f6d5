#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/hash.h"
#include "mine/store.h"
#include "mine/text.h"

static size_t block_size(const struct tmpl *t)
{
	return t->n * sizeof(struct part) + t->form_n + t->text_n;
}

static struct part *block_make(struct tmpl *t, const struct part *part, const char *form)
{
	struct part *block;

	t->text_n = (uint32_t)text_write(NULL, part, t->n, form, t->form_n);
	block = mem_realloc(NULL, block_size(t) + !block_size(t));
	if (!block)
		return NULL;
	if (t->n)
		memcpy(block, part, t->n * sizeof(*part));
	memcpy(block + t->n, form, t->form_n);
	text_write((char *)(block + t->n) + t->form_n, part, t->n, form, t->form_n);
	return block;
}

void store_touch(struct mine *m, uint64_t shape)
{
	for (uint32_t k = m->bucket[shape % STORE_BUCKETS]; k != NO_TMPL; k = m->tmpl[k].next)
		m->tmpl[k].serial = ++m->serial;
}

void store_drop(struct mine *m, uint32_t at)
{
	struct tmpl *t = &m->tmpl[at];
	uint32_t *link = &m->bucket[t->shape % STORE_BUCKETS];

	store_touch(m, t->shape);
	while (*link != at)
		link = &m->tmpl[*link].next;
	*link = t->next;
	m->bytes -= block_size(t);
	free(t->part);
	*t = (struct tmpl){.serial = ++m->serial, .next = m->free};
	m->used[at] = UNUSED;
	m->free = at;
	m->in_use--;
	m->changed = true;
}

static uint32_t oldest_of_bucket(const struct mine *m, uint32_t first)
{
	uint32_t oldest = first;

	for (uint32_t k = first; k != NO_TMPL; k = m->tmpl[k].next)
		if (m->used[k] < m->used[oldest])
			oldest = k;
	return oldest;
}

static uint32_t oldest_of_all(const struct mine *m)
{
	uint32_t oldest = 0;

	for (uint32_t k = 1; k < m->max; k++)
		if (m->used[k] < m->used[oldest])
			oldest = k;
	return oldest;
}

static void evict(struct mine *m, uint32_t at)
{
	store_drop(m, at);
	m->count.evicted++;
}

static void make_room(struct mine *m, uint64_t shape, size_t bytes)
{
	uint32_t first = m->bucket[shape % STORE_BUCKETS], n = 0;

	for (uint32_t k = first; k != NO_TMPL; k = m->tmpl[k].next)
		n++;
	if (n >= STORE_CHAIN)
		evict(m, oldest_of_bucket(m, first));
	while (m->in_use && (m->in_use == m->max || m->bytes + bytes > (size_t)m->max * STORE_BYTES_EACH))
		evict(m, oldest_of_all(m));
}

static uint32_t place(struct mine *m, const struct tmpl *t)
{
	uint32_t at = m->free, *bucket = &m->bucket[t->shape % STORE_BUCKETS];

	m->free = m->tmpl[at].next;
	m->tmpl[at] = *t;
	m->tmpl[at].serial = ++m->serial;
	m->tmpl[at].next = *bucket;
	*bucket = at;
	m->bytes += block_size(t);
	m->in_use++;
	m->changed = true;
	return at;
}

/* Completes `t` from the scanned line, and gives it a place. */
static int settle(struct mine *m, struct tmpl *t, const uint8_t *kinds, uint32_t *out)
{
	const struct scan *s = &m->scan;
	struct part part[SCAN_MAX_ELS];

	t->n = (uint16_t)s->n;
	t->form_n = (uint16_t)s->len;
	t->cut = s->cut;
	for (size_t i = 0; i < s->n; i++) {
		const struct el *e = &s->el[i];
		uint8_t kind = kinds ? kinds[i] : e->kind;

		part[i] = (struct part){kind == EL_WORD ? e->hash : 0, e->at, e->len, kind};
	}
	t->part = block_make(t, part, s->p);
	if (!t->part)
		return -ENOMEM;
	if (!kinds)
		t->id = hash64(tmpl_text(t), t->text_n, 0);
	make_room(m, t->shape, block_size(t));
	*out = place(m, t);
	return 0;
}

int store_birth(struct mine *m, uint64_t shape, uint32_t *out)
{
	struct tmpl t = {.shape = shape, .born = m->births + 1};
	int r = settle(m, &t, NULL, out);

	if (r < 0)
		return r;
	m->births++;
	m->count.born++;
	return 0;
}

int store_put(struct mine *m, const struct tmpl *t, const uint8_t *kinds, uint64_t used)
{
	struct tmpl made = *t;
	uint32_t at;
	int r = settle(m, &made, kinds, &at);

	if (r == 0)
		m->used[at] = used;
	return r;
}

int store_change(struct mine *m, uint32_t at, const struct part *part)
{
	struct tmpl *old = &m->tmpl[at], t = *old;

	t.part = block_make(&t, part, tmpl_form(old));
	if (!t.part)
		return -ENOMEM;
	m->bytes += block_size(&t) - block_size(old);
	free(old->part);
	*old = t;
	store_touch(m, t.shape);
	m->count.widened++;
	m->changed = true;
	return 0;
}

void store_clear(struct mine *m)
{
	for (uint32_t k = 0; k < m->max; k++) {
		free(m->tmpl[k].part);
		m->tmpl[k] = (struct tmpl){.serial = ++m->serial, .next = k + 1 < m->max ? k + 1 : NO_TMPL};
		m->used[k] = UNUSED;
	}
	memset(m->bucket, 0xff, sizeof(m->bucket));
	m->free = 0;
	m->in_use = 0;
	m->bytes = 0;
	m->tick = m->births = 0;
}
