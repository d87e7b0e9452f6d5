/*
 * Structured logs of a program to the node's agent.
 *
 *	GENLOG_INFO("Work order {order_id} status updated to {status}", id, status);
 *	GENLOG_WARN_X("Torque {nm} is out of range", "station,trace_id", nm, station, trace);
 *
 * The holes of the template name the first arguments, left to right; the list of the _X form names the others, which
 * are fields of the context only.  Each field keeps its type; the message is rendered by the agent.
 *
 * A call copies its arguments into the calling thread's ring in shared memory and returns: no lock, no allocation, no
 * system call.  What a returned call has stored survives the death of the program, by SIGKILL too.
 *
 * Arguments: integers, bool, float and double, pointers, char * (NULL is "(null)"), genlog_text(p, n); in C++ also
 * std::string and std::string_view.  At most 16; they are evaluated only where the level is on.
 *
 * Threads:  every function may be called from any.
 * Signals:  the macros may be used in handlers, in a thread that has its ring: genlog_thread_init(), or a call before.
 * Processes: a child of fork() gets a segment of its own at its first call.  exec, dlclose, setuid: nothing to do.
 *           All descriptors may be closed.
 * Agent:    none is needed; what it has not taken when a ring is full is dropped, counted, and told later.
 *
 * Link with -lgenlog.  A program sees no more of the library than what stands here.
 */
#ifndef GENLOG_GENLOG_H
#define GENLOG_GENLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef __cplusplus
/* C's `true` is an int, which would be stored as a number; C23's has this type, and #if still understands it. */
#undef true
#undef false
#define true ((_Bool) + 1u)
#define false ((_Bool) + 0u)
#endif

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* The numbers are OpenTelemetry's. */
enum genlog_severity {
	GENLOG_SEV_DEBUG = 5,
	GENLOG_SEV_INFO = 9,
	GENLOG_SEV_WARN = 13,
	GENLOG_SEV_ERROR = 17,
	GENLOG_SEV_CRITICAL = 21,
	GENLOG_SEV_OFF = 25
};

/* What a call does when its ring is full.  ERROR and above have the last eighth of a ring to themselves. */
enum genlog_full {
	GENLOG_FULL_DROP,  /* it returns at once; counted, and told by a gap document */
	GENLOG_FULL_BLOCK, /* it waits for the agent, at most block_ms; then as DROP */
	GENLOG_FULL_SPILL  /* it goes on in files in spill_dir, at most spill_max bytes; then as DROP */
};

enum genlog_clock { GENLOG_CLOCK_AUTO, GENLOG_CLOCK_REALTIME, GENLOG_CLOCK_TSC, GENLOG_CLOCK_COARSE };

/* Zero and NULL stand for the defaults. */
struct genlog_options {
	size_t size;		 /* sizeof(struct genlog_options), so that it may grow */
	const char *app;	 /* the program's name */
	const char *socket_path; /* $GENLOG_SOCKET, /run/genlog/emit.sock */
	const char *ring_dir;	 /* $GENLOG_RING_DIR, /run/genlog/rings: where a segment lies when no agent answers */
	const char *spill_dir;
	uint64_t spill_max;
	uint32_t ring_bytes;  /* of a thread; a power of two, 64 KiB … 64 MiB; 256 KiB */
	uint32_t max_threads; /* rings at a time, at most 256; 64; further threads share the emergency slots */
	uint32_t block_ms;
	enum genlog_full on_full;
	enum genlog_severity level; /* INFO; the agent may change it at run time, unless level_fixed */
	enum genlog_severity
		recorder; /* flight recorder: from this level on records are kept, and shipped on an error */
	enum genlog_clock clock;
	bool level_fixed, no_prefault, no_helper_thread, crash_handler;
};

/* Not needed: the first call does it, with defaults.  0 or -errno, -EALREADY: something was logged before; that no
 * agent is there is no error. */
int genlog_init(const struct genlog_options *options);
/* This thread's ring now, and not at its first call; and its name, NULL: the system's.  0 or -errno. */
int genlog_thread_init(const char *name);
/* The thread logs no more; its exit says so by itself. */
void genlog_thread_fini(void);
/* Waits until the agent has taken what was logged before.  0, -ETIMEDOUT, -ENOTCONN: there is none.  Not needed. */
int genlog_flush(unsigned timeout_ms);
void genlog_set_level(enum genlog_severity level);
enum genlog_severity genlog_get_level(void);
/* SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT are told as CRITICAL with registers and backtrace; then they do what they
 * did. */
int genlog_crash_handler(void);

/* Fields of all later records of this thread, as a stack.  Texts are copied. */
void genlog_ctx_push(const char *key, const char *value);
void genlog_ctx_pop(void);

struct genlog_stats {
	size_t size;
	uint64_t dropped, nested, truncated, blocked_ns, spilled_bytes;
	uint32_t rings;
	bool connected;
	bool in_file; /* what was logged outlives the program without an agent */
	bool refused; /* the agent does not read it, such as what is larger than its max_segment; its log says why */
};
void genlog_get_stats(struct genlog_stats *out); /* `size` is set by the caller */

/*
 * For bindings of other languages.  `types`, a letter a field: i int64, u uint64, d double, b bool, p pointer, t time
 * in milliseconds, s text; for documents also e, BSON elements that become fields of it.  `collection`: NULL, or the
 * one that the fields are a document of.  A site, or -errno; texts are copied.
 */
union genlog_arg {
	int64_t i;
	uint64_t u;
	double d;
	struct {
		const char *p;
		size_t n;
	} s;
};
int32_t genlog_register(enum genlog_severity level, const char *message_template, const char *names, const char *types,
	const char *collection, const char *file, int line, const char *function);
bool genlog_emit(int32_t site, const union genlog_arg *args); /* false: dropped, or the level is off */

/* A run of a job, told as one document of daemon_execution_logs when it ends. */
struct genlog_job {
	const char *name;
	char execution_id[40];
	int64_t began_ms, scheduled_ms, scheduled_duration_ms; /* 0: not known */
	int64_t cpu_ms;
	uint64_t attempted, processed, failed, skipped; /* records: the program counts */
	const char *source_db, *target_db;		/* NULL: none */
};
enum genlog_job_status {
	GENLOG_JOB_SUCCESS,
	GENLOG_JOB_FAILED,
	GENLOG_JOB_PARTIAL,
	GENLOG_JOB_TIMEOUT,
	GENLOG_JOB_SKIPPED
};
void genlog_job_begin(struct genlog_job *job, const char *name);
void genlog_job_end(struct genlog_job *job, enum genlog_job_status status, const char *error); /* NULL: none */

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#define GENLOG_DEBUG(...) GENLOG(GENLOG_SEV_DEBUG, __VA_ARGS__)
#define GENLOG_INFO(...) GENLOG(GENLOG_SEV_INFO, __VA_ARGS__)
#define GENLOG_WARN(...) GENLOG(GENLOG_SEV_WARN, __VA_ARGS__)
#define GENLOG_ERROR(...) GENLOG(GENLOG_SEV_ERROR, __VA_ARGS__)
#define GENLOG_CRITICAL(...) GENLOG(GENLOG_SEV_CRITICAL, __VA_ARGS__)
#define GENLOG_DEBUG_X(...) GENLOG_X(GENLOG_SEV_DEBUG, __VA_ARGS__)
#define GENLOG_INFO_X(...) GENLOG_X(GENLOG_SEV_INFO, __VA_ARGS__)
#define GENLOG_WARN_X(...) GENLOG_X(GENLOG_SEV_WARN, __VA_ARGS__)
#define GENLOG_ERROR_X(...) GENLOG_X(GENLOG_SEV_ERROR, __VA_ARGS__)
#define GENLOG_CRITICAL_X(...) GENLOG_X(GENLOG_SEV_CRITICAL, __VA_ARGS__)

/* (severity, template, arguments…), and with the names of those that have no hole, "name,name" */
#define GENLOG(severity, template, ...) GL_LOG_(severity, template, "", ##__VA_ARGS__)
#define GENLOG_X(severity, template, names, ...) GL_LOG_(severity, template, names, ##__VA_ARGS__)

/* ERROR, with the caller's backtrace, which becomes a document of error_stack_traces. */
#define GENLOG_ERROR_TRACE(template, ...) GL_TRACE_(GENLOG_SEV_ERROR, template, ##__VA_ARGS__)

/* A document of any collection: GENLOG_DOC("integration_event_log", "integration_id,status", id, "success").  A name
 * with a dot stands for a field of a field.  Times are genlog_time(ms). */
#define GENLOG_DOC(collection, names, ...) GL_DOC_(collection, names, ##__VA_ARGS__)

/* For those who write macros like functions. */
#define genlog_error_trace(...) GENLOG_ERROR_TRACE(__VA_ARGS__)
#define genlog_doc(...) GENLOG_DOC(__VA_ARGS__)

/* Calls below it are left out by the compiler. */
#ifndef GENLOG_MIN_SEVERITY
#define GENLOG_MIN_SEVERITY GENLOG_SEV_DEBUG
#endif

#include "genlog_macros.h" /* how the macros do it; nothing of that is for use */

#endif
