/*
 * A program that logs what it is told to: emit_program [realtime|tsc|coarse] WORD...
 *
 *	info warn error debug    a record of that level        job      a run of a job
 *	event                    a document of integration_event_log
 *	trace                    an ERROR with a backtrace      crash    dies by SIGSEGV, with last words
 *	many                     20 records of DEBUG            taken    waits until the agent has taken all
 *	wait                     until a line comes             exit     with code 3
 *	now                      a record that says what the time is
 *	memory                   fails if the records go into a file
 *	refused                  fails if the agent has not refused them
 *	secure                   fails if it has the rights of who runs it alone, or the level of the environment
 */
#include <genlog/genlog.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>

static volatile int *volatile nowhere = (volatile int *)64; /* of null a sanitizer would tell first */
static int number;

static __attribute__((noinline)) void inner_function(void)
{
	GENLOG_ERROR_TRACE("trace {number}", ++number);
}

static __attribute__((noinline)) void crash(void)
{
	(void)genlog_crash_handler();
	*nowhere = 1;
}

static void job(void)
{
	struct genlog_job j;

	genlog_job_begin(&j, "etl_orders");
	j.processed = 9;
	j.failed = 1;
	genlog_job_end(&j, GENLOG_JOB_PARTIAL, "one order was bad");
}

static void now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	GENLOG_INFO("now {at}", genlog_time(t.tv_sec * 1000LL + t.tv_nsec / 1000000));
}

static struct genlog_stats stats(void)
{
	struct genlog_stats st = {.size = sizeof(st)};

	genlog_get_stats(&st);
	return st;
}

static int act(const char *word)
{
	char line[16];

	if (strcmp(word, "info") == 0)
		GENLOG_INFO("info {number}", ++number);
	else if (strcmp(word, "warn") == 0)
		GENLOG_WARN("warn {number}", ++number);
	else if (strcmp(word, "error") == 0)
		GENLOG_ERROR("error {number}", ++number);
	else if (strcmp(word, "debug") == 0)
		GENLOG_DEBUG("debug {number}", ++number);
	else if (strcmp(word, "many") == 0)
		for (int i = 0; i < 20; i++)
			GENLOG_DEBUG("debug {number}", ++number);
	else if (strcmp(word, "event") == 0)
		GENLOG_DOC("integration_event_log",
			"integration_id,source_system,target_system,status,payload_summary.orders", "i-1", "MES", "ERP",
			"success", 5);
	else if (strcmp(word, "job") == 0)
		job();
	else if (strcmp(word, "trace") == 0)
		inner_function();
	else if (strcmp(word, "crash") == 0)
		crash();
	else if (strcmp(word, "now") == 0)
		now();
	else if (strcmp(word, "taken") == 0)
		return genlog_flush(5000) < 0 ? 4 : 0;
	else if (strcmp(word, "memory") == 0)
		return stats().in_file ? 6 : 0;
	else if (strcmp(word, "refused") == 0)
		return stats().refused ? 0 : 9;
	else if (strcmp(word, "secure") == 0)
		return !getauxval(AT_SECURE) ? 7 : genlog_get_level() == GENLOG_SEV_INFO ? 0 : 8;
	else if (strcmp(word, "wait") == 0)
		return fgets(line, sizeof(line), stdin) ? 0 : 1;
	else if (strcmp(word, "exit") == 0)
		return 3;
	return 0;
}

static enum genlog_clock clock_of(const char *word)
{
	static const char *const words[] = {
		[GENLOG_CLOCK_REALTIME] = "realtime", [GENLOG_CLOCK_TSC] = "tsc", [GENLOG_CLOCK_COARSE] = "coarse"};

	for (int i = GENLOG_CLOCK_REALTIME; word && i <= GENLOG_CLOCK_COARSE; i++)
		if (strcmp(word, words[i]) == 0)
			return (enum genlog_clock)i;
	return GENLOG_CLOCK_AUTO;
}

int main(int argc, char **argv)
{
	struct genlog_options o = {.size = sizeof(o), .app = "orders", .recorder = GENLOG_SEV_DEBUG};
	int code;

	o.clock = clock_of(argv[1]);
	code = genlog_init(&o) < 0 ? 5 : 0;
	for (int i = o.clock ? 2 : 1; i < argc && code == 0; i++)
		code = act(argv[i]);
	return code;
}
