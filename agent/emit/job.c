/* A run of a job, as one document of daemon_execution_logs. */
#include "emit.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define NAMES_BYTES 400

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t cpu_ms(void)
{
	struct rusage u;

	if (getrusage(RUSAGE_SELF, &u) < 0)
		return 0;
	return (int64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 +
	       (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000;
}

/* Of this process, at its peak. */
static double peak_mb(void)
{
	struct rusage u;

	return getrusage(RUSAGE_SELF, &u) < 0 ? 0 : (double)u.ru_maxrss / 1024;
}

void genlog_job_begin(struct genlog_job *job, const char *name)
{
	uint64_t id[2] = {0};
	int code = errno;

	*job = (struct genlog_job){.name = name, .began_ms = now_ms(), .cpu_ms = cpu_ms()};
	if (getrandom(id, sizeof(id), GRND_NONBLOCK) != (ssize_t)sizeof(id))
		id[0] = (uint64_t)getpid();
	snprintf(job->execution_id, sizeof(job->execution_id), "%016llx%016llx", (unsigned long long)id[0],
		(unsigned long long)id[1]);
	errno = code;
}

/* ── the document ── */

enum when { ALWAYS = 0, SCHEDULED = 1, FAILED = 2, SOURCE = 4, TARGET = 8, WHENS = 16 };

struct row {
	const char *name;
	char type; /* as genlog_register() has them */
	enum when when;
	union genlog_arg v;
};

static union genlog_arg text(const char *p)
{
	union genlog_arg a = {.s = {p ? p : "", p ? strlen(p) : 0}};

	return a;
}

static unsigned what_is_there(const struct genlog_job *job, const char *error)
{
	return (job->scheduled_ms ? SCHEDULED : 0U) | (error ? FAILED : 0U) | (job->source_db ? SOURCE : 0U) |
	       (job->target_db ? TARGET : 0U);
}

/* A document has 16 fields at most: the last rows are left out where there are more. */
static uint32_t choose(
	const struct row *rows, size_t n, unsigned there, union genlog_arg *args, char *names, char *types)
{
	uint32_t k = 0;
	size_t at = 0;

	for (size_t i = 0; i < n && k < GL_ARGS_MAX; i++) {
		if (rows[i].when && !(rows[i].when & there))
			continue;
		at += (size_t)snprintf(names + at, NAMES_BYTES - at, "%s%s", k ? "," : "", rows[i].name);
		types[k] = rows[i].type;
		args[k++] = rows[i].v;
	}
	types[k] = 0;
	return k;
}

/* One site for each set of fields. */
static void tell(const struct row *rows, size_t n, unsigned there)
{
	static int32_t sites[WHENS];
	union genlog_arg args[GL_ARGS_MAX];
	char names[NAMES_BYTES], types[GL_ARGS_MAX + 1];
	int32_t site = __atomic_load_n(&sites[there], __ATOMIC_RELAXED);

	(void)choose(rows, n, there, args, names, types);
	if (!site) {
		site = genlog_register(GENLOG_SEV_INFO, "", names, types, "daemon_execution_logs", __FILE__, 0, "");
		if (site > 0)
			__atomic_store_n(&sites[there], site, __ATOMIC_RELAXED);
	}
	(void)genlog_emit(site, args);
}

static double rate_of(const struct genlog_job *job)
{
	uint64_t done = job->processed + job->failed;

	return done ? 100.0 * (double)job->processed / (double)done : 100.0;
}

void genlog_job_end(struct genlog_job *job, enum genlog_job_status status, const char *error)
{
	static const char *const words[] = {"success", "failed", "partial", "timeout", "skipped"};
	const char *word = (unsigned)status < sizeof(words) / sizeof(*words) ? words[status] : "failed";
	uint64_t all = job->attempted ? job->attempted : job->processed + job->failed + job->skipped;
	int64_t end = now_ms();
	const struct row rows[] = {
		{"daemon_name", 's', ALWAYS, text(job->name)},
		{"execution_id", 's', ALWAYS, text(job->execution_id)},
		{"status", 's', ALWAYS, text(word)},
		{"actual_start_time", 't', ALWAYS, {.i = job->began_ms}},
		{"actual_end_time", 't', ALWAYS, {.i = end}},
		{"actual_duration_ms", 'i', ALWAYS, {.i = end - job->began_ms}},
		{"errors.0", 's', FAILED, text(error)},
		{"scheduled_start_time", 't', SCHEDULED, {.i = job->scheduled_ms}},
		{"delay_ms", 'i', SCHEDULED, {.i = job->began_ms - job->scheduled_ms}},
		{"source_db", 's', SOURCE, text(job->source_db)},
		{"target_db", 's', TARGET, text(job->target_db)},
		{"records_attempted", 'u', ALWAYS, {.u = all}},
		{"records_processed", 'u', ALWAYS, {.u = job->processed}},
		{"records_failed", 'u', ALWAYS, {.u = job->failed}},
		{"records_skipped", 'u', ALWAYS, {.u = job->skipped}},
		{"success_rate_percent", 'd', ALWAYS, {.d = rate_of(job)}},
		{"memory_peak_mb", 'd', ALWAYS, {.d = peak_mb()}},
		{"cpu_time_ms", 'i', ALWAYS, {.i = cpu_ms() - job->cpu_ms}},
	};
	int code = errno;

	tell(rows, sizeof(rows) / sizeof(*rows), what_is_there(job, error));
	errno = code;
}
