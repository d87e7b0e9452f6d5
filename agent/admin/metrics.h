/*
 * What the agent writes about itself: a document in `real_time_metrics` every interval.  It goes the way of all
 * documents, through the spool, so it says what was true when it was made, however late it arrives.
 *
 * Owner: the agent; main thread.
 */
#ifndef ADMIN_METRICS_H
#define ADMIN_METRICS_H

#include "admin/status.h"

struct metrics {
	struct agent *agent;
	struct loop_timer *timer;
	struct spool_batch batch;
	struct answer doc;
	struct latency before; /* of the output, at the last document */
	int64_t cpu_ms, at_ms; /* the same */
	uint64_t missed;       /* documents that the spool did not take */
};

int metrics_open(struct metrics *m, struct agent *a);
void metrics_close(struct metrics *m);
void metrics_reloaded(struct metrics *m); /* another interval may hold now */

#endif
