/* genlog CLOCK FOLDER: realtime, tsc or coarse; rings in a folder in memory.  A child takes what is written, as the
 * agent would. */
#include <genlog/genlog.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define CALL(i)                                                                                                        \
	GENLOG_INFO_X("Work order {order_id} status updated to {status}", "station,cycle_s,trace", (int64_t)(i),       \
		statuses[(i)&3], stations[(i)&1], (double)(i)*0.5, TRACE)

static void begin_thread(void)
{
	genlog_thread_init(NULL);
}

#include "harness.h"

static struct gl_segment *find(const char *folder)
{
	DIR *d = opendir(folder);
	struct gl_segment *s = NULL;
	struct dirent *e;
	struct stat st;

	while (d && (e = readdir(d))) {
		size_t n = strlen(e->d_name);
		int fd;

		if (n < 5 || strcmp(e->d_name + n - 5, ".ring") != 0)
			continue;
		fd = openat(dirfd(d), e->d_name, O_RDWR);
		if (fd >= 0 && fstat(fd, &st) == 0)
			s = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	}
	if (d)
		closedir(d);
	return s;
}

static void take_all(struct gl_segment *s)
{
	for (uint32_t i = 0; i < s->rings_used; i++) {
		struct gl_ring *r = (struct gl_ring *)((uint8_t *)s + s->ring_headers_at) + i;

		__atomic_store_n(&r->tail, __atomic_load_n(&r->head, __ATOMIC_ACQUIRE), __ATOMIC_RELEASE);
	}
}

static void reader(const char *folder)
{
	struct gl_segment *s = NULL;

	for (;;) {
		if (s)
			take_all(s);
		else
			s = find(folder);
		pause_ns(50000);
	}
}

int main(int argc, char **argv)
{
	const char *clock = argc > 1 ? argv[1] : "realtime", *folder = argc > 2 ? argv[2] : "/dev/shm";
	struct genlog_options o = {
		.size = sizeof(o), .ring_bytes = 1 << 20, .on_full = GENLOG_FULL_BLOCK, .block_ms = 10000};
	char name[64];
	pid_t child;

	setenv("GENLOG_RING_DIR", folder, 1);
	setenv("GENLOG_SOCKET", "/none", 1);
	o.clock = *clock == 't' ? GENLOG_CLOCK_TSC : *clock == 'c' ? GENLOG_CLOCK_COARSE : GENLOG_CLOCK_REALTIME;
	child = fork();
	if (child == 0)
		reader(folder);
	genlog_init(&o);
	snprintf(name, sizeof(name), "genlog%s, %s",
#ifdef GENLOG_INLINE
		" inline",
#else
		"",
#endif
		clock);
	measure(name, 20000, 3000000);
	kill(child, SIGKILL);
	return 0;
}
