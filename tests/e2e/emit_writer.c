/*
 * A program that logs, and can be killed at any time: each thread writes numbered records, and notes in a shared file
 * how many calls have returned.
 *
 *	emit_writer RUN NOTES [-t threads] [-n records] [-p pause_us] [-r ring_bytes] [-m block_ms] [-k] [-c] [-w] [-g]
 *[-o]
 *
 * -k: dies by SIGSEGV after its records, with -c under the crash handler; -w: waits until it is killed; -g: waits until
 * the agent has taken all; -o: other records, as fast as can be.  NOTES: for each thread 16 bytes: returned calls, and
 *counted drops of the process.
 */
#include <genlog/genlog.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define THREADS_MAX 16

static struct note {
	_Atomic uint64_t calls, drops;
} * notes;

static volatile int *volatile nowhere;
static long run, records = 1000, pause_us;

/* What a reader can check: the same for all who know thread and number. */
static void make_text(char *to, size_t n, long thread, uint64_t i)
{
	uint64_t x = (uint64_t)run * 1000003 + (uint64_t)thread * 7919 + i * 2654435761u;
	size_t len = x % (n - 1);

	for (size_t k = 0; k < len; k++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		to[k] = (char)('a' + (x >> 40) % 26);
	}
	to[len] = 0;
}

static void *write_all(void *arg)
{
	long thread = (long)(intptr_t)arg;
	char text[120];

	for (long i = 0; i < records; i++) {
		make_text(text, sizeof(text), thread, (uint64_t)i);
		GENLOG_INFO_X("record {number} of {writer}", "run,text", (uint64_t)i, thread, run, (const char *)text);
		atomic_store_explicit(&notes[thread].calls, (uint64_t)i + 1, memory_order_release);
		if (pause_us && i % 16 == 0)
			usleep((useconds_t)pause_us);
	}
	return NULL;
}

/* The record that speed is measured with: five fields, of which three are texts. */
static void *write_orders(void *arg)
{
	(void)arg;
	for (long i = 0; i < records; i++)
		GENLOG_INFO_X("Work order {order_id} status updated to {status}", "station,cycle_s,trace_id", 5000 + i,
			i & 1 ? "COMPLETED" : "IN_PROGRESS", "ST-ASSEMBLY-LINE-004", 12.5 + (double)(i % 1000) / 10,
			"4bf92f35-77b3-4da6-a3ce-929d0e0e4736");
	return NULL;
}

static struct note *map_notes(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	void *p;

	if (fd < 0 || ftruncate(fd, THREADS_MAX * sizeof(struct note)) < 0)
		return NULL;
	p = mmap(NULL, THREADS_MAX * sizeof(struct note), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return p == MAP_FAILED ? NULL : p;
}

static void run_threads(int threads, void *(*body)(void *))
{
	pthread_t t[THREADS_MAX];

	for (int i = 0; i < threads; i++)
		if (pthread_create(&t[i], NULL, body, (void *)(intptr_t)i) != 0)
			exit(3);
	for (int i = 0; i < threads; i++)
		pthread_join(t[i], NULL);
}

int main(int argc, char **argv)
{
	struct genlog_options o = {.size = sizeof(o), .app = "emit_writer", .ring_bytes = 256 << 10};
	struct genlog_stats st = {.size = sizeof(st)};
	bool crash = false, wait = false, flush = false, orders = false;
	int threads = 2, c;

	while ((c = getopt(argc, argv, "t:n:p:r:m:kcwgo")) != -1) {
		switch (c) {
		case 't': threads = (int)strtol(optarg, NULL, 10); break;
		case 'n': records = strtol(optarg, NULL, 10); break;
		case 'p': pause_us = strtol(optarg, NULL, 10); break;
		case 'r': o.ring_bytes = (uint32_t)strtoul(optarg, NULL, 10); break;
		case 'm':
			o.block_ms = (uint32_t)strtoul(optarg, NULL, 10);
			o.on_full = GENLOG_FULL_BLOCK;
			break;
		case 'k': crash = true; break;
		case 'c': o.crash_handler = true; break;
		case 'w': wait = true; break;
		case 'o': orders = true; break;
		case 'g': flush = true; break;
		default: return 2;
		}
	}
	if (argc - optind != 2 || threads > THREADS_MAX)
		return 2;
	run = strtol(argv[optind], NULL, 10);
	notes = map_notes(argv[optind + 1]);
	if (!notes || genlog_init(&o) < 0)
		return 3;
	run_threads(threads, orders ? write_orders : write_all);
	genlog_get_stats(&st);
	atomic_store(&notes[0].drops, st.dropped);
	if (flush && genlog_flush(10000) < 0)
		return 4;
	if (crash)
		*nowhere = 1;
	while (wait)
		pause();
	return 0;
}
