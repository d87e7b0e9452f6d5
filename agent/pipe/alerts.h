/*
 * Alert rules of a service: events that are counted within a time, and faults that are new or come back.
 *
 *	event, written ─► rule: level, conditions, count ─► notification in the same batch ─► in the spool ─► command,
 *webhook
 *
 * Time is the events' own, so that a backlog is judged as if it had been read when it was written; what is older than
 * the rule's `max_age` alarms nobody.  A notification has an _id made of what it is about and of when: one that is made
 * again, by another node for the same fault or after a crash, is the same document.
 * Faults that are known are positions in the spool: durable with the events that made them known, or not at all.
 *
 * Owner: the input; its reader's thread.
 */
#ifndef PIPE_ALERTS_H
#define PIPE_ALERTS_H

#include <genlog/pattern.h>

#include "pipe/pipe.h"

#define ALERT_BUCKETS 16
#define FAULTS_MOST 8192
#define NOTIFICATIONS "notifications"

/* Counts by time, of the last `within`. */
struct alert_window {
	int64_t newest; /* bucket number */
	uint32_t n[ALERT_BUCKETS];
};

/* Of a rule about single faults: those that it was quiet about last. */
#define ALERT_QUIET 64
struct alert_quiet {
	uint64_t fault;
	int64_t until;
};

struct alert {
	const struct conf_alert *conf;
	struct genlog_conds *conds; /* NULL: none */
	struct alert_window window;
	int64_t quiet_until; /* by the events' clock */
	struct alert_quiet quiet[ALERT_QUIET];
	unsigned quiet_next;
	uint64_t held; /* back since the last notification */
};

struct fault {
	uint64_t key; /* 0: free */
	int64_t first_ms, last_ms;
	int64_t stored_ms; /* last_ms as the spool has it */
};

struct alerts {
	struct alert *v;
	size_t n;
	uint64_t service; /* hash of its name */
	struct fault *faults;
	size_t n_faults, cap;
};

/* From the service's rules; errors of conditions are told.  0, -EINVAL, -ENOMEM. */
int alerts_open(struct genlog_input *in, struct conf *c, const struct conf_service *s);
void alerts_close(struct genlog_input *in);
void alerts_load(struct genlog_input *in); /* what was known before; when its reader starts it */

/* An event whose documents begin at `docs` of the batch.  What cannot be told for want of memory is told in the log. */
void alerts_see(struct genlog_source *src, const struct doc_facts *facts, size_t docs, bool traced);

/* alert_window.c: counts an event; how many there are within the time that ends with it. */
uint64_t window_add(struct alert_window *w, int64_t within, int64_t time_ms);
void window_clear(struct alert_window *w);

/* alert_faults.c */
struct seen {
	bool is_new;
	int64_t absent; /* milliseconds since it was seen before */
};
/* NULL: no memory. */
struct fault *fault_see(struct genlog_input *in, const char *fingerprint, int64_t time_ms, struct seen *out);

/* alert_doc.c: what is told. */
struct alarm {
	const struct alert *rule;
	int64_t time_ms;
	uint64_t count, held;
	const struct trace *trace; /* NULL: it is not about a fault */
	bool is_new;
	const uint8_t *event; /* its document */
	uint32_t event_len;
};
int alarm_write(struct genlog_source *src, const struct alarm *a);

/* What a rule wants to be run; the receiver frees it with alarm_run_free(). */
struct alarm_run {
	struct alarm_run *next;
	char **argv; /* NULL: none; NULL-ended */
	char *webhook;
	char *name; /* of the rule, for the log */
	uint8_t *bson;
	size_t n;
};
void alarm_run_free(struct alarm_run *r);

#endif
