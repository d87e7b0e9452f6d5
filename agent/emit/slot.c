/* Slots of one size for many writers: handlers that interrupted a call, threads without a ring. */
#include "emit.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct gl_slot *slot_at(struct gl_segment *s, uint64_t position)
{
	return (struct gl_slot *)((uint8_t *)s + s->slots_at + position % SLOTS * GL_SLOT_BYTES);
}

/* The position becomes ours alone; NULL: all slots wait for the agent. */
static struct gl_slot *claim(struct gl_segment *s, uint64_t *position)
{
	uint64_t at = __atomic_load_n(&s->slot_position, __ATOMIC_RELAXED);

	for (;;) {
		struct gl_slot *x = slot_at(s, at);
		int64_t turn = (int64_t)(__atomic_load_n(&x->turn, __ATOMIC_ACQUIRE) - at);

		if (turn < 0)
			return NULL;
		if (turn > 0) {
			at = __atomic_load_n(&s->slot_position, __ATOMIC_RELAXED);
			continue;
		}
		if (__atomic_compare_exchange_n(
			    &s->slot_position, &at, at + 1, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
			*position = at;
			return x;
		}
	}
}

/* Texts that do not fit are cut, the last ones first. */
static uint64_t fit(struct gl_arg *to, const struct gl_arg *from, const struct gl_site *site)
{
	uint64_t left = sizeof(((struct gl_slot *)0)->record) - sizeof(struct gl_record) - 8ULL * site->n_args;

	for (uint32_t i = 0; i < site->n_args; i++) {
		to[i] = from[i];
		if (site->types[i] < GL_TEXT)
			continue;
		if (to[i].v > left) {
			to[i].v = site->types[i] == GL_TEXT ? left : left & ~7ULL;
			GL_ADD(truncated, 1);
		}
		left -= to[i].v;
	}
	return gl_need(to, site->n_args, site->types);
}

/* The time is taken here: by the clock of the segment, which may have come a moment ago. */
void gl_slot_put(struct gl_site *site, const struct gl_arg *args)
{
	struct gl_segment *s = __atomic_load_n(&gl_process->segment, __ATOMIC_ACQUIRE);
	uint32_t id = __atomic_load_n(&site->id, __ATOMIC_ACQUIRE);
	struct gl_arg cut[GL_ARGS_MAX];
	struct gl_slot *x;
	uint64_t position, need;

	if (!s) {
		GL_ADD(dropped, 1);
		return;
	}
	x = id ? claim(s, &position) : NULL;
	if (!x) {
		__atomic_fetch_add(id ? &s->slot_drops : &s->drops, 1, __ATOMIC_RELAXED);
		return;
	}
	need = fit(cut, args, site);
	gl_put(x->record, need, id, gl_now(), cut, site->n_args, site->types);
	x->tid = (int32_t)syscall(SYS_gettid);
	x->len = (uint32_t)need;
	__atomic_store_n(&x->turn, position + 1, __ATOMIC_RELEASE);
	if (__atomic_load_n(&s->doorbell, __ATOMIC_RELAXED))
		gl_ring_bell(s);
}

/* Within a call of the same thread: nothing is waited for. */
void gl_nested(struct gl_site *site, const struct gl_arg *args, uint64_t time)
{
	int code = errno;

	(void)time;
	if (site->level < __atomic_load_n(&gl_common.level, __ATOMIC_RELAXED))
		return; /* of interest to the recorder alone */
	GL_ADD(nested, 1);
	if (!__atomic_load_n(&site->id, __ATOMIC_ACQUIRE) && gl_process->segment && gl_lock(false)) {
		(void)gl_site_register(site); /* without a number it is counted as dropped */
		gl_unlock();
	}
	gl_slot_put(site, args);
	errno = code;
}
