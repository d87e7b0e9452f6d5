/*
 * The parts of the status, which the admin socket, the metrics and the page share.
 *
 *	status.c    the agent, its spool, its output, its process, what it said last
 *	inputs.c    inputs and their sources
 *	problems.c  what is wrong, and what to do about it
 *	rates.c     how fast, from one look to the next
 */
#ifndef ADMIN_STATUS_H
#define ADMIN_STATUS_H

#include "admin/admin.h"

enum health { HEALTH_OK, HEALTH_DEGRADED, HEALTH_FAILING };
extern const char *const health_words[];

/* The array `problems`; the worst of them.  Sums up the inputs. */
enum health problems_write(struct agent *a, struct answer *out);

void inputs_sum(struct agent *a); /* input.sum of all of them, which the others here show */
void inputs_write(struct agent *a, struct answer *out);
/* At most `most` of the open sources, those that lag the most first. */
void sources_write(struct agent *a, size_t most, struct answer *out);

struct process_figures {
	int64_t rss_bytes, cpu_ms, open_files, threads;
};
void process_look(struct process_figures *p);

/* How long calls of the output take. */
#define QUANTILES 3
struct quantile {
	const char *key;
	double share;
};
extern const struct quantile quantiles[QUANTILES];

/* On a timer: rates of inputs and output, and agent.recent. */
#define RATES_MS 5000
void rates_look(struct agent *a);

#endif
