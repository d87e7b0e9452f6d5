/*
 * measure: CPU seconds, wall seconds and peak memory of a program that reads a file.
 *
 *	measure [-i INPUT] [-q SECONDS] [-t SECONDS] -- COMMAND [ARG]...
 *
 * Without -i: until the command ends by itself.  With -i, for daemons: until it has read INPUT to its end (by
 * /proc/PID/fdinfo) and has then been quiet for -q seconds; its CPU time counts up to there, all threads; then it is
 * sent SIGTERM.  Prints: cpu_seconds wall_seconds peak_rss_kib status
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 20
#define IDLE_SHARE 0.02

struct watched {
	pid_t pid;
	clockid_t clock;
	const char *input;
	double quiet, most;
	double cpu, wall; /* at the last moment of work */
	const char *status;
};

static double seconds(clockid_t id)
{
	struct timespec t;

	return clock_gettime(id, &t) < 0 ? -1 : (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool is_input(const struct watched *w, const char *fd)
{
	char link[PATH_MAX], target[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%d/fd/%s", w->pid, fd);
	n = readlink(link, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = 0;
	return strcmp(target, w->input) == 0;
}

static long long position(const struct watched *w, const char *fd)
{
	char path[PATH_MAX];
	long long pos = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", w->pid, fd);
	f = fopen(path, "r");
	if (f && fscanf(f, "pos: %lld", &pos) != 1)
		pos = -1;
	if (f)
		fclose(f);
	return pos;
}

/* The furthest of its positions counts; readers that use pread() stay at 0, and for them being quiet has to do. */
static bool at_end(const struct watched *w)
{
	char path[64];
	struct dirent *e;
	struct stat st;
	long long furthest = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", w->pid);
	d = opendir(path);
	if (!d || stat(w->input, &st) < 0)
		return false;
	while ((e = readdir(d)))
		if (e->d_name[0] != '.' && is_input(w, e->d_name)) {
			long long pos = position(w, e->d_name);

			furthest = pos > furthest ? pos : furthest;
		}
	closedir(d);
	return furthest == 0 || furthest >= st.st_size;
}

static bool has_ended(pid_t pid)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

/* false: it has ended by itself; true: it is done and has to be ended. */
static bool watch(struct watched *w, double began)
{
	double last_cpu = 0, last = began, now;

	for (;;) {
		poll(NULL, 0, TICK_MS);
		if (has_ended(w->pid))
			return false;
		now = seconds(CLOCK_MONOTONIC);
		w->cpu = seconds(w->clock);
		if (w->cpu - last_cpu > IDLE_SHARE * (now - last)) {
			last_cpu = w->cpu;
			last = now;
		}
		w->wall = last - began;
		if (now - began > w->most) {
			w->status = "timeout";
			return true;
		}
		if (w->input && last_cpu > 0.05 && now - last > w->quiet && at_end(w))
			return true;
	}
}

static int run(struct watched *w, char **argv)
{
	double began = seconds(CLOCK_MONOTONIC);
	struct rusage u = {0};
	int status;

	w->pid = fork();
	if (w->pid == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	if (w->pid < 0 || clock_getcpuclockid(w->pid, &w->clock) != 0)
		return 1;
	if (watch(w, began))
		kill(w->pid, SIGTERM);
	while (wait4(w->pid, &status, 0, &u) < 0 && errno == EINTR)
		;
	if (!w->input) {
		w->cpu = (double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec +
			 (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
		w->wall = seconds(CLOCK_MONOTONIC) - began;
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			w->status = "failed";
	}
	printf("%.3f %.3f %ld %s\n", w->cpu, w->wall, u.ru_maxrss, w->status);
	return strcmp(w->status, "ok") == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct watched w = {.quiet = 2.0, .most = 300, .status = "ok"};
	static char real[PATH_MAX];
	int c;

	while ((c = getopt(argc, argv, "+i:q:t:")) != -1) {
		if (c == 'i')
			w.input = realpath(optarg, real) ? real : optarg;
		else if (c == 'q')
			w.quiet = strtod(optarg, NULL);
		else if (c == 't')
			w.most = strtod(optarg, NULL);
		else
			return 2;
	}
	return optind < argc ? run(&w, argv + optind) : 2;
}
