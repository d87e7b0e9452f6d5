#include "emit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#define ANSWER_MS 50
#define ANCHOR_TRIES 4
#define SITES_FIRST (64U << 10) /* of the site table, reserved at once */

static uint64_t round_up(uint64_t n)
{
	return (n + GL_PAGE - 1) & ~(uint64_t)(GL_PAGE - 1);
}

void gl_layout(struct gl_layout *l, uint32_t rings, uint32_t ring_bytes)
{
	*l = (struct gl_layout){.rings = rings, .ring_bytes = ring_bytes, .ring_headers = GL_PAGE};
	l->slots = round_up(l->ring_headers + rings * sizeof(struct gl_ring));
	l->sites = l->slots + (uint64_t)SLOTS * GL_SLOT_BYTES;
	l->data = round_up(l->sites + GL_SITES_BYTES);
	l->bytes = l->data + (uint64_t)rings * ring_bytes;
}

/* Memory that is not there when it is written to would be a SIGBUS in the program. */
int gl_reserve(int fd, uint64_t at, uint64_t n)
{
	while (fallocate(fd, 0, (off_t)at, (off_t)n) < 0) {
		if (errno == EOPNOTSUPP)
			return -posix_fallocate(fd, (off_t)at, (off_t)n);
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

static void fill_uuid(uint8_t uuid[16])
{
	uint64_t x[2];

	if (getrandom(uuid, 16, GRND_NONBLOCK) == 16)
		return;
	x[0] = gl_clock_now(); /* early in the boot: time and place are all there is */
	x[1] = (uint64_t)getpid() << 32 ^ (uint64_t)(uintptr_t)&x;
	memcpy(uuid, x, sizeof(x));
}

/* The pair between whose halves nobody else has run. */
static void fill_clock(struct gl_segment *s)
{
	uint64_t shortest = UINT64_MAX;

	if (!s->order)
		gl_clock_choose();
	s->clock = (uint32_t)gl_common.clock;
	for (int i = 0; i < ANCHOR_TRIES; i++) {
		uint64_t before = gl_now(), took;
		struct timespec t;

		clock_gettime(CLOCK_REALTIME, &t);
		took = gl_now() - before;
		if (took >= shortest)
			continue;
		shortest = took;
		s->anchor.ticks = before + took / 2;
		s->anchor.real_ns = (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
	}
}

static void fill(struct gl_segment *s, const struct gl_layout *l)
{
	s->version = GL_VERSION;
	s->header_bytes = GL_PAGE;
	s->bytes = l->bytes;
	s->rings = l->rings;
	s->ring_bytes = l->ring_bytes;
	s->slots = SLOTS;
	s->sites_bytes = GL_SITES_BYTES;
	s->ring_headers_at = l->ring_headers;
	s->slots_at = l->slots;
	s->sites_at = l->sites;
	s->rings_at = l->data;
	s->pid = getpid();
	s->uid = getuid();
	fill_clock(s);
	snprintf(s->app, sizeof(s->app), "%s", gl_options.app ? gl_options.app : program_invocation_short_name);
	for (uint32_t i = 0; i < SLOTS; i++)
		((struct gl_slot *)((uint8_t *)s + l->slots + (size_t)i * GL_SLOT_BYTES))->turn = i;
}

/* All but the rings; they come when threads do. */
struct gl_segment *gl_segment_make(int fd, const struct gl_layout *l, const uint8_t *before, uint32_t order)
{
	struct gl_segment *s;

	if (ftruncate(fd, (off_t)l->bytes) < 0 || gl_reserve(fd, 0, l->sites + SITES_FIRST) < 0)
		return NULL;
	s = mmap(NULL, l->data, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (s == MAP_FAILED)
		return NULL;
	madvise(s, l->data, MADV_DONTFORK);
	if (!gl_options.no_prefault)
		madvise(s, l->sites + SITES_FIRST, MADV_POPULATE_WRITE);
	fill_uuid(s->uuid);
	if (before)
		memcpy(s->before, before, sizeof(s->before));
	s->order = order;
	fill(s, l);
	if (gl_sites_copy(s, fd) < 0) {
		munmap(s, l->data);
		return NULL;
	}
	__atomic_store_n(&s->magic, GL_MAGIC, __ATOMIC_RELEASE);
	return s;
}

/* ── memory, or a file ── */

static int memory_make(void)
{
	int fd = memfd_create("genlog", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);

	return fd < 0 && errno == EINVAL ? memfd_create("genlog", MFD_CLOEXEC | MFD_ALLOW_SEALING) : fd;
}

/* The agent writes `tail`: the folder's group, which is the agent's, may, where the folder hands it on. */
static int set_mode(int fd, const char *dir)
{
	struct stat own, folder;

	if (fstat(fd, &own) < 0 || stat(dir, &folder) < 0)
		return -errno;
	return fchmod(fd, own.st_gid == folder.st_gid ? 0660 : 0600) < 0 ? -errno : 0;
}

int gl_file_make(const char *dir, char path[256], char fresh[264])
{
	uint8_t id[16];
	int fd, n;

	fill_uuid(id);
	n = snprintf(path, 256, "%s/%d-%02x%02x%02x%02x%02x%02x%02x%02x.ring", dir, (int)getpid(), id[0], id[1], id[2],
		id[3], id[4], id[5], id[6], id[7]);
	if (n < 0 || n >= 256)
		return -ENAMETOOLONG;
	snprintf(fresh, 264, "%s.new", path);
	fd = open(fresh, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	n = set_mode(fd, dir);
	if (n == 0 && flock(fd, LOCK_EX | LOCK_NB) < 0)
		n = -errno;
	if (n < 0) {
		unlink(fresh);
		close(fd);
		return n;
	}
	return fd;
}

static void use(int fd, struct gl_segment *s, const struct gl_layout *l, int sock)
{
	gl_process->fd = fd;
	gl_process->rings = l->rings;
	gl_process->sock = sock;
	__atomic_store_n(&gl_process->linked, sock >= 0, __ATOMIC_RELAXED);
	gl_fd_keep(fd);
	gl_fd_keep(sock);
	__atomic_store_n(&gl_process->segment, s, __ATOMIC_RELEASE);
}

static int open_file(const struct gl_layout *l)
{
	char path[256], fresh[264];
	int fd = gl_file_make(gl_ring_dir(), path, fresh);
	struct gl_segment *s = fd < 0 ? NULL : gl_segment_make(fd, l, NULL, 0);

	if (!s || rename(fresh, path) < 0) {
		int code = fd < 0 ? fd : -errno;

		if (s)
			munmap(s, l->data);
		if (fd >= 0) {
			unlink(fresh);
			close(fd);
		}
		return code;
	}
	memcpy(gl_process->path, path, sizeof(path));
	use(fd, s, l, -1);
	return 0;
}

/* An agent that is killed together with the program has to have somebody who keeps the memory; else a file is safer. */
static bool is_kept(int sock)
{
	struct gl_answer a;

	if (sock < 0 || !gl_answer_take(sock, ANSWER_MS, &a))
		return false;
	gl_answer_heed(&a);
	return a.flags & GL_ANSWER_KEPT;
}

static int open_memory(const struct gl_layout *l, int sock)
{
	int fd = memory_make(), code;
	struct gl_segment *s = fd < 0 ? NULL : gl_segment_make(fd, l, NULL, 0);

	if (s && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0) {
		if (sock >= 0 && gl_hello(sock, fd, s->uuid) < 0) {
			close(sock);
			sock = -1;
		}
		if (!is_kept(sock) && open_file(l) == 0) { /* its own segment: this one was never written to */
			munmap(s, l->data);
			close(fd);
			if (sock >= 0)
				close(sock);
			return 0;
		}
		use(fd, s, l, sock);
		return 0;
	}
	code = errno ? -errno : -ENOMEM;
	if (s)
		munmap(s, l->data);
	if (fd >= 0)
		close(fd);
	if (sock >= 0)
		close(sock);
	return code;
}

/* Without another lock: that of the first descriptor lasts as long as the mapping does. */
static int open_again(void)
{
	int fd = open(gl_process->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return -EBADF;
	if (!gl_fd_same(gl_process->fd, fd)) {
		close(fd);
		return -EBADF;
	}
	gl_fd_close(gl_process->fd);
	gl_fd_keep(fd);
	return gl_process->fd = fd;
}

int gl_segment_fd(void)
{
	if (gl_fd_is_ours(gl_process->fd))
		return gl_process->fd;
	return *gl_process->path ? open_again() : -EBADF;
}

static int wanted_layout(struct gl_layout *l)
{
	uint32_t bytes = gl_options.ring_bytes ? gl_options.ring_bytes : RING_DEFAULT;
	uint32_t rings = gl_options.max_threads ? gl_options.max_threads : RINGS_DEFAULT;

	if (bytes < GL_RING_MIN || bytes > GL_RING_MAX || bytes & (bytes - 1))
		return -EINVAL;
	if (gl_options.recorder)
		rings *= 2;
	gl_layout(l, rings < GL_RINGS_MAX ? rings : GL_RINGS_MAX, bytes);
	return 0;
}

int gl_segment_open(void)
{
	struct gl_layout l;
	int sock, r = wanted_layout(&l);

	if (r < 0)
		return r;
	sock = gl_dial(gl_socket_path());
	r = sock >= 0 ? open_memory(&l, sock) : open_file(&l);
	if (r < 0 && sock < 0)
		r = open_memory(&l, -1);
	if (r < 0)
		return r;
	syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0);
	if (!gl_options.no_helper_thread)
		gl_helper_start();
	return 0;
}
