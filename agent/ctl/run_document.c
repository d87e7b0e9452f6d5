/* The document of a run, as schema.md has it: what is not known is not in it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <bson/bson.h>

#include <genlog/record.h>

#include "ctl/array.h"
#include "ctl/run.h"

#define FLUSH_MS 2000

enum status { SUCCESS, FAILED, PARTIAL, TIMEOUT };
static const char *const words[] = {"success", "failed", "partial", "timeout"};

int run_exit_code(const struct run_job *j)
{
	if (j->timed_out)
		return RUN_TIMEOUT_CODE;
	return WIFSIGNALED(j->status) ? 128 + WTERMSIG(j->status) : WEXITSTATUS(j->status);
}

static bool is_partial_code(const struct run_options *o, int code)
{
	const char *p = o->partial_codes;
	char *end;

	while (p && *p) {
		if (strtol(p, &end, 10) == code && end != p)
			return true;
		p = *end ? end + 1 : end;
	}
	return false;
}

/* A job that says itself that records have failed has done a part. */
static enum status status_of(const struct run_job *j)
{
	int code = run_exit_code(j);

	if (j->timed_out)
		return TIMEOUT;
	if (is_partial_code(j->o, code))
		return PARTIAL;
	if (code)
		return FAILED;
	return j->records.failed ? PARTIAL : SUCCESS;
}

/* How it ended, where that was not well, in words beside the job's own. */
static void tell_end(struct run_job *j)
{
	char text[160], span[CTL_SHORT];
	int n = 0;

	if (j->exec_errno)
		n = snprintf(text, sizeof(text), "it cannot be started: %s", strerror(j->exec_errno));
	else if (j->timed_out)
		n = snprintf(text, sizeof(text), "stopped after %s%s", ctl_span(span, j->o->timeout),
			j->killed ? ", by SIGKILL in the end" : "");
	else if (WIFSIGNALED(j->status))
		n = snprintf(text, sizeof(text), "ended by signal %d (%s)", WTERMSIG(j->status),
			strsignal(WTERMSIG(j->status)));
	else if (status_of(j) == FAILED)
		n = snprintf(text, sizeof(text), "ended with exit code %d", WEXITSTATUS(j->status));
	if (n)
		run_text_add(&j->records.errors, text, (size_t)n);
	if (!j->held_open)
		return;
	n = snprintf(text, sizeof(text),
		"a process that the job left behind holds its output open; it is not read any more");
	run_text_add(&j->records.warnings, text, (size_t)n);
}

static void put_times(bson_t *d, const struct run_job *j, const struct run_times *t)
{
	if (t->scheduled_ms) {
		BSON_APPEND_DATE_TIME(d, "scheduled_start_time", t->scheduled_ms);
		BSON_APPEND_INT64(d, "delay_ms", j->began_ms - t->scheduled_ms);
	}
	BSON_APPEND_DATE_TIME(d, "actual_start_time", j->began_ms);
	BSON_APPEND_DATE_TIME(d, "actual_end_time", j->ended_ms);
	BSON_APPEND_INT64(d, "actual_duration_ms", j->ended_ms - j->began_ms);
	if (j->o->expected)
		BSON_APPEND_INT64(d, "scheduled_duration_ms", j->o->expected);
	if (t->next_ms)
		BSON_APPEND_DATE_TIME(d, "next_execution_scheduled", t->next_ms);
}

static void put_records(bson_t *d, const struct run_records *r)
{
	uint64_t all = r->has_attempted ? r->attempted : r->processed + r->failed + r->skipped;
	uint64_t tried = r->processed + r->failed;

	if (!r->told)
		return;
	BSON_APPEND_INT64(d, "records_attempted", (int64_t)all);
	BSON_APPEND_INT64(d, "records_processed", (int64_t)r->processed);
	BSON_APPEND_INT64(d, "records_failed", (int64_t)r->failed);
	BSON_APPEND_INT64(d, "records_skipped", (int64_t)r->skipped);
	BSON_APPEND_DOUBLE(d, "success_rate_percent", tried ? 100.0 * (double)r->processed / (double)tried : 100.0);
}

static void put_texts(bson_t *d, const char *key, const struct run_texts *t)
{
	char fit[3 * RUN_TEXT_MAX + 1];
	bson_t list;

	if (!t->n)
		return;
	array_begin(&list);
	for (size_t i = 0; i < t->n && i < RUN_TEXTS; i++) {
		fit[genlog_utf8_repair(fit, t->text[i], strlen(t->text[i]))] = 0;
		array_add_text(&list, fit);
	}
	array_end(&list, d, key);
}

static void put_names(bson_t *d, const struct run_options *o)
{
	bson_t list;

	if (o->source_db)
		BSON_APPEND_UTF8(d, "source_db", o->source_db);
	if (o->target_db)
		BSON_APPEND_UTF8(d, "target_db", o->target_db);
	if (!o->tables.n)
		return;
	array_begin(&list);
	for (size_t i = 0; i < o->tables.n; i++)
		array_add_text(&list, o->tables.v[i]);
	array_end(&list, d, "tables_synced");
}

static void put_output(bson_t *d, const struct run_keep *k)
{
	bson_t o;

	BSON_APPEND_DOCUMENT_BEGIN(d, "output", &o);
	BSON_APPEND_INT64(&o, "lines", (int64_t)k->lines);
	BSON_APPEND_INT64(&o, "bytes", (int64_t)k->bytes);
	BSON_APPEND_INT64(&o, "lines_not_logged", (int64_t)(k->lost_lines + k->tell->refused));
	BSON_APPEND_INT64(&o, "bytes_not_logged", (int64_t)k->lost_bytes);
	bson_append_document_end(d, &o);
}

static void put_end(bson_t *d, const struct run_job *j)
{
	const char *name = WIFSIGNALED(j->status) ? sigabbrev_np(WTERMSIG(j->status)) : NULL;
	char signal_name[32];

	BSON_APPEND_INT32(d, "exit_code", run_exit_code(j));
	if (WIFSIGNALED(j->status)) {
		snprintf(signal_name, sizeof(signal_name), "SIG%s", name ? name : "?");
		BSON_APPEND_UTF8(d, "signal", signal_name);
	}
	BSON_APPEND_DOUBLE(d, "memory_used_mb", run_use_mean_mb(&j->use));
	BSON_APPEND_DOUBLE(d, "memory_peak_mb", run_use_peak_mb(&j->use));
	BSON_APPEND_INT64(d, "cpu_time_ms", j->use.cpu_ms);
	BSON_APPEND_INT64(d, "error_count", (int64_t)j->records.errors.n);
	put_texts(d, "errors", &j->records.errors);
	put_texts(d, "warnings", &j->records.warnings);
}

static union genlog_arg text(const char *p)
{
	union genlog_arg a = {.s = {p, strlen(p)}};

	return a;
}

static bool emit(struct run_job *j, const bson_t *d)
{
	union genlog_arg args[5] = {text(j->o->daemon), text(j->tell.execution_id), text(words[status_of(j)]),
		text(j->tell.correlation_id)};
	int32_t site = genlog_register(GENLOG_SEV_INFO, "", "daemon_name,execution_id,status,correlation_id,more",
		"sssse", "daemon_execution_logs", "", 0, "");

	args[4].s.p = (const char *)bson_get_data(d) + 4;
	args[4].s.n = d->len - 5;
	return genlog_emit(site, args);
}

static struct genlog_stats stats(void)
{
	struct genlog_stats st = {.size = sizeof(st)};

	genlog_get_stats(&st);
	return st;
}

/* An agent that is there has all before we end: what it has not yet might be in its way for the document. */
bool run_document_tell(struct run_job *j, const struct run_times *t)
{
	bson_t d = BSON_INITIALIZER;
	bool kept;

	if (j->tell.broken)
		return false;
	tell_end(j);
	put_times(&d, j, t);
	put_records(&d, &j->records);
	put_end(&d, j);
	put_names(&d, j->o);
	put_output(&d, &j->keep);
	if (stats().connected)
		(void)genlog_flush(FLUSH_MS);
	kept = emit(j, &d) && (stats().connected || stats().in_file); /* else it is memory that ends with us */
	if (kept && stats().connected)
		(void)genlog_flush(FLUSH_MS);
	bson_destroy(&d);
	return kept;
}
