/* A run of a job, as one document of daemon_execution_logs. */
#include "emit.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

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

/* A document has 16 fields at most: what a run has besides is a second part, which the agent does not need to know. */
void genlog_job_end(struct genlog_job *job, enum genlog_job_status status, const char *error)
{
	static const char *const words[] = {"success", "failed", "partial", "timeout", "skipped"};
	uint64_t done = job->processed + job->failed;
	double rate = done ? 100.0 * (double)job->processed / (double)done : 100.0;
	int64_t end = now_ms();
	const char *word = (unsigned)status < sizeof(words) / sizeof(*words) ? words[status] : "failed";

	GENLOG_DOC("daemon_execution_logs",
		"daemon_name,execution_id,status,actual_start_time,actual_end_time,actual_duration_ms,scheduled_start_"
		"time,"
		"delay_ms,records_attempted,records_processed,records_failed,records_skipped,success_rate_percent,"
		"memory_peak_mb,cpu_time_ms,errors.0",
		job->name, (const char *)job->execution_id, word, genlog_time(job->began_ms), genlog_time(end),
		end - job->began_ms, genlog_time(job->scheduled_ms ? job->scheduled_ms : job->began_ms),
		job->scheduled_ms ? job->began_ms - job->scheduled_ms : (int64_t)0,
		job->attempted ? job->attempted : done + job->skipped, job->processed, job->failed, job->skipped, rate,
		peak_mb(), cpu_ms() - job->cpu_ms, error ? error : "");
}
