/*
 * What a job and all processes that it has left to us use.  Time and largest size are the kernel's, of each process
 * that was waited for; a sample is the sum of what all have in memory at a moment.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/run.h"

#define STEP_FIRST 20
#define STEP_MOST 1000
#define DEPTH 32
#define PROCESSES 4096

void run_use_reaped(struct run_use *u, const struct rusage *r)
{
	u->cpu_ms += (int64_t)(r->ru_utime.tv_sec + r->ru_stime.tv_sec) * 1000 +
		     (r->ru_utime.tv_usec + r->ru_stime.tv_usec) / 1000;
	if ((uint64_t)r->ru_maxrss > u->peak_kb)
		u->peak_kb = (uint64_t)r->ru_maxrss;
}

static ssize_t read_file(const char *path, char *to, size_t n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t k = fd < 0 ? -1 : read(fd, to, n - 1);

	if (fd >= 0)
		close(fd);
	to[k > 0 ? k : 0] = 0;
	return k;
}

static uint64_t resident_kb(int pid)
{
	char path[64], text[128], *second;

	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	second = read_file(path, text, sizeof(text)) > 0 ? strchr(text, ' ') : NULL;
	return !second ? 0 : strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

static uint64_t below(int pid, unsigned depth, unsigned *left);

static uint64_t below_thread(int pid, const char *tid, unsigned depth, unsigned *left)
{
	char path[320], text[8192], *p = text, *end;
	uint64_t sum = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%s/children", pid, tid);
	if (read_file(path, text, sizeof(text)) <= 0)
		return 0;
	for (long child; (child = strtol(p, &end, 10)) > 0 && end != p && *left; p = end) {
		--*left;
		sum += resident_kb((int)child) + below((int)child, depth + 1, left);
	}
	return sum;
}

static uint64_t below(int pid, unsigned depth, unsigned *left)
{
	char path[64];
	uint64_t sum = 0;
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	d = depth < DEPTH ? opendir(path) : NULL;
	while (d && (e = readdir(d)))
		if (*e->d_name != '.')
			sum += below_thread(pid, e->d_name, depth, left);
	if (d)
		closedir(d);
	return sum;
}

/* Often at first, since most jobs are short. */
void run_use_sample(struct run_use *u, int64_t now)
{
	unsigned left = PROCESSES;
	uint64_t kb;

	if (now < u->next_ms)
		return;
	u->step_ms = !u->step_ms ? STEP_FIRST : u->step_ms * 2 < STEP_MOST ? u->step_ms * 2 : STEP_MOST;
	u->next_ms = now + u->step_ms;
	kb = below((int)getpid(), 0, &left);
	if (!kb)
		return;
	u->samples++;
	u->sum_kb += kb;
	u->peak_kb = kb > u->peak_kb ? kb : u->peak_kb;
}

double run_use_peak_mb(const struct run_use *u)
{
	return (double)u->peak_kb / 1024;
}

double run_use_mean_mb(const struct run_use *u)
{
	return u->samples ? (double)u->sum_kb / (double)u->samples / 1024 : run_use_peak_mb(u);
}
