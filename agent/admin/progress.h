/*
 * Whether data flows: not that a process is there, but that each stage moves when it has work.
 *
 *	readers   each is woken every turn, and has to answer before the next one but one
 *	spool     it takes what is read
 *	output    where documents wait, some are delivered within a while: setting admin.ready_after
 *
 * systemd's watchdog is fed by the first of these alone: a reader that hangs is mended by a restart, a database that is
 * away is not.
 *
 * Owner: the agent; main thread.
 */
#ifndef ADMIN_PROGRESS_H
#define ADMIN_PROGRESS_H

#include "admin/agent.h"

#define PROGRESS_MS 1000
#define STUCK_MS 5000 /* a reader that has not answered for so long hangs */

struct progress {
	struct agent *agent;
	struct loop_timer *timer;
	int64_t answered_ms;  /* when all readers had answered last */
	uint64_t delivered;   /* as it was seen last */
	int64_t delivered_ms; /* when that changed, or nothing waited */
	int64_t watchdog_ms;  /* 0: systemd does not ask */
	int64_t fed_ms;
};

int progress_open(struct progress *p, struct agent *a);
void progress_close(struct progress *p);

/* NULL: data flows; else what does not, in words, in `out`. */
const char *progress_stuck(struct progress *p, char *out, size_t cap);
bool progress_alive(const struct progress *p); /* the process does what it can */

/* What systemd is told; nothing where it does not ask. */
void notify_ready(const struct agent *a);
void notify_reloading(void);
void notify_stopping(void);

#endif
