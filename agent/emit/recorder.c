/*
 * The flight recorder: records below the level, of which a ring keeps the newest.  The writer takes the oldest away
 * itself; a reader that copies meanwhile sees by `tail` what of its copy is no longer whole.
 */
#include "emit.h"

#include <errno.h>

static void make_room(struct gl_producer *p, uint64_t need)
{
	uint64_t bytes = p->mask + 1, tail = p->ring->tail;
	struct gl_record r;

	if (p->head - tail + need <= bytes)
		return;
	while (p->head - tail + need > bytes) {
		memcpy(&r, p->base + (tail & p->mask), sizeof(r));
		if (r.len < sizeof(r) || r.len > p->head - tail) { /* somebody has scribbled on it */
			tail = p->head;
			break;
		}
		tail += r.len;
	}
	__atomic_store_n(&p->ring->tail, tail, __ATOMIC_RELEASE);
#ifndef __SANITIZE_THREAD__			 /* which does not know fences */
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* it is known before the first byte is written over */
#endif
}

static bool is_wanted(const struct gl_site *site)
{
	int from = (int)__atomic_load_n(&gl_options.recorder, __ATOMIC_RELAXED);

	return from && site->level >= from;
}

static bool is_ready(struct gl_site *site)
{
	bool ready;

	if (gl_thread_state.producer->segment && site->id)
		return true;
	if (!gl_thread_state.producer->segment && gl_process->not_before && gl_coarse_ns() < gl_process->not_before)
		return false;
	gl_lock(true);
	ready = gl_thread_state.producer->segment || gl_thread_open(NULL) == 0;
	ready = ready && gl_site_register(site) == 0;
	gl_unlock();
	return ready;
}

void gl_emit_recorder(struct gl_site *site, const struct gl_arg *args, uint64_t need, uint64_t time)
{
	int code = errno;
	struct gl_producer *p;

	if (is_wanted(site) && is_ready(site)) {
		p = gl_thread_state.producer->recorder;
		if (p && need <= (p->mask + 1) / 4) {
			make_room(p, need + gl_debt(p));
			if (gl_process->owes[p->index])
				gl_debt_pay(p, time);
			gl_put(p->base + (p->head & p->mask), need, site->id, time, args, site->n_args, site->types);
			gl_commit(p, need);
		}
	}
	errno = code;
}
