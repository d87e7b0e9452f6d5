#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "ctl/commands.h"
#include "ctl/run.h"
#include "event/time.h"

#define LOG_LIMIT ((int64_t)4 << 20)
#define LOG_LIMIT_LEAST ((int64_t)64 << 10)
#define LOG_LIMIT_MOST ((int64_t)1 << 30)
#define KILL_AFTER_MS 10000
#define GRACE_MS 2000

#define AT(member) offsetof(struct run_options, member)
static const struct ctl_option rows[] = {
	{CTL_TEXT, "daemon", 'd', AT(daemon), "NAME", "daemon_name of the document; needed"},
	{CTL_TEXT, "module", 0, AT(module), "NAME", "module of the lines (that of --daemon)"},
	{CTL_TEXT, "schedule", 0, AT(schedule), "CRON", "when it was due, and is next: \"*/5 * * * *\", @daily"},
	{CTL_TEXT, "scheduled-at", 0, AT(scheduled_at), "TIME", "when it was due: a time or seconds since 1970"},
	{CTL_TIME, "expected", 0, AT(expected), "TIME", "how long it should take, for the document"},
	{CTL_TIME, "timeout", 0, AT(timeout), "TIME", "then it gets SIGTERM (never)"},
	{CTL_TIME, "kill-after", 0, AT(kill_after), "TIME", "and SIGKILL so much later (10s)"},
	{CTL_TIME, "grace", 0, AT(grace), "TIME", "for output after its end, of processes it left behind (2s)"},
	{CTL_TEXT, "partial-codes", 0, AT(partial_codes), "N,N", "exit codes that mean that a part was done"},
	{CTL_TEXT, "records-file", 0, AT(records_file), "FILE", "of GENLOG_… lines, read when the job has ended"},
	{CTL_SIZE, "log-limit", 0, AT(log_limit), "SIZE", "of output that is logged, head and tail (4MiB)"},
	{CTL_TEXT, "correlation-id", 0, AT(correlation), "ID", "(GENLOG_CORRELATION_ID, else the execution's own)"},
	{CTL_TEXT, "source-db", 0, AT(source_db), "NAME", "for the document"},
	{CTL_TEXT, "target-db", 0, AT(target_db), "NAME", "for the document"},
	{CTL_LIST, "table", 0, AT(tables), "NAME", "of tables_synced; may be repeated"},
	{CTL_TEXT, "emit-socket", 0, AT(socket_path), "PATH", "the agent's emit input (/run/genlog/emit.sock)"},
	{CTL_TEXT, "ring-dir", 0, AT(ring_dir), "DIR", "where it is kept without an agent (/run/genlog/rings)"},
	{0},
};

/* ── options ── */

static int read_schedule(struct run_times *t, const char *schedule, int64_t now)
{
	struct arena arena = {0};
	struct genlog_err err = {0};
	const struct tz *z = &tz_utc;
	struct cron c;
	int64_t at;
	int r = cron_parse(&c, schedule, &err);

	if (r == 0)
		r = tz_load(&z, &arena, NULL, &err);
	if (r < 0)
		ctl_error("run: --schedule: %s", err.text);
	if (r == 0 && cron_last(&c, z, now / 1000, &at) == 0)
		t->scheduled_ms = at * 1000;
	if (r == 0 && cron_next(&c, z, now / 1000, &at) == 0)
		t->next_ms = at * 1000;
	arena_free(&arena);
	return r;
}

static int read_time(struct run_times *t, const char *text, int64_t now)
{
	struct arena arena = {0};
	struct time_format f = {0};
	struct time_result at = {0};
	int r = tz_load(&f.zone, &arena, NULL, NULL);

	if (r == 0)
		r = time_parse(&f, text, strlen(text), now, &at);
	if (r < 0)
		ctl_error("run: --scheduled-at: \"%s\" is not a time", text);
	else
		t->scheduled_ms = at.ms;
	arena_free(&arena);
	return r;
}

static int read_partial(const char *p)
{
	size_t n = p ? strspn(p, "0123456789,") : 0;

	if (!p || (n && !p[n]))
		return 0;
	ctl_error("run: --partial-codes: \"%s\" is not a list of exit codes, as in 3,4", p);
	return -EINVAL;
}

static void set_defaults(struct run_options *o, const struct run_options *given)
{
	*o = *given;
	o->kill_after = o->kill_after ? o->kill_after : KILL_AFTER_MS;
	o->grace = o->grace ? o->grace : GRACE_MS;
	o->log_limit = o->log_limit ? o->log_limit : LOG_LIMIT;
}

static int check(const struct run_options *o, struct run_times *t, int64_t now)
{
	if (!o->daemon || !*o->daemon) {
		ctl_error("run: --daemon NAME is needed: what the job is called in the documents");
		return -EINVAL;
	}
	if (o->log_limit < LOG_LIMIT_LEAST || o->log_limit > LOG_LIMIT_MOST) {
		ctl_error("run: --log-limit is 64KiB to 1GiB");
		return -EINVAL;
	}
	if (read_partial(o->partial_codes) < 0 || (o->schedule && read_schedule(t, o->schedule, now) < 0) ||
		(o->scheduled_at && read_time(t, o->scheduled_at, now) < 0))
		return -EINVAL;
	return 0;
}

/* ── a run ── */

static void set_stream(struct run_stream *s, enum run_stream_of which)
{
	struct stat st;

	s->which = which;
	s->in = -1;
	s->left = -1;
	s->out = which == RUN_STDOUT ? STDOUT_FILENO : STDERR_FILENO;
	s->out_broken = fstat(s->out, &st) < 0;
	s->out_is_file = !s->out_broken && S_ISREG(st.st_mode);
}

static void read_records_file(struct run_job *j)
{
	int r = j->o->records_file ? run_records_read(&j->records, j->o->records_file) : 0;

	if (r < 0)
		ctl_error("run: %s cannot be read: %s; its counts are not in the document", j->o->records_file,
			strerror(-r));
}

static void finish(struct run_job *j, const struct run_times *t)
{
	if (j->exec_errno)
		ctl_error("run: the job cannot be started: %s", strerror(j->exec_errno));
	read_records_file(j);
	run_keep_end(&j->keep);
	if (!run_document_tell(j, t))
		ctl_error("run: this run is not logged: no agent has taken it, and it cannot be kept in %s; the job's "
			  "exit code is kept",
			j->o->ring_dir ? j->o->ring_dir : "the folder of rings");
	else if (j->tell.refused)
		ctl_error("run: %llu lines of output are not logged: there was no room for them",
			(unsigned long long)j->tell.refused);
}

/* Who has closed our standard streams must not have a file of ours in their place. */
static int fill_standard(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_WRONLY : O_RDONLY) != fd)
			return -errno;
	return 0;
}

static int run_job(const struct run_options *o, const struct run_times *t, char **argv)
{
	struct run_job *j = mem_calloc(1, sizeof(*j));
	int r = j ? fill_standard() : -ENOMEM;

	if (r == 0) {
		j->o = o;
		set_stream(&j->stream[0], RUN_STDOUT);
		set_stream(&j->stream[1], RUN_STDERR);
		j->keep = (struct run_keep){.tell = &j->tell, .limit = (uint64_t)o->log_limit};
		j->keep.head = j->keep.limit / 2;
		run_tell_ids(&j->tell, o);
		r = run_child_start(j, argv);
	}
	if (r == 0) {
		run_tell_open(&j->tell, o);
		run_job_loop(j);
		finish(j, t);
		r = run_exit_code(j);
	} else {
		ctl_error("run: the job cannot be started: %s", strerror(-r));
		r = RUN_FAILED_CODE;
	}
	free(j);
	return r;
}

static int run(struct ctl *c, const void *options, int argc, char **argv)
{
	struct run_options o;
	struct run_times t = {0};

	(void)c;
	(void)argc;
	set_defaults(&o, options);
	return check(&o, &t, clock_of(CLOCK_REALTIME)) < 0 ? CTL_USAGE : run_job(&o, &t, argv);
}

const struct ctl_command ctl_run = {
	.name = "run",
	.args = "-- COMMAND [ARGUMENTS]",
	.summary = "runs a job of cron or a timer, and tells of it",
	.text = "One document of daemon_execution_logs a run; each line of its output is a document of system_logs, "
		"and is\n"
		"passed through unchanged.  Lines of the job that are read: GENLOG_RECORDS_ATTEMPTED=N, "
		"…_PROCESSED=N,\n"
		"…_FAILED=N, …_SKIPPED=N (the last of each counts, and is no document), GENLOG_ERROR=TEXT,\n"
		"GENLOG_WARNING=TEXT.  It has GENLOG_CORRELATION_ID and GENLOG_EXECUTION_ID in its environment.\n"
		"Of more output than --log-limit the head and the tail are logged, the gap is told.\n"
		"No agent is needed: what is told waits in --ring-dir.\n"
		"\n"
		"Exit code: the job's; 128 and the signal that ended it, 124 after --timeout, 127 or 126 where it "
		"cannot be\n"
		"started, 125 where genlogctl cannot.  A wrong option is 2, and nothing runs.\n"
		"\n"
		"  */15 * * * *  genlogctl run -d etl_orders --schedule '*/15 * * * *' --timeout 10m -- /opt/mes/etl "
		"orders\n",
	.least = 1,
	.most = -1,
	.rest = true,
	.size = sizeof(struct run_options),
	.options = rows,
	.run = run,
};
