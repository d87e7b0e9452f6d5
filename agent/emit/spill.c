/*
 * A ring that is full goes on in a file: a segment of its own behind the first one, with one ring for the thread.  When
 * the agent has emptied the ring, the thread writes there again; the file is the agent's to take and to remove.
 */
#include "emit.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define SPILL_RING (8U << 20)

/* Of one thread.  `home` is where it came from. */
struct spill {
	struct gl_producer home;
	size_t mapped;
	int fd;
};

static __thread struct spill *mine;
static uint32_t order;

static uint32_t ring_size(void)
{
	uint32_t n = SPILL_RING;

	while (n > GL_RING_MIN && n > gl_options.spill_max)
		n /= 2;
	return n;
}

static struct gl_segment *make(int *fd, struct gl_layout *l)
{
	char path[256], fresh[264];
	struct gl_segment *s;

	*fd = gl_file_make(gl_options.spill_dir, path, fresh);
	if (*fd < 0)
		return NULL;
	s = gl_segment_make(*fd, l, gl_process->segment->uuid, ++order);
	if (s && rename(fresh, path) == 0)
		return s;
	if (s)
		munmap(s, l->data);
	unlink(fresh);
	close(*fd);
	return NULL;
}

static void take_ring(struct gl_producer *p, struct gl_segment *s)
{
	struct gl_ring *r = gl_ring_at(s, 0);

	r->tid = p->ring->tid;
	r->generation = p->ring->generation;
	memcpy(r->name, p->ring->name, sizeof(r->name));
	__atomic_store_n(&r->state, GL_RING_OPEN, __ATOMIC_RELEASE);
	__atomic_store_n(&s->rings_used, 1, __ATOMIC_RELEASE);
	p->ring = r;
	p->segment = s;
	p->head = 0;
	p->limit_error = p->mask + 1;
	p->limit = p->limit_error - p->limit_error / 8;
}

int gl_spill(struct gl_producer *p)
{
	struct gl_layout l;
	struct gl_producer file = *p;
	struct gl_segment *s;
	static __thread struct spill room;
	int fd;

	gl_layout(&l, 1, ring_size());
	if (!gl_options.spill_dir || mine || p->recorder == p || gl_counts.spilled + l.bytes > gl_options.spill_max)
		return 0;
	gl_lock(true);
	s = make(&fd, &l);
	gl_unlock();
	if (!s)
		return 0;
	if (gl_ring_map(&file, fd, l.data, l.ring_bytes) < 0) {
		munmap(s, l.data);
		close(fd);
		return 0;
	}
	room = (struct spill){*p, l.data, fd};
	mine = &room;
	GL_ADD(spilled, l.bytes);
	take_ring(&file, s);
	file.index = p->index;
	*p = file;
	__atomic_store_n(&gl_process->spilling, true, __ATOMIC_RELAXED);
	return 1;
}

/* The file is left as it is; its lock goes with the descriptor, which says that nobody writes it any more. */
void gl_spill_back(struct gl_producer *p)
{
	struct spill *s = mine;
	struct gl_producer file = *p;

	if (!s || s->home.index != p->index ||
		(__atomic_load_n(&s->home.ring->tail, __ATOMIC_ACQUIRE) != s->home.head && file.limit != file.head))
		return;
	mine = NULL;
	__atomic_store_n(&file.ring->state, GL_RING_CLOSED, __ATOMIC_RELEASE);
	s->home.gap = file.gap;
	s->home.gap_time = file.gap_time;
	s->home.depth = file.depth;
	*p = s->home;
	munmap(file.base, 2 * (file.mask + 1));
	munmap(file.segment, s->mapped);
	close(s->fd);
}
