/*
 * A program that logs what it is told to: emit_program WORD...
 *
 *	info warn error debug    a record of that level        job      a run of a job
 *	event                    a document of integration_event_log
 *	trace                    an ERROR with a backtrace      crash    dies by SIGSEGV, with last words
 *	many                     20 records of DEBUG            taken    waits until the agent has taken all
 *	wait                     until a line comes             exit     with code 3
 */
#include <genlog/genlog.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile int *volatile nowhere;
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
	else if (strcmp(word, "taken") == 0)
		return genlog_flush(5000) < 0 ? 4 : 0;
	else if (strcmp(word, "wait") == 0)
		return fgets(line, sizeof(line), stdin) ? 0 : 1;
	else if (strcmp(word, "exit") == 0)
		return 3;
	return 0;
}

int main(int argc, char **argv)
{
	struct genlog_options o = {.size = sizeof(o), .app = "orders", .recorder = GENLOG_SEV_DEBUG};
	int code = genlog_init(&o) < 0 ? 5 : 0;

	for (int i = 1; i < argc && code == 0; i++)
		code = act(argv[i]);
	return code;
}
