/*
 * A ring that is full goes on in files: each a segment of its own behind the first one, with one ring for the thread.
 * When the agent has emptied the ring, the thread writes there again; the files are the agent's to take and to remove.
 */
#include "emit.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define SPILL_RING (8U << 20)
#define BACK_OFF_NS 100000000U

static uint32_t order;

static uint32_t ring_size(void)
{
	uint32_t n = SPILL_RING;

	while (n > GL_RING_MIN && n > gl_options.spill_max / 4)
		n /= 2;
	while (n < GL_RING_MAX && n < gl_options.spill_max / SPILLS)
		n *= 2;
	return n;
}

/* A place for one more name, NULL: so many files lie there that another would be too much. */
static char *place_for(uint64_t bytes)
{
	char *place = NULL, path[256];
	uint64_t there = 0;

	for (uint32_t i = 0; i < SPILLS; i++) {
		char *name = gl_process->files[i];

		snprintf(path, sizeof(path), "%s/%s", gl_options.spill_dir, name);
		if (*name && access(path, F_OK) < 0)
			*name = 0; /* the agent has removed it */
		there += *name ? bytes : 0;
		if (!*name && !place)
			place = name;
	}
	return there + bytes > gl_options.spill_max ? NULL : place;
}

static struct gl_segment *make(int *fd, const struct gl_layout *l, struct gl_producer *file)
{
	char path[256], fresh[264], *name = place_for(l->bytes);
	struct gl_segment *s;

	*fd = name ? gl_file_make(gl_options.spill_dir, path, fresh) : -ENOSPC;
	if (*fd < 0)
		return NULL;
	s = gl_segment_make(*fd, l, gl_process->segment->uuid, ++order);
	if (s && gl_ring_map(file, *fd, l->data, l->ring_bytes) == 0) {
		if (rename(fresh, path) == 0) {
			snprintf(name, sizeof(gl_process->files[0]), "%s", strrchr(path, '/') + 1);
			return s;
		}
		munmap(file->base, 2 * (size_t)l->ring_bytes);
	}
	if (s)
		munmap(s, l->data);
	unlink(fresh);
	close(*fd);
	return NULL;
}

static void take_ring(struct gl_producer *p, struct gl_segment *s, const struct gl_ring *home)
{
	struct gl_ring *r = gl_ring_at(s, 0);

	r->tid = home->tid;
	r->generation = home->generation;
	memcpy(r->name, home->name, sizeof(r->name));
	__atomic_store_n(&r->state, GL_RING_OPEN, __ATOMIC_RELEASE);
	__atomic_store_n(&s->rings_used, 1, __ATOMIC_RELEASE);
	p->ring = r;
	p->segment = s;
	p->head = 0;
	gl_owe(p, OWES_THREAD | OWES_CONTEXT);
}

/* The file is left as it is; its lock goes with the descriptor, which says that nobody writes it any more. */
static void leave(struct gl_spilled *x, struct gl_producer *p)
{
	__atomic_store_n(&p->ring->state, GL_RING_CLOSED, __ATOMIC_RELEASE);
	munmap(p->base, 2 * (p->mask + 1));
	munmap(x->segment, x->mapped);
	gl_fd_close(x->fd);
	x->segment = NULL;
	gl_process->spilling--;
}

static int go_on(struct gl_producer *p)
{
	struct gl_spilled *x = &gl_process->spilled[p->index];
	struct gl_producer file = *p;
	struct gl_segment *s;
	struct gl_layout l;
	int fd;

	gl_layout(&l, 1, ring_size());
	s = make(&fd, &l, &file);
	if (!s)
		return 0;
	if (x->segment)
		leave(x, p);
	else
		x->home = *p;
	gl_fd_keep(fd);
	x->segment = s;
	x->mapped = l.data;
	x->fd = fd;
	gl_process->spilling++;
	GL_ADD(spilled, l.bytes);
	take_ring(&file, s, x->home.ring);
	*p = file;
	return 1;
}

int gl_spill(struct gl_producer *p)
{
	int r = 0;

	if (!gl_options.spill_dir || gl_coarse_ns() < gl_process->spill_not_before)
		return 0;
	gl_lock(true);
	if (gl_is_own_process())
		r = go_on(p);
	if (!r)
		gl_process->spill_not_before = gl_coarse_ns() + BACK_OFF_NS;
	gl_unlock();
	return r;
}

void gl_spill_back(struct gl_producer *p)
{
	struct gl_spilled *x = &gl_process->spilled[p->index];
	struct gl_producer home = x->home;

	if (!x->segment)
		return;
	home.gap = p->gap;
	home.gap_time = p->gap_time;
	home.depth = p->depth;
	home.recorder = p->recorder;
	leave(x, p);
	*p = home;
	gl_owe(p, OWES_CONTEXT);
}

void gl_spill_look(struct gl_producer *p)
{
	struct gl_spilled *x = &gl_process->spilled[p->index];

	if (!x->segment || __atomic_load_n(&x->home.ring->tail, __ATOMIC_ACQUIRE) != x->home.head)
		return;
	gl_lock(true);
	gl_spill_back(p);
	gl_unlock();
}
