/*
 * genlogctl run: one run of a job, told as one document of daemon_execution_logs, and its output as system_logs.
 *
 *	run.c          the command: options, what becomes of them, the exit code
 *	run_child.c    the job is started
 *	run_job.c      the loop: output, signals, time, children
 *	run_stream.c   one of its outputs: passed through unchanged, cut into lines
 *	run_lines.c    what a line says: a record count, an error, a level
 *	run_keep.c     which lines become documents: the head of the output and its tail
 *	run_use.c      memory and processor time of all its processes
 *	run_tell.c     documents, through libgenlog
 *	run_document.c the one of the run
 *
 * The job comes first: whatever genlog cannot do is told on standard error, and the job runs on with its own exit code.
 */
#ifndef CTL_RUN_H
#define CTL_RUN_H

#include <sys/resource.h>
#include <sys/types.h>

#include <genlog/genlog.h>

#include "ctl/cron.h"
#include "ctl/ctl.h"

#define RUN_LINE_MAX 16384 /* longer ones become several documents */
#define RUN_TEXTS 20	   /* errors and warnings in the document */
#define RUN_TEXT_MAX 500
#define RUN_TIMEOUT_CODE 124
#define RUN_FAILED_CODE 125 /* genlogctl itself could not start a job */

struct run_options {
	const char *daemon, *module, *schedule, *scheduled_at, *partial_codes, *records_file;
	const char *source_db, *target_db, *correlation, *socket_path, *ring_dir;
	struct ctl_list tables;
	int64_t timeout, kill_after, grace, log_limit, expected;
};

/* ── lines ── */

enum run_stream_of { RUN_STDOUT, RUN_STDERR };

enum run_line { RUN_PLAIN, RUN_COUNT, RUN_ERROR, RUN_WARNING };

struct run_texts {
	uint64_t n; /* of all; the first RUN_TEXTS are kept */
	char text[RUN_TEXTS][RUN_TEXT_MAX + 1];
};

struct run_records {
	bool told;
	uint64_t attempted, processed, failed, skipped;
	bool has_attempted;
	struct run_texts errors, warnings;
};

/* "GENLOG_RECORDS_PROCESSED=12", "GENLOG_ERROR=text": what the line says is taken; `text` is its text. */
enum run_line run_line_read(struct run_records *r, const char *p, size_t n, const char **text, size_t *len);
void run_text_add(struct run_texts *t, const char *p, size_t n);
/* The level that a line names at its beginning, in capitals or brackets; else that of its stream. */
enum genlog_severity run_line_level(const char *p, size_t n, enum run_stream_of stream);
/* Lines of a file.  0 or -errno. */
int run_records_read(struct run_records *r, const char *path);

/* ── documents ── */

struct run_tell {
	const char *module;
	char execution_id[40];
	char correlation_id[128];
	int32_t sites[2][6]; /* now or later, by severity */
	bool broken;	     /* libgenlog could not be set up */
	uint64_t refused;    /* lines that libgenlog had no room for */
};
void run_tell_ids(struct run_tell *t, const struct run_options *o);
/* When the job is started: it makes a thread. */
void run_tell_open(struct run_tell *t, const struct run_options *o);
/* `ms`: when, where that was before; 0: now. */
void run_tell_line(
	struct run_tell *t, enum genlog_severity level, enum run_stream_of stream, int64_t ms, const char *p, size_t n);

/* The first half of the limit is told as it comes; of what follows, the last half, in the end. */
struct run_keep {
	struct run_tell *tell;
	uint64_t limit, head; /* what of the limit is left for the head */
	uint8_t *ring;	      /* kept lines: head and text of each, a multiple of 8 */
	size_t size, from, used;
	uint64_t lines, bytes, lost_lines, lost_bytes;
	bool no_ring;
};
void run_keep_line(struct run_keep *k, enum genlog_severity level, enum run_stream_of stream, const char *p, size_t n);
void run_keep_end(struct run_keep *k);

/* ── the job ── */

struct run_use {
	int64_t cpu_ms;
	uint64_t peak_kb, sum_kb, samples;
	int64_t next_ms, step_ms;
};
void run_use_reaped(struct run_use *u, const struct rusage *r);
void run_use_sample(struct run_use *u, int64_t now); /* of all descendants, where it is time */
double run_use_peak_mb(const struct run_use *u);
double run_use_mean_mb(const struct run_use *u);

struct run_stream {
	enum run_stream_of which;
	int in, out; /* in: -1 at its end */
	bool out_is_file, out_broken;
	int64_t left; /* bytes that are taken still; negative: to its end */
	size_t at, n; /* of buf: what was not passed through yet */
	size_t line_n;
	char line[RUN_LINE_MAX];
	char buf[65536];
};

struct run_job {
	const struct run_options *o;
	pid_t pid;
	bool own_group, ended, timed_out, killed, held_open;
	int status; /* as wait4() has it */
	int exec_errno;
	int signals;
	int64_t began_ms, ended_ms; /* of the wall clock */
	int64_t timeout_at, kill_at, grace_at;
	struct run_stream stream[2];
	struct run_use use;
	struct run_records records;
	struct run_keep keep;
	struct run_tell tell;
};

/* run_child.c: 0 or -errno; exec_errno: the program could not be started. */
int run_child_start(struct run_job *j, char **argv);
/* run_stream.c */
short run_stream_wants(const struct run_stream *s, int *fd);
void run_stream_go(struct run_job *j, struct run_stream *s);
bool run_stream_is_done(const struct run_stream *s);
void run_stream_close(struct run_stream *s);
/* run_job.c: until it has ended. */
void run_job_loop(struct run_job *j);

struct run_times {
	int64_t scheduled_ms, next_ms; /* 0: not known */
};
/* run_document.c: the document; false: it could not be kept. */
bool run_document_tell(struct run_job *j, const struct run_times *t);
int run_exit_code(const struct run_job *j);

#endif
