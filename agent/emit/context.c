#include "emit.h"

#include <errno.h>

#define KEY_MAX 64
#define VALUE_MAX 1024

struct push {
	struct gl_push head;
	uint8_t text[KEY_MAX + VALUE_MAX];
};

static struct gl_producer *ready(void)
{
	if (!gl_thread_state.producer->segment) {
		gl_lock(true);
		(void)gl_thread_open(NULL); /* without a ring the field is lost with the records it is for */
		gl_unlock();
	}
	return gl_thread_state.producer->segment ? gl_thread_state.producer : NULL;
}

static uint32_t padded(uint32_t n)
{
	return (n + 7) & ~7U;
}

/* The stack once more, for a ring that has not heard of it.  False: it is deeper than this. */
static bool keep(struct gl_context *c, const struct push *x, uint32_t n)
{
	if (padded(n) > sizeof(c->pushes) - c->n)
		return false;
	memcpy(c->pushes + c->n, x, n);
	c->n += padded(n);
	return true;
}

/* Fields from this depth on are gone. */
static void forget(struct gl_context *c, uint64_t depth)
{
	struct gl_push h;

	for (uint32_t at = 0; at < c->n; at += padded((uint32_t)sizeof(h) + h.key_len + h.value_len)) {
		memcpy(&h, c->pushes + at, sizeof(h));
		if (h.depth >= depth)
			c->n = at;
	}
}

static void push(struct gl_producer *p, const char *key, const char *value)
{
	struct push x = {.head = {.depth = p->depth,
				 .key_len = (uint16_t)strnlen(key, KEY_MAX),
				 .value_len = (uint16_t)strnlen(value, VALUE_MAX)}};
	uint32_t n = (uint32_t)sizeof(x.head) + x.head.key_len + x.head.value_len;
	uint64_t time = gl_now();
	bool room = gl_make_room(p, sizeof(struct gl_record) + padded(n), GENLOG_SEV_ERROR, time), kept;

	memcpy(x.text, key, x.head.key_len);
	memcpy(x.text + x.head.key_len, value, x.head.value_len);
	kept = keep(&gl_process->context[p->index], &x, n);
	if (room)
		gl_put_meta(p, GL_META_PUSH, &x, n, time);
	else if (kept)
		gl_owe(p, OWES_CONTEXT);
}

static void pop(struct gl_producer *p, uint64_t depth)
{
	uint64_t time = gl_now();
	bool room = gl_make_room(p, sizeof(struct gl_record) + sizeof(depth), GENLOG_SEV_ERROR, time);

	forget(&gl_process->context[p->index], depth);
	if (room)
		gl_put_meta(p, GL_META_POP, &depth, sizeof(depth), time);
	else
		gl_owe(p, OWES_CONTEXT);
}

/* The depth is counted in any case: a field that was lost is missing, and those of other depths are right. */
void genlog_ctx_push(const char *key, const char *value)
{
	struct gl_producer *p;
	int code = errno;

	if (!gl_enter())
		return;
	p = ready();
	if (p) {
		push(p, key ? key : "", value ? value : "(null)");
		p->depth++;
	}
	gl_leave();
	errno = code;
}

void genlog_ctx_pop(void)
{
	struct gl_producer *p = gl_thread_state.producer;
	int code = errno;

	if (!p->depth || !gl_enter())
		return;
	pop(p, --p->depth);
	gl_leave();
	errno = code;
}
