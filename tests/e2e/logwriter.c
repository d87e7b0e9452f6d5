/*
 * logwriter: numbered lines into a file that is rotated meanwhile, as services and logrotate do it.
 *
 *	logwriter -f FILE -n LINES [-F FIRST] [-r LINES_A_SECOND] [-w BYTES] [-t json|timeless|text]
 *	          [-m rename|copytruncate] [-e EVERY_MS] [-k KEEP] [-z] [-q QUIET_MS] [-l LAG_LINES] [-A]
 *
 * Line n holds the same bytes in every run: its time is a base plus n ms.  Writes end anywhere in a line; only at a
 * rotation the line is ended first.  At the end it tells `lines=… rotations=… ms=…`.
 *
 * -m rename        FILE.1 → FILE.2 …, FILE → FILE.1; LAG_LINES more go to the old file before the new one is opened
 * -m copytruncate  a child copies FILE to FILE.1 and truncates it while writing goes on; with -q nothing is written
 *                  until QUIET_MS have passed and the copy is done
 * -z               FILE.2 is compressed by gzip
 * -t timeless      JSON without a timestamp
 * -A               without O_APPEND: after a truncation the file begins with a hole
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BASE_MS 1766399445000LL /* 2025-12-22T10:30:45Z */
#define LINE_MAX_LEN 8192
#define OUT_SIZE (64u << 10)

enum mode { NONE, RENAME, COPYTRUNCATE };

struct writer {
	const char *path;
	uint64_t first, lines, rate, width, keep, lag;
	int64_t every_ms, quiet_ms;
	enum mode mode;
	bool json, timeless, compress, no_append;
	int fd;
	pid_t child;
	uint64_t next, rotations;
	int64_t begun_ms, rotated_ms;
	uint64_t random;
	size_t n; /* bytes in out */
	char out[OUT_SIZE];
};

static void die(const char *what)
{
	fprintf(stderr, "logwriter: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static uint64_t random_below(struct writer *w, uint64_t n)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return w->random % n;
}

/* ── lines ── */

static size_t put_time(char *p, size_t cap, uint64_t n)
{
	int64_t ms = BASE_MS + (int64_t)n;
	time_t s = (time_t)(ms / 1000);
	struct tm tm;

	gmtime_r(&s, &tm);
	return (size_t)snprintf(p, cap, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900, tm.tm_mon + 1,
		tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(ms % 1000));
}

static size_t put_line(const struct writer *w, char *p, uint64_t n)
{
	static const char tail[] = "the quick brown fox jumps over the lazy dog and back again ";
	char when[64];
	size_t at;

	put_time(when, sizeof(when), n);
	if (!w->json)
		at = (size_t)snprintf(p, LINE_MAX_LEN, "%s %" PRIu64 " ", when, n);
	else if (w->timeless)
		at = (size_t)snprintf(p, LINE_MAX_LEN, "{\"n\":%" PRIu64 ",\"message\":\"line %" PRIu64 " ", n, n);
	else
		at = (size_t)snprintf(p, LINE_MAX_LEN,
			"{\"timestamp\":\"%s\",\"level\":\"INFO\",\"n\":%" PRIu64 ",\"message\":\"line %" PRIu64 " ",
			when, n, n);
	while (at + 4 < w->width) {
		p[at] = tail[(at + n) % (sizeof(tail) - 1)];
		at++;
	}
	if (w->json) {
		p[at++] = '"';
		p[at++] = '}';
	}
	p[at++] = '\n';
	return at;
}

static void put_out(struct writer *w, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t k = write(w->fd, w->out + done, n - done);

		if (k < 0)
			die(w->path);
		done += (size_t)k;
	}
	memmove(w->out, w->out + n, w->n - n);
	w->n -= n;
}

static void add_lines(struct writer *w, uint64_t count)
{
	for (; count && w->next < w->first + w->lines; count--) {
		if (w->n + LINE_MAX_LEN > OUT_SIZE)
			put_out(w, 1 + random_below(w, w->n));
		w->n += put_line(w, w->out + w->n, w->next++);
	}
}

/* All but the end of the last line, now and then. */
static void put_most(struct writer *w)
{
	put_out(w, w->n > 8 && random_below(w, 4) == 0 ? w->n - 1 - random_below(w, 7) : w->n);
}

/* ── rotation ── */

static void open_log(struct writer *w)
{
	w->fd = open(w->path, O_WRONLY | O_CREAT | O_CLOEXEC | (w->no_append ? 0 : O_APPEND), 0644);
	if (w->fd < 0)
		die(w->path);
}

static void old_name(const struct writer *w, char *out, size_t cap, uint64_t i, const char *ending)
{
	snprintf(out, cap, "%s.%" PRIu64 "%s", w->path, i, ending);
}

static void move_up(const struct writer *w, uint64_t i, const char *ending)
{
	char from[4096], to[4096];

	old_name(w, from, sizeof(from), i, ending);
	old_name(w, to, sizeof(to), i + 1, ending);
	if (i >= w->keep)
		unlink(from);
	else
		rename(from, to);
}

static void shift(const struct writer *w)
{
	uint64_t last = w->rotations < w->keep ? w->rotations : w->keep;

	for (uint64_t i = last; i > 0; i--) {
		move_up(w, i, "");
		if (w->compress)
			move_up(w, i, ".gz");
	}
}

static void compress_second(const struct writer *w)
{
	char path[4096];
	pid_t pid;

	old_name(w, path, sizeof(path), 2, "");
	if (!w->compress || access(path, F_OK) < 0)
		return;
	pid = fork();
	if (pid == 0) {
		execlp("gzip", "gzip", "-f", path, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, NULL, 0) < 0)
		die("gzip");
}

static void rotate_by_rename(struct writer *w)
{
	char old[4096];

	shift(w);
	old_name(w, old, sizeof(old), 1, "");
	if (rename(w->path, old) < 0)
		die(old);
	add_lines(w, w->lag);
	put_out(w, w->n);
	close(w->fd);
	open_log(w);
	compress_second(w);
}

/* What logrotate does, in a process of its own. */
static void copy_and_truncate(const struct writer *w)
{
	static char block[1 << 16];
	char old[4096];
	int in, out;
	ssize_t n;

	shift(w);
	old_name(w, old, sizeof(old), 1, "");
	in = open(w->path, O_RDWR | O_CLOEXEC);
	out = open(old, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (in < 0 || out < 0)
		die(old);
	while ((n = read(in, block, sizeof(block))) > 0)
		if (write(out, block, (size_t)n) != n)
			die(old);
	if (close(out) < 0 || ftruncate(in, 0) < 0)
		die(w->path);
	compress_second(w);
}

static bool child_is_busy(struct writer *w, int flags)
{
	int status = 0;

	if (!w->child)
		return false;
	if (waitpid(w->child, &status, flags) == 0)
		return true;
	w->child = 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		exit(1);
	return false;
}

static void rotate_by_copy(struct writer *w)
{
	if (w->quiet_ms)
		poll(NULL, 0, (int)w->quiet_ms);
	w->child = fork();
	if (w->child < 0)
		die("fork");
	if (w->child == 0) {
		copy_and_truncate(w);
		_exit(0);
	}
	if (w->quiet_ms)
		child_is_busy(w, 0);
}

static void rotate_if_due(struct writer *w)
{
	if (w->mode == NONE || now_ms() - w->rotated_ms < w->every_ms || child_is_busy(w, WNOHANG))
		return;
	put_out(w, w->n);
	if (w->mode == RENAME)
		rotate_by_rename(w);
	else
		rotate_by_copy(w);
	w->rotations++;
	w->rotated_ms = now_ms();
}

/* ── the run ── */

/* How many lines are due; the time that passes in a pause before a copy is made up for. */
static uint64_t due(const struct writer *w)
{
	uint64_t want = (uint64_t)(now_ms() - w->begun_ms) * w->rate / 1000, have = w->next - w->first;

	if (!w->rate)
		return 512;
	return want > have ? want - have : 0;
}

static void run(struct writer *w)
{
	open_log(w);
	w->begun_ms = w->rotated_ms = now_ms();
	while (w->next < w->first + w->lines) {
		uint64_t n = due(w);

		rotate_if_due(w);
		add_lines(w, n);
		put_most(w);
		if (w->rate)
			poll(NULL, 0, 1);
	}
	put_out(w, w->n);
	child_is_busy(w, 0);
	printf("lines=%" PRIu64 " rotations=%" PRIu64 " ms=%" PRId64 "\n", w->next - w->first, w->rotations,
		now_ms() - w->begun_ms);
}

static enum mode mode_of(const char *name)
{
	if (strcmp(name, "rename") == 0)
		return RENAME;
	if (strcmp(name, "copytruncate") == 0)
		return COPYTRUNCATE;
	fprintf(stderr, "logwriter: -m rename or copytruncate\n");
	exit(2);
}

static void take(struct writer *w, int option, const char *value)
{
	uint64_t v = value ? strtoull(value, NULL, 10) : 0;

	switch (option) {
	case 'f': w->path = value; break;
	case 'n': w->lines = v; break;
	case 'F': w->first = v; break;
	case 'r': w->rate = v; break;
	case 'w': w->width = v < LINE_MAX_LEN ? v : LINE_MAX_LEN - 1; break;
	case 't':
		w->json = strcmp(value, "text") != 0;
		w->timeless = strcmp(value, "timeless") == 0;
		break;
	case 'm': w->mode = mode_of(value); break;
	case 'e': w->every_ms = (int64_t)v; break;
	case 'k': w->keep = v; break;
	case 'z': w->compress = true; break;
	case 'q': w->quiet_ms = (int64_t)v; break;
	case 'l': w->lag = v; break;
	case 'A': w->no_append = true; break;
	default: exit(2);
	}
}

int main(int argc, char **argv)
{
	static struct writer w = {
		.json = true, .width = 200, .keep = 100000, .lag = 3, .every_ms = 1000, .random = 88172645463325252u};
	int option;

	while ((option = getopt(argc, argv, "f:n:F:r:w:t:m:e:k:zq:l:A")) != -1)
		take(&w, option, optarg);
	if (!w.path || !w.lines) {
		fprintf(stderr, "usage: logwriter -f FILE -n LINES [OPTION...]; see the head of its source\n");
		return 2;
	}
	w.next = w.first;
	run(&w);
	return 0;
}
