#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define LIMIT_MS 10000

static const struct {
	const char *priority, *word;
} levels[] = {
	[LOG_LEVEL_ERROR] = {"<3>", "error"},
	[LOG_LEVEL_WARN] = {"<4>", "warning"},
	[LOG_LEVEL_INFO] = {"<6>", "info"},
	[LOG_LEVEL_DEBUG] = {"<7>", "debug"},
};

static struct {
	pthread_mutex_t lock;
	struct log_said line[LOG_RECENT];
	size_t n; /* said in all */
} recent = {.lock = PTHREAD_MUTEX_INITIALIZER};

static _Atomic int threshold = LOG_LEVEL_INFO;

void log_threshold(enum log_level most)
{
	threshold = (int)most;
}

/* Under systemd the journal has the time already and wants the priority. */
static int put_head(char *line, size_t cap, enum log_level level)
{
	struct timespec t;
	struct tm tm;
	char when[32];

	if (getenv("JOURNAL_STREAM"))
		return snprintf(line, cap, "%s", levels[level].priority);
	clock_gettime(CLOCK_REALTIME, &t);
	gmtime_r(&t.tv_sec, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	return snprintf(line, cap, "%s.%03ldZ genlogd %s: ", when, t.tv_nsec / 1000000, levels[level].word);
}

static void remember(enum log_level level, const char *text, size_t n)
{
	struct log_said *l;

	pthread_mutex_lock(&recent.lock);
	l = &recent.line[recent.n++ % LOG_RECENT];
	*l = (struct log_said){.time_ms = clock_wall_ms(), .level = level};
	memcpy(l->text, text, n < LOG_RECENT_TEXT ? n : LOG_RECENT_TEXT - 1);
	pthread_mutex_unlock(&recent.lock);
}

size_t log_recent(struct log_said *out)
{
	size_t n, first;

	pthread_mutex_lock(&recent.lock);
	n = recent.n < LOG_RECENT ? recent.n : LOG_RECENT;
	first = recent.n - n;
	for (size_t i = 0; i < n; i++)
		out[i] = recent.line[(first + i) % LOG_RECENT];
	pthread_mutex_unlock(&recent.lock);
	return n;
}

/* One write() a line, so that lines of several threads do not mix; bytes that a terminal might obey are masked. */
void log_vline(enum log_level level, const char *fmt, va_list ap)
{
	char line[4096];
	int head, n;

	if ((int)level > threshold)
		return;
	head = put_head(line, sizeof(line), level);
	n = vsnprintf(line + head, sizeof(line) - (size_t)head - 1, fmt, ap);
	if (n < 0)
		return;
	n = head + n < (int)sizeof(line) - 2 ? head + n : (int)sizeof(line) - 2;
	for (int i = head; i < n; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	if (level <= LOG_LEVEL_WARN)
		remember(level, line + head, (size_t)(n - head));
	line[n++] = '\n';
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		return; /* nowhere is left to say so */
}

void log_line(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vline(level, fmt, ap);
	va_end(ap);
}

void log_limited(struct log_limit *limit, enum log_level level, const char *fmt, ...)
{
	int64_t now = clock_ms(), next = limit->next_ms;
	va_list ap;
	uint32_t kept;

	if (now < next || !atomic_compare_exchange_strong(&limit->next_ms, &next, now + LIMIT_MS)) {
		limit->kept_back++;
		return;
	}
	kept = atomic_exchange(&limit->kept_back, 0);
	va_start(ap, fmt);
	log_vline(level, fmt, ap);
	va_end(ap);
	if (kept)
		log_line(level, "(%u more like the line above were not printed)", kept);
}
