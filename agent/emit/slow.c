/* What a call does when it cannot just write: the first of a process, thread, child or site; and a full ring. */
#include "emit.h"

#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define BACK_OFF_NS 10000000ULL
#define BACK_OFFS 8
#define LOOK_BYTES 65536
#define NAP_NS 20000
#define NAP_MOST_NS 1000000

/* ── the first call ── */

/* A hole without an argument is the programmer's mistake: it is told once, as a record of its own. */
static void check_site(const struct gl_site *site)
{
	static struct gl_site told = {0, __LINE__, GENLOG_SEV_WARN, 3, 0, {GL_TEXT, GL_TEXT, GL_INT},
		"genlog: the template \"{template}\" in {file}, line {line}, has a hole without an argument", "",
		__FILE__, __func__, ""};
	struct gl_arg a[3] = {gl_arg_s(site->message_template), gl_arg_s(site->file), gl_arg_i(site->line)};
	struct gl_producer *p = gl_thread_state.producer;
	uint64_t need = gl_need(a, 3, told.types);

	if (gl_holes(site->message_template) <= site->n_args || gl_site_register(&told) < 0 ||
		!gl_make_room(p, need, told.level, gl_now()))
		return;
	gl_put(p->base + (p->head & p->mask), need, told.id, gl_now(), a, 3, told.types);
	gl_commit(p, need);
}

/* 0: ring and number are there; -ENOSPC: no number; else no ring. */
static int make_ready(struct gl_site *site)
{
	struct gl_process *s = gl_process;
	bool fresh = !site->id, registered;
	int r = gl_thread_state.producer->segment ? 0 : gl_thread_open(NULL);
	uint64_t next = r < 0 ? gl_coarse_ns() + (BACK_OFF_NS << s->fails) : 0;

	s->fails = r < 0 ? s->fails + (s->fails < BACK_OFFS) : 0;
	__atomic_store_n(&s->not_before, next, __ATOMIC_RELAXED);
	registered = !fresh || (s->segment && gl_site_register(site) == 0);
	if (r == 0 && !registered)
		return -ENOSPC;
	if (r == 0 && fresh)
		check_site(site);
	return r;
}

/* Nothing is tried again that failed a moment ago. */
static bool is_hopeless(const struct gl_site *site)
{
	uint64_t not_before = __atomic_load_n(&gl_process->not_before, __ATOMIC_RELAXED);

	if (gl_thread_state.producer->segment)
		return !site->id && __atomic_load_n(&gl_process->sites_full, __ATOMIC_RELAXED);
	return not_before && gl_coarse_ns() < not_before;
}

static int drop(struct gl_producer *p, uint64_t time);

static int first(struct gl_site *site, const struct gl_arg *args)
{
	int r = -EAGAIN;

	if (!is_hopeless(site)) {
		gl_lock(true);
		r = make_ready(site);
		gl_unlock();
	}
	if (r == 0)
		return 1;
	if (gl_thread_state.producer->segment)
		return drop(gl_thread_state.producer, gl_now());
	gl_slot_put(site, args);
	return 0;
}

/* ── a full ring ── */

/*
 * What the reader has given back.  Below half full the ring comes by here again at half, to wake a sleeping agent; one
 * in a file comes by often, to see whether it can go home.
 */
static void look(struct gl_producer *p, uint64_t need)
{
	uint64_t bytes = p->mask + 1, tail = __atomic_load_n(&p->ring->tail, __ATOMIC_ACQUIRE);

	if (tail > p->head || p->head - tail > bytes)
		return; /* no reader of ours has said that */
	p->limit_error = tail + bytes;
	p->limit = p->limit_error - bytes / 8;
	if (p->head - tail + need <= bytes / 2)
		p->limit = tail + bytes / 2;
	else if (__atomic_load_n(&p->segment->doorbell, __ATOMIC_RELAXED))
		gl_ring_bell(p->segment);
	if (p->segment != gl_process->segment && p->limit > p->head + need + LOOK_BYTES)
		p->limit = p->head + need + LOOK_BYTES;
}

/* What it owes is told as soon as there is room for it. */
static bool has_room(struct gl_producer *p, uint64_t need, int level, uint64_t time)
{
	uint64_t limit = level >= GENLOG_SEV_ERROR ? p->limit_error : p->limit;

	if ((int64_t)(limit - p->head) < (int64_t)(need + gl_debt(p)))
		return false;
	gl_debt_pay(p, time);
	return true;
}

bool gl_make_room(struct gl_producer *p, uint64_t need, int level, uint64_t time)
{
	look(p, need + gl_debt(p));
	if (has_room(p, need, level, time))
		return true;
	if (p->gap || gl_process->owes[p->index])
		p->limit = p->limit_error = p->head;
	return false;
}

/* Dropped: the next call comes by here again, so that the gap is told before what follows it. */
static int drop(struct gl_producer *p, uint64_t time)
{
	if (!p->gap++)
		p->gap_time = time;
	__atomic_store_n(&p->ring->drops, p->ring->drops + 1, __ATOMIC_RELAXED);
	if (p->segment != gl_process->segment)
		GL_ADD(dropped, 1); /* the file may be gone when somebody asks */
	p->limit = p->limit_error = p->head;
	return 0;
}

static void nap(uint64_t ns)
{
	struct timespec t = {.tv_nsec = (long)ns};

	syscall(SYS_nanosleep, &t, NULL); /* which is no cancellation point */
	GL_ADD(blocked_ns, ns);
}

static bool wait_for_room(struct gl_producer *p, uint64_t need, int level, uint64_t time)
{
	uint64_t most = (uint64_t)gl_options.block_ms * 1000000U, waited = 0, ns = NAP_NS;

	while (waited < most) {
		gl_ring_bell(p->segment);
		nap(ns);
		waited += ns;
		ns = ns < NAP_MOST_NS ? 2 * ns : ns;
		if (gl_make_room(p, need, level, time))
			return true;
	}
	return false;
}

static int full(struct gl_site *site, uint64_t need, uint64_t time)
{
	struct gl_producer *p = gl_thread_state.producer;

	gl_level_take(__atomic_load_n(&gl_process->segment->level, __ATOMIC_RELAXED),
		__atomic_load_n(&gl_process->segment->recorder, __ATOMIC_RELAXED));
	if (gl_process->spilled[p->index].segment)
		gl_spill_look(p);
	if (need > (p->mask + 1) / 4) /* larger than may be */
		return drop(p, time);
	if (gl_make_room(p, need, site->level, time))
		return 1;
	if (gl_options.on_full == GENLOG_FULL_BLOCK && wait_for_room(p, need, site->level, time))
		return 1;
	if (gl_options.on_full == GENLOG_FULL_SPILL && gl_spill(p) && gl_make_room(p, need, site->level, time))
		return 1;
	return drop(p, time);
}

int gl_slow(struct gl_site *site, const struct gl_arg *args, uint64_t need, uint64_t time)
{
	int code = errno, r;

	if (!gl_thread_state.producer->segment || !__atomic_load_n(&site->id, __ATOMIC_ACQUIRE))
		r = first(site, args);
	else
		r = full(site, need, time);
	errno = code;
	return r;
}
