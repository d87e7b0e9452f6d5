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

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

struct gl_producer *gl_no_ring(void);

static void on_thread_exit(void *arg)
{
	(void)arg;
	genlog_thread_fini();
}

static void make_key(void)
{
	(void)pthread_key_create(&key, on_thread_exit); /* without it, a ring stays open until the process ends */
}

/* Twice in a row, so that no record has to wrap. */
int gl_ring_map(struct gl_producer *p, int fd, uint64_t at, uint32_t bytes)
{
	uint8_t *base;

	if (gl_reserve(fd, at, bytes) < 0)
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

uint64_t gl_room(const struct gl_producer *p)
{
	return p->limit_error - p->head;
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

static void set_limits(struct gl_producer *p)
{
	uint64_t bytes = p->mask + 1, tail = __atomic_load_n(&p->ring->tail, __ATOMIC_ACQUIRE);

	if (tail > p->head || p->head - tail > bytes)
		tail = p->head - bytes; /* no reader has said that: it is full, then */
	p->limit_error = tail + bytes;
	p->limit = p->head - tail < bytes / 2 ? tail + bytes / 2 : p->limit_error - bytes / 8;
}

static void introduce(struct gl_producer *p)
{
	struct gl_thread t = {.tid = p->ring->tid, .generation = p->ring->generation};

	memcpy(t.name, p->ring->name, sizeof(t.name));
	if (gl_room(p) >= 64)
		gl_put_meta(p, GL_META_THREAD, &t, sizeof(t), gl_now());
}

static void name_ring(struct gl_ring *r, const char *name)
{
	r->generation++;
	r->tid = (int32_t)syscall(SYS_gettid);
	if (name)
		snprintf(r->name, sizeof(r->name), "%s", name);
	else if (pthread_getname_np(pthread_self(), r->name, sizeof(r->name)) != 0)
		r->name[0] = 0;
}

/* A free ring of the segment, NULL: none. */
static struct gl_producer *take(const char *name, enum gl_ring_kind kind)
{
	struct gl_segment *s = gl_process->segment;
	struct gl_producer *p;
	uint32_t i = 0;

	while (i < gl_process->rings && gl_process->used[i])
		i++;
	if (i == gl_process->rings)
		return NULL;
	p = &gl_process->producer[i];
	if (!p->base && gl_ring_map(p, gl_process->fd, s->rings_at + (uint64_t)i * s->ring_bytes, s->ring_bytes) < 0)
		return NULL;
	p->ring = gl_ring_at(s, i);
	p->segment = s;
	p->index = i;
	p->head = __atomic_load_n(&p->ring->head, __ATOMIC_RELAXED);
	p->gap = p->depth = 0;
	p->recorder = NULL;
	gl_process->used[i] = true;
	p->ring->kind = (uint32_t)kind;
	set_limits(p);
	name_ring(p->ring, name);
	__atomic_store_n(&p->ring->state, GL_RING_OPEN, __ATOMIC_RELEASE);
	if (i >= s->rings_used)
		__atomic_store_n(&s->rings_used, i + 1, __ATOMIC_RELEASE);
	return p;
}

int gl_thread_open(const char *name)
{
	int r = gl_process->segment ? 0 : gl_segment_open();
	struct gl_producer *p;

	if (r < 0)
		return r;
	p = take(name, GL_RING_PLAIN);
	if (!p)
		return -EMFILE;
	introduce(p);
	if (gl_options.recorder)
		p->recorder = take(name, GL_RING_RECORDER);
	gl_thread_state.producer = p;
	if (pthread_once(&once, make_key) == 0)
		(void)pthread_setspecific(key, p); /* as above */
	return 0;
}

void gl_thread_close(struct gl_producer *p)
{
	gl_spill_back(p);
	if (p->recorder)
		gl_thread_close(p->recorder);
	__atomic_store_n(&p->ring->state, GL_RING_CLOSED, __ATOMIC_RELEASE);
	p->limit = p->limit_error = p->head;
	p->recorder = NULL;
	gl_process->used[p->index] = false;
}

int genlog_thread_init(const char *name)
{
	int code = errno, r;

	if (gl_thread_state.producer->segment)
		return 0;
	if (!gl_enter())
		return -EBUSY;
	gl_lock(true);
	r = gl_thread_open(name);
	gl_unlock();
	gl_leave();
	errno = code;
	return r;
}

void genlog_thread_fini(void)
{
	struct gl_producer *p = gl_thread_state.producer;

	if (!gl_enter())
		return;
	gl_thread_state.producer = gl_no_ring();
	if (p->segment) {
		gl_lock(true);
		gl_thread_close(p);
		gl_unlock();
	}
	gl_leave();
}
