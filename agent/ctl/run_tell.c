#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/run.h"

#define NAMES "module,correlation_id,execution_id,stream"
#define SPILL_LEAST ((uint64_t)8 << 20)

/* By what was asked for, else that of a run around this one, else the run's own. */
void run_tell_ids(struct run_tell *t, const struct run_options *o)
{
	const char *outer = getenv("GENLOG_CORRELATION_ID");
	struct genlog_job job;

	t->module = o->module ? o->module : o->daemon;
	genlog_job_begin(&job, o->daemon);
	snprintf(t->execution_id, sizeof(t->execution_id), "%s", job.execution_id);
	snprintf(t->correlation_id, sizeof(t->correlation_id), "%s",
		o->correlation	  ? o->correlation
		: outer && *outer ? outer
				  : t->execution_id);
}

/*
 * Where no agent answers all lies in files of the folder of rings, and so does what is too much for a ring: the limit
 * of the log is that of the files, three times over for what a record has beside its text.
 */
static int set_up(const struct run_options *o)
{
	const char *dir = o->ring_dir ? o->ring_dir : getenv("GENLOG_RING_DIR");
	struct genlog_options g = {.size = sizeof(g),
		.app = o->module ? o->module : o->daemon,
		.socket_path = o->socket_path,
		.ring_dir = o->ring_dir,
		.spill_dir = dir && *dir ? dir : "/run/genlog/rings",
		.spill_max = 3 * (uint64_t)o->log_limit,
		.max_threads = 1,
		.on_full = GENLOG_FULL_SPILL,
		.clock = GENLOG_CLOCK_REALTIME,
		.level = GENLOG_SEV_DEBUG,
		.level_fixed = true};

	if (g.spill_max < SPILL_LEAST)
		g.spill_max = SPILL_LEAST;
	return genlog_init(&g);
}

void run_tell_open(struct run_tell *t, const struct run_options *o)
{
	int r = set_up(o);

	if (r < 0 && r != -EALREADY) {
		ctl_error("run: nothing is logged: %s; the job runs all the same", strerror(-r));
		t->broken = true;
	}
}

static int32_t site_of(struct run_tell *t, enum genlog_severity level, bool late)
{
	int32_t *site = &t->sites[late][level / 4 < 6 ? level / 4 : 0];

	if (!*site)
		*site = genlog_register(level, "{message}", late ? NAMES ",timestamp" : NAMES,
			late ? "ssssst" : "sssss", NULL, "", 0, "");
	return *site;
}

static union genlog_arg text(const char *p, size_t n)
{
	union genlog_arg a = {.s = {p, n}};

	return a;
}

void run_tell_line(
	struct run_tell *t, enum genlog_severity level, enum run_stream_of stream, int64_t ms, const char *p, size_t n)
{
	static const char *const names[] = {[RUN_STDOUT] = "stdout", [RUN_STDERR] = "stderr"};
	union genlog_arg args[6];

	args[0] = text(p, n);
	args[1] = text(t->module, strlen(t->module));
	args[2] = text(t->correlation_id, strlen(t->correlation_id));
	args[3] = text(t->execution_id, strlen(t->execution_id));
	args[4] = text(names[stream], strlen(names[stream]));
	args[5].i = ms;
	if (t->broken || !genlog_emit(site_of(t, level, ms != 0), args))
		t->refused++;
}
