#include "emit.h"

#include <errno.h>

#define KEY_MAX 64
#define VALUE_MAX 1024

/* A ring of this thread with room for so many bytes of a meta record; NULL: none. */
static struct gl_producer *ready(uint32_t n)
{
	struct gl_producer *p = gl_thread_state.producer;
	uint64_t need = sizeof(struct gl_record) + n + 8;

	if (!p->segment) {
		gl_lock(true);
		(void)gl_thread_open(NULL); /* without a ring the field is lost with the records it is for */
		gl_unlock();
		p = gl_thread_state.producer;
	}
	if (!p->segment)
		return NULL;
	if (gl_room(p) < need) {
		uint64_t bytes = p->mask + 1, tail = __atomic_load_n(&p->ring->tail, __ATOMIC_ACQUIRE);

		if (tail <= p->head && p->head - tail <= bytes)
			p->limit_error = tail + bytes;
	}
	return gl_room(p) < need ? NULL : p;
}

static void push(struct gl_producer *p, const char *key, const char *value)
{
	uint8_t bytes[sizeof(struct gl_push) + KEY_MAX + VALUE_MAX];
	struct gl_push h = {.depth = gl_thread_state.producer->depth,
		.key_len = (uint16_t)strnlen(key, KEY_MAX),
		.value_len = (uint16_t)strnlen(value, VALUE_MAX)};

	memcpy(bytes, &h, sizeof(h));
	memcpy(bytes + sizeof(h), key, h.key_len);
	memcpy(bytes + sizeof(h) + h.key_len, value, h.value_len);
	gl_put_meta(p, GL_META_PUSH, bytes, (uint32_t)sizeof(h) + h.key_len + h.value_len, gl_now());
}

/* The depth is counted in any case: a field that found no room is missing, and those of other depths are right. */
void genlog_ctx_push(const char *key, const char *value)
{
	struct gl_producer *p;
	int code = errno;

	if (!gl_enter())
		return;
	p = ready(sizeof(struct gl_push) + KEY_MAX + VALUE_MAX);
	if (p)
		push(p, key ? key : "", value ? value : "(null)");
	gl_thread_state.producer->depth++;
	gl_leave();
	errno = code;
}

void genlog_ctx_pop(void)
{
	struct gl_producer *p;
	uint64_t depth;
	int code = errno;

	if (!gl_thread_state.producer->depth || !gl_enter())
		return;
	depth = --gl_thread_state.producer->depth;
	p = ready(sizeof(depth));
	if (p)
		gl_put_meta(p, GL_META_POP, &depth, sizeof(depth), gl_now());
	gl_leave();
	errno = code;
}
