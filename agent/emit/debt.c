/*
 * What a ring has to be told before its next record: how many found no room, which thread it belongs to now, and the
 * fields of the context where the reader does not have them.  Told by whoever has room for that and its own record.
 */
#include "emit.h"

#define GAP_BYTES (sizeof(struct gl_record) + sizeof(struct gl_gap))
#define THREAD_BYTES (sizeof(struct gl_record) + sizeof(struct gl_thread))
#define POP_BYTES (sizeof(struct gl_record) + sizeof(uint64_t))

static const struct gl_context *context_of(const struct gl_producer *p)
{
	return &gl_process->context[p->index];
}

static uint64_t size_of(const struct gl_push *h)
{
	return (sizeof(*h) + h->key_len + h->value_len + 7) & ~7ULL;
}

uint64_t gl_debt(const struct gl_producer *p)
{
	unsigned owes = gl_process->owes[p->index];
	const struct gl_context *c = context_of(p);
	uint64_t n = p->gap ? GAP_BYTES : 0;
	struct gl_push h;

	if (owes & OWES_THREAD)
		n += THREAD_BYTES;
	if (owes & OWES_CONTEXT) {
		n += POP_BYTES;
		for (uint32_t at = 0; at < c->n; at += (uint32_t)size_of(&h)) {
			memcpy(&h, c->pushes + at, sizeof(h));
			n += sizeof(struct gl_record) + size_of(&h);
		}
	}
	return n;
}

static void pay_context(struct gl_producer *p, uint64_t time)
{
	const struct gl_context *c = context_of(p);
	uint64_t none = 0;
	struct gl_push h;

	gl_put_meta(p, GL_META_POP, &none, sizeof(none), time);
	for (uint32_t at = 0; at < c->n; at += (uint32_t)size_of(&h)) {
		memcpy(&h, c->pushes + at, sizeof(h));
		gl_put_meta(p, GL_META_PUSH, c->pushes + at, (uint32_t)sizeof(h) + h.key_len + h.value_len, time);
	}
}

void gl_debt_pay(struct gl_producer *p, uint64_t time)
{
	unsigned owes = gl_process->owes[p->index];
	struct gl_thread t = {.tid = p->ring->tid, .generation = p->ring->generation};
	struct gl_gap gap = {p->gap, p->gap_time};

	if (gap.count) {
		p->gap = 0;
		gl_put_meta(p, GL_META_GAP, &gap, sizeof(gap), time);
	}
	if (owes & OWES_THREAD) {
		memcpy(t.name, p->ring->name, sizeof(t.name));
		gl_put_meta(p, GL_META_THREAD, &t, sizeof(t), time);
	}
	if (owes & OWES_CONTEXT)
		pay_context(p, time);
	gl_process->owes[p->index] = 0;
}

/* The next call takes the slow path, which looks for it. */
void gl_owe(struct gl_producer *p, unsigned what)
{
	gl_process->owes[p->index] |= (uint8_t)what;
	p->limit = p->limit_error = p->head;
}
