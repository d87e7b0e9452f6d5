#include "emit.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* Twice in a row, so that no record has to wrap. */
int gl_ring_map(struct gl_producer *p, int fd, uint64_t at, uint32_t bytes)
{
	uint8_t *base;

	if (fd < 0 || gl_reserve(fd, at, bytes) < 0)
		return -ENOSPC;
	base = mmap(NULL, 2 * (size_t)bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED)
		return -ENOMEM;
	for (int i = 0; i < 2; i++)
		if (mmap(base + (size_t)i * bytes, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
			    (off_t)at) == MAP_FAILED) {
			munmap(base, 2 * (size_t)bytes);
			return -ENOMEM;
		}
	madvise(base, 2 * (size_t)bytes, MADV_DONTFORK);
	if (!gl_options.no_prefault)
		madvise(base, 2 * (size_t)bytes, MADV_POPULATE_WRITE);
	p->base = base;
	p->mask = bytes - 1;
	return 0;
}

/* There is room: whoever calls has looked. */
void gl_put_meta(struct gl_producer *p, enum gl_meta what, const void *bytes, uint32_t n, uint64_t time)
{
	uint64_t need = (sizeof(struct gl_record) + n + 7) & ~7ULL, head = need | (uint64_t)what << 32;
	uint8_t *w = p->base + (p->head & p->mask);

	memset(w + need - 8, 0, 8);
	memcpy(w, &head, 8);
	memcpy(w + 8, &time, 8);
	memcpy(w + sizeof(struct gl_record), bytes, n);
	gl_commit(p, need);
}

static void name_ring(struct gl_ring *r, const char *name)
{
	if (name)
		snprintf(r->name, sizeof(r->name), "%s", name);
	else if (pthread_getname_np(pthread_self(), r->name, sizeof(r->name)) != 0)
		r->name[0] = 0;
}

/* Of those that wait for a thread: one keeps its kind for good, as what stands in it is read accordingly. */
static bool is_free(uint32_t i, enum gl_ring_kind kind)
{
	const struct gl_ring *r = gl_ring_at(gl_process->segment, i);

	return !gl_process->used[i] && (!r->generation || r->kind == (uint32_t)kind);
}

static bool has_space(uint32_t i)
{
	const struct gl_ring *r = gl_ring_at(gl_process->segment, i);

	return r->head - __atomic_load_n(&r->tail, __ATOMIC_ACQUIRE) <= gl_process->segment->ring_bytes / 2;
}

/* The first with space, so that ten thousand short threads take as many rings as there are at a time; -1: none. */
static int choose(enum gl_ring_kind kind)
{
	int any = -1;

	for (uint32_t i = 0; i < gl_process->rings; i++) {
		if (!is_free(i, kind))
			continue;
		if (has_space(i))
			return (int)i;
		any = any < 0 ? (int)i : any;
	}
	return any;
}

/* A free ring of the segment, NULL: none. */
static struct gl_producer *take(const char *name, enum gl_ring_kind kind)
{
	struct gl_segment *s = gl_process->segment;
	int i = choose(kind);
	struct gl_producer *p = i < 0 ? NULL : &gl_process->producer[i];
	uint64_t at = s->rings_at + (uint64_t)i * s->ring_bytes;

	if (!p || (!p->base && gl_ring_map(p, gl_segment_fd(), at, s->ring_bytes) < 0))
		return NULL;
	p->ring = gl_ring_at(s, (uint32_t)i);
	p->segment = s;
	p->index = (uint32_t)i;
	p->head = p->ring->head;
	p->depth = 0;
	p->recorder = NULL;
	gl_process->used[i] = true;
	gl_process->context[i].n = 0;
	p->ring->kind = (uint32_t)kind;
	p->ring->generation++;
	p->ring->tid = (int32_t)syscall(SYS_gettid);
	name_ring(p->ring, name);
	gl_owe(p, OWES_THREAD);
	if (kind == GL_RING_RECORDER) /* of what the last thread did nobody asks any more */
		__atomic_store_n(&p->ring->tail, p->head, __ATOMIC_RELEASE);
	__atomic_store_n(&p->ring->state, GL_RING_OPEN, __ATOMIC_RELEASE);
	if ((uint32_t)i >= s->rings_used)
		__atomic_store_n(&s->rings_used, (uint32_t)i + 1, __ATOMIC_RELEASE);
	return p;
}

int gl_thread_open(const char *name)
{
	int r = gl_is_own_process() ? 0 : -EAGAIN;
	struct gl_producer *p;

	if (r == 0 && !gl_process->segment)
		r = gl_segment_open();
	if (r < 0)
		return r;
	p = take(name, GL_RING_PLAIN);
	if (!p)
		return -EMFILE;
	(void)gl_make_room(p, 0, GENLOG_SEV_CRITICAL, gl_now()); /* else it is told later */
	if (gl_options.recorder)
		p->recorder = take(name, GL_RING_RECORDER);
	gl_thread_state.producer = p;
	(void)gl_watch_exit(p);
	return 0;
}

void gl_thread_close(struct gl_producer *p)
{
	gl_spill_back(p);
	if (p->recorder)
		gl_thread_close(p->recorder);
	if (p->gap && p->ring->kind == GL_RING_PLAIN)
		(void)gl_make_room(p, 0, GENLOG_SEV_CRITICAL, gl_now()); /* else the next thread tells it */
	__atomic_store_n(&p->ring->state, GL_RING_CLOSED, __ATOMIC_RELEASE);
	p->limit = p->limit_error = p->head;
	p->recorder = NULL;
	gl_process->used[p->index] = false;
}

static int rename_thread(struct gl_producer *p, const char *name)
{
	if (name) {
		name_ring(p->ring, name);
		gl_owe(p, OWES_THREAD | OWES_CONTEXT);
	}
	return 0;
}

int genlog_thread_init(const char *name)
{
	struct gl_producer *p = gl_thread_state.producer;
	int code = errno, r;

	if (!gl_enter())
		return p->segment ? 0 : -EBUSY;
	gl_lock(true);
	r = p->segment ? rename_thread(p, name) : gl_thread_open(name);
	gl_unlock();
	gl_leave();
	errno = code;
	return r;
}

void genlog_thread_fini(void)
{
	struct gl_producer *p = gl_thread_state.producer;
	int code = errno;

	if (!gl_enter())
		return;
	gl_thread_state.producer = gl_no_ring();
	if (p->segment) {
		gl_lock(true);
		gl_thread_close(p);
		(void)gl_watch_exit(NULL);
		gl_unlock();
	}
	gl_leave();
	errno = code;
}
