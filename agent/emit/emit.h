/*
 * libgenlog inside.  Layers of its own: it sees include/genlog/ and the C library, nothing of the agent.
 *
 *	process.c   what a process has: the lock, what a forked child does about it
 *	options.c   what the program and the environment ask for
 *	fds.c       the library's descriptors, which the program may close behind its back
 *	segment.c   a segment is made: memory with seals, or a file
 *	ring.c      a thread's ring is taken and given back
 *	site.c      call sites are written down
 *	path.c      the stable entry: gl_emit_site()
 *	slow.c      a call that has no room: the first one, a full ring
 *	debt.c      what a ring is told before its next record: gaps, whose it is, the context
 *	slot.c      calls within calls, and threads without a ring
 *	recorder.c  the newest records below the level
 *	link.c      the agent's socket, and the thread that keeps it
 *	spill.c     full rings go on in files
 *	context.c, trace.c, crash.c, job.c, api.c
 *
 * Locks: one, for what is seldom: segments, rings, sites.  Whoever takes it has set `busy`, so that a signal handler
 * of the same thread never waits for it, and is not cancelled meanwhile.  Errors: -errno.  errno is kept over every
 * call of the program.
 */
#ifndef EMIT_EMIT_H
#define EMIT_EMIT_H

#define GENLOG_LIBRARY
#define GL_UNROLL _Pragma("GCC unroll 1") /* genlog_path.h says why */
#include <genlog/genlog.h>

#define SLOTS 64U
#define RINGS_DEFAULT 64U
#define RING_DEFAULT (256U << 10)

/* A ring that went on in a file; `home` is where it came from. */
struct gl_spilled {
	struct gl_producer home;
	struct gl_segment *segment; /* NULL: it did not */
	size_t mapped;
	int fd;
};

#define SPILLS 128U
#define CONTEXT_BYTES 4088U
struct gl_context {
	uint32_t n, zero;
	uint8_t pushes[CONTEXT_BYTES]; /* struct gl_push, key, value, each at a multiple of 8 */
};

/* What was counted, in no ring. */
struct gl_counts {
	uint64_t dropped, nested, truncated, blocked_ns, spilled;
};

enum owes { OWES_THREAD = 1, OWES_CONTEXT = 2 };

/* Of a process.  In pages that a forked child finds zeroed: it begins anew. */
struct gl_process {
	uint32_t lock;
	int cancel; /* what the thread that has the lock said of its cancellation before */
	int pid;
	uint32_t rings, fails;
	uint64_t not_before;	   /* no ring could be had: not tried again until then, in ns of the coarse clock */
	uint64_t spill_not_before; /* nor a file */
	struct gl_segment *segment;
	int fd, sock;
	char path[256]; /* of a file; empty: memory */
	bool linked;	/* an agent has the segment */
	bool refused;	/* it said that it does not want it */
	bool sites_full;
	uint32_t spilling; /* rings that are in files */
	uint64_t modules;  /* dl_iterate_phdr()'s count when modules were told; 0: never */
	struct gl_counts counts;
	bool used[GL_RINGS_MAX];
	uint8_t owes[GL_RINGS_MAX]; /* enum owes */
	struct gl_producer producer[GL_RINGS_MAX] __attribute__((aligned(128)));
	struct gl_spilled spilled[GL_RINGS_MAX];
	char files[SPILLS][40]; /* names in spill_dir, until the agent has removed them */
	struct gl_context context[GL_RINGS_MAX];
};
extern struct gl_process *gl_process;
extern struct genlog_options gl_options;
#define GL_ADD(counter, n) __atomic_fetch_add(&gl_process->counts.counter, (uint64_t)(n), __ATOMIC_RELAXED)

/* process.c */
bool gl_lock(bool wait);
void gl_unlock(void);
uint64_t gl_coarse_ns(void);
struct gl_producer *gl_no_ring(void);
bool gl_is_own_process(void); /* under the lock; false: a child of vfork(), whose descriptors are not ours */
int gl_watch_exit(void *of);  /* of this thread; NULL: no more */
/* Both for code that is not on the path: a call of the thread's own while it is set goes to the slots. */
static inline bool gl_enter(void)
{
	if (gl_thread_state.busy)
		return false;
	gl_thread_state.busy = 1;
	GL_FENCE();
	return true;
}
static inline void gl_leave(void)
{
	GL_FENCE();
	gl_thread_state.busy = 0;
}

/* options.c */
int gl_options_take(const struct genlog_options *o);
void gl_environment_take(void);
void gl_clock_choose(void);
void gl_set_threshold(void);
void gl_level_take(uint32_t level, uint32_t recorder);
const char *gl_socket_path(void);
const char *gl_ring_dir(void);

/* fds.c; under the lock, but for the last */
void gl_fd_keep(int fd);
bool gl_fd_is_ours(int fd);
bool gl_fd_same(int fd, int other); /* `other` is what `fd` was when it was kept */
void gl_fd_close(int fd);
void gl_fds_leave(void); /* a child's copies */

/* segment.c; under the lock */
struct gl_layout {
	uint32_t rings, ring_bytes;
	uint64_t ring_headers, slots, sites, data, bytes;
};
void gl_layout(struct gl_layout *l, uint32_t rings, uint32_t ring_bytes);
int gl_segment_open(void);
int gl_segment_fd(void); /* opened again where the program has closed it; -EBADF: it cannot be */
/* A segment in a file: the fd, or -errno.  `order` > 0: behind the process's own. */
struct gl_segment *gl_segment_make(int fd, const struct gl_layout *l, const uint8_t *before, uint32_t order);
int gl_file_make(const char *dir, char path[256], char fresh[264]);
int gl_reserve(int fd, uint64_t at, uint64_t n);

/* ring.c; under the lock */
int gl_thread_open(const char *name);
void gl_thread_close(struct gl_producer *p);
int gl_ring_map(struct gl_producer *p, int fd, uint64_t at, uint32_t bytes);
void gl_put_meta(struct gl_producer *p, enum gl_meta what, const void *bytes, uint32_t n, uint64_t time);
static inline struct gl_ring *gl_ring_at(struct gl_segment *s, uint32_t i)
{
	return (struct gl_ring *)((uint8_t *)s + s->ring_headers_at) + i;
}

/* slow.c: whether there is room behind what is owed, which is then told. */
bool gl_make_room(struct gl_producer *p, uint64_t need, int level, uint64_t time);

/* debt.c */
uint64_t gl_debt(const struct gl_producer *p);
void gl_debt_pay(struct gl_producer *p, uint64_t time); /* there is room */
void gl_owe(struct gl_producer *p, unsigned what);

/* site.c; under the lock */
int gl_site_register(struct gl_site *site);
int gl_sites_copy(struct gl_segment *s, int fd);

/* slot.c */
void gl_slot_put(struct gl_site *site, const struct gl_arg *args);

/* link.c */
int gl_dial(const char *path);
int gl_hello(int sock, int fd, const uint8_t uuid[16]);
bool gl_answer_take(int sock, int wait_ms, struct gl_answer *out);
void gl_answer_heed(const struct gl_answer *a);
void gl_helper_start(void);

/* spill.c: 1: the producer has a ring in a fresh file now; 0: it has not. */
int gl_spill(struct gl_producer *p);
void gl_spill_look(struct gl_producer *p); /* home again, when that is empty */
void gl_spill_back(struct gl_producer *p); /* in any case; under the lock */

#endif
